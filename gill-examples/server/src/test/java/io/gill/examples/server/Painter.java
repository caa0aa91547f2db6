package io.gill.examples.server;

import io.gill.DiffusionOptions;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator;
import io.gill.testing.FakeImageGenerator;
import java.awt.image.BufferedImage;
import java.util.List;

/** A fake image generator. Tests override {@link #generate}. */
abstract class Painter implements ImageGenerator {
  private final ImageGenerator fake = new FakeImageGenerator();

  @Override
  public final int conditioningSize() {
    return fake.conditioningSize();
  }

  @Override
  public final Noise noise(long seed) {
    return fake.noise(seed);
  }

  @Override
  public List<BufferedImage> generate(
      Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
    return fake.generate(conditioning, count, options, noise, listener);
  }
}
