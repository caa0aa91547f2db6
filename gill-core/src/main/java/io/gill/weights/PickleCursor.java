package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Iterates over the opcodes of a pickle (protocols 2 to 5) and validates every length against the available bytes.
 * Knows the format of opcodes but not their meaning.
 */
final class PickleCursor {
  private static final int WINDOW = 1 << 29;
  private static final int MAX_NAME = 512;

  private final Path origin;
  private final ByteRegion region;
  private ByteBuffer window;
  private long windowStart;
  private long position;

  /** The current opcode. */
  int opcode;

  /** The opcode's number, if it has one. */
  long number;

  /** Position and length of the opcode's payload (text, bytes, digits). */
  long payloadStart;

  long payloadLength;

  /** Module and name of GLOBAL and INST. */
  String module = "";

  String name = "";

  PickleCursor(Path origin, ByteRegion region, long position) {
    this.origin = origin;
    this.region = region;
    this.position = position;
    this.windowStart = position;
    this.window = region.slice(position, (int) Math.min(WINDOW, region.size() - position));
  }

  long position() {
    return position;
  }

  /** Reads the next opcode and its argument; payloads of texts and bytes are skipped and can be read afterwards. */
  void next() {
    opcode = u1();
    switch (opcode) {
      case '(', '.', '0', '1', '2', 'R', 'b', '}', 'd', 'e', 'a', 'l', 'u', 's', ']', 't', ')', 'Q', 'N', 'o' -> {}
      case 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94 -> {}
      case 0x80, 'K', 'q', 'h' -> number = u1();
      case 'M' -> number = fixed(2).getShort() & 0xffff;
      case 'J' -> number = fixed(4).getInt();
      case 'r', 'j' -> number = Integer.toUnsignedLong(fixed(4).getInt());
      case 'G' -> number = Long.reverseBytes(fixed(8).getLong());
      case 0x95 -> {
        number = fixed(8).getLong();
        checkAvailable(number);
      }
      case 'c', 'i' -> {
        module = line();
        name = line();
      }
      case 0x8a, 'U', 'C', 0x8c -> payload(u1());
      case 'X', 'B' -> payload(Integer.toUnsignedLong(fixed(4).getInt()));
      case 'T', 0x8b -> payload(fixed(4).getInt());
      case 0x8d, 0x8e, 0x96 -> payload(fixed(8).getLong());
      default ->
          throw error(
              "has the opcode 0x%02x at byte %d of its pickle, which is unknown or not supported"
                  .formatted(opcode, position - 1));
    }
  }

  /** Returns the payload as a region of the file. */
  ByteRegion payloadRegion() {
    return region.part(payloadStart, payloadLength);
  }

  ByteBuffer payloadBuffer() {
    if (payloadLength > Integer.MAX_VALUE) {
      throw error("has a text or byte string of " + payloadLength + " bytes in its pickle");
    }
    return region.slice(payloadStart, (int) payloadLength);
  }

  String payloadText() {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(payloadBuffer()).toString();
    } catch (CharacterCodingException e) {
      throw new GillException(origin + " has a text that is not UTF-8 at byte " + payloadStart + " of its pickle", e);
    }
  }

  GillException error(String what) {
    return new GillException(origin + " " + what);
  }

  private void payload(long length) {
    checkAvailable(length);
    payloadStart = position;
    payloadLength = length;
    position += length;
  }

  private void checkAvailable(long length) {
    if (length < 0 || length > region.size() - position) {
      throw error(
          "claims " + Long.toUnsignedString(length) + " bytes at byte " + position + " of its pickle, where "
              + (region.size() - position) + " are left; it is damaged or truncated");
    }
  }

  private int u1() {
    return fixed(1).get() & 0xff;
  }

  /** Returns the buffer positioned at the next {@code length} bytes, and skips them. */
  private ByteBuffer fixed(int length) {
    checkAvailable(length);
    long within = position - windowStart;
    if (within + length > window.capacity()) {
      windowStart = position;
      window = region.slice(position, (int) Math.min(WINDOW, region.size() - position));
      within = 0;
    }
    position += length;
    return window.position((int) within);
  }

  private String line() {
    StringBuilder text = new StringBuilder();
    for (int c = u1(); c != '\n'; c = u1()) {
      if (text.length() == MAX_NAME) {
        throw error("has a class name longer than " + MAX_NAME + " characters in its pickle");
      }
      text.append((char) c);
    }
    return text.toString();
  }
}
