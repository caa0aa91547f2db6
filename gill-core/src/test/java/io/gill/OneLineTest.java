package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages are one line, whatever file names and contents they quote. */
class OneLineTest {
  private static final String NASTY = "a\nb\u001B[2J\u202Egnp";
  private static final String SHOWN = "a\\nb\\u001B[2J\\u202Egnp";
  private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\u2028\\u2029\\u202A-\\u202E]");

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"10|\\n", "13|\\r", "9|\\t", "0|\\u0000", "27|\\u001B", "127|\\u007F",
      "133|\\u0085", "8232|\\u2028", "8233|\\u2029", "8238|\\u202E", "8294|\\u2066", "8203|\\u200B", "65279|\\uFEFF",
      "55357|\\uD83D",
      "917505|\\uDB40\\uDC01"})
  void whatMovesHidesOrReordersTextIsEscaped(int character, String escape) {
    assertThat(new GillException("x" + Character.toString(character) + "y")).hasMessage("x" + escape + "y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "C:\\models\\new", "/data/Bilder \u00FC/\u5199\u771F.png",
      "\uD83D\uDC69\u200D\uD83D\uDD2C.png",
      "\u0645\u06CC\u200C\u062E"})
  void pathsStayReadable(String message) {
    assertThat(new GillException(message, new IOException("x"))).hasMessage(message);
  }

  @Test
  void aMessageIsNotEndless() {
    String long1 = "missing: " + "layer.weight, ".repeat(100_000) + "put the files there";
    assertThat(new GillException(long1).getMessage()).startsWith("missing: layer").endsWith("put the files there")
        .contains("characters left out").hasSizeLessThan(8100);
    assertThat(new GillException("\n".repeat(100_000)).getMessage()).hasSizeLessThan(8100);
    String pairs = new GillException("x" + "\uD83D\uDE00".repeat(9000)).getMessage();
    assertThat(pairs.codePoints()).noneMatch(c -> Character.getType(c) == Character.SURROGATE);
  }

  @Test
  void aFilesNameIsShownOnOneLine(@TempDir Path dir) {
    String name = "a\nb\u001B[2Jc"; // valid in an ASCII file system, too
    assertThatThrownBy(() -> Conversation.builder().image(dir.resolve(name + ".png")))
        .isInstanceOf(GillException.class).hasMessageContaining("a\\nb\\u001B[2Jc.png")
        .message().doesNotContainPattern(UNSAFE);
    assertThatThrownBy(() -> GillModel.load(dir.resolve(name)))
        .isInstanceOf(GillException.class).hasMessageContaining("a\\nb\\u001B[2Jc")
        .message().doesNotContainPattern(UNSAFE);
  }

  @Test
  void aTensorsNameIsShownOnOneLine(@TempDir Path dir) throws IOException {
    byte[] header = ("{\"a\\nb\\u001b[2J\\u202egnp\":{\"dtype\":\"F32\",\"shape\":[9],\"data_offsets\":[0,4]}}")
        .getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length).put(header);
    Path file = Files.write(dir.resolve("model.safetensors"), bytes.array());
    assertThatThrownBy(() -> TensorFile.open(file))
        .isInstanceOf(GillException.class).hasMessageContaining(SHOWN).message().doesNotContainPattern(UNSAFE);
  }

  @Test
  void aUsersValueIsQuotedOnOneLineAndCutShort() {
    assertThatThrownBy(() -> Device.parse(NASTY + ":x")).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + SHOWN + ":x'");
    assertThatThrownBy(() -> Device.parse("x".repeat(100_000))).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("characters left out").message().hasSizeLessThan(400);
  }

  @Test
  void aNoteOfWhatAModelCannotDoIsOneLine() {
    assertThat(new Capabilities(true, true, true, true, List.of(NASTY)).notes()).containsExactly(SHOWN);
  }
}
