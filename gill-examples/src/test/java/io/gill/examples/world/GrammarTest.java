package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.examples.world.HeldOut.Split;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {
  private static final Scene SCENE = new Scene(Background.WHITE, List.of(
      new Thing(Shape.STAR, Colour.BLUE, Size.LARGE, Position.CENTRE),
      new Thing(Shape.CIRCLE, Colour.RED, Size.SMALL, Position.TOP_LEFT)));

  @Test
  void theCanonicalCaptionNamesThingsInReadingOrder() {
    assertThat(Grammar.caption(SCENE)).isEqualTo(
        "a small red circle at the top left and a large blue star in the centre on a white background");
  }

  @Test
  void tagsHaveAPlaceForEveryAttribute() {
    assertThat(Grammar.tags(SCENE)).isEqualTo("white small red circle northwest large blue star middle");
    assertThat(Grammar.tags(new Scene(Background.GREY, SCENE.things().subList(1, 2))))
        .isEqualTo("grey large blue star middle none none none none");
  }

  @Test
  void everyWordingIsReadBack() {
    Set<String> wordings = new HashSet<>();
    for (int seed = 0; seed < 300; seed++) {
      Scene scene = SceneSampler.sample(seed % 2 == 0 ? Split.TRAIN : Split.HELD_OUT, seed);
      for (int i = 0; i < Grammar.PARAPHRASES; i++) {
        String wording = Grammar.paraphrase(scene, i);
        assertThat(Grammar.parse(wording)).as(wording).contains(scene);
        assertThat(Grammar.things(wording)).as(wording).containsExactlyInAnyOrderElementsOf(scene.things());
      }
    }
    for (int i = 0; i < Grammar.PARAPHRASES; i++) {
      wordings.add(Grammar.paraphrase(SCENE, i));
    }
    assertThat(wordings).hasSize(Grammar.PARAPHRASES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Here is %s:", "I found %s:", "I see %s.", " %s", "%s.\n"})
  void answersAreReadBack(String answer) {
    assertThat(Grammar.parse(answer.formatted(Grammar.caption(SCENE)))).contains(SCENE);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", "a star", "a small red circle", "a small red circle at the top left",
    "a small red circle at the top left on a pink background",
    "a small red circle at the top left and on a white background",
    "a small red circle at the top left and a dog on a white background",
    "a small red circle at the top and a large blue star at the top on a white background",
    "a small red circle at the top left on a white background and more"})
  void whatIsNoSceneIsNotRead(String text) {
    assertThat(Grammar.parse(text)).isEmpty();
  }

  @Test
  void refusesAWordingThatDoesNotExist() {
    assertThatThrownBy(() -> Grammar.paraphrase(SCENE, Grammar.PARAPHRASES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("wording");
  }
}
