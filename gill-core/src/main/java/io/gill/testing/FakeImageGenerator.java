package io.gill.testing;

import io.gill.DiffusionOptions;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;

/**
 * Paints one colour, derived from the conditioning and the noise, and calls the listener as a real generator does, with
 * the complete images as previews. Ignores start images and masks. Immutable and thread-safe.
 */
public final class FakeImageGenerator implements ImageGenerator {
  private static final int SIZE = 64;

  /** Creates a generator. */
  public FakeImageGenerator() {}

  @Override
  public int conditioningSize() {
    return FakeModel.CONDITIONING;
  }

  @Override
  public Noise noise(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return count -> {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    };
  }

  @Override
  public List<BufferedImage> generate(
      Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
    Objects.requireNonNull(conditioning, "conditioning");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(noise, "noise");
    Objects.requireNonNull(listener, "listener");
    double sum = 0;
    for (float[] row : conditioning.tokens()) {
      for (float value : row) {
        sum += value;
      }
    }
    float[] draws = noise.next(count);
    List<BufferedImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add(paint(new Color((float) Math.abs(Math.sin(sum)), (float) Math.abs(Math.sin(draws[i])), 0.5f),
          options.width() > 0 ? options.width() : SIZE, options.height() > 0 ? options.height() : SIZE));
    }
    for (int step = 1; step <= options.steps(); step++) {
      if (!listener.onStep(step, options.steps(), () -> images)) {
        throw new CancellationException("cancelled at step " + step);
      }
    }
    if (!listener.proceeds()) {
      throw new CancellationException("cancelled after the last step");
    }
    return images;
  }

  static BufferedImage paint(Color colour, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(colour);
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    return image;
  }
}
