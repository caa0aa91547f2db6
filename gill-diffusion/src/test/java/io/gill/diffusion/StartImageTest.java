package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.Precision;
import io.gill.testsupport.Folders;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs from a start image; the parity program compares whole runs with published ones. */
class StartImageTest {
  private static final DiffusionOptions HALF = DiffusionOptions.builder()
      .steps(10).startImage(new BufferedImage(50, 30, BufferedImage.TYPE_INT_RGB)).strength(0.5).build();

  @Test
  void eachBatchDrawsItsOwnLatentsOfOneEncodedImage() {
    try (StableDiffusion generator =
        StableDiffusion.load(new Golden("model-b").snapshot(), Device.CPU, Precision.FLOAT32)) {
      StartLatents start = generator.startLatents(HALF, 32, 32);
      float[] first = start.draw(generator.noise(1));
      assertThat(start.draw(generator.noise(2))).isNotEqualTo(first);
      assertThat(start.draw(generator.noise(1))).isEqualTo(first);
    }
  }

  @Test
  void aSchedulerThatNeedsItsFirstStepsIsRefusedByTheCheck(@TempDir Path dir) throws IOException {
    Folders.copy(new Golden("model-b").snapshot(), dir);
    Path config = dir.resolve("scheduler/scheduler_config.json");
    Files.writeString(
        config, Files.readString(config).replace("\"skip_prk_steps\": true", "\"skip_prk_steps\": false"));
    DiffusionOptions options = HALF.toBuilder().scheduler(SchedulerType.PNDM).build();
    try (StableDiffusion generator = StableDiffusion.load(dir, Device.CPU, Precision.FLOAT32)) {
      generator.check(options.toBuilder().strength(1).build());
      assertThatThrownBy(() -> generator.check(options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a start image with strength 0.5 skips 5 steps, which PNDM with skip_prk_steps false cannot: use"
              + " strength 1 or another scheduler");
    }
  }
}
