package io.gill.retrieval;

import io.gill.GillException;
import io.gill.torch.RowwiseProducts;
import java.nio.ByteBuffer;
import java.util.List;

/** Tests whether libtorch's products of 8-bit codes are usable and faster than Java's 32-bit products. */
final class NativeScan {
  /** Determined once per process. */
  static final boolean USED = isFaster();

  private static final int ROWS = 32 * CodeBlock.ROWS;
  private static final int WIDTH = 256;
  private static final int MIN_ROUNDS = 20;

  /** Number of rounds after which both have been compiled, even if other processes delay the compiler. */
  private static final int MAX_ROUNDS = 500;

  private NativeScan() {}

  private static boolean isFaster() {
    ByteBuffer codes = ByteBuffer.allocateDirect(ROWS / CodeBlock.ROWS * WIDTH * CodeBlock.RECORD);
    float[] rows = new float[ROWS * WIDTH];
    float[] unit = new float[WIDTH];
    float[] scratch = new float[WIDTH];
    float sum = 0;
    long ours = Long.MAX_VALUE;
    long theirs = Long.MAX_VALUE;
    try {
      for (int round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || theirs >= ours); round++) {
        long start = System.nanoTime();
        for (int row = 0; row < ROWS; row++) {
          System.arraycopy(rows, row * WIDTH, scratch, 0, WIDTH);
          sum += Vectors.product(scratch, unit);
        }
        long middle = System.nanoTime();
        sum += RowwiseProducts.of(codes, CodeBlock.ROWS, List.of(unit)).get(0).products()[0];
        ours = Math.min(ours, middle - start);
        theirs = Math.min(theirs, System.nanoTime() - middle);
      }
    } catch (GillException | LinkageError e) { // an initializer that fails throws the latter
      return false; // no libtorch, or one without this kernel
    }
    return sum == 0 && theirs < ours; // using the sum keeps the products from being optimised away
  }
}
