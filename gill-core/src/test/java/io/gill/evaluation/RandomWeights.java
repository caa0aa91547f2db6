package io.gill.evaluation;

import io.gill.testsupport.TestTensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Random numbers from a formula that the scripts of the recorded runs share. */
final class RandomWeights {
  private RandomWeights() {}

  /** Returns (u + shift) · scale for each element. */
  static TestTensors.Tensor tensor(int seed, double scale, double shift, int... shape) {
    int count = 1;
    for (int size : shape) {
      count *= size;
    }
    ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat((float) ((random(i, seed) + shift) * scale));
    }
    return new TestTensors.Tensor("F32", shape, bytes.array());
  }

  /** Returns a number from −0.5 to 0.5. */
  static double random(int index, int seed) {
    int h = index * 0x9E3779B1 + seed * 40503;
    h ^= h >>> 15;
    h *= 0x85EBCA77;
    h ^= h >>> 13;
    return Integer.toUnsignedLong(h) / 0x1p32 - 0.5;
  }
}
