package io.gill.retrieval;

import io.gill.GillException;
import io.gill.torch.Int8Products;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * Tests whether libtorch's 8-bit products are usable. On processors without instructions for them, they may saturate at
 * 16 bits or run as a plain loop. Java's 32-bit products, which give the same results, are then at least as fast.
 */
final class NativeProducts {
  /** Determined once per process. */
  static final boolean USED = areRight(1) && areRight(32) && areQuicker();

  private static final int ROWS = 4096;
  private static final int WIDTH = 256;
  private static final int ROUNDS = 20;

  private NativeProducts() {}

  /** Tests products of the largest codes, any two of which sum to more than 16 bits. */
  private static boolean areRight(int count) {
    byte[][] queries = new byte[count][WIDTH];
    for (int i = 0; i < count; i++) {
      Arrays.fill(queries[i], (byte) (i % 2 == 0 ? 127 : -127));
    }
    ByteBuffer rows = ByteBuffer.allocateDirect(ROWS * WIDTH);
    int[] sums = new int[ROWS];
    Random random = new Random(1);
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < WIDTH; i++) {
        byte code = (byte) (random.nextInt(4) == 0 ? -127 : 127);
        rows.put(code);
        sums[row] += 127 * code;
      }
    }
    try {
      int[] products = Int8Products.of(rows.flip(), ROWS, queries);
      for (int i = 0; i < products.length; i++) {
        int sum = sums[i / count];
        if (products[i] != (i % count % 2 == 0 ? sum : -sum)) {
          return false;
        }
      }
      return true;
    } catch (GillException e) {
      return false; // this libtorch has none
    }
  }

  private static boolean areQuicker() {
    ByteBuffer codes = ByteBuffer.allocateDirect(ROWS * WIDTH);
    byte[][] query = new byte[1][WIDTH];
    float[] rows = new float[ROWS * WIDTH];
    float[] unit = new float[WIDTH];
    float[] scratch = new float[WIDTH];
    float sum = 0;
    long ours = Long.MAX_VALUE;
    long theirs = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) { // early rounds run before JIT compilation
      long start = System.nanoTime();
      for (int row = 0; row < ROWS; row++) {
        System.arraycopy(rows, row * WIDTH, scratch, 0, WIDTH);
        sum += Vectors.product(scratch, unit);
      }
      long middle = System.nanoTime();
      sum += Int8Products.of(codes, ROWS, query)[0];
      ours = Math.min(ours, middle - start);
      theirs = Math.min(theirs, System.nanoTime() - middle);
    }
    return sum == 0 && theirs < ours; // using the sum keeps the products from being optimised away
  }
}
