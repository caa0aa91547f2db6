package io.gill.stage;

import io.gill.DiffusionOptions;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Supplier;

/** The frozen image generator, conditioned on embeddings in place of a text encoder's output. */
public interface ImageGenerator extends AutoCloseable {
  /**
   * Returns the width of the conditioning.
   *
   * @return C, {@code cross_attention_dim}
   */
  int conditioningSize();

  /**
   * Returns the width of the pooled vector that it is conditioned on beside the tokens. The default is for generators
   * that take none.
   *
   * @return P, or 0
   */
  default int pooledSize() {
    return 0;
  }

  /**
   * Rejects options that {@link #generate} would reject. A reply calls this before its first token, so that no work is
   * lost. A generator that cannot start from an image rejects one here. The default checks nothing.
   *
   * @param options options of a later {@link #generate}
   * @throws IllegalArgumentException if this generator cannot generate with these options
   */
  default void check(DiffusionOptions options) {}

  /**
   * Starts a stream of noise. Successive images from one stream differ; equal seeds give equal streams.
   *
   * @param seed any number
   * @return the stream, for one thread at a time
   */
  Noise noise(long seed);

  /**
   * Generates images.
   *
   * @param conditioning tokens ({@code num_clip_tokens}, C) and, if the generator takes one, the pooled vector
   * @param count number of images, at least 1; they differ in their noise
   * @param options guidance, steps, size, scheduler, negative prompt
   * @param noise source of the noise
   * @param listener called after every step and asked before each image is decoded; may stop the generation
   * @return the images, in the order of their noise
   * @throws java.util.concurrent.CancellationException if the listener stopped the generation
   */
  List<BufferedImage> generate(
      Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener);

  @Override
  default void close() {}

  /** A stream of normally distributed numbers. */
  @FunctionalInterface
  interface Noise {
    /**
     * Draws the next numbers.
     *
     * @param count how many to draw in one call; the published generator's values depend on it
     * @return numbers with mean 0 and variance 1
     */
    float[] next(int count);
  }

  /** Receives diffusion steps and may stop the generation, on the computing thread. */
  @FunctionalInterface
  interface StepListener {
    /**
     * Called after a step.
     *
     * @param step number of completed steps, from 1
     * @param steps total number of steps
     * @return whether to continue
     */
    boolean onStep(int step, int steps);

    /**
     * Called after a step by generators that can show the images as they are by then. The default leaves the preview
     * out.
     *
     * @param step number of completed steps, from 1
     * @param steps total number of steps
     * @param preview computes the images after this step, or an approximation, in the order of their noise. Each may
     *     take as long as the step did, and may be computed when it is taken from the list. Both can be used within
     *     this call only
     * @return whether to continue
     */
    default boolean onStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
      return onStep(step, steps);
    }

    /**
     * Asked between steps and after the last one where long work follows, such as the decoding of each image. The
     * default continues.
     *
     * @return whether to continue
     */
    default boolean proceeds() {
      return true;
    }
  }
}
