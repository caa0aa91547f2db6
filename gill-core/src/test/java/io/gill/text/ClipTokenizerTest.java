package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClipTokenizerTest {
  private static final Path CLIP = Reference.path("model-a", "sd", "tokenizer");
  private static final JsonNode GOLDEN = Golden.pinned().path("clip");

  private static ClipTokenizer tokenizer;

  @BeforeAll
  static void load() {
    tokenizer = ClipTokenizer.load(CLIP);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void longTextEndsInTheEndToken() {
    int[] ids = tokenizer.encode("word ".repeat(1000));
    assertThat(ids).hasSize(77).startsWith(49406).endsWith(49407);
    assertThat(IntStream.of(ids).filter(id -> id == 49407)).hasSize(1);
  }

  @Test
  void stableDiffusion2PadsWithTheExclamationMark() {
    try (ClipTokenizer second = ClipTokenizer.load(Reference.path("model-b", "sd", "tokenizer"))) {
      assertThat(second.padId()).isZero();
      int[] cat = tokenizer.encode("a cat");
      int[] padded = second.encodePadded("a cat");
      assertThat(second.encode("a cat")).containsExactly(cat);
      assertThat(padded).hasSize(77).startsWith(cat);
      assertThat(Arrays.stream(padded).skip(cat.length)).containsOnly(0);
      // As published, a padding token written in a text is that token, not the word "!".
      assertThat(second.encode("a cat !")).containsExactly(49406, 320, 2368, 0, 49407);
      assertThat(tokenizer.encode("a cat !")).containsExactly(49406, 320, 2368, 256, 49407);
    }
  }

  @Test
  void namesOfTokensInCapitalsCountWhereAWordBegins() {
    assertThat(tokenizer.encode("a<|ENDOFTEXT|>b")).containsExactly(49406, 320, 49407, 321, 49407);
    // After punctuation the name is part of a word of punctuation.
    assertThat(tokenizer.encode("!<|ENDOFTEXT|>")).containsOnlyOnce(49407).endsWith(49407).hasSizeGreaterThan(4);
  }

  @Test
  void textIsCleanedAsPublished() {
    int[] plain = tokenizer.encode("a cat");
    assertThat(tokenizer.encode(" A\u3000\tCAT\n")).containsExactly(plain);
    assertThat(tokenizer.encode("a\u200B c\u00ADat\uFFFE\uE000\0")).containsExactly(plain);
    assertThat(tokenizer.encode("a \uD83Dcat\uDE00")).containsExactly(plain);
    assertThat(tokenizer.encode("\u4E2D\u6587")).containsExactly(tokenizer.encode("\u4E2D \u6587"));
    assertThat(tokenizer.encode("cafe\u0301")).containsExactly(tokenizer.encode("caf\u00E9"));
    assertThat(tokenizer.encode("caf\u00E9")).isNotEqualTo(tokenizer.encode("cafe"));
  }

  @Test
  void sigmaIsFinalWhereUnicodeSaysSo() {
    assertThat(Unicode.lowerCase("\u03A3\u0391\u03A3_A")).isEqualTo("\u03C3\u03B1\u03C2_a");
    assertThat(Unicode.lowerCase("\u0391\u03A3'\u0391 \u03A3 \u0391\u03A3."))
        .isEqualTo("\u03B1\u03C3'\u03B1 \u03C3 \u03B1\u03C2.");
    assertThat(Unicode.lowerCase("\u0391\u0301\u03A3\u0301")).isEqualTo("\u03B1\u0301\u03C2\u0301");
  }

  @Test
  void settingsAreOptional(@TempDir Path dir) throws IOException {
    Golden.copy(CLIP, dir);
    Files.delete(dir.resolve("tokenizer_config.json"));
    Files.delete(dir.resolve("special_tokens_map.json"));
    try (ClipTokenizer bare = ClipTokenizer.load(dir)) {
      String text = "A cat <|endoftext|> b";
      assertThat(bare.encodePadded(text)).containsExactly(tokenizer.encodePadded(text));
    }
  }

  @Test
  void manyThreadsMayEncodeAtOnce() {
    JsonNode strings = GOLDEN.path("strings");
    IntStream.range(0, 20 * strings.size()).parallel().forEach(i -> {
      JsonNode string = strings.get(i % strings.size());
      assertThat(tokenizer.encodePadded(string.path("text").textValue())).containsExactly(padded(expected(string)));
    });
  }

  @Test
  void useAfterCloseIsRefused() {
    ClipTokenizer closed = ClipTokenizer.load(CLIP);
    closed.close();
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.encode(""));
    assertThatIllegalStateException().isThrownBy(() -> closed.encodePadded("a"));
  }

  /** The reference's "ids" are not truncated; truncation keeps the end token. */
  private static int[] expected(JsonNode string) {
    int[] ids = Golden.ints(string.path("ids"));
    if (ids.length <= 77) {
      return ids;
    }
    int[] cut = Arrays.copyOf(ids, 77);
    cut[76] = ids[ids.length - 1];
    return cut;
  }

  private static int[] padded(int[] ids) {
    int[] padded = Arrays.copyOf(ids, 77);
    Arrays.fill(padded, ids.length, 77, 49407);
    return padded;
  }
}
