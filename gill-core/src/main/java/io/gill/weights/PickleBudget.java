package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Path;

/**
 * How much a pickle may ask for: a step for each opcode, for each element that is copied, and for every 16 bytes of a
 * text. Without it a few bytes that are compressed, or that call for one list again and again, become gigabytes.
 *
 * <p>A state dict takes some 30 steps a tensor: a quarter of a step for each byte, or one for each that is left of it
 * where somebody compressed it.
 */
final class PickleBudget {
  private static final long FREE = 1 << 20;
  private static final int STEPS_A_BYTE = 4;
  private static final int SHARE = 16;

  private final Path origin;
  private final long bytes;
  private long left;

  /** For a pickle that takes so many bytes of its file. */
  PickleBudget(Path origin, long bytes) {
    this.origin = origin;
    this.bytes = bytes;
    this.left = FREE + STEPS_A_BYTE * bytes;
  }

  void spend(long steps) {
    left -= steps;
    if (left < 0) {
      throw new GillException(
          origin + " has a pickle that unfolds " + bytes + " bytes into more than " + (FREE + STEPS_A_BYTE * bytes)
              + " values, which is refused");
    }
  }

  /** For what is 16 times cheaper: bytes of a text, and comparisons. */
  void spendShare(long count) {
    spend(count / SHARE);
  }
}
