package io.gill.stage;

import java.util.Arrays;
import java.util.Objects;

/**
 * The input that conditions an image generator, in place of a text encoder's output.
 *
 * @param tokens (L, C): one vector per token, 77 × 768 for Stable Diffusion 1.5
 * @param pooled (P): one vector for the whole image, which SDXL needs; empty for generators that take none
 */
@SuppressWarnings("ArrayRecordComponent") // read-only by contract
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

  @Override
  public boolean equals(Object other) {
    return other instanceof Conditioning conditioning && Arrays.deepEquals(tokens, conditioning.tokens)
        && Arrays.equals(pooled, conditioning.pooled);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.deepHashCode(tokens) + Arrays.hashCode(pooled);
  }

  @Override
  public String toString() {
    return "Conditioning[tokens=(" + tokens.length + ", " + (tokens.length == 0 ? 0 : tokens[0].length) + "), pooled=("
        + pooled.length + ")]";
  }
}
