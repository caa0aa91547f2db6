package io.gill.text;

import io.gill.stage.TextDecoder;

/**
 * Decodes the ids of an {@link OptTokenizer} one by one, in constant time per id. Incomplete UTF-8 characters, and
 * spaces that the clean-up could still remove, are held back until the next id. A piece never ends inside a surrogate
 * pair. Not thread-safe. Created by {@link OptTokenizer#decoder}.
 */
final class StreamingDecoder implements TextDecoder {
  private final DecodingTable table;
  private final boolean skipSpecialTokens;
  private final CleanUp cleanUp = new CleanUp();
  private final Utf8Decoder utf8 = new Utf8Decoder();
  private final StringBuilder raw = new StringBuilder();
  private boolean begun;
  private boolean inBytes;
  private boolean finished;

  StreamingDecoder(DecodingTable table, boolean skipSpecialTokens) {
    this.table = table;
    this.skipSpecialTokens = skipSpecialTokens;
  }

  @Override
  public String accept(int id) {
    append(id);
    return certain();
  }

  @Override
  public String finish() {
    requireUnfinished();
    finished = true;
    utf8.finish(raw);
    String text = certain();
    return table.cleansUp() ? text + cleanUp.finish() : text;
  }

  /**
   * Adds an id without returning text. The published decoder joins runs of byte tokens and added tokens with single
   * spaces. A run ends only at an added token, so a skipped special token does not end it.
   */
  void append(int id) {
    requireUnfinished();
    table.requireInside(id);
    if (skipSpecialTokens && table.isSpecial(id)) {
      return;
    }
    String added = table.added(id);
    if (added != null) {
      utf8.finish(raw);
      separate();
      raw.append(added);
      inBytes = false;
      return;
    }
    if (!inBytes) {
      separate();
      inBytes = true;
    }
    utf8.append(table.bytes(id), raw);
  }

  private void separate() {
    if (begun) {
      raw.append(' ');
    }
    begun = true;
  }

  private String certain() {
    String text = raw.toString();
    raw.setLength(0);
    return table.cleansUp() ? cleanUp.accept(text) : text;
  }

  private void requireUnfinished() {
    if (finished) {
      throw new IllegalStateException("the decoder is finished");
    }
  }
}
