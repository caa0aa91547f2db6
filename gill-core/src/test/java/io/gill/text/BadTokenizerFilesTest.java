package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BadTokenizerFilesTest {
  private static final Map<String, Integer> VOCABULARY =
      Map.of("a", 0, "b", 1, "ab", 2, "Ċ", 3, "</s>", 4, "<pad>", 5);

  @TempDir Path dir;

  @BeforeEach
  void writeGoodFiles() throws IOException {
    new ObjectMapper().writeValue(dir.resolve("vocab.json").toFile(), VOCABULARY);
    write("merges.txt", "#version: 0.2\na b\n");
  }

  @Test
  void goodFilesLoad() {
    try (OptTokenizer tokenizer = OptTokenizer.load(dir, 1)) {
      assertThat(tokenizer.encodeWithMarkers("ab[IMG0]", true)).containsExactly(4, 2, 7);
    }
  }

  @Test
  void missingFilesAreListedTogetherWithTheFolder() throws IOException {
    Files.delete(dir.resolve("merges.txt"));
    assertFails("merges.txt", dir.toString());
    Files.delete(dir.resolve("vocab.json"));
    assertFails("vocab.json", "merges.txt", "tokenizer.json", dir.toString());
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> ClipTokenizer.load(dir.resolve("nowhere")))
        .withMessageContaining("vocab.json")
        .withMessageContaining("nowhere");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
    "{\"a\": 0,\\n\\n\"b\" 1}~line 3",
    "{\"a\": 0,\\n\"b\": 1.5}~line 2",
    "{\"a\": 0,\\n\"b\": \"x\"}~line 2",
    "{\"a\": 0,\\n\"b\": 99999999999}~line 2",
    "{\"a\": 0,\\n\"a\": 1}~line 2",
    "{\"a\": 0,\\n~line 2",
    "[1]~not a JSON object",
    "{\"a\": 0} 1~content after",
    "{}~no token",
    "{\"a\": 0, \"b\": 0, \"ab\": 2}~share id 0",
    "{\"a\": 0, \"b\": -1, \"ab\": 2}~id -1",
    "{\"a\": 0, \"b\": 2147483647, \"ab\": 2}~id 2147483647"
  })
  void malformedVocabulariesAreNamed(String json, String message) throws IOException {
    write("vocab.json", json.replace("\\n", "\n"));
    write("merges.txt", "");
    assertFails("vocab.json", message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
    "#version: 0.2\\na b\\nab~line 3",
    "#version: 0.2\\na b\\na b c~line 3",
    "#version: 0.2\\na b\\nb a~line 3",
    "#version: 0.2\\nx b~\"x\" is not in the vocabulary",
    "a b\\n#version: 0.2~line 2"
  })
  void malformedMergesAreNamedWithTheirLine(String merges, String message) throws IOException {
    write("merges.txt", merges.replace("\\n", "\n"));
    assertFails("merges.txt", message);
  }

  @Test
  void mergesThatAreNotTextAreNamed() throws IOException {
    Files.write(dir.resolve("merges.txt"), new byte[] {'a', ' ', (byte) 0xFF, (byte) 0xFE});
    assertFails("merges.txt");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
    "{}~model.vocab",
    "{\"model\": {\"vocab\": [], \"merges\": []}}~model.vocab",
    "{\"model\": {\"vocab\": {\"a\": \"x\"}, \"merges\": []}}~id of \"a\"",
    "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [\"a\"]}}~merges[0]",
    "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [[\"a\", \"a\", \"a\"]]}}~merges[0]",
    "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}, \"added_tokens\": [{\"content\": \"a\", \"id\": 3}]}"
        + "~ids 0 and 3",
    "{\"model\":~line 1",
    "~not one JSON value"
  })
  void malformedTokenizerJsonIsNamed(String json, String message) throws IOException {
    Files.delete(dir.resolve("vocab.json"));
    write("tokenizer.json", json == null ? "" : json);
    assertFails("tokenizer.json", message);
  }

  @Test
  void missingSpecialTokensAreListedTogether() throws IOException {
    new ObjectMapper().writeValue(dir.resolve("vocab.json").toFile(), Map.of("a", 0, "b", 1, "ab", 2, "Ċ", 3));
    assertFails("</s>", "<pad>", dir.toString());
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> ClipTokenizer.load(dir))
        .withMessageContaining("<|startoftext|>")
        .withMessageContaining("<|endoftext|>");
  }

  @Test
  void vocabularyWithoutLineBreakIsRefused() throws IOException {
    new ObjectMapper()
        .writeValue(dir.resolve("vocab.json").toFile(), Map.of("a", 0, "b", 1, "ab", 2, "<pad>", 3, "</s>", 4));
    assertFails("line break", dir.toString());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
    "{\"pad_token\": 5}~pad_token",
    "{\"pad_token\": \"\"}~pad_token",
    "{\"pad_token\": {\"lstrip\": true}}~pad_token.content",
    "{\"pad_token\": \"<nowhere>\"}~<nowhere>",
    "{\"clean_up_tokenization_spaces\": \"yes\"}~clean_up_tokenization_spaces",
    "{\"a\"~line 1",
    "[]~not a JSON object"
  })
  void malformedSettingsAreNamed(String json, String message) throws IOException {
    write("tokenizer_config.json", json);
    assertFails("tokenizer_config.json", message);
  }

  @ParameterizedTest
  @CsvSource({"1", "-5", "77.5", "\"x\"", "true"})
  void impossibleLengthsAreRefused(String length) throws IOException {
    write("vocab.json", "{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}");
    write("merges.txt", "");
    write("tokenizer_config.json", "{\"model_max_length\": " + length + "}");
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> ClipTokenizer.load(dir))
        .withMessageContaining("model_max_length")
        .withMessageContaining(length);
  }

  @Test
  void theNumberThatMeansNoLimitCountsAsAbsent() throws IOException {
    write("vocab.json", "{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}");
    write("merges.txt", "");
    write("tokenizer_config.json", "{\"model_max_length\": 1000000000000000019884624838656}");
    try (ClipTokenizer tokenizer = ClipTokenizer.load(dir)) {
      assertThat(tokenizer.maxLength()).isEqualTo(77);
    }
  }

  private void assertFails(String... parts) {
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> OptTokenizer.load(dir, 8))
        .satisfies(e -> assertThat(e.getMessage()).contains(parts).doesNotContain("\n"));
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(dir.resolve(name), content);
  }
}
