package io.gill.stage;

import io.gill.DiffusionOptions;
import java.awt.image.BufferedImage;
import java.util.List;

/** The frozen image generator, conditioned on embeddings in place of a text encoder's output. */
public interface ImageGenerator extends AutoCloseable {
  /**
   * The width of the conditioning it takes.
   *
   * @return C, {@code cross_attention_dim}
   */
  int conditioningSize();

  /**
   * Refuses options that {@link #generate} would refuse. A reply asks before its first token, so that none is lost. The
   * default leaves it to generating.
   *
   * @param options as for generating
   * @throws IllegalArgumentException if this generator cannot generate with them
   */
  default void check(DiffusionOptions options) {}

  /**
   * Starts a stream of noise. Images generated one after another from one stream differ; the same seed gives the same
   * stream.
   *
   * @param seed any number
   * @return the stream, for one thread at a time
   */
  Noise noise(long seed);

  /**
   * Generates images.
   *
   * @param conditioning tokens ({@code num_clip_tokens}, C) and, if the generator takes one, the pooled vector
   * @param count how many images, at least 1, that differ in their noise
   * @param options guidance, steps, size, scheduler, negative prompt
   * @param noise where the noise comes from
   * @param listener hears of every step and may stop
   * @return the images, in the order of their noise
   * @throws java.util.concurrent.CancellationException if the listener stopped it
   */
  List<BufferedImage> generate(
      Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener);

  @Override
  default void close() {}

  /** A stream of normally distributed numbers. */
  @FunctionalInterface
  interface Noise {
    /**
     * Draws.
     *
     * @param count how many, drawn in one call: the published generator's values depend on it
     * @return mean 0, variance 1
     */
    float[] next(int count);
  }

  /** Hears of diffusion steps, on the computing thread. */
  @FunctionalInterface
  interface StepListener {
    /**
     * A step is done.
     *
     * @param step how many are done, from 1
     * @param steps how many there are
     * @return whether to go on
     */
    boolean onStep(int step, int steps);
  }
}
