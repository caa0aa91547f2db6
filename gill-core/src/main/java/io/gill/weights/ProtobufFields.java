package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The fields of a protobuf message in a file, in order. Every length is checked against what is left of the message. A
 * message inside is another object of this class: the caller determines how deep it reads.
 */
final class ProtobufFields {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** Bytes that are read at once. Long fields are skipped without reading them. */
  private static final int WINDOW = 4096;

  private static final int MAX_TEXT = 1 << 16;

  /** Ten bytes of seven bits. */
  private static final int VARINT_BITS = 70;

  private final MappedFile file;
  private final String message;
  private final long end;
  private long position;
  private ByteBuffer window = ByteBuffer.allocate(0);
  private long windowStart;

  private long number;
  private int type;
  private long value; // of a varint
  private long start; // of the bytes of any other type
  private long length;

  private ProtobufFields(MappedFile file, String message, long start, long end) {
    this.file = file;
    this.message = message;
    this.position = start;
    this.end = end;
  }

  /**
   * Starts with the message that a whole file is.
   *
   * @param message what the message is, for errors
   */
  static ProtobufFields of(MappedFile file, String message) {
    return new ProtobufFields(file, message, 0, file.size());
  }

  /** Moves to the next field; returns false at the end of the message. */
  boolean next() {
    if (position == end) {
      return false;
    }
    long tag = varint();
    number = tag >>> 3;
    type = (int) (tag & 7);
    switch (type) {
      case VARINT -> value = varint();
      case FIXED64 -> skip(Double.BYTES);
      case BYTES -> skip(varint());
      case FIXED32 -> skip(Float.BYTES);
      default -> throw error("has a field of the wire type " + type + "; the file is damaged or of another format");
    }
    if (number == 0) {
      throw error("has a field without a number; the file is damaged or of another format");
    }
    return true;
  }

  /** Returns the number of the current field. */
  long number() {
    return number;
  }

  /** Returns the current field as a number. */
  long integer() {
    require(VARINT);
    return value;
  }

  /** Returns the current field as text; what is not UTF-8 is replaced. */
  String text() {
    require(BYTES);
    if (length > MAX_TEXT) {
      throw error("has a text of " + length + " bytes, more than " + MAX_TEXT);
    }
    return StandardCharsets.UTF_8.decode(file.slice(start, (int) length)).toString();
  }

  /** Returns the bytes of the current field, in the file. */
  ByteRegion bytes() {
    require(BYTES);
    return file.part(start, length);
  }

  /** Returns the current field, which has floats: a single one or several packed ones, in the file. */
  ByteRegion floats() {
    if (type != FIXED32) {
      require(BYTES);
    }
    if (length % Float.BYTES != 0) {
      throw error("has a list of floats of " + length + " bytes");
    }
    return file.part(start, length);
  }

  /**
   * Returns the current field as a message.
   *
   * @param name what the message is, for errors
   */
  ProtobufFields message(String name) {
    require(BYTES);
    return new ProtobufFields(file, name, start, start + length);
  }

  GillException error(String what) {
    return new GillException(file.path() + ": " + message + " " + what);
  }

  private void require(int wanted) {
    if (type != wanted) {
      throw error("has the field " + number + " with the wire type " + type + " instead of " + wanted
          + "; the file is damaged or of another format");
    }
  }

  private void skip(long bytes) {
    if (bytes < 0 || bytes > end - position) {
      throw error("claims " + Long.toUnsignedString(bytes) + " bytes for the field " + number + ", where "
          + (end - position) + " are left; the file is damaged or truncated");
    }
    start = position;
    length = bytes;
    position += bytes;
  }

  private long varint() {
    long result = 0;
    for (int shift = 0; shift < VARINT_BITS; shift += 7) {
      int next = nextByte();
      result |= (next & 0x7fL) << shift;
      if (next < 0x80) {
        return result;
      }
    }
    throw error("has a number of more than 10 bytes; the file is damaged or of another format");
  }

  private int nextByte() {
    if (position == end) {
      throw error("ends within a number; the file is damaged or truncated");
    }
    if (position < windowStart || position >= windowStart + window.capacity()) {
      window = file.slice(position, (int) Math.min(WINDOW, end - position));
      windowStart = position;
    }
    return window.get((int) (position++ - windowStart)) & 0xff;
  }
}
