package io.gill.examples.world;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Replaces words of a user by words that mean nothing, where the rest still says what is wanted. A user's next verb or
 * turn of phrase is often one that training does not have: with such texts, the model learns to understand a request
 * by what it does know. A mistyped word counts as one of no meaning.
 */
public final class UnknownWords {
  /** The share of the messages with unknown words. */
  private static final double MESSAGES = 0.35;

  /** The share of the words that are replaced in such a message. */
  private static final double WORDS = 0.25;

  /** Words that often decide what is wanted, beside the names of shapes, colours, sizes and places. */
  private static final Set<String> DECISIVE = Stream.of(
          "no not don't never without only just nothing except but all everything both each other other's them they "
              + "two three times second third one another more less too also again once as well new next",
          "undo back before last previous old earlier former revert reset restore reverse cancel forget repeat redraw "
              + "redo same alike like different equal return bring missing lacks needed",
          "bigger larger smaller biggest largest smallest grow shrink enlarge reduce increase decrease scale scaled "
              + "expand magnify stretch extend squeeze diminish compress",
          "remove removed delete erase drop omit discard hide disappear away out off rid lose clear kill cut exclude "
              + "eliminate skip leave add insert include append attach join in room gone go alone",
          "above over below under underneath",
          "swap switch exchange interchange flip replace instead into than change keep",
          "up down higher lower further step bit upwards downwards sideways",
          "find search look photo photos searching looking locate fetch retrieve collection image images",
          "describe description caption words see is are was does do did has have been i you what which where how who "
              + "why when many number of colour color colours colors size sizes shape shapes position positions place "
              + "places kind sort background picture pictures thing things it its this that there here")
      .flatMap(words -> Stream.of(words.split(" ", -1))).collect(Collectors.toUnmodifiableSet());

  /** Words of requests on which no refusal depends: neither the name of what the world lacks, nor a mistyped one. */
  private static final Set<String> FRAMES = frames();

  /**
   * The refusals of messages that stay as they are: what is about something else, and what would bring two things to
   * one place. With unknown verbs, a model of this size refused every second move.
   */
  private static final Set<String> WHOLE = Set.of(Refusal.SOMETHING_ELSE.text(), Refusal.ALIKE.text());

  private UnknownWords() {}

  private static Set<String> frames() {
    Set<String> lacking = words(Stream.of(FreeWords.NOUNS, FreeWords.NO_COLOURS, FreeWords.NO_BACKGROUNDS,
        FreeWords.NO_SIZES, FreeWords.NUMBERS, FreeWords.TWO)).collect(Collectors.toSet());
    return words(Stream.of(FreeWords.DRAW, FreeWords.DRAW_WISHES, FreeWords.FIND, FreeWords.FIND_WISHES,
        FreeWords.COLOUR, FreeWords.COLOUR_WISHES, FreeWords.PLACE, FreeWords.PLACE_WISHES, FreeWords.STEP,
        FreeWords.STEP_WISHES, FreeWords.SHAPE, FreeWords.SHAPE_WISHES, FreeWords.ADD, FreeWords.ADD_WISHES,
        FreeWords.REMOVE, FreeWords.REMOVE_WISHES, FreeWords.BACKGROUND, FreeWords.BACKGROUND_WISHES,
        FreeWords.TAILS))
        .filter(word -> !lacking.contains(word)).collect(Collectors.toUnmodifiableSet());
  }

  private static Stream<String> words(Stream<List<String>> templates) {
    return templates.flatMap(List::stream).flatMap(text -> Stream.of(text.split("[^a-z]+", -1)));
  }

  /**
   * Replaces words in some of a window's messages. Small talk, and what is about something else than pictures, stay as
   * they are, since nothing else says what they mean. An impossible request keeps what makes it impossible.
   *
   * @param window the turns
   * @param seed any number; the same one always replaces the same words
   * @return the turns with the same answers
   */
  public static Window in(Window window, long seed) {
    Dice dice = new Dice(seed);
    List<Turn> turns = window.dialogue().turns().stream().map(turn -> in(turn, dice)).toList();
    return new Window(new WorldDialogue(turns), window.answerable());
  }

  private static Turn in(Turn turn, Dice dice) {
    boolean refused = turn.kind() == Kind.REFUSAL;
    if (turn.kind() == Kind.GREETING || (refused && WHOLE.contains(turn.answer())) || !dice.chance(MESSAGES)) {
      return turn;
    }
    List<UserPart> user = turn.user().stream()
        .map(part -> part instanceof Words words ? new Words(in(words.text(), refused, dice)) : part).toList();
    return new Turn(turn.kind(), user, turn.meant(), turn.answer(), turn.picture(), turn.current());
  }

  private static String in(String text, boolean refused, Dice dice) {
    FreeWording wording = new FreeWording(dice);
    return Stream.of(text.split(" ", -1)).map(word -> {
      int end = word.length();
      while (end > 0 && !Character.isLetterOrDigit(word.charAt(end - 1))) {
        end--;
      }
      String said = word.substring(0, end);
      boolean stays = decides(said) || (refused && !FRAMES.contains(said.toLowerCase(Locale.ROOT)));
      return stays || !dice.chance(WORDS) ? word : wording.nonsense() + word.substring(end);
    }).collect(Collectors.joining(" "));
  }

  private static boolean decides(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return lower.length() < 2 || !lower.chars().allMatch(Character::isLetter) || DECISIVE.contains(lower)
        || FreeWording.means(lower);
  }
}
