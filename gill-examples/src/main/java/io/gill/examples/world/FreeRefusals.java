package io.gill.examples.world;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.FreeDraft.Direction;
import io.gill.examples.world.FreeValue.Attribute;
import io.gill.examples.world.HeldOut.Split;
import java.util.List;
import java.util.Optional;

/** Requests that the model refuses. */
final class FreeRefusals {
  /** Maximum number of sentences of a long text. */
  private static final int CHATTER = 16;

  /** Maximum number of sentences of a few very long ones. */
  private static final int LONG_CHATTER = 50;

  /** Matches commands that name a size: the thing may have it already. */
  private static final String ABSOLUTE = ".*\\b(big|large|huge|giant|small|tiny|little)\\b.*";

  /** Matches questions about what the model has drawn. */
  private static final String OWN_PICTURE = ".*\\b(you draw|you drawn|your picture|result)\\b.*";

  private final Split split;
  private final FreeState state;
  private final Dice dice;
  private final FreeWording wording;
  private final FreeChanges changes;

  FreeRefusals(Split split, FreeState state, Dice dice, FreeWording wording, FreeChanges changes) {
    this.split = split;
    this.state = state;
    this.dice = dice;
    this.wording = wording;
    this.changes = changes;
  }

  /** A request that is refused, and the first turn that one must know to see why. */
  record Refused(String words, boolean command, Refusal refusal, int since) {}

  Refused refuse() {
    while (true) {
      int kind = dice.below(10);
      if (kind < 3) {
        return somethingElse();
      } else if (kind < 6) {
        return impossible();
      } else if (!state.hasScene()) {
        return withoutPicture();
      }
      Optional<Refused> unchanged = unchanged(state.current());
      if (unchanged.isPresent()) {
        return unchanged.get();
      }
    }
  }

  private Refused somethingElse() {
    String words = switch (dice.below(20)) {
      case 0 -> wording.nonsense() + (dice.chance(0.5) ? " " + wording.nonsense() : "");
      case 1, 2, 3 -> chatter();
      case 4, 5, 6 -> about(no(FreeWords.NOUNS), dice.pick(FreeWords.ELSEWHERE));
      default -> dice.pick(FreeWords.SOMETHING_ELSE);
    };
    return new Refused(words, false, Refusal.SOMETHING_ELSE, state.turn());
  }

  private static String about(String noun, String template) {
    return template.replace("a {v}", FreeWording.withArticle(noun)).replace("{v}", noun);
  }

  /** A long text, whose words may all be unknown: where it stands before a request, the model must look past it. */
  private String chatter() {
    boolean unknown = dice.chance(0.5);
    StringBuilder text = new StringBuilder();
    for (int i = 1 + dice.below(dice.chance(0.1) ? LONG_CHATTER : CHATTER); i > 0; i--) {
      text.append(text.isEmpty() ? "" : dice.pick(", ", ". ", " and "))
          .append(unknown ? sentence() : dice.pick(FreeWords.CHATTER));
    }
    return text.toString();
  }

  private String sentence() {
    StringBuilder sentence = new StringBuilder(dice.pick("the", "my", "a", "i", "we", "then the", "in the"));
    for (int i = 2 + dice.below(5); i > 0; i--) {
      sentence.append(' ').append(dice.chance(0.3) ? dice.pick("the", "to", "was", "in", "of", "it", "were", "after")
          : wording.nonsense());
    }
    return sentence.toString();
  }

  /** Something that the world lacks, in a request for a new picture. */
  private Refused impossible() {
    if (dice.chance(0.06)) {
      return new Refused(wording.able(no(FreeWords.NOUNS)), false, Refusal.SHAPE, state.turn());
    }
    FreeDraft draft = FreeDraft.of(split, dice, wording);
    Thing thing = draft.scene().things().get(0);
    String colour = dice.chance(0.4) ? wording.colour(thing.colour()) + " " : "";
    String size = dice.chance(0.2) ? wording.size(thing.size()) + " " : "";
    String where = dice.chance(0.3) ? " " + wording.at(thing.position()) : "";
    String shape = wording.shape(thing.shape());
    String what;
    Refusal refusal;
    switch (dice.below(10)) {
      case 0, 1 -> {
        what = FreeWording.withArticle(size + no(FreeWords.NO_COLOURS) + " " + shape) + where;
        refusal = Refusal.COLOUR;
      }
      case 2 -> {
        what = FreeWording.withArticle(size + colour + shape) + where + dice.pick(" on ", " on a ")
            + no(FreeWords.NO_BACKGROUNDS) + " background";
        refusal = Refusal.BACKGROUND;
      }
      case 3 -> {
        boolean two = dice.chance(0.3);
        what = dice.pick(two ? FreeWords.TWO : FreeWords.NUMBERS) + " " + colour + FreeWording.plural(shape)
            + (two ? "" : where);
        refusal = two ? Refusal.ALIKE : Refusal.NUMBER;
      }
      default -> {
        what = FreeWording.withArticle(size + colour + no(FreeWords.NOUNS)) + where;
        what = dice.chance(0.15) ? what + " and " + FreeWording.withArticle(no(FreeWords.NOUNS)) : what;
        refusal = Refusal.SHAPE;
      }
    }
    boolean command = dice.chance(0.8);
    List<String> frames = dice.chance(0.65)
        ? (command ? FreeWords.DRAW : FreeWords.DRAW_WISHES)
        : (command ? FreeWords.FIND : FreeWords.FIND_WISHES);
    return new Refused(wording.request(frames, what), command, refusal, state.turn());
  }

  /** A word that the world lacks; some mean nothing at all, so that every unknown word is refused. */
  private String no(List<String> words) {
    return dice.chance(0.25) ? wording.nonsense() : dice.pick(words);
  }

  /** Picks a template whose words are all known, since its value may not be. */
  private String known(List<String> templates) {
    return wording.pickWithout("{x}", templates);
  }

  /** What a user says of a picture that shows something else, and not of the model's own pictures. */
  Refused aboutSomethingElse() {
    while (true) {
      Refused about = switch (dice.below(4)) {
        case 0 -> withoutPicture();
        case 1 -> new Refused(dice.pick(FreeWords.OF_A_PHOTO), false, Refusal.SOMETHING_ELSE, state.turn());
        default -> new Refused(dice.pick(FreeWords.DESCRIBE), false, Refusal.SOMETHING_ELSE, state.turn());
      };
      if (!FreeWords.UNDO.contains(about.words()) && !about.words().matches(OWN_PICTURE)) {
        return about;
      }
    }
  }

  /** A request about a picture where none is known. */
  private Refused withoutPicture() {
    Thing thing = dice.pick(HeldOut.things(Split.TRAIN));
    Scene alone = new Scene(Background.WHITE, List.of(thing));
    FreeValue value = FreeValue.other(dice.pick(Attribute.values()), thing, dice, wording);
    String it = wording.reference(alone, thing, null);
    boolean command = dice.chance(0.6);
    String words = command ? value.fill(dice.pick(value.commands(thing))) : dice.pick(switch (dice.below(6)) {
      case 0 -> FreeWords.ASK_COLOUR;
      case 1 -> FreeWords.ASK_PLACE;
      case 2 -> FreeWords.ASK_NUMBER;
      case 3 -> FreeWords.DESCRIBE;
      case 4 -> FreeWords.UNDO;
      default -> FreeWords.ASK_BACKGROUND;
    });
    return new Refused(words.replace("{it}", it), command, Refusal.NO_PICTURE, state.first());
  }

  /** An impossible change to the picture. */
  private Optional<Refused> unchanged(Scene in) {
    Thing thing = dice.pick(in.things());
    String it = state.reference(in, thing);
    Optional<Thing> other = in.other(thing);
    int known = state.since(in, thing);
    boolean command = dice.chance(0.6);
    switch (dice.below(11)) {
      case 0, 1 -> {
        String words = known(command ? FreeWords.COLOUR : FreeWords.COLOUR_WISHES)
            .replace("{it}", it).replace("{v}", no(FreeWords.NO_COLOURS));
        return Optional.of(new Refused(words, command, Refusal.COLOUR, state.turn()));
      }
      case 2 -> {
        String words = known(command ? FreeWords.SHAPE : FreeWords.SHAPE_WISHES)
            .replace("{it}", it).replace("{v}", no(FreeWords.NOUNS));
        return Optional.of(new Refused(words, command, Refusal.SHAPE, state.turn()));
      }
      case 3 -> {
        String where = switch (dice.below(5)) {
          case 0 -> " " + wording.at(dice.pick(Position.values()));
          case 1 -> " next to " + it;
          case 2 -> " " + dice.pick(dice.pick(Direction.values()).words()) + " " + it;
          default -> "";
        };
        String what = FreeWording.withArticle(no(FreeWords.NOUNS)) + where;
        String words = !command ? known(FreeWords.ADD_WISHES).replace("{v}", what)
            : dice.chance(0.6) ? known(FreeWords.ADD).replace("{v}", what)
            : dice.pick("draw ", "paint ", "put ") + what;
        return Optional.of(new Refused(words, command, Refusal.SHAPE, state.turn()));
      }
      case 4 -> {
        String words = known(command ? FreeWords.BACKGROUND : FreeWords.BACKGROUND_WISHES)
            .replace("{v}", no(FreeWords.NO_BACKGROUNDS));
        return Optional.of(new Refused(words, command, Refusal.BACKGROUND, state.turn()));
      }
      case 5 -> {
        if (dice.chance(0.3)) {
          String more = dice.pick(FreeWords.MORE).replace("{n}", wording.pickWithout(" of", FreeWords.NUMBERS));
          return Optional.of(new Refused(more, false, Refusal.NUMBER, state.stated()));
        }
        if (other.isEmpty()) {
          String words = dice.pick(command ? FreeWords.REMOVE : FreeWords.REMOVE_WISHES).replace("{it}", it);
          return Optional.of(new Refused(words, command, Refusal.NUMBER, known));
        }
        Thing third = FreeDraft.of(split, dice, wording).scene().things().get(0);
        String where = dice.chance(0.5) ? wording.at(third.position()) : "";
        String words = dice.pick(command ? FreeWords.ADD : FreeWords.ADD_WISHES)
            .replace("{v}", wording.thing(third, dice.chance(0.5), dice.chance(0.8), where, true));
        return Optional.of(new Refused(words, command, Refusal.NUMBER, state.stated()));
      }
      case 6 -> {
        if (other.isEmpty()) {
          Position free = dice.pickOther(Position.values(), thing.position());
          return Optional.of(new Refused(dice.pick(FreeWords.ADD_LIKE).replace("{v}", wording.at(free)), false,
              Refusal.ALIKE, state.stated()));
        }
        return other.map(b -> new Refused(
            dice.pick(command ? FreeWords.PLACE : FreeWords.PLACE_WISHES).replace("{it}", it)
                .replace("{at}", wording.at(b.position())).replace("{to}", wording.to(b.position())),
            command, Refusal.ALIKE, known));
      }
      case 7 -> {
        Direction direction = dice.pick(Direction.values());
        FreeChanges.Step step = changes.step(direction, it, state.isFocus(in, thing));
        return direction.from(thing.position()).isPresent() ? Optional.empty()
            : Optional.of(new Refused(step.words(), step.command(), Refusal.EDGE, known));
      }
      case 8, 9 -> {
        Shape shape = dice.pick(Shape.values());
        if (in.shows(shape)) {
          return Optional.empty();
        }
        FreeValue value = FreeValue.other(dice.pick(Attribute.values()), thing, dice, wording);
        String missing = "the " + wording.shape(shape);
        String words = dice.chance(0.2) ? dice.pick(command ? FreeWords.REMOVE : FreeWords.REMOVE_WISHES)
            : value.fill(dice.pick(command ? value.commands(thing) : value.wishes(thing)));
        return Optional.of(new Refused(words.replace("{it}", missing), command, Refusal.MISSING, state.stated()));
      }
      default -> {
        if (!state.canGoBack() && dice.chance(0.5)) {
          return Optional.of(new Refused(dice.pick(FreeWords.UNDO), false, Refusal.NO_EARLIER, state.first()));
        }
        if (dice.chance(0.3)) {
          return Optional.of(new Refused(
              "make " + it + " " + dice.pick(FreeWords.NO_SIZES), true, Refusal.SIZE, state.turn()));
        }
        boolean large = thing.size() == Size.LARGE;
        List<String> words = (command ? large ? FreeWords.BIGGER : FreeWords.SMALLER
            : large ? FreeWords.BIGGER_WISHES : FreeWords.SMALLER_WISHES).stream()
            .filter(template -> !template.matches(ABSOLUTE)).toList();
        return Optional.of(new Refused(dice.pick(words).replace("{it}", it), command, Refusal.SIZE, known));
      }
    }
  }
}
