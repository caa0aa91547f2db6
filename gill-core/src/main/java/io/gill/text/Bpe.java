package io.gill.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.gill.GillException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * BPE of plain text by the native Hugging Face tokenizers library, configured by a {@code tokenizer.json} in memory.
 * Thread-safe; {@link #close} waits for running calls.
 */
final class Bpe implements AutoCloseable {
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private @Nullable HuggingFaceTokenizer tokenizer;

  private Bpe(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * The differences between families of tokenizers.
   *
   * @param split pattern of the words, in Oniguruma's syntax; null for GPT-2's
   * @param endOfWord suffix of the last token of a word; null for none
   * @param unknown token for text that the vocabulary lacks
   */
  record Family(@Nullable String split, @Nullable String endOfWord, String unknown) {}

  static Bpe load(Vocabulary vocabulary, Family family) {
    try {
      return load(compose(vocabulary, family));
    } catch (GillException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw TokenizerLibrary.unusable(e);
    }
  }

  /**
   * Loads a complete {@code tokenizer.json}.
   *
   * @throws RuntimeException if the native library rejects it
   * @throws GillException if the native library is missing
   */
  static Bpe load(byte[] tokenizerJson) {
    TokenizerLibrary.ensureLoaded();
    // By default it truncates at 512 ids.
    Map<String, String> options = Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    try (InputStream json = new ByteArrayInputStream(tokenizerJson)) {
      return new Bpe(HuggingFaceTokenizer.newInstance(json, options));
    } catch (IOException e) {
      throw TokenizerLibrary.unusable(e);
    }
  }

  /** Returns the ids of a text without special tokens. */
  int[] encode(String text) {
    Lock read = lock.readLock();
    read.lock();
    try {
      return Arrays.stream(open().encode(text, false, false).getIds()).mapToInt(Math::toIntExact).toArray();
    } finally {
      read.unlock();
    }
  }

  void requireOpen() {
    Lock read = lock.readLock();
    read.lock();
    try {
      open();
    } finally {
      read.unlock();
    }
  }

  @Override
  public void close() {
    Lock write = lock.writeLock();
    write.lock();
    try {
      if (tokenizer != null) {
        tokenizer.close();
        tokenizer = null;
      }
    } finally {
      write.unlock();
    }
  }

  private HuggingFaceTokenizer open() {
    if (tokenizer == null) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    return tokenizer;
  }

  private static byte[] compose(Vocabulary vocabulary, Family family) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("version", "1.0");
      json.writeObjectFieldStart("pre_tokenizer");
      json.writeStringField("type", "Sequence");
      json.writeArrayFieldStart("pretokenizers");
      if (family.split() != null) {
        json.writeStartObject();
        json.writeStringField("type", "Split");
        json.writeObjectFieldStart("pattern");
        json.writeStringField("Regex", family.split());
        json.writeEndObject();
        json.writeStringField("behavior", "Removed");
        json.writeBooleanField("invert", true);
        json.writeEndObject();
      }
      json.writeStartObject();
      json.writeStringField("type", "ByteLevel");
      json.writeBooleanField("add_prefix_space", false);
      json.writeBooleanField("trim_offsets", true);
      json.writeBooleanField("use_regex", family.split() == null);
      json.writeEndObject();
      json.writeEndArray();
      json.writeEndObject();
      json.writeObjectFieldStart("model");
      json.writeStringField("type", "BPE");
      json.writeStringField("unk_token", family.unknown());
      json.writeStringField("end_of_word_suffix", family.endOfWord());
      json.writeBooleanField("fuse_unk", false);
      json.writeObjectFieldStart("vocab");
      for (int id = 0; id < vocabulary.tokens().size(); id++) {
        json.writeNumberField(vocabulary.tokens().get(id), id);
      }
      json.writeEndObject();
      json.writeArrayFieldStart("merges");
      for (Vocabulary.Merge merge : vocabulary.merges()) {
        json.writeArray(new String[] {merge.left(), merge.right()}, 0, 2);
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeEndObject();
    }
    return out.toByteArray();
  }
}
