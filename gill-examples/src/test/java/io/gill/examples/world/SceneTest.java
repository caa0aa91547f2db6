package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.examples.world.HeldOut.Split;
import java.awt.image.BufferedImage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SceneTest {
  private static final Thing STAR = new Thing(Shape.STAR, Colour.RED, Size.SMALL, Position.CENTRE);
  private static final Thing CROSS = new Thing(Shape.CROSS, Colour.RED, Size.LARGE, Position.TOP);

  @Test
  void aSceneHasOneOrTwoThingsThatCanBeToldApart() {
    assertThat(new Scene(Background.BLACK, List.of(STAR, CROSS)).things()).containsExactly(CROSS, STAR);
    for (List<Thing> wrong : List.of(
        List.<Thing>of(),
        List.of(STAR, CROSS.with(Position.CENTRE)),
        List.of(STAR, STAR.with(Position.LEFT).with(Size.LARGE)),
        List.of(STAR, CROSS, CROSS.with(Position.LEFT)))) {
      assertThatThrownBy(() -> new Scene(Background.BLACK, wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("one or two things");
    }
  }

  @Test
  void aSeedGivesTheSamePictureAndAnotherSeedAnother() {
    Scene scene = new Scene(Background.GREY, List.of(STAR, CROSS));
    assertThat(pixels(SceneRenderer.render(scene, 5))).isEqualTo(pixels(SceneRenderer.render(scene, 5)));
    assertThat(pixels(SceneRenderer.render(scene, 5))).isNotEqualTo(pixels(SceneRenderer.render(scene, 6)));
    assertThat(pixels(SceneRenderer.render(scene, 5))).isNotEqualTo(pixels(SceneRenderer.render(scene)));
  }

  /** The renderer must not change unnoticed: trained models have learned its pictures. */
  @Test
  void picturesAreTheSameOnEveryJava() {
    int hash = 1;
    for (Shape shape : Shape.values()) {
      Scene scene = new Scene(Background.BROWN, List.of(STAR.with(shape), CROSS.with(Colour.CYAN)));
      for (int pixel : pixels(SceneRenderer.render(scene, 1))) {
        hash = 31 * hash + pixel;
      }
    }
    assertThat(hash).isEqualTo(-560694311);
  }

  @Test
  void largeNeighboursNeverTouch() {
    Thing left = new Thing(Shape.SQUARE, Colour.BLUE, Size.LARGE, Position.LEFT);
    Scene scene = new Scene(Background.WHITE, List.of(left, left.with(Shape.CIRCLE).with(Position.CENTRE)));
    for (int seed = 0; seed < 300; seed++) {
      BufferedImage image = SceneRenderer.render(scene, seed);
      int white = 0;
      for (int x = 18; x < 26; x++) {
        int red = image.getRGB(x, 32) >> 16 & 0xFF;
        white += red > 200 ? 1 : 0;
      }
      assertThat(white).as("seed %s", seed).isPositive();
    }
  }

  @Test
  void aboutAnEighthOfTheThingsIsHeldOutAndNoAttributeIsMissingFromTraining() {
    List<Thing> train = HeldOut.things(Split.TRAIN);
    List<Thing> heldOut = HeldOut.things(Split.HELD_OUT);
    assertThat(train.size() + heldOut.size()).isEqualTo(5 * 7 * 2 * 9);
    assertThat(heldOut).hasSize(71);
    assertThat(heldOut).allMatch(HeldOut::contains).doesNotContainAnyElementsOf(train);
    Set<List<Object>> pairs = new HashSet<>();
    for (Thing thing : train) {
      pairs.add(List.of(thing.shape(), thing.colour()));
      pairs.add(List.of(thing.shape(), thing.size()));
      pairs.add(List.of(thing.shape(), thing.position()));
      pairs.add(List.of(thing.colour(), thing.size()));
      pairs.add(List.of(thing.colour(), thing.position()));
      pairs.add(List.of(thing.size(), thing.position()));
    }
    assertThat(pairs).hasSize(35 + 10 + 45 + 14 + 63 + 18);
  }

  @Test
  void samplesShowEveryAttributeAndKeepTheSplit() {
    Set<Object> seen = new HashSet<>();
    for (int seed = 0; seed < 5000; seed++) {
      Scene train = SceneSampler.sample(Split.TRAIN, seed);
      assertThat(HeldOut.contains(train)).isFalse();
      assertThat(HeldOut.contains(SceneSampler.sample(Split.HELD_OUT, seed))).isTrue();
      seen.add(train.background());
      seen.addAll(train.things());
    }
    assertThat(seen).hasSize(4 + HeldOut.things(Split.TRAIN).size());
    assertThat(SceneSampler.sample(Split.TRAIN, 9)).isEqualTo(SceneSampler.sample(Split.TRAIN, 9));
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
