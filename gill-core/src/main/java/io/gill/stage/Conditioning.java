package io.gill.stage;

import java.util.Objects;

/**
 * What an image generator is conditioned on in place of a text encoder's output.
 *
 * @param tokens (L, C): one vector per token, 77 × 768 for Stable Diffusion 1.5
 * @param pooled (P): one vector for the whole image, which SDXL needs; empty for generators that take none
 */
@SuppressWarnings("ArrayRecordComponent") // read-only by contract, and never compared
public record Conditioning(float[][] tokens, float[] pooled) {
  /** What it would be where the model has no mapper. */
  public static final Conditioning NONE = of(new float[0][]);

  /**
   * Checks that nothing is missing.
   *
   * @param tokens (L, C)
   * @param pooled (P), or empty
   */
  public Conditioning {
    Objects.requireNonNull(tokens, "tokens");
    Objects.requireNonNull(pooled, "pooled");
  }

  /**
   * Conditioning without a pooled vector.
   *
   * @param tokens (L, C)
   * @return the conditioning
   */
  public static Conditioning of(float[][] tokens) {
    return new Conditioning(tokens, new float[0]);
  }
}
