package io.gill.examples.soak;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Changes bytes of files whose structure does not matter or is handled elsewhere. */
final class Bytes {
  private static final long[] ODD = {
    0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000, Integer.MAX_VALUE, Integer.MIN_VALUE,
    0xFFFFFFFFL, 1L << 32, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 20, 1L << 24, 1L << 28
  };

  private static final int MOST_CHANGES = 6;
  private static final int MOST_BYTES = 4096;

  private Bytes() {}

  static long oddNumber(Random random) {
    return random.nextInt(3) == 0 ? random.nextLong() : ODD[random.nextInt(ODD.length)];
  }

  /** Makes one to six changes of any kind. */
  static byte[] mutate(byte[] bytes, Random random) {
    byte[] changed = bytes;
    for (int left = 1 + random.nextInt(MOST_CHANGES); left > 0; left--) {
      changed = once(changed, random);
    }
    return changed;
  }

  /** Changes the first bytes, where formats store their sizes. */
  static byte[] mutateHead(byte[] bytes, int length, Random random) {
    int head = Math.min(length, bytes.length);
    return join(mutate(Arrays.copyOf(bytes, head), random), Arrays.copyOfRange(bytes, head, bytes.length));
  }

  private static byte[] once(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(bytes.length);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 8 : 256));
    byte[] head = Arrays.copyOf(bytes, at);
    byte[] tail = Arrays.copyOfRange(bytes, at + length, bytes.length);
    byte[] some = Arrays.copyOfRange(bytes, at, at + length);
    return switch (random.nextInt(9)) {
      case 0, 1 -> flipped(bytes, at, random);
      case 2, 3, 4 -> numbered(bytes, at, random);
      case 5 -> random.nextInt(4) == 0 ? head : join(head, tail);
      case 6 -> join(head, some, some, tail);
      case 7 -> {
        byte[] noise = new byte[1 + random.nextInt(random.nextInt(8) == 0 ? MOST_BYTES : 16)];
        random.nextBytes(noise);
        yield join(head, noise, Arrays.copyOfRange(bytes, at, bytes.length));
      }
      default -> {
        byte[] copied = bytes.clone();
        System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), copied, at, length);
        yield copied;
      }
    };
  }

  private static byte[] flipped(byte[] bytes, int at, Random random) {
    byte[] changed = bytes.clone();
    changed[at] ^= (byte) (1 << random.nextInt(8));
    return changed;
  }

  private static byte[] numbered(byte[] bytes, int at, Random random) {
    byte[] changed = bytes.clone();
    ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer buffer = ByteBuffer.wrap(changed).order(order);
    long number = oddNumber(random);
    int room = bytes.length - at;
    int width = 1 << random.nextInt(4);
    if (width == 8 && room >= 8) {
      buffer.putLong(at, number);
    } else if (width >= 4 && room >= 4) {
      buffer.putInt(at, (int) number);
    } else if (width >= 2 && room >= 2) {
      buffer.putShort(at, (short) number);
    } else {
      buffer.put(at, (byte) number);
    }
    return changed;
  }

  /** Overwrites one to three bytes in a range. */
  static void overwrite(byte[] bytes, int from, int to, Random random) {
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      byte[] some = Arrays.copyOfRange(bytes, from, to);
      int at = random.nextInt(some.length);
      byte[] changed = random.nextInt(3) == 0 ? flipped(some, at, random) : numbered(some, at, random);
      System.arraycopy(changed, 0, bytes, from, changed.length);
    }
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  static byte[] bigEndian(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  static byte[] littleEndian(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  static ByteBuffer reader(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
