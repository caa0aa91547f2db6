package io.gill.testsupport;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes frozen TensorFlow graphs, field by field as protobuf defines them. */
public final class GraphDefWriter {
  /** Type of 32-bit floats. */
  public static final int FLOAT = 1;

  private GraphDefWriter() {}

  /** Returns a node of the graph that is a constant with a tensor. */
  public static byte[] constant(String name, byte[] tensor) {
    byte[] type = concat(field(1, text("dtype")), field(2, number(6, FLOAT)));
    byte[] value = concat(field(1, text("value")), field(2, field(8, tensor)));
    return node(name, "Const", field(5, type), field(5, value));
  }

  /** Returns a node of the graph. */
  public static byte[] node(String name, String operation, byte[]... rest) {
    return field(1, concat(field(1, text(name)), field(2, text(operation)), concat(rest)));
  }

  /** Returns a tensor whose bytes are stored at once. */
  public static byte[] tensor(int type, byte[] content, long... shape) {
    return concat(number(1, type), field(2, shape(shape)), field(4, content));
  }

  /** Returns a tensor of floats that are listed: packed, or a field for each. */
  public static byte[] listed(boolean packed, float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream single = new ByteArrayOutputStream();
    for (float value : values) {
      bytes.putFloat(value);
      single.write(5 << 3 | 5);
      single.write(bytes.array(), bytes.position() - Float.BYTES, Float.BYTES);
    }
    return concat(
        number(1, FLOAT), field(2, shape(shape)), packed ? field(5, bytes.array()) : single.toByteArray());
  }

  private static byte[] shape(long... sizes) {
    ByteArrayOutputStream shape = new ByteArrayOutputStream();
    for (long size : sizes) {
      shape.writeBytes(field(2, number(1, size)));
    }
    return shape.toByteArray();
  }

  /** Returns a field of bytes. */
  public static byte[] field(int number, byte[] bytes) {
    return concat(varint((long) number << 3 | 2), varint(bytes.length), bytes);
  }

  /** Returns a field that is a number. */
  public static byte[] number(int number, long value) {
    return concat(varint((long) number << 3), varint(value));
  }

  /** Returns the bytes of a text. */
  public static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns a number in protobuf's encoding. */
  public static byte[] varint(long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return bytes.toByteArray();
  }

  /** Returns the parts as one. */
  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
