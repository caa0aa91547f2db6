package io.gill.weights;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes Python pickles opcode by opcode, without a memo, since nothing is shared. */
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PickleWriter(int protocol) {
    op(0x80).op(protocol); // PROTO
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  PickleWriter op(int code) {
    out.write(code);
    return this;
  }

  PickleWriter orderedDict() {
    return global("collections", "OrderedDict").op(')').op('R'); // EMPTY_TUPLE, REDUCE
  }

  PickleWriter tuple(long... values) {
    op('('); // MARK
    for (long value : values) {
      integer(value);
    }
    return op('t'); // TUPLE
  }

  PickleWriter integer(long value) {
    if (value == (int) value) {
      return op('J').number((int) value); // BININT
    }
    byte[] bigEndian = BigInteger.valueOf(value).toByteArray();
    op(0x8a).op(bigEndian.length); // LONG1
    for (int i = bigEndian.length - 1; i >= 0; i--) {
      op(bigEndian[i]);
    }
    return this;
  }

  PickleWriter string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    op('X').number(bytes.length); // BINUNICODE
    out.writeBytes(bytes);
    return this;
  }

  /** Writes bytes; requires protocol 3 or later. */
  PickleWriter bytes(byte[] bytes) {
    op('B').number(bytes.length); // BINBYTES
    out.writeBytes(bytes);
    return this;
  }

  PickleWriter global(String module, String name) {
    op('c'); // GLOBAL
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  private PickleWriter number(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }
}
