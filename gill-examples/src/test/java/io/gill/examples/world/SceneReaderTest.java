package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.SceneReader.Reading;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SceneReaderTest {
  @Test
  void readsEveryCleanSceneOfOneThing() {
    int number = 0;
    for (Split split : Split.values()) {
      for (Thing thing : HeldOut.things(split)) {
        Background background = Background.values()[number++ % Background.values().length];
        Scene scene = new Scene(background, List.of(thing));
        assertThat(SceneReader.read(SceneRenderer.render(scene)).scene()).as("%s", scene).contains(scene);
      }
    }
  }

  /** A judge must err far less often than the models it judges. Over 1000 scenes each, it made no error. */
  @ParameterizedTest
  @CsvSource({"0, 0", "0, 12", "0.7, 6", "0.7, 12", "1, 8"})
  void readsJitteredBlurredAndNoisyScenes(double blur, double noise) {
    SceneScore score = SceneScore.empty();
    int scenes = 400;
    int perfect = 0;
    for (int seed = 0; seed < scenes; seed++) {
      Scene scene = SceneSampler.sample(seed % 8 == 0 ? Split.HELD_OUT : Split.TRAIN, seed);
      BufferedImage image = Spoiled.of(SceneRenderer.render(scene, seed), blur, noise, seed);
      SceneScore one = SceneScore.of(scene, SceneReader.read(image));
      score = score.plus(one);
      perfect += one.isPerfect() ? 1 : 0;
    }
    assertThat(score.accuracy()).as("%s", score).isGreaterThanOrEqualTo(0.995);
    assertThat(perfect).isGreaterThanOrEqualTo(392);
  }

  @ParameterizedTest
  @EnumSource(Background.class)
  void findsNothingOnAnEmptyBackground(Background background) {
    for (int seed = 0; seed < 50; seed++) {
      Reading reading = SceneReader.read(Spoiled.of(plain(background.rgb()), 0, 12, seed));
      assertThat(reading.background()).contains(background);
      assertThat(reading.things()).isEmpty();
      assertThat(reading.scene()).isEmpty();
    }
  }

  @Test
  void findsNothingInNoise() {
    for (int seed = 0; seed < 50; seed++) {
      Reading grain = SceneReader.read(Spoiled.of(plain(0x808080), 0, 90, seed));
      assertThat(grain.things()).isEmpty();
      Reading clouds = SceneReader.read(Spoiled.of(Spoiled.of(plain(0x808080), 0, 250, seed), 2, 0, seed));
      assertThat(clouds.things()).as("%s", clouds).isEmpty();
    }
  }

  @Test
  void findsNeitherBackgroundNorThingInOneColour() {
    for (Colour colour : Colour.values()) {
      assertThat(SceneReader.read(plain(colour.rgb())).background()).isEmpty();
    }
  }

  @Test
  void takesAPatchThatIsNoShapeForNothing() {
    BufferedImage bars = plain(Background.WHITE.rgb());
    Graphics2D graphics = bars.createGraphics();
    graphics.setColor(new Color(Colour.RED.rgb()));
    graphics.fillRect(8, 30, 20, 4);
    graphics.setColor(new Color(Colour.BLUE.rgb()));
    graphics.drawOval(40, 20, 16, 16);
    graphics.dispose();
    assertThat(SceneReader.read(bars).things()).isEmpty();
  }

  @Test
  void readsPicturesOfOtherSizes() {
    Scene scene = SceneSampler.sample(Split.TRAIN, 3);
    BufferedImage large = new BufferedImage(224, 224, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = large.createGraphics();
    graphics.drawImage(SceneRenderer.render(scene), 0, 0, 224, 224, null);
    graphics.dispose();
    assertThat(SceneReader.read(large).scene()).contains(scene);
  }

  @Test
  void doesNotCareAboutGrainInTheBorder() {
    Scene scene = SceneSampler.sample(Split.TRAIN, 4);
    BufferedImage image = SceneRenderer.render(scene);
    Random random = new Random(1);
    for (int i = 0; i < 40; i++) {
      image.setRGB(random.nextInt(64), random.nextBoolean() ? 0 : 63, random.nextInt());
    }
    assertThat(SceneReader.read(image).scene()).contains(scene);
  }

  private static BufferedImage plain(int rgb) {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64 * 64; i++) {
      image.setRGB(i % 64, i / 64, rgb);
    }
    return image;
  }
}
