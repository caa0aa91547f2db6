package io.gill.examples.soak;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Changes Python pickles opcode by opcode. */
final class Pickles {
  private static final int MOST = 4000;
  private static final int STOP = '.';
  private static final String NO_ARGUMENT = "(.012QRabdeostu)l]}\u0081\u0085\u0086\u0087\u0088\u0089\u008f\u0090\u0091"
      + "\u0092\u0093\u0094\u0097\u0098";
  private static final String LINE = "FILSVPpgN";
  private static final String[] GLOBALS = {
    "torch\nFloatStorage\n", "torch._utils\n_rebuild_tensor_v2\n", "collections\nOrderedDict\n", "os\nsystem\n",
    "builtins\neval\n", "numpy.core.multiarray\n_reconstruct\n", "numpy\ndtype\n", "numpy\nndarray\n",
    "torch._utils\n_rebuild_parameter\n", "torch\nSize\n", "_codecs\nencode\n", "torch.storage\n_load_from_bytes\n"
  };

  private Pickles() {}

  /** Changes opcodes of the pickles at the start of a file. The rest stays, or its bytes are changed. */
  static byte[] mutate(byte[] bytes, Random random) {
    List<byte[]> operations = new ArrayList<>();
    int end = parse(bytes, operations);
    if (operations.size() < 3 || random.nextInt(4) == 0) {
      return Bytes.mutate(bytes, random);
    }
    for (int left = 1 + random.nextInt(4); left > 0; left--) {
      once(operations, random);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    operations.forEach(out::writeBytes);
    byte[] rest = Arrays.copyOfRange(bytes, end, bytes.length);
    out.writeBytes(random.nextInt(8) == 0 ? Bytes.mutate(rest, random) : rest);
    return out.toByteArray();
  }

  private static void once(List<byte[]> operations, Random random) {
    int at = random.nextInt(operations.size());
    byte[] one = operations.get(at);
    switch (random.nextInt(7)) {
      case 0 -> operations.remove(at);
      case 1 -> operations.add(random.nextInt(operations.size() + 1), one);
      case 2 -> operations.set(at, operations.get(random.nextInt(operations.size())));
      case 3 -> operations.add(at, new byte[] {(byte) NO_ARGUMENT.charAt(random.nextInt(NO_ARGUMENT.length()))});
      case 4 -> operations.set(at, number(random));
      case 5 -> operations.add(at, Bytes.join(new byte[] {'c'},
          GLOBALS[random.nextInt(GLOBALS.length)].getBytes(StandardCharsets.US_ASCII)));
      default -> {
        if (one.length > 1) {
          byte[] argument = Bytes.mutate(Arrays.copyOfRange(one, 1, one.length), random);
          operations.set(at, Bytes.join(new byte[] {one[0]}, argument));
        } else {
          operations.remove(at);
        }
      }
    }
    if (operations.isEmpty()) {
      operations.add(new byte[] {STOP});
    }
  }

  private static byte[] number(Random random) {
    long value = Bytes.oddNumber(random);
    return value == (int) value ? Bytes.join(new byte[] {'J'}, Bytes.littleEndian((int) value))
        : Bytes.join(new byte[] {(byte) 0x8a, 8}, Bytes.littleEndian(value));
  }

  /** Returns the end of the last complete pickle. */
  private static int parse(byte[] bytes, List<byte[]> operations) {
    int at = 0;
    int end = 0;
    int whole = 0;
    while (at < bytes.length && operations.size() < MOST) {
      if (at == end && at > 0 && (bytes[at] & 0xff) != 0x80) {
        break; // the rest is not a pickle
      }
      int length = length(bytes, at);
      if (length < 1 || length > bytes.length - at) {
        break;
      }
      operations.add(Arrays.copyOfRange(bytes, at, at + length));
      boolean stop = bytes[at] == STOP;
      at += length;
      if (stop) {
        end = at;
        whole = operations.size();
      }
    }
    operations.subList(whole, operations.size()).clear();
    return end;
  }

  /** Returns the length of an operation; 0 if unknown. */
  private static int length(byte[] bytes, int at) {
    int code = bytes[at] & 0xff;
    if (NO_ARGUMENT.indexOf(code) >= 0 || code == 'N') {
      return 1;
    }
    if (LINE.indexOf(code) >= 0) {
      return line(bytes, at + 1) - at;
    }
    return switch (code) {
      case 'c', 'i' -> line(bytes, line(bytes, at + 1)) - at;
      case 'K', 'h', 'q', 0x80, 0x82 -> 2;
      case 'M', 0x83 -> 3;
      case 'J', 'j', 'r', 0x84 -> 5;
      case 'G', 0x95 -> 9;
      case 'U', 'C', 0x8a, 0x8c -> sized(bytes, at, 1);
      case 'X', 'B', 'T', 0x8b -> sized(bytes, at, 4);
      case 0x8d, 0x8e, 0x96 -> sized(bytes, at, 8);
      default -> 0;
    };
  }

  private static int sized(byte[] bytes, int at, int width) {
    if (at + 1 + width > bytes.length) {
      return 0;
    }
    long size = switch (width) {
      case 1 -> bytes[at + 1] & 0xff;
      case 4 -> Bytes.reader(bytes).getInt(at + 1) & 0xFFFFFFFFL;
      default -> Bytes.reader(bytes).getLong(at + 1);
    };
    return size < 0 || size > bytes.length ? 0 : 1 + width + (int) size;
  }

  private static int line(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length && bytes[at] != '\n') {
      at++;
    }
    return at + 1;
  }

  /**
   * Writes the container of {@code torch.save} before 1.6, with one tensor of three numbers.
   *
   * @param shape the tensor's shape in the pickle; null for the correct one
   */
  static byte[] legacy(int @Nullable [] shape) {
    int size = shape == null ? 3 : shape[0];
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20,
        0x6a, (byte) 0xa8, 0x50, 0x19, '.'});
    out.writeBytes(new byte[] {(byte) 0x80, 2, 'M', (byte) 0xe9, 3, '.'});
    out.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
    text(out, "protocol_version");
    out.writeBytes(new byte[] {'M', (byte) 0xe9, 3});
    text(out, "little_endian");
    out.writeBytes(new byte[] {(byte) 0x88, 'u', '.'});
    out.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
    text(out, "weight");
    global(out, "torch._utils", "_rebuild_tensor_v2");
    out.write('(');
    out.write('(');
    text(out, "storage");
    global(out, "torch", "FloatStorage");
    text(out, "1");
    text(out, "cpu");
    out.writeBytes(new byte[] {'K', 3, 'N', 't', 'Q', 'K', 0, 'K', (byte) size, (byte) 0x85, 'K', 1, (byte) 0x85,
        (byte) 0x89});
    global(out, "collections", "OrderedDict");
    out.writeBytes(new byte[] {')', 'R', 't', 'R', 'u', '.'});
    out.writeBytes(new byte[] {(byte) 0x80, 2, ']'});
    text(out, "1");
    out.writeBytes(new byte[] {'a', '.'});
    out.writeBytes(Bytes.littleEndian(3L));
    for (float value : new float[] {1, 2, 3}) {
      out.writeBytes(Bytes.littleEndian(Float.floatToRawIntBits(value)));
    }
    return out.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write('X');
    out.writeBytes(Bytes.littleEndian(bytes.length));
    out.writeBytes(bytes);
  }

  private static void global(ByteArrayOutputStream out, String module, String name) {
    out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }
}
