package io.gill.testing;

import io.gill.stage.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * One token per UTF-8 byte: 0 is {@code </s>}, 1 is {@code <pad>}, 2 to 257 are the bytes, followed by the [IMG]
 * tokens. Immutable and thread-safe.
 */
public final class FakeTokenizer implements Tokenizer {
  private static final int BYTES = 2;
  private static final int IMAGES = BYTES + 256;

  private final int imageTokens;

  /** Creates a tokenizer with eight [IMG] tokens, as published. */
  public FakeTokenizer() {
    this(8);
  }

  /**
   * Creates a tokenizer with a given number of [IMG] tokens.
   *
   * @param imageTokens number of [IMG] tokens, 1 to 10
   */
  public FakeTokenizer(int imageTokens) {
    if (imageTokens < 1 || imageTokens > 10) {
      throw new IllegalArgumentException("imageTokens is " + imageTokens + ": use 1 to 10");
    }
    this.imageTokens = imageTokens;
  }

  @Override
  public int[] encode(String text, boolean addBos) {
    Objects.requireNonNull(text, "text");
    IntStream.Builder ids = IntStream.builder();
    if (addBos) {
      ids.add(bosId());
    }
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      ids.add(BYTES + (b & 0xff));
    }
    return ids.build().toArray();
  }

  @Override
  public int longestToken() {
    return 1;
  }

  @Override
  public String decode(int[] ids, boolean skipSpecialTokens) {
    Objects.requireNonNull(ids, "ids");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      if (id < 0 || id >= vocabularySize()) {
        throw new IllegalArgumentException("token " + id + " is outside the vocabulary of " + vocabularySize());
      }
      if (id >= IMAGES) {
        bytes.writeBytes(("[IMG" + (id - IMAGES) + "]").getBytes(StandardCharsets.UTF_8));
      } else if (id >= BYTES) {
        bytes.write(id - BYTES);
      } else if (!skipSpecialTokens) {
        bytes.writeBytes((id == bosId() ? "</s>" : "<pad>").getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public int bosId() {
    return 0;
  }

  @Override
  public int eosId() {
    return 0;
  }

  @Override
  public int padId() {
    return 1;
  }

  @Override
  public int[] imageTokenIds() {
    return IntStream.range(IMAGES, IMAGES + imageTokens).toArray();
  }

  @Override
  public int newlineId() {
    return BYTES + '\n';
  }

  @Override
  public int vocabularySize() {
    return IMAGES + imageTokens;
  }
}
