package io.gill.hub;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A range of a file, received into memory. What has arrived is kept when a connection is cut. */
final class Chunk implements Receiver {
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  private final HubFile file;
  private final long start;
  private final byte[] bytes;
  private int filled;

  /**
   * Creates an empty chunk.
   *
   * @param file the file
   * @param start first byte of the range
   * @param length length of the range
   */
  Chunk(HubFile file, long start, int length) {
    this.file = file;
    this.start = start;
    bytes = new byte[length];
  }

  int filled() {
    return filled;
  }

  boolean isComplete() {
    return filled == bytes.length;
  }

  ByteBuffer content() {
    return ByteBuffer.wrap(bytes);
  }

  /** Value of the header that requests what is missing; empty for the whole file. */
  String range() {
    return isWhole() ? "" : "bytes=" + (start + filled) + "-" + (start + bytes.length - 1);
  }

  private boolean isWhole() {
    return start + filled == 0 && bytes.length == file.size();
  }

  @Override
  public void begin(int status, HttpHeaders headers) throws IOException {
    if (status == 200) {
      if (!isWhole()) {
        throw new RangeIgnored(file.name());
      }
      return;
    }
    String range = headers.firstValue("content-range").orElse("");
    Matcher parts = CONTENT_RANGE.matcher(range);
    if (!parts.matches() || Long.parseLong(parts.group(1)) != start + filled
        || !(parts.group(3).equals("*") || Long.parseLong(parts.group(3)) == file.size())) {
      String shown = range.length() > 80 ? range.substring(0, 80) + "…" : range;
      throw new HubException("the server sent Content-Range '" + shown + "' for " + range() + " of " + file.size()
          + " bytes");
    }
  }

  @Override
  public boolean accept(ByteBuffer next) {
    int length = Math.min(next.remaining(), bytes.length - filled);
    next.get(bytes, filled, length);
    filled += length;
    return !isComplete();
  }
}
