package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.OtherPicture;
import io.gill.examples.world.WorldDialogue.Turn;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OtherPicturesTest {
  private static int[] pixels(long seed) {
    BufferedImage image = OtherPictures.paint(seed);
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  @Test
  void noneIsAPlainSceneAndEachSeedHasItsOwn() {
    Set<List<Integer>> all = new HashSet<>();
    for (int seed = 0; seed < 300; seed++) {
      int[] pixels = pixels(seed);
      assertThat(pixels).hasSize(SceneRenderer.SIDE * SceneRenderer.SIDE).isEqualTo(pixels(seed));
      for (Background background : Background.values()) {
        long ground = Arrays.stream(pixels).filter(pixel -> isNear(pixel, background.rgb())).count();
        assertThat(ground).as(background + " of seed " + seed).isLessThan(pixels.length * 9 / 10);
      }
      all.add(Arrays.stream(pixels).boxed().toList());
    }
    assertThat(all).hasSize(300);
  }

  private static boolean isNear(int pixel, int rgb) {
    return IntStream.of(0, 8, 16).allMatch(shift -> Math.abs((pixel >> shift & 255) - (rgb >> shift & 255)) < 12);
  }

  @Test
  void usersShowThemAmongScenesAndTheAnswerIsARefusal() {
    int shown = 0;
    for (int seed = 0; seed < 1000; seed++) {
      for (Turn turn : Dialogues.freeTalk(Split.TRAIN, seed).turns()) {
        if (turn.user().stream().anyMatch(OtherPicture.class::isInstance)) {
          assertThat(turn.answer()).isEqualTo(Refusal.SOMETHING_ELSE.text());
          assertThat(turn.picture()).isEmpty();
          shown++;
        }
      }
      assertThat(Dialogues.somethingElse(Split.TRAIN, seed).dialogue().last().user())
          .hasAtLeastOneElementOfType(OtherPicture.class);
    }
    assertThat(shown).isBetween(100, 400);
  }
}
