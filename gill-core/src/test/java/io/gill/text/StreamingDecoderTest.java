package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.stage.TextDecoder;
import io.gill.testsupport.Reference;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class StreamingDecoderTest {
  private static final Vocabulary VOCABULARY = Vocabulary.load(Reference.path("model-a", "opt"));

  private static OptTokenizer tokenizer;

  @BeforeAll
  static void load() {
    tokenizer = OptTokenizer.load(Reference.path("model-a", "opt"), 8);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void piecesOfReferenceSequencesMakeUpTheWholeText() {
    JsonNode golden = Golden.pinned().path("opt").path("8");
    for (JsonNode string : golden.path("strings")) {
      int[] ids = Golden.ints(string.path("ids"));
      assertThat(stream(ids, false)).isEqualTo(string.path("decode_cleanup").textValue());
      assertThat(stream(ids, true)).isEqualTo(string.path("decode_skip_cleanup").textValue());
    }
    for (JsonNode sequence : golden.path("id_sequences")) {
      int[] ids = Golden.ints(sequence.path("ids"));
      assertThat(stream(ids, false)).isEqualTo(sequence.path("decode_cleanup").textValue());
      assertThat(stream(ids, true)).isEqualTo(sequence.path("decode_skip_cleanup").textValue());
    }
  }

  @Test
  void piecesOfRandomSequencesMakeUpTheWholeText() {
    Random random = new Random(11);
    // Tokens that the clean-up changes, incomplete characters and special tokens, far more often than by chance.
    int[] awkward = IntStream.concat(
            IntStream.of(0, 1, 2, 3, 50265, 50266, 50273),
            IntStream.concat(
                IntStream.of(tokenizer.encode(
                    " . ? ! , ' n't 'm 's 've 're '  '' n 't . .. \uD83D\uDE00\u00E9\u4E2D", false)),
                IntStream.range(4, 50265).filter(id -> tokenizer.decode(new int[] {id}, true).contains("\uFFFD"))))
        .toArray();
    for (int round = 0; round < 3000; round++) {
      int[] ids = random.ints(random.nextInt(30))
          .map(i -> random.nextInt(3) == 0
              ? random.nextInt(tokenizer.vocabularySize())
              : awkward[random.nextInt(awkward.length)])
          .toArray();
      for (boolean skip : new boolean[] {false, true}) {
        String text = tokenizer.decode(ids, skip);
        assertThat(stream(ids, skip)).isEqualTo(text);
        assertThat(text).isEqualTo(naive(ids, skip));
      }
    }
  }

  @Test
  void piecesNeverHoldHalfACharacter() {
    int[] ids = tokenizer.encode("\uD83D\uDE00 caf\u00E9 \u65E5\u672C", false);
    TextDecoder decoder = tokenizer.decoder(true);
    int heldBack = 0;
    for (int id : ids) {
      String piece = decoder.accept(id);
      heldBack += piece.isEmpty() ? 1 : 0;
      assertThat(piece).doesNotContain("\uFFFD");
      assertThat(new String(piece.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)).isEqualTo(piece);
    }
    assertThat(decoder.finish()).isEmpty();
    assertThat(heldBack).isPositive();
  }

  @Test
  void textComesAsSoonAsItIsCertain() {
    TextDecoder decoder = tokenizer.decoder(true);
    List<String> pieces = new ArrayList<>();
    for (int id : tokenizer.encode("Hello world , 's it", false)) {
      pieces.add(decoder.accept(id));
    }
    pieces.add(decoder.finish());
    assertThat(String.join("", pieces)).isEqualTo("Hello world,'s it");
    assertThat(pieces).startsWith("Hello", " world");
    assertThat(pieces).endsWith("");
  }

  @Test
  void heldBackTextComesAtTheEnd() {
    TextDecoder decoder = tokenizer.decoder(true);
    assertThat(decoder.accept(tokenizer.encode(" ", false)[0])).isEmpty();
    assertThat(decoder.finish()).isEqualTo(" ");
    assertThatIllegalStateException().isThrownBy(() -> decoder.accept(5));
    assertThatIllegalStateException().isThrownBy(decoder::finish);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokenizer.decoder(true).accept(50274))
        .withMessageContaining("50274");
  }

  @Test
  void malformedUtf8BecomesWhatPythonMakesOfIt() {
    // bytes.decode("utf-8", errors="replace") of CPython.
    assertThat(utf8(0xED, 0xA0, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(utf8(0xF0, 0x9F, 0x98)).isEqualTo("\uFFFD");
    assertThat(utf8(0xF0, 0x9F, 0x41)).isEqualTo("\uFFFDA");
    assertThat(utf8(0xE0, 0x80, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(utf8(0xF4, 0x90, 0x80, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD\uFFFD");
    assertThat(utf8(0xC0, 0xAF, 0xFF)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(utf8(0xE2, 0x82, 0xE2, 0x82, 0xAC)).isEqualTo("\uFFFD\u20AC");
    assertThat(utf8(0xF0, 0x9F, 0x98, 0x80, 0x80)).isEqualTo("\uD83D\uDE00\uFFFD");
  }

  private static String utf8(int... bytes) {
    StringBuilder out = new StringBuilder();
    Utf8Decoder decoder = new Utf8Decoder();
    for (int b : bytes) {
      decoder.append(new byte[] {(byte) b}, out);
    }
    decoder.finish(out);
    return out.toString();
  }

  private static String stream(int[] ids, boolean skip) {
    TextDecoder decoder = tokenizer.decoder(skip);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.accept(id));
    }
    return text.append(decoder.finish()).toString();
  }

  /** Applies the published steps one after the other to whole texts. */
  private static String naive(int[] ids, boolean skip) {
    List<String> parts = new ArrayList<>();
    ByteArrayOutputStream run = new ByteArrayOutputStream();
    boolean inRun = false;
    for (int id : ids) {
      if (skip && (id == 1 || id == 2 || id == 50265)) {
        continue;
      }
      if (id >= 50265) {
        if (inRun) {
          parts.add(replaceMalformed(run.toByteArray()));
          run.reset();
          inRun = false;
        }
        parts.add(id == 50265 ? "<|image|>" : "[IMG" + (id - 50266) + "]");
      } else {
        run.writeBytes(tokenBytes(id));
        inRun = true;
      }
    }
    if (inRun) {
      parts.add(replaceMalformed(run.toByteArray()));
    }
    String text = String.join(" ", parts);
    for (String pattern : new String[] {" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"}) {
      text = text.replace(pattern, pattern.strip());
    }
    return text;
  }

  private static byte[] tokenBytes(int id) {
    return ByteAlphabet.bytes(VOCABULARY.tokens().get(id));
  }

  /** Java replaces an encoded surrogate's three bytes by one U+FFFD, Python by three. */
  private static String replaceMalformed(byte[] bytes) {
    byte[] cut = bytes.clone();
    for (int i = 0; i + 1 < cut.length; i++) {
      if ((cut[i] & 0xFF) == 0xED && (cut[i + 1] & 0xFF) >= 0xA0) {
        cut[i] = (byte) 0xFF;
      }
    }
    return new String(cut, StandardCharsets.UTF_8);
  }
}
