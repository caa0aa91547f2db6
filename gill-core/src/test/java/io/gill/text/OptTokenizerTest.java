package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OptTokenizerTest {
  private static final Path OPT = Reference.path("model-a", "opt");
  private static final JsonNode GOLDEN = Golden.pinned().path("opt");

  private static OptTokenizer tokenizer;

  @BeforeAll
  static void load() {
    tokenizer = OptTokenizer.load(OPT, 8);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  /** The parts are as recorded for {@code [IMG8]}, {@code [IMG0}, {@code </S>} and {@code <unk>}. */
  @Test
  void markersInALiteralTextAreTheWordsThatThePublishedTokenizerHasWithoutItsAddedTokens() {
    assertThat(tokenizer.encode("[IMG0]", false)).containsExactly(10975, 3755, 534, 288, 742);
    assertThat(tokenizer.encode("[IMG8]", true)).containsExactly(2, 10975, 3755, 534, 398, 742);
    assertThat(tokenizer.encode("</s>", false)).containsExactly(49138, 29, 15698);
    assertThat(tokenizer.encode("", false)).isEmpty();
    try (OptTokenizer none = OptTokenizer.load(OPT, 0)) {
      String text = " a [IMG0] b[IMG7]\n";
      assertThat(tokenizer.encode(text, true)).containsExactly(none.encodeWithMarkers(text, true));
    }
  }

  @Test
  void aLiteralTextHasNoSpecialTokenAndComesBack() {
    SoftAssertions softly = new SoftAssertions();
    for (String text : List.of("[IMG0]", "a[IMG0][IMG1]b", "</s>", "</s></s>", "<pad>", "<|image|>", "an<|image|>here",
        "[[IMG7]]", "\n[IMG0]\n", "x </s> y <pad> z")) {
      int[] ids = tokenizer.encode(text, true);
      softly.assertThat(ids).as(text).startsWith(2);
      softly.assertThat(Arrays.stream(ids).skip(1)).as(text).noneMatch(id -> id < 3 || id >= 50265);
      softly.assertThat(tokenizer.decode(ids, true)).as(text).isEqualTo(text);
    }
    JsonNode strings = GOLDEN.path("8").path("strings");
    for (JsonNode string : strings) {
      String text = string.path("text").textValue();
      int[] published = Golden.ints(string.path("ids_no_special"));
      if (Arrays.stream(published).noneMatch(id -> id < 3 || id >= 50265)) {
        softly.assertThat(tokenizer.encode(text, false)).as(text).containsExactly(published);
      }
    }
    softly.assertAll();
  }

  @Test
  void spacesStayWhereTheConfigurationTurnsTheCleanUpOff(@TempDir Path dir) throws IOException {
    Golden.copy(OPT, dir);
    set(dir.resolve("tokenizer_config.json"), "clean_up_tokenization_spaces", false);
    SoftAssertions softly = new SoftAssertions();
    try (OptTokenizer plain = OptTokenizer.load(dir, 8)) {
      for (JsonNode string : GOLDEN.path("8").path("strings")) {
        int[] ids = Golden.ints(string.path("ids"));
        softly.assertThat(plain.decode(ids, false)).isEqualTo(string.path("decode").textValue());
        softly.assertThat(plain.decode(ids, true)).isEqualTo(string.path("decode_skip").textValue());
      }
      for (JsonNode sequence : GOLDEN.path("8").path("id_sequences")) {
        int[] ids = Golden.ints(sequence.path("ids"));
        softly.assertThat(plain.decode(ids, false)).isEqualTo(sequence.path("decode").textValue());
        softly.assertThat(plain.decode(ids, true)).isEqualTo(sequence.path("decode_skip").textValue());
      }
    }
    softly.assertAll();
  }

  @Test
  void otherCountsOfImageTokensFollowTheVocabulary() {
    try (OptTokenizer none = OptTokenizer.load(OPT, 0);
        OptTokenizer twelve = OptTokenizer.load(OPT, 12)) {
      assertThat(none.vocabularySize()).isEqualTo(50266);
      assertThat(none.imageTokenIds()).isEmpty();
      assertThat(none.encodeWithMarkers("[IMG0]", false)).hasSizeGreaterThan(1);
      assertThat(twelve.vocabularySize()).isEqualTo(50278);
      assertThat(twelve.encodeWithMarkers("a [IMG11] [IMG1]b", false)).containsExactly(102, 50277, 50267, 428);
    }
  }

  @Test
  void longTextIsNotTruncated() {
    String word = " word";
    assertThat(tokenizer.encodeWithMarkers(word.repeat(5000), true)).hasSize(5001);
  }

  @Test
  void whiteSpaceAroundImageTokensIsWhatPythonStrips() {
    int[] stripped = tokenizer.encodeWithMarkers("a[IMG0]b", false);
    for (String space : List.of(" ", "\t\n", "\u001C", "\u001F", "\u0085", "\u00A0", "\u3000", "\u2028")) {
      assertThat(tokenizer.encodeWithMarkers("a" + space + "[IMG0]" + space + "b", false)).as(space)
          .containsExactly(stripped);
    }
    assertThat(tokenizer.encodeWithMarkers("a\u200B[IMG0]b", false)).hasSizeGreaterThan(stripped.length);
  }

  @Test
  void oddTextIsRead() {
    assertThat(tokenizer.encodeWithMarkers("a\0b", false)).containsExactly(102, 50108, 428);
    int[] replaced = tokenizer.encodeWithMarkers("a\uFFFDb", false);
    assertThat(tokenizer.encodeWithMarkers("a\uD83Db", false)).containsExactly(replaced);
    assertThat(tokenizer.encodeWithMarkers("a\uDE00b", false)).containsExactly(replaced);
    assertThat(tokenizer.decode(tokenizer.encodeWithMarkers("\uD83D\uDE00", false), true)).isEqualTo("\uD83D\uDE00");
    assertThat(tokenizer.decode(new int[0], true)).isEmpty();
  }

  @Test
  void idsOutsideTheVocabularyAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokenizer.decode(new int[] {5, 50274}, true))
        .withMessageContaining("50274")
        .withMessageContaining("50273");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokenizer.decode(new int[] {-1}, true))
        .withMessageContaining("-1");
    assertThatIllegalArgumentException().isThrownBy(() -> OptTokenizer.load(OPT, -1)).withMessageContaining("-1");
  }

  @Test
  void useAfterCloseIsRefused() {
    OptTokenizer closed = OptTokenizer.load(OPT, 8);
    closed.close();
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.encodeWithMarkers("", false));
    assertThatIllegalStateException().isThrownBy(() -> closed.encodeWithMarkers("a", true));
    assertThatIllegalStateException().isThrownBy(() -> closed.decode(new int[0], true));
  }

  @Test
  void manyThreadsMayEncodeAndDecodeAtOnce() throws Exception {
    JsonNode strings = GOLDEN.path("8").path("strings");
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Future<?>> results = new ArrayList<>();
      for (int thread = 0; thread < 16; thread++) {
        int first = thread * 7;
        results.add(threads.submit(() -> {
          for (int i = 0; i < 2 * strings.size(); i++) {
            JsonNode string = strings.get((first + i) % strings.size());
            int[] ids = tokenizer.encodeWithMarkers(string.path("text").textValue(), true);
            assertThat(ids).containsExactly(Golden.ints(string.path("ids")));
            assertThat(tokenizer.decode(ids, true)).isEqualTo(string.path("decode_default").textValue());
          }
        }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void closingWhileOthersEncodeNeverHurtsThem() throws Exception {
    OptTokenizer shared = OptTokenizer.load(OPT, 8);
    int[] expected = shared.encodeWithMarkers("A photo of a red car. [IMG0]", true);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    CountDownLatch encoding = new CountDownLatch(4);
    try {
      List<Future<Integer>> results = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        results.add(threads.submit(() -> {
          int calls = 0;
          try {
            while (true) {
              assertThat(shared.encodeWithMarkers("A photo of a red car. [IMG0]", true)).containsExactly(expected);
              if (calls++ == 0) {
                encoding.countDown();
              }
            }
          } catch (IllegalStateException closed) {
            return calls;
          }
        }));
      }
      assertThat(encoding.await(1, TimeUnit.MINUTES)).isTrue();
      Thread.sleep(100);
      shared.close();
      for (Future<Integer> result : results) {
        assertThat(result.get()).isPositive();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void tokenizerJsonServesWhereTheTwoFilesAreMissing(@TempDir Path dir) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    for (boolean pairs : new boolean[] {false, true}) {
      ObjectNode tree = mapper.createObjectNode();
      ObjectNode vocabulary = (ObjectNode) mapper.readTree(OPT.resolve("vocab.json").toFile());
      ArrayNode added = tree.putArray("added_tokens");
      // Newer files store special tokens outside the vocabulary.
      added.addObject().put("id", vocabulary.remove("<pad>").intValue()).put("content", "<pad>");
      ObjectNode model = tree.putObject("model").put("type", "BPE");
      model.set("vocab", vocabulary);
      ArrayNode merges = model.putArray("merges");
      for (String line : Files.readAllLines(OPT.resolve("merges.txt"))) {
        if (!line.startsWith("#version")) {
          if (pairs) {
            merges.addArray().add(line.split(" ")[0]).add(line.split(" ")[1]);
          } else {
            merges.add(line);
          }
        }
      }
      mapper.writeValue(dir.resolve("tokenizer.json").toFile(), tree);
      try (OptTokenizer single = OptTokenizer.load(dir, 8)) {
        for (JsonNode string : GOLDEN.path("8").path("strings")) {
          assertThat(single.encodeWithMarkers(string.path("text").textValue(), true))
              .containsExactly(Golden.ints(string.path("ids")));
        }
        assertThat(single.padId()).isEqualTo(1);
      }
    }
  }

  @Test
  void smallVocabularyWithOtherIdsWorks(@TempDir Path dir) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode vocabulary = mapper.createObjectNode();
    for (String token : List.of("a", "b", "Ġ", "Ċ", "ab", "Ġab", "<pad>", "</s>", "<|image|>")) {
      vocabulary.put(token, vocabulary.size());
    }
    mapper.writeValue(dir.resolve("vocab.json").toFile(), vocabulary);
    Files.writeString(dir.resolve("merges.txt"), "a b\nĠ ab\n");
    try (OptTokenizer small = OptTokenizer.load(dir, 2)) {
      assertThat(small.bosId()).isEqualTo(7);
      assertThat(small.eosId()).isEqualTo(7);
      assertThat(small.padId()).isEqualTo(6);
      assertThat(small.newlineId()).isEqualTo(3);
      assertThat(small.vocabularySize()).isEqualTo(11);
      assertThat(small.imageTokenIds()).containsExactly(9, 10);
      // c and é have no token: each of their bytes is the unknown token, as published.
      assertThat(small.encodeWithMarkers("ab ab ba\nc\u00E9 <|image|> [IMG1]", true))
          .containsExactly(7, 4, 5, 2, 1, 0, 3, 7, 7, 7, 8, 10);
      assertThat(small.decode(new int[] {4, 5, 9, 3, 6}, true)).isEqualTo("ab ab [IMG0] \n");
    }
  }

  @Test
  void loadingAsksNoNetwork() {
    List<URI> asked = new CopyOnWriteArrayList<>();
    ProxySelector before = ProxySelector.getDefault();
    ProxySelector.setDefault(new ProxySelector() {
      @Override
      public List<Proxy> select(URI uri) {
        asked.add(uri);
        return List.of(Proxy.NO_PROXY);
      }

      @Override
      public void connectFailed(URI uri, SocketAddress address, IOException e) {}
    });
    try (OptTokenizer loaded = OptTokenizer.load(OPT, 8)) {
      assertThat(loaded.encode("a", false)).containsExactly(102);
    } finally {
      ProxySelector.setDefault(before);
    }
    assertThat(asked).isEmpty();
    assertThat(Boolean.getBoolean("ai.djl.offline")).isTrue();
  }

  @Test
  void nullTextIsRefused() {
    assertThatThrownBy(() -> tokenizer.encodeWithMarkers(nothing(), true)).isInstanceOf(NullPointerException.class);
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T nothing() {
    return null;
  }

  private static void set(Path file, String key, boolean value) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    mapper.writeValue(file.toFile(), ((ObjectNode) mapper.readTree(file.toFile())).put(key, value));
  }

  @Test
  void noTokenStandsForMoreCharactersThanTheLongest() {
    int longest = tokenizer.longestToken();
    int most = 0;
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      String text = tokenizer.decode(new int[] {id}, false);
      most = Math.max(most, text.length());
      if (text.length() > longest / 2) { // encoding all takes seconds
        assertThat(tokenizer.encode(text, false)).hasSizeGreaterThanOrEqualTo(text.length() / longest);
      }
    }
    assertThat(longest).isGreaterThanOrEqualTo(most).isLessThan(200);
  }
}
