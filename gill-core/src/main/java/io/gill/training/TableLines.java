package io.gill.training;

import io.gill.GillException;
import io.gill.weights.RegularFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the lines of a UTF-8 table one by one, so that a large table is never in memory as a whole. */
final class TableLines implements AutoCloseable {
  /** Maximum bytes of a line. Texts of a model are much shorter. */
  private static final int LONGEST = 1 << 20;

  private static final int BUFFER = 1 << 16;

  private final Path table;
  private final InputStream in;
  private int number;

  /**
   * Opens a table.
   *
   * @throws GillException if it cannot be read
   */
  TableLines(Path table) {
    this.table = table;
    try {
      in = new BufferedInputStream(Files.newInputStream(RegularFile.require(table)), BUFFER);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * A line.
   *
   * @param number its number, from 1
   * @param text its text, without its line break and the table's byte-order mark
   * @param problem what is wrong with it, for "it …"; empty if nothing is
   */
  record Line(int number, String text, String problem) {}

  /** Returns the next line; none after the last line break, but one of an empty table. */
  Optional<Line> next() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long length = 0;
    try {
      int next = in.read();
      if (next < 0 && number > 0) {
        return Optional.empty();
      }
      for (; next >= 0 && next != '\n'; next = in.read()) {
        if (++length <= LONGEST) {
          bytes.write(next);
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    number++;
    if (length > LONGEST) {
      return Optional.of(new Line(number, "", "it has more than " + LONGEST + " bytes"));
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
      text = number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
      return Optional.of(new Line(number, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text, ""));
    } catch (CharacterCodingException e) {
      return Optional.of(new Line(number, "", "it is not UTF-8 text"));
    }
  }

  /**
   * Returns the first line, which names the columns.
   *
   * @throws GillException if it cannot be used
   */
  String header() {
    Line first = next().orElseThrow();
    if (!first.problem.isEmpty()) {
      throw new GillException(table + "'s first line cannot be used: " + first.problem);
    }
    return first.text;
  }

  private GillException unreadable(IOException e) {
    return new GillException(table + " cannot be read: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }
}
