package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation;
import io.gill.PromptFormat;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.examples.world.WorldDialogue.Pictured;
import io.gill.examples.world.WorldDialogue.Piece;
import io.gill.examples.world.WorldDialogue.Said;
import io.gill.examples.world.WorldDialogue.Seen;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DialoguesTest {
  /** Checks the words themselves, not the sampler's record of them. */
  @Test
  void nothingHeldOutIsEverSaidOrShownInTraining() {
    for (int seed = 0; seed < 20_000; seed++) {
      WorldDialogue dialogue = Dialogues.sample(Split.TRAIN, seed);
      requireTraining(dialogue);
      requireTraining(Dialogues.edits(Split.TRAIN, seed, 1 + seed % 5));
      requireTraining(Dialogues.ofAnyLength(Split.TRAIN, seed));
      requireTraining(Dialogues.questions(Split.TRAIN, seed));
    }
  }

  private static void requireTraining(WorldDialogue dialogue) {
    String text = dialogue.text();
    for (Thing thing : Grammar.things(text)) {
      assertThat(HeldOut.contains(thing)).as(text).isFalse();
    }
    for (Piece piece : dialogue.pieces()) {
      if (piece instanceof Seen seen) {
        assertThat(HeldOut.contains(seen.scene())).as(text).isFalse();
      } else if (piece instanceof Pictured pictured) {
        assertThat(HeldOut.contains(pictured.scene())).as(text).isFalse();
      }
    }
  }

  @Test
  void whatIsHeldOutIsTalkedAboutInTheLastTurn() {
    for (int seed = 0; seed < 2000; seed++) {
      assertThat(HeldOut.contains(Dialogues.sample(Split.HELD_OUT, seed).last().scene())).isTrue();
      assertThat(HeldOut.contains(Dialogues.edits(Split.HELD_OUT, seed, 1 + seed % 5).last().scene())).isTrue();
    }
  }

  @Test
  void answersWithPicturesRestateTheWholeScene() {
    for (int seed = 0; seed < 2000; seed++) {
      for (Turn turn : Dialogues.sample(Split.TRAIN, seed).turns()) {
        assertThat(turn.picture().isPresent()).isEqualTo(
            turn.kind() == Kind.DRAW || turn.kind() == Kind.FIND || turn.kind() == Kind.EDIT);
        if (turn.picture().isPresent()) {
          assertThat(Grammar.parse(turn.answer())).isEqualTo(turn.picture());
          assertThat(turn.answer()).contains(Grammar.caption(turn.scene()));
          assertThat(turn.answer().startsWith("I found ")).isEqualTo(turn.kind() == Kind.FIND);
        } else if (turn.kind() == Kind.DESCRIBE) {
          assertThat(Grammar.parse(turn.answer())).contains(turn.scene());
        } else {
          assertThat(Grammar.things(turn.answer())).isEmpty();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void editsNeedTheirContext(int edits) {
    for (int seed = 0; seed < 500; seed++) {
      WorldDialogue dialogue = Dialogues.edits(Split.HELD_OUT, seed, edits);
      assertThat(dialogue.turns()).hasSize(edits + 1);
      assertThat(dialogue.turns().get(0).kind()).isEqualTo(Kind.DRAW);
      for (int i = 1; i <= edits; i++) {
        Turn turn = dialogue.turns().get(i);
        String request = words(turn);
        assertThat(turn.kind()).isEqualTo(Kind.EDIT);
        assertThat(turn.scene()).isNotEqualTo(dialogue.turns().get(i - 1).scene());
        assertThat(Grammar.parse(request)).as(request).isEmpty();
        // An edit may describe an added thing completely; then it does not name the other thing.
        assertThat(Grammar.things(request).size()).as(request).isLessThan(
            Grammar.things(request).isEmpty() ? 1 : turn.scene().things().size());
      }
    }
  }

  /** Everything that an edit says must hold in the scene after it, and everything else must be unchanged. */
  @Test
  void anEditChangesWhatItSays() {
    for (int seed = 0; seed < 3000; seed++) {
      List<Turn> turns = Dialogues.edits(Split.TRAIN, seed, 3).turns();
      for (int i = 1; i < turns.size(); i++) {
        Scene before = turns.get(i - 1).scene();
        Scene after = turns.get(i).scene();
        String request = words(turns.get(i)).toLowerCase(Locale.ROOT);
        List<Thing> gone = new ArrayList<>(before.things());
        gone.removeAll(after.things());
        List<Thing> come = new ArrayList<>(after.things());
        come.removeAll(before.things());
        if (request.contains("background")) {
          assertThat(request).endsWith(after.background().word());
          assertThat(gone).isEmpty();
          assertThat(come).isEmpty();
          continue;
        }
        assertThat(after.background()).isEqualTo(before.background());
        assertThat(gone.size()).isLessThanOrEqualTo(1);
        assertThat(come.size()).isLessThanOrEqualTo(1);
        if (come.isEmpty()) {
          assertThat(request).containsAnyOf("remove", "delete");
        } else if (gone.isEmpty()) {
          assertThat(Grammar.things(request)).isEqualTo(come);
        } else {
          Thing was = gone.get(0);
          Thing is = come.get(0);
          assertThat(SceneScore.of(new Scene(Background.BLACK, List.of(was)),
              new SceneReader.Reading(Optional.of(Background.BLACK), List.of(is))).total().right()).isEqualTo(4);
          if (was.size() != is.size()) {
            assertThat(request).containsAnyOf(is.size() == Size.LARGE
                ? new String[] {"large", "bigger"} : new String[] {"small"});
          } else {
            assertThat(request).endsWith(was.shape() != is.shape() ? is.shape().word()
                : was.colour() != is.colour() ? is.colour().word() : is.position().words());
          }
        }
      }
    }
  }

  @Test
  void allKindsAndLengthsCome() {
    Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
    Map<Integer, Integer> lengths = new HashMap<>();
    for (int seed = 0; seed < 3000; seed++) {
      WorldDialogue dialogue = Dialogues.sample(Split.TRAIN, seed);
      lengths.merge(dialogue.turns().size(), 1, Integer::sum);
      dialogue.turns().forEach(turn -> kinds.merge(turn.kind(), 1, Integer::sum));
    }
    assertThat(kinds).hasSize(5).allSatisfy((kind, count) -> assertThat(count).isGreaterThan(300));
    assertThat(lengths).hasSize(Dialogues.MAX_TURNS).allSatisfy((n, count) -> assertThat(count).isGreaterThan(50));
  }

  @Test
  void dialoguesOfAnyLengthAreLongerAndQuestionsAreMostlyAboutTwoThings() {
    int turns = 0;
    int two = 0;
    for (int seed = 0; seed < 3000; seed++) {
      turns += Dialogues.ofAnyLength(Split.TRAIN, seed).turns().size();
      WorldDialogue questions = Dialogues.questions(Split.TRAIN, seed);
      assertThat(questions.turns()).allSatisfy(turn -> assertThat(turn.kind()).isEqualTo(Kind.QUESTION));
      two += questions.last().scene().things().size() == 2 ? 1 : 0;
    }
    assertThat(turns / 3000.0).isBetween(3.4, 3.6);
    assertThat(two / 3000.0).isBetween(0.77, 0.83);
  }

  /** Determines the thing from the answer or the change, not from the sampler's record. */
  @Test
  void theThingThatIsMeantIsTheOneThatIsAskedAboutOrChanged() {
    int asked = 0;
    int changed = 0;
    for (int seed = 0; seed < 2000; seed++) {
      for (Turn turn : Dialogues.ofAnyLength(Split.TRAIN, seed).turns()) {
        if (turn.meant().isPresent()) {
          Meant meant = turn.meant().get();
          if (meant.thing().isEmpty() || turn.answer().equals("Yes.")) {
            assertThat(turn.answer()).isEqualTo(meant.thing().isPresent() ? "Yes." : "No.");
            continue;
          }
          Thing thing = meant.thing().get();
          if (turn.kind() == Kind.QUESTION) {
            asked++;
            assertThat(meant.scene()).isEqualTo(turn.scene());
            assertThat(turn.answer()).isIn("It is " + thing.colour().word() + ".", "It is " + thing.size().word() + ".",
                "It is a " + thing.shape().word() + ".", "It is " + thing.position().phrase() + ".");
          } else {
            changed++;
            assertThat(turn.kind()).isEqualTo(Kind.EDIT);
            assertThat(turn.scene().things()).doesNotContain(thing);
            List<Thing> others = new ArrayList<>(meant.scene().things());
            others.remove(thing);
            assertThat(turn.scene().things()).containsAll(others);
          }
        } else if (turn.kind() == Kind.QUESTION) {
          assertThat(turn.answer()).doesNotContain("It is a ").doesNotContain(" the ");
        }
      }
    }
    assertThat(asked).isGreaterThan(500);
    assertThat(changed).isGreaterThan(500);
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, names = {"GREETING", "REFUSAL"}, mode = EnumSource.Mode.EXCLUDE)
  void aSingleTurnIsOfItsKindAndBringsWhatItSpeaksOf(Kind kind) {
    for (int seed = 0; seed < 200; seed++) {
      Turn turn = Dialogues.single(kind, Split.TRAIN, seed).last();
      assertThat(turn.kind()).isEqualTo(kind);
      boolean pictureGiven = turn.user().stream().anyMatch(Shown.class::isInstance);
      assertThat(pictureGiven).isEqualTo(kind != Kind.DRAW && kind != Kind.FIND);
    }
  }

  @Test
  void aSeedGivesTheSameDialogue() {
    assertThat(Dialogues.sample(Split.TRAIN, 77)).isEqualTo(Dialogues.sample(Split.TRAIN, 77));
    assertThat(Dialogues.sample(Split.TRAIN, 77)).isNotEqualTo(Dialogues.sample(Split.TRAIN, 78));
    assertThatThrownBy(() -> Dialogues.edits(Split.TRAIN, 1, 6)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void piecesAreThoseOfTheDefaultPromptFormat() {
    for (int seed = 0; seed < 500; seed++) {
      requireDefaultFormat(Dialogues.sample(Split.TRAIN, seed));
    }
  }

  /** The pieces equal the library's prompt format for the same conversation. */
  static void requireDefaultFormat(WorldDialogue dialogue) {
    Conversation.Builder conversation = Conversation.builder();
    for (Turn turn : dialogue.turns()) {
      for (UserPart part : turn.user()) {
        if (part instanceof Words words) {
          conversation.text(words.text());
        } else if (part instanceof Shown shown) {
          conversation.image(SceneRenderer.render(shown.scene()));
        } else {
          conversation.image(OtherPictures.paint(1));
        }
      }
      conversation.assistant(turn.answer());
    }
    String expected = PromptFormat.questionAnswer().write(conversation.build()).stream()
        .map(content -> content instanceof Conversation.Text text ? "<" + text.text() + ">" : "<image>")
        .collect(Collectors.joining());
    String pieces = dialogue.pieces().stream()
        .filter(piece -> !(piece instanceof Pictured))
        .map(piece -> piece instanceof Said said ? "<" + said.text() + ">" : "<image>")
        .collect(Collectors.joining());
    assertThat(pieces).isEqualTo(expected);
  }

  private static String words(Turn turn) {
    return turn.user().stream()
        .map(part -> part instanceof Words words ? words.text() : "")
        .collect(Collectors.joining());
  }
}
