package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.stage.TextDecoder;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases that the recorded strings do not cover. The parity program compares the recorded ones. */
final class JsonTokenizerTest {
  private static final String MARKERS =
      "a<|eot_id|>b</s> <|im_end|> <s>[IMG0]<|image|><think> </tool_call><unk><0x0A> <|begin_of_text|>";

  @TempDir Path dir;

  private static Path snapshot(String name) {
    return Reference.path("..", "reference-2", name);
  }

  private static String stream(JsonTokenizer tokenizer, int[] ids, boolean skip) {
    TextDecoder decoder = tokenizer.decoder(skip);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      String piece = decoder.accept(id);
      assertThat(piece.isEmpty() || !Character.isHighSurrogate(piece.charAt(piece.length() - 1))).isTrue();
      text.append(piece);
    }
    return text.append(decoder.finish()).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lm-llama3", "lm-llama2", "lm-mistral", "lm-qwen2", "lm-qwen3"})
  void markersOfUsersAreText(String model) {
    try (JsonTokenizer tokenizer = JsonTokenizer.load(snapshot(model), 8)) {
      int[] ids = tokenizer.encode(MARKERS, false);
      int firstImage = tokenizer.imageTokenIds()[0];
      assertThat(firstImage).isEqualTo(tokenizer.vocabularySize() - 8);
      assertThat(Arrays.stream(ids)).allMatch(id -> id < firstImage - 1);
      assertThat(Arrays.stream(ids)).noneMatch(id -> Arrays.stream(tokenizer.endIds()).anyMatch(end -> end == id));
      assertThat(tokenizer.decode(ids, true)).isEqualTo(MARKERS);
      assertThat(MARKERS.length()).isLessThan(ids.length * tokenizer.longestToken());

      assertThat(tokenizer.encodeWithMarkers("[IMG0] [IMG7]", false)).containsExactly(firstImage, firstImage + 7);
    }
  }

  /** Decoding token by token equals the native library's decoding of whole sequences, for any tokens. */
  @ParameterizedTest
  @ValueSource(strings = {"lm-llama3", "lm-llama2", "lm-mistral", "lm-qwen3"})
  void piecesOfRandomSequencesMakeUpTheNativeText(String model) throws IOException {
    withSettings(model, settings -> settings.put("clean_up_tokenization_spaces", false));
    try (JsonTokenizer tokenizer = JsonTokenizer.load(dir, 0);
        HuggingFaceTokenizer published = HuggingFaceTokenizer.newInstance(snapshot(model).resolve("tokenizer.json"))) {
      Random random = new Random(5);
      for (int round = 0; round < 300; round++) {
        int bytes = random.nextInt(4) * 80; // many byte tokens, which come first
        int[] ids = random.ints(random.nextInt(24))
            .map(i -> random.nextInt(bytes == 0 ? tokenizer.vocabularySize() - 1 : bytes)).toArray();
        for (boolean skip : new boolean[] {false, true}) {
          String whole = published.decode(Arrays.stream(ids).asLongStream().toArray(), skip);
          assertThat(stream(tokenizer, ids, skip)).isEqualTo(whole);
        }
      }
    }
  }

  @Test
  void piecesNeverHoldHalfACharacter() {
    for (String model : new String[] {"lm-llama3", "lm-llama2"}) {
      try (JsonTokenizer tokenizer = JsonTokenizer.load(snapshot(model), 0)) {
        TextDecoder decoder = tokenizer.decoder(true);
        for (int id : tokenizer.encode("\uD83D\uDE00 \u65E5\u672C", false)) {
          assertThat(decoder.accept(id)).doesNotContain("\uFFFD");
        }
        assertThat(decoder.finish()).doesNotContain("\uFFFD");
      }
    }
  }

  @Test
  void allEndsOfAFamilyEndAReply() {
    try (JsonTokenizer tokenizer = JsonTokenizer.load(snapshot("lm-llama3"), 0)) {
      assertThat(tokenizer.eosId()).isEqualTo(525); // <|eot_id|>
      assertThat(tokenizer.endIds()).containsExactly(525, 521); // <|end_of_text|>
      assertThat(tokenizer.decode(new int[] {tokenizer.newlineId()}, true)).isEqualTo("\n");
    }
    try (JsonTokenizer tokenizer = JsonTokenizer.load(snapshot("lm-mistral"), 0)) {
      assertThat(tokenizer.endIds()).containsExactly(2);
      assertThat(tokenizer.decode(new int[] {tokenizer.newlineId()}, true)).isEqualTo("\n");
    }
  }

  @Test
  void imageTokensFollowTheLastIdWhateverIsBeforeIt() throws IOException {
    withTokenizer("lm-qwen3", root -> root.withArray("added_tokens").addObject()
        .put("id", 600).put("content", "<|far|>").put("special", true));
    try (JsonTokenizer tokenizer = JsonTokenizer.load(dir, 2)) {
      assertThat(tokenizer.encodeWithMarkers("<|far|><|image|>", false)).containsExactly(600, 601);
      assertThat(tokenizer.imageTokenIds()).containsExactly(602, 603);
      assertThat(tokenizer.vocabularySize()).isEqualTo(604);
      assertThat(tokenizer.decode(new int[] {599, 602, 600}, true)).isEqualTo("[IMG0]");
    }
    withTokenizer("lm-qwen3", root -> root.withArray("added_tokens").addObject()
        .put("id", 487).put("content", "[IMG0]").put("special", false));
    try (JsonTokenizer tokenizer = JsonTokenizer.load(dir, 2)) { // a vocabulary that was already extended
      assertThat(tokenizer.imageTokenIds()).containsExactly(487, 489);
    }
  }

  @Test
  void runsOfSpacesThatAreTokensStayTokens() throws IOException {
    withTokenizer("lm-qwen3", root -> root.withArray("added_tokens").addObject()
        .put("id", 487).put("content", "        ").put("special", false));
    try (JsonTokenizer tokenizer = JsonTokenizer.load(dir, 0)) {
      assertThat(tokenizer.encode("a        b", false)).hasSize(3).contains(487);
    }
  }

  @Test
  void theBeginningIsTheClasssOrThePostProcessors() throws IOException {
    withSettings("lm-llama2", settings -> settings.put("add_bos_token", false));
    try (JsonTokenizer tokenizer = JsonTokenizer.load(dir, 0)) {
      assertThat(tokenizer.encode("a", true)).isEqualTo(tokenizer.encode("a", false));
    }
    try (JsonTokenizer tokenizer = JsonTokenizer.load(snapshot("lm-qwen2"), 0)) {
      assertThat(tokenizer.encode("a", true)).isEqualTo(tokenizer.encode("a", false));
      assertThat(tokenizer.padId()).isEqualTo(500);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
    "{}~model is missing",
    "{\"model\": {\"type\": \"Unigram\"}}~model.type is \"Unigram\", but only BPE",
    "{\"model\": {\"vocab\": []}}~model.vocab is [], but",
    "{\"model\": {\"vocab\": {\"a\": 0}}}~model.merges is missing, but",
    "{\"model\": {\"vocab\": {}, \"merges\": []}}~model.vocab holds no token",
    "{\"model\": {\"vocab\": {\"a\": 2000000000}, \"merges\": []}}~model.vocab is 2000000000, but the id of \"a\"",
    "{\"model\": {\"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []}}~id 0",
    "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}}~decoder.type is missing, but",
    "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}, \"post_processor\": {\"type\": \"X\"}}~post_processor.type",
    "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}, \"added_tokens\": [{\"content\": \"a\", \"id\": 1}]}"
        + "~added_tokens[0] is 1, but the token \"a\" has id 0",
    "[1]~not a JSON object",
    "{\"model\":~line 1"
  })
  void brokenTokenizersAreNamedWithTheirKey(String json, String message) throws IOException {
    Files.writeString(dir.resolve("tokenizer.json"), json);
    assertFails("tokenizer.json", message);
  }

  @Test
  void whatTheNativeLibraryRefusesIsNamed() throws IOException {
    withTokenizer("lm-qwen3", root -> root.withObject("/pre_tokenizer").put("type", "Unknown"));
    assertFails("tokenizer.json", "is rejected by the native tokenizer library");
    withTokenizer("lm-llama2", root -> root.withObject("/model").withArray("merges").addArray().add("<").add("/s>"));
    assertFails("tokenizer.json", "/s>");
  }

  @Test
  void aMergeThatMakesAnEndTokenIsRefused() throws IOException {
    withTokenizer("lm-llama2", root -> {
      root.withObject("/model").withObject("/vocab").put("/s>", 560);
      root.withObject("/model").withArray("merges").addArray().add("<").add("/s>");
    });
    assertFails("tokenizer.json", "model.merges produces the special token \"</s>\"");
  }

  @Test
  void missingHugeAndEndlessTokenizersAreNamed() throws IOException {
    assertFails("tokenizer.json is missing");
    try (RandomAccessFile file = new RandomAccessFile(dir.resolve("tokenizer.json").toFile(), "rw")) {
      file.setLength(1L << 31);
    }
    assertFails("tokenizer.json has 2147483648 bytes");

    withSettings("lm-qwen3", settings -> settings.remove("eos_token"));
    Files.delete(dir.resolve("generation_config.json"));
    assertFails("names the end token");
    withSettings("lm-qwen3", settings -> settings.put("eos_token", "<none>"));
    assertFails("tokenizer.json lacks the token \"<none>\", which is eos_token");
    withSettings("lm-qwen3", settings -> settings.withObject("/added_tokens_decoder/480").put("content", "<think>"));
    assertFails("tokenizer_config.json", "added_tokens_decoder.480");
    withSettings("lm-qwen3", settings -> {});
    Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\": [482, 5000]}");
    assertFails("generation_config.json: eos_token_id is [482,5000], but the vocabulary has no token 5000");
  }

  private void assertFails(String... parts) {
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> JsonTokenizer.load(dir, 0).close())
        .satisfies(e -> assertThat(e.getMessage()).contains(parts).hasLineCount(1));
  }

  private void withTokenizer(String model, Consumer<ObjectNode> change) throws IOException {
    copy(model, "tokenizer.json", change);
  }

  private void withSettings(String model, Consumer<ObjectNode> change) throws IOException {
    copy(model, "tokenizer_config.json", change);
  }

  /** Creates a snapshot's tokenizer with one changed file. */
  private void copy(String model, String changed, Consumer<ObjectNode> change) throws IOException {
    ObjectMapper json = new ObjectMapper();
    for (String name : new String[] {"tokenizer.json", "tokenizer_config.json", "generation_config.json"}) {
      ObjectNode root = (ObjectNode) json.readTree(snapshot(model).resolve(name).toFile());
      if (name.equals(changed)) {
        change.accept(root);
      }
      json.writeValue(dir.resolve(name).toFile(), root);
    }
  }
}
