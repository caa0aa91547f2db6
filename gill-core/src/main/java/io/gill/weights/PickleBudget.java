package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Path;

/**
 * Limits the work a pickle may cause: one step per opcode, per copied element and per 16 bytes of text. Without a
 * limit, a few bytes that are compressed, or that refer to one list repeatedly, could expand to gigabytes.
 *
 * <p>A state dict takes about 30 steps per tensor, which is a quarter of a step per byte, or one step per remaining
 * byte if it was compressed.
 */
final class PickleBudget {
  private static final long FREE = 1 << 20;
  private static final int STEPS_A_BYTE = 4;
  private static final int SHARE = 16;

  private final Path origin;
  private final long bytes;
  private long left;

  /** Creates the budget of a pickle that occupies {@code bytes} bytes of its file. */
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

  /** Spends a sixteenth of a step each, for bytes of text and comparisons. */
  void spendShare(long count) {
    spend(count / SHARE);
  }
}
