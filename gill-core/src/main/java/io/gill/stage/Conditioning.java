package io.gill.stage;

import java.util.Objects;

/**
 * The input that conditions an image generator, in place of a text encoder's output.
 *
 * @param tokens (L, C): one vector per token, 77 × 768 for Stable Diffusion 1.5
 * @param pooled (P): one vector for the whole image, which SDXL needs; empty for generators that take none
 */
@SuppressWarnings("ArrayRecordComponent") // read-only by contract, and never compared
public record Conditioning(float[][] tokens, float[] pooled) {
  /** Conditioning of a model without a mapper: no tokens and no pooled vector. */
  public static final Conditioning NONE = of(new float[0][]);

  /**
   * Rejects null.
   *
   * @param tokens (L, C)
   * @param pooled (P), or empty
   */
  public Conditioning {
    Objects.requireNonNull(tokens, "tokens");
    Objects.requireNonNull(pooled, "pooled");
  }

  /**
   * Creates conditioning without a pooled vector.
   *
   * @param tokens (L, C)
   * @return the conditioning
   */
  public static Conditioning of(float[][] tokens) {
    return new Conditioning(tokens, new float[0]);
  }
}
