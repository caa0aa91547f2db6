package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.Answers.SmallTalk;
import io.gill.examples.world.HeldOut.Split;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final Scene SCENE = new Scene(Background.WHITE, List.of(
      new Thing(Shape.STAR, Colour.BLUE, Size.LARGE, Position.CENTRE),
      new Thing(Shape.CIRCLE, Colour.RED, Size.SMALL, Position.TOP_LEFT)));

  /** The library cuts a text after its first full stop or at a line break. */
  @Test
  void theLibraryNeverCutsAnAnswer() {
    List<String> answers = new ArrayList<>(List.of(Answers.YES, Answers.NO, Answers.NOTHING_ELSE));
    for (Refusal refusal : Refusal.values()) {
      answers.add(refusal.text());
    }
    for (SmallTalk talk : SmallTalk.values()) {
      answers.add(talk.text());
    }
    for (Shape shape : Shape.values()) {
      answers.add(Answers.missing(shape));
    }
    for (int seed = 0; seed < 200; seed++) {
      Scene scene = SceneSampler.sample(Split.TRAIN, seed);
      Thing thing = scene.things().get(0);
      answers.addAll(List.of(Answers.drawn(scene), Answers.found(scene), Answers.seen(scene), Answers.number(seed % 3),
          Answers.background(scene.background()), Answers.colour(thing), Answers.place(thing), Answers.shape(thing),
          Answers.size(thing), Answers.which(Optional.of(thing)), Answers.also(Optional.of(thing))));
    }
    assertThat(answers).allSatisfy(answer -> {
      assertThat(answer.strip()).isEqualTo(answer).doesNotContain("\n");
      assertThat(answer.replaceAll("\\.$", "")).doesNotContain(".");
    });
  }

  @Test
  void refusalsAndSmallTalkAreTold() {
    for (Refusal refusal : Refusal.values()) {
      assertThat(Answers.isRefusal(" " + refusal.text())).isTrue();
      assertThat(Answers.isSmallTalk(refusal.text())).isFalse();
    }
    Set<String> texts = new HashSet<>();
    for (SmallTalk talk : SmallTalk.values()) {
      assertThat(Answers.isSmallTalk(talk.text() + "\n")).isTrue();
      assertThat(Answers.isRefusal(talk.text())).isFalse();
      texts.add(talk.text());
    }
    assertThat(texts).hasSize(SmallTalk.values().length);
    for (String answer : List.of(Answers.drawn(SCENE), Answers.seen(SCENE), Answers.YES, "Hello!", "")) {
      assertThat(Answers.isRefusal(answer) || Answers.isSmallTalk(answer)).as(answer).isFalse();
    }
  }

  @Test
  void answersNameFacts() {
    Thing star = SCENE.things().get(1);
    assertThat(Answers.drawn(SCENE)).isEqualTo("Here is a small red circle at the top left and a large blue star in "
        + "the centre on a white background:");
    assertThat(Answers.which(Optional.of(star))).isEqualTo("The blue star.");
    assertThat(Answers.which(Optional.empty())).isEqualTo("Neither.");
    assertThat(Answers.what(Optional.empty())).isEqualTo("Nothing.");
    assertThat(Answers.also(Optional.of(star))).isEqualTo("There is also a large blue star in the centre.");
    assertThat(Answers.missing(Shape.CROSS)).isEqualTo("There is no cross.");
    assertThat(Refusal.SHAPE.text()).isEqualTo(
        "I can only draw circles, squares, triangles, stars and crosses: what shall I draw?");
    assertThat(Refusal.BACKGROUND.text()).isEqualTo("I can only paint a white, black, grey or brown background.");
  }
}
