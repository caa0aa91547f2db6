package io.gill.evaluation;

import java.util.List;

/**
 * Python's {@code random.Random}, since published protocols draw from it: the Mersenne Twister (Matsumoto and Nishimura
 * 1998). Not thread-safe.
 */
final class PythonRandom {
  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int index = N;

  /** Seeds as {@code random.seed(seed)} does for a seed that is not negative. */
  PythonRandom(long seed) {
    int high = (int) (seed >>> Integer.SIZE);
    int[] key = high == 0 ? new int[] {(int) seed} : new int[] {(int) seed, high};
    state[0] = 19650218;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
    int i = 1;
    int j = 0;
    for (int k = Math.max(N, key.length); k > 0; k--) {
      state[i] = (state[i] ^ (state[i - 1] ^ (state[i - 1] >>> 30)) * 1664525) + key[j] + j;
      j = (j + 1) % key.length;
      i = next(i);
    }
    for (int k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ (state[i - 1] ^ (state[i - 1] >>> 30)) * 1566083941) - i;
      i = next(i);
    }
    state[0] = 0x80000000;
  }

  private int next(int i) {
    if (i + 1 < N) {
      return i + 1;
    }
    state[0] = state[N - 1];
    return 1;
  }

  /** Returns {@code getrandbits(bits)}, for 1 to 32 bits. */
  long bits(int bits) {
    return Integer.toUnsignedLong(word()) >>> (Integer.SIZE - bits);
  }

  /** Returns a random element as {@code choice} does. */
  <T> T choice(List<T> list) {
    return list.get(below(list.size()));
  }

  /** Returns an integer from 0 to n − 1. */
  int below(int n) {
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(n);
    long drawn = bits(bits);
    while (drawn >= n) {
      drawn = bits(bits);
    }
    return (int) drawn;
  }

  private int word() {
    if (index == N) {
      for (int i = 0; i < N; i++) {
        int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
      }
      index = 0;
    }
    int y = state[index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }
}
