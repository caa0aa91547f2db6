package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Pictured;
import io.gill.examples.world.WorldDialogue.Piece;
import io.gill.examples.world.WorldDialogue.Seen;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingTalkTest {
  private static final int DIALOGUES = 500;

  /** Synonyms and the usual words, longest first. */
  private static final Map<String, String> USUAL = usual();

  private static final String LOOK = "(small|large) (red|green|blue|yellow|purple|orange|cyan) "
      + "(circle|square|triangle|star|cross)";
  private static final String CELL =
      "(top left|top right|bottom left|bottom right|top|bottom|left(?! of)|right(?! of)|centre)";

  private static final List<Pattern> THINGS = List.of(
      Pattern.compile(LOOK + ",? (?:(?:at|in|on) )?(?:the )?" + CELL),
      Pattern.compile("(?<!(?:circle|square|triangle|star|cross)[, ]{1,2})(?:at|in|on) the " + CELL + ",? an? " + LOOK
          + "(?!,? (?:at|in|on|top|bottom|left|right|centre))"));

  private static final Pattern SYNONYM = Pattern.compile("\\b(" + String.join("|", USUAL.keySet()) + ")\\b");

  /** A word between a shape and its place, which changes nothing. */
  private static final Pattern SHAPE_END =
      Pattern.compile("(circle|square|triangle|star|cross) [a-z]{4,}(?= (?:at|in|on) the )");

  /** What may stand between a thing and its place. */
  private static final Pattern PLACED =
      Pattern.compile(",? (?:" + String.join("|", FreeWords.PLACED) + ")(?= (?:at|in|on) the )");

  private static final Pattern COLOUR_FIRST =
      Pattern.compile("(red|green|blue|yellow|purple|orange|cyan) (small|large) ");
  private static final Pattern SIZE_LAST = Pattern.compile(
      "((?:red|green|blue|yellow|purple|orange|cyan) (?:circle|square|triangle|star|cross)), (small|large)");

  /** The usual words by the mistyped ones, except words of their own. */
  private static final Map<String, String> MISTYPED = mistyped();

  private static Map<String, String> usual() {
    Map<String, String> words = new LinkedHashMap<>();
    put(words, FreeWords.SHAPES, Shape::word);
    put(words, FreeWords.COLOURS, Colour::word);
    put(words, FreeWords.SIZES, Size::word);
    put(words, FreeWords.BACKGROUNDS, Background::word);
    put(words, FreeWords.PLACES, Position::words);
    Map<String, String> sorted = new LinkedHashMap<>();
    words.entrySet().stream()
        .sorted(Comparator.comparing((Map.Entry<String, String> entry) -> -entry.getKey().length()))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  private static <T> void put(Map<String, String> words, Map<T, List<String>> synonyms, Function<T, String> word) {
    synonyms.forEach((value, others) -> {
      words.put(word.apply(value), word.apply(value));
      others.forEach(other -> words.put(other, word.apply(value)));
    });
  }

  /** Maps synonyms and mistyped words to the usual ones. */
  private static String plain(String text) {
    String words = Stream.of(text.toLowerCase(Locale.ROOT).split(" ", -1))
        .map(TrainingTalkTest::corrected).collect(Collectors.joining(" "));
    words = SYNONYM.matcher(words).replaceAll(match -> USUAL.get(match.group()));
    words = PLACED.matcher(words).replaceAll("");
    words = SHAPE_END.matcher(words).replaceAll("$1");
    words = COLOUR_FIRST.matcher(words).replaceAll("$2 $1 ");
    return SIZE_LAST.matcher(words).replaceAll("$2 $1");
  }

  private static String corrected(String word) {
    String letters = word.replaceAll("[^a-z]", "");
    return word.replace(letters, MISTYPED.getOrDefault(letters, letters));
  }

  private static Map<String, String> mistyped() {
    Map<String, String> all = new LinkedHashMap<>();
    List<String> words =
        USUAL.keySet().stream().flatMap(name -> Stream.of(name.split(" ", -1))).distinct().toList();
    for (String word : words) {
      for (int i = 1; word.length() >= 4 && i < word.length() - 1; i++) {
        all.put(word.substring(0, i) + word.charAt(i + 1) + word.charAt(i) + word.substring(i + 2), word);
        all.put(word.substring(0, i) + word.substring(i + 1), word);
        all.put(word.substring(0, i) + word.charAt(i) + word.substring(i), word);
      }
    }
    all.keySet().removeAll(words);
    all.keySet().removeAll(List.of("can", "pls"));
    return all;
  }

  /** Finds the things that a text names with all their attributes. */
  private static List<Thing> named(String text) {
    List<Thing> things = new ArrayList<>();
    String plain = plain(text);
    for (int i = 0; i < THINGS.size(); i++) {
      Matcher matcher = THINGS.get(i).matcher(plain);
      while (matcher.find()) {
        int look = i == 0 ? 1 : 2;
        things.add(new Thing(
            Shape.valueOf(upper(matcher.group(look + 2))), Colour.valueOf(upper(matcher.group(look + 1))),
            Size.valueOf(upper(matcher.group(look))), Position.valueOf(upper(matcher.group(i == 0 ? 4 : 1)))));
      }
    }
    return things;
  }

  private static String upper(String words) {
    return words.toUpperCase(Locale.ROOT).replace(' ', '_');
  }

  private static String words(Turn turn) {
    return turn.user().stream()
        .map(part -> part instanceof Words words ? words.text() : "")
        .collect(Collectors.joining(" "));
  }

  /** Returns the turns of the user. */
  private static List<Turn> replies(List<Turn> turns) {
    return turns.stream().filter(turn -> !turn.goesOn()).toList();
  }

  @Test
  void nothingHeldOutIsEverSaidOrShownInTraining() {
    int said = 0;
    for (int seed = 0; seed < DIALOGUES; seed++) {
      WorldDialogue dialogue = Dialogues.freeTalk(Split.TRAIN, seed);
      for (Turn turn : dialogue.turns()) {
        List<Thing> things = named(words(turn));
        said += things.size();
        assertThat(things).as(words(turn)).noneMatch(HeldOut::contains);
        assertThat(Grammar.things(turn.answer())).as(turn.answer()).noneMatch(HeldOut::contains);
      }
      for (Piece piece : dialogue.pieces()) {
        if (piece instanceof Seen seen) {
          assertThat(HeldOut.contains(seen.scene())).isFalse();
        } else if (piece instanceof Pictured pictured) {
          assertThat(HeldOut.contains(pictured.scene())).isFalse();
        }
      }
    }
    assertThat(said).isGreaterThan(DIALOGUES / 2);
  }

  /** Shows that the check above sees what it looks for. */
  @Test
  void whatIsHeldOutIsNamedInTests() {
    int named = 0;
    for (int seed = 0; seed < 300; seed++) {
      WorldDialogue dialogue = Dialogues.freeTalk(Kind.DRAW, Split.HELD_OUT, seed);
      assertThat(HeldOut.contains(dialogue.last().scene())).isTrue();
      named += named(words(dialogue.last())).stream().anyMatch(HeldOut::contains) ? 1 : 0;
    }
    assertThat(named).isGreaterThan(100);
  }

  @Test
  void aNewPictureHasWhatItsWordsSay() {
    for (int seed = 0; seed < 2000; seed++) {
      List<Turn> pictures = Dialogues.freeTalk(seed % 2 == 0 ? Kind.DRAW : Kind.FIND, Split.TRAIN, seed).turns();
      List<Thing> things = pictures.stream().flatMap(turn -> turn.scene().things().stream()).toList();
      String words = words(pictures.get(0));
      String text = plain(words);
      assertThat(things).as(text).containsAll(named(words));
      for (Colour colour : Colour.values()) {
        if (Pattern.compile("\\b" + colour.word() + "\\b").matcher(text).find()) {
          assertThat(things).as(text).anyMatch(thing -> thing.colour() == colour);
        }
      }
      for (Shape shape : Shape.values()) {
        assertThat(things.stream().anyMatch(thing -> thing.shape() == shape)).as("%s: %s", words, text)
            .isEqualTo(text.contains(shape.word()));
      }
      for (Background background : Background.values()) {
        if (text.contains(background.word())) {
          assertThat(pictures).as(text).anyMatch(turn -> turn.scene().background() == background);
        }
      }
    }
  }

  @Test
  void everyAnswerIsCanonicalAndTellsTheFacts() {
    Set<Kind> kinds = new HashSet<>();
    for (int seed = 0; seed < DIALOGUES; seed++) {
      for (Turn turn : Dialogues.freeTalk(Split.TRAIN, seed).turns()) {
        kinds.add(turn.kind());
        String answer = turn.answer();
        assertThat(Answers.isRefusal(answer)).isEqualTo(turn.kind() == Kind.REFUSAL);
        assertThat(Answers.isSmallTalk(answer)).isEqualTo(turn.kind() == Kind.GREETING);
        assertThat(turn.picture().isPresent()).isEqualTo(Set.of(Kind.DRAW, Kind.FIND, Kind.EDIT).contains(turn.kind()));
        switch (turn.kind()) {
          case DRAW, EDIT -> assertThat(answer).isEqualTo(Answers.drawn(turn.picture().orElseThrow()));
          case FIND -> assertThat(answer).isEqualTo(Answers.found(turn.picture().orElseThrow()));
          case DESCRIBE -> assertThat(answer).isEqualTo(Answers.seen(turn.scene()));
          case QUESTION -> turn.meant().flatMap(WorldDialogue.Meant::thing).ifPresent(thing -> {
            assertThat(turn.scene().things()).contains(thing);
            if (answer.startsWith("It is")) {
              assertThat(answer).isIn(
                  Answers.colour(thing), Answers.size(thing), Answers.shape(thing), Answers.place(thing));
            }
          });
          case GREETING, REFUSAL -> { }
        }
      }
    }
    assertThat(kinds).containsExactlyInAnyOrder(Kind.values());
  }

  /** An undo goes back to a scene that the last turns show; what is answerable needs nothing else. */
  @Test
  void theLastAnswerFollowsFromTheLastTurns() {
    Map<Kind, Integer> unanswerable = new EnumMap<>(Kind.class);
    int undone = 0;
    for (int seed = 0; seed < DIALOGUES; seed++) {
      Dialogues.Window window = Dialogues.endOfFreeTalk(Split.TRAIN, seed);
      List<Turn> turns = window.dialogue().turns();
      assertThat(replies(turns)).hasSizeBetween(1, Dialogues.WINDOW);
      assertThat(turns.get(0).goesOn()).isFalse();
      assertThat(window.answerable()).hasSize(turns.size()).last().isEqualTo(true);
      assertThat(Dialogues.freeTalk(Split.TRAIN, seed).turns()).endsWith(turns.toArray(Turn[]::new));
      Turn last = window.dialogue().last();
      if (last.kind() == Kind.EDIT && words(last).toLowerCase(Locale.ROOT).contains("undo")) {
        undone++;
        assertThat(turns.subList(0, turns.size() - 1)).anyMatch(turn -> turn.current().equals(last.current())
            || turn.user().contains(new Shown(last.scene())));
      }
      for (int i = 0; i < turns.size(); i++) {
        if (!window.answerable().get(i)) {
          unanswerable.merge(turns.get(i).kind(), 1, Integer::sum);
        }
      }
    }
    assertThat(undone).isPositive();
    assertThat(unanswerable).containsKeys(Kind.EDIT, Kind.QUESTION).doesNotContainKeys(Kind.DRAW, Kind.GREETING);
  }

  @Test
  void oneStepToTheLeftIsNotThePlaceOnTheLeft() {
    int steps = 0;
    for (int seed = 0; seed < 2 * DIALOGUES; seed++) {
      for (Turn turn : Dialogues.freeTalk(Split.TRAIN, seed).turns()) {
        if (turn.kind() == Kind.EDIT && turn.meant().isPresent()
            && words(turn).matches(
                "(?i)(?!.* and ).*(\\b(step|cell|bit)\\b.* to the left|to the left (by|a bit)\\b).*")) {
          Thing thing = turn.meant().get().thing().orElseThrow();
          Thing moved = thing.with(thing.position().step(-1, 0).orElseThrow());
          assertThat(turn.scene().things()).as(words(turn)).contains(moved);
          steps++;
        }
      }
    }
    assertThat(steps).isPositive();
  }

  /** A wish is refused as a command is, and may be followed by politeness. */
  @Test
  void requestsAndRefusalsHaveManyForms() {
    List<Turn> refused = new ArrayList<>();
    Set<Kind> polite = EnumSet.noneOf(Kind.class);
    for (int seed = 0; seed < DIALOGUES; seed++) {
      for (Turn turn : Dialogues.freeTalk(Split.TRAIN, seed).turns()) {
        refused.addAll(turn.kind() == Kind.REFUSAL ? List.of(turn) : List.of());
        if (words(turn).toLowerCase(Locale.ROOT).matches(".*, (if [a-z' ]+|when you can|be so kind)\\W?")) {
          polite.add(turn.kind());
        }
      }
    }
    assertThat(polite).contains(Kind.DRAW, Kind.EDIT, Kind.QUESTION, Kind.DESCRIBE, Kind.REFUSAL);
    for (Refusal refusal : List.of(Refusal.COLOUR, Refusal.SHAPE, Refusal.MISSING)) {
      assertThat(refused).filteredOn(turn -> turn.answer().equals(refusal.text()))
          .anyMatch(turn -> words(turn).matches("(?i)(make|draw|paint|put|turn|show) .*"))
          .anyMatch(turn -> words(turn).matches("(?i).*\\b(it|the [a-z ]+) (should|needs|has|could|would|must|in) .*"));
    }
  }

  @Test
  void allLengthsAndPlacesOfPicturesCome() {
    Set<Integer> lengths = new HashSet<>();
    Set<String> orders = new HashSet<>();
    for (int seed = 0; seed < DIALOGUES; seed++) {
      WorldDialogue dialogue = Dialogues.freeTalk(Split.TRAIN, seed);
      lengths.add(replies(dialogue.turns()).size());
      replies(dialogue.turns()).forEach(turn -> orders.add(turn.user().stream()
          .map(part -> part instanceof Words ? "words" : "picture").collect(Collectors.joining(" "))));
    }
    assertThat(lengths).hasSizeGreaterThan(15).allMatch(turns -> turns <= Dialogues.MAX_FREE_TURNS);
    assertThat(orders).containsExactlyInAnyOrder(
        "words", "picture", "picture words", "words picture", "words picture words");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aSingleTurnIsOfItsKind(Kind kind) {
    for (int seed = 0; seed < 100; seed++) {
      Turn turn = Dialogues.freeTalk(kind, Split.TRAIN, seed).last();
      assertThat(turn.kind()).isEqualTo(kind);
      assertThat(turn).isEqualTo(Dialogues.freeTalk(kind, Split.TRAIN, seed).last());
    }
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, names = {"EDIT", "QUESTION", "DESCRIBE"})
  void aFollowUpIsAboutThePictureBefore(Kind kind) {
    boolean changed = false;
    for (int seed = 0; seed < 100; seed++) {
      List<Turn> all = Dialogues.freeFollowUp(kind, Split.TRAIN, seed).turns();
      List<Turn> replies = replies(all);
      assertThat(replies).extracting(Turn::kind).containsExactlyElementsOf(
          seed % 3 == 0 ? List.of(Kind.DRAW, Kind.EDIT, kind) : List.of(Kind.DRAW, kind));
      Turn last = replies.get(replies.size() - 1);
      assertThat(last.user()).allMatch(Words.class::isInstance);
      assertThat(all).noneMatch(turn -> HeldOut.contains(turn.scene()));
      changed |= !all.get(all.indexOf(last) - 1).scene().equals(all.get(all.size() - 1).scene());
    }
    assertThat(changed).isEqualTo(kind == Kind.EDIT);
  }

  /** Things that are alike by chance are so rare that the answer would always be no. */
  @Test
  void comparisonsAreAboutTwoThingsThatAreOftenAlike() {
    Map<String, Integer> answers = new HashMap<>();
    for (int seed = 0; seed < DIALOGUES; seed++) {
      List<Turn> turns = Dialogues.comparisons(Split.TRAIN, seed).turns();
      assertThat(turns).hasSize(Dialogues.WINDOW);
      assertThat(turns.get(0).user()).hasAtLeastOneElementOfType(Shown.class);
      Scene scene = turns.get(0).scene();
      assertThat(scene.things()).hasSize(2).noneMatch(HeldOut::contains);
      assertThat(turns).extracting(Turn::scene).containsOnly(scene);
      assertThat(turns.subList(1, turns.size())).extracting(Turn::kind).containsOnly(Kind.QUESTION);
      for (Turn turn : turns) {
        answers.merge(turn.answer().replaceAll(".*, so (yes|no)", "$1").toLowerCase(Locale.ROOT), 1, Integer::sum);
        String words = words(turn).toLowerCase(Locale.ROOT);
        boolean same = scene.things().get(0).size() == scene.things().get(1).size();
        if (words.contains("same size") && turn.kind() == Kind.QUESTION) {
          assertThat(turn.answer()).as(words).matches(same ? "(?i)(\\w+) and \\1, so yes\\."
              : "(Small and large|Large and small), so no\\.");
        }
      }
    }
    double yes = answers.get("yes.");
    assertThat(yes / (yes + answers.get("no."))).isBetween(0.4, 0.65);
  }

  /** Two or three pictures of one reply differ in the same attribute of one thing or in the background. */
  @Test
  void severalPicturesOfAReplyDifferInOneValue() {
    Set<Integer> counts = new HashSet<>();
    Set<String> differing = new HashSet<>();
    for (int seed = 0; seed < 4 * DIALOGUES; seed++) {
      List<Turn> turns = Dialogues.freeTalk(Split.TRAIN, seed).turns();
      for (int i = 0; i < turns.size(); i++) {
        int end = i + 1;
        while (end < turns.size() && turns.get(end).goesOn()) {
          end++;
        }
        List<Turn> reply = turns.subList(i, end);
        if (!turns.get(i).goesOn() && reply.size() > 1) {
          counts.add(reply.size());
          differing.add(differing(reply));
        }
      }
    }
    assertThat(counts).containsExactlyInAnyOrder(2, 3);
    assertThat(differing).containsExactlyInAnyOrder("background", "shape", "colour", "size", "place");
  }

  private static String differing(List<Turn> reply) {
    assertThat(reply).extracting(Turn::kind).containsOnly(reply.get(0).kind());
    assertThat(reply).extracting(Turn::scene).doesNotHaveDuplicates();
    List<Scene> scenes = reply.stream().map(Turn::scene).toList();
    if (scenes.stream().map(Scene::background).distinct().count() > 1) {
      assertThat(scenes).extracting(Scene::things).containsOnly(scenes.get(0).things());
      return "background";
    }
    List<Thing> kept = scenes.get(0).things().stream()
        .filter(thing -> scenes.stream().allMatch(scene -> scene.things().contains(thing))).toList();
    List<Thing> changed = scenes.stream().flatMap(scene -> scene.things().stream())
        .filter(thing -> !kept.contains(thing)).toList();
    assertThat(changed).as(reply.toString()).hasSize(scenes.size());
    List<String> differing = new ArrayList<>();
    differs(changed, Thing::shape, "shape", differing);
    differs(changed, Thing::colour, "colour", differing);
    differs(changed, Thing::size, "size", differing);
    differs(changed, Thing::position, "place", differing);
    assertThat(differing).as(reply.toString()).hasSize(1);
    return differing.get(0);
  }

  private static <T> void differs(List<Thing> things, Function<Thing, T> attribute, String name, List<String> into) {
    if (things.stream().map(attribute).distinct().count() > 1) {
      into.add(name);
    }
  }

  @Test
  void piecesAreThoseOfTheDefaultPromptFormat() {
    for (int seed = 0; seed < DIALOGUES / 3; seed++) {
      DialoguesTest.requireDefaultFormat(Dialogues.freeTalk(Split.TRAIN, seed));
    }
  }
}
