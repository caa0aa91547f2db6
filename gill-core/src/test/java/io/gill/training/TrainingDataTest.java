package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.training.TrainingExample.Use;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingDataTest {
  @TempDir Path folder;

  @BeforeEach
  void pictures() throws IOException {
    Files.createDirectories(folder.resolve("deep"));
    Files.writeString(folder.resolve("a.png"), "");
    Files.writeString(folder.resolve("deep/b.png"), "");
  }

  private TrainingData read(String table) throws IOException {
    return TrainingData.read(Files.writeString(folder.resolve("table.tsv"), table), folder);
  }

  @Test
  void captionsAreTakenAsTheyAre() throws IOException {
    TrainingData data = read("\uFEFFcaption\timage\r\n a \\n b \"c\" \ta.png\r\nd\tdeep/b.png");
    assertThat(data.skipped()).isEmpty();
    assertThat(data.examples()).hasSize(2);
    TrainingExample first = data.examples().get(0);
    assertThat(first.text()).isEqualTo(" a \\n b \"c\" ");
    assertThat(first.context()).isEmpty();
    assertThat(first.use()).isEqualTo(Use.ALL);
    assertThat(first.origin()).isEqualTo("table.tsv:2");
    assertThat(first.target()).isEqualTo(folder.resolve("clip_embs/a.png.npy"));
    assertThat(data.examples().get(1).target()).isEqualTo(folder.resolve("clip_embs/deep/b.png.npy"));
  }

  @Test
  void textsHaveEscapesAPartThatIsOnlyReadAndAUse() throws IOException {
    TrainingData data = read("image\tuse\ttext\ttarget\n"
        + "a.png\tpicture\tQ: show \\\\ me\\n\\>A: here\\t!\tother.npy\n"
        + "a.png\tcaption\twithout\t\n");
    assertThat(data.skipped()).isEmpty();
    TrainingExample first = data.examples().get(0);
    assertThat(first.context()).isEqualTo("Q: show \\ me\n");
    assertThat(first.text()).isEqualTo("A: here\t!");
    assertThat(first.use()).isEqualTo(Use.PICTURE);
    assertThat(first.target()).isEqualTo(folder.resolve("other.npy"));
    assertThat(data.examples().get(1).use()).isEqualTo(Use.CAPTION);
  }

  @ParameterizedTest
  @CsvSource({
    "'x', columns",
    "'x\ta.png\tall\tmore', columns",
    "'x\tmissing.png\tall', is missing",
    "'x\t../a.png\tall', leads out of",
    "'x\t/etc/passwd\tall', leads out of",
    "'x\t\tall', names no picture",
    "'x\ta\0b\tall', is not a path",
    "'\ta.png\tall', text is empty",
    "'context\\>\ta.png\tall', text is empty",
    "'x\\q\ta.png\tall', before 'q'",
    "'x\\\ta.png\tall', before ' '",
    "'x\\>y\\>z\ta.png\tall', more than one",
    "'x\ta.png\tsome', use is 'some'"
  })
  void aMalformedRowIsSkippedWithItsReason(String row, String reason) throws IOException {
    TrainingData data = read("text\timage\tuse\n" + row + "\ngood\ta.png\tall\n");
    assertThat(data.examples()).extracting(TrainingExample::origin).containsExactly("table.tsv:3");
    assertThat(data.skipped()).singleElement().satisfies(one -> {
      assertThat(one.origin()).isEqualTo("table.tsv:2");
      assertThat(one.reason()).contains(reason);
    });
  }

  @ParameterizedTest
  @CsvSource({
    "'', first line is empty",
    "'caption', must name the column image",
    "'image', must name the column image",
    "'caption\ttext\timage', one of caption and text",
    "'caption\timage\timage', column 3",
    "'caption\tpicture', column 2",
    "'caption\timage\nx\tmissing.png', no usable row"
  })
  void aTableWithoutItsColumnsOrRowsIsRefused(String table, String message) {
    assertThatThrownBy(() -> read(table)).isInstanceOf(GillException.class)
        .hasMessageContaining("table.tsv").hasMessageContaining(message);
  }

  @Test
  void whatIsNotTextIsSkipped() throws IOException {
    Files.write(folder.resolve("a.png"), new byte[0]);
    Path file = Files.write(folder.resolve("latin.tsv"), "caption\timage\ncaf\u00e9\ta.png\ntea\ta.png".getBytes(
        StandardCharsets.ISO_8859_1));
    TrainingData data = TrainingData.read(file, folder);
    assertThat(data.examples()).extracting(TrainingExample::text).containsExactly("tea");
    assertThat(data.skipped()).containsExactly(new SkippedExample("latin.tsv:2", "it is not UTF-8 text"));
    Path other = Files.write(folder.resolve("header.tsv"), new byte[] {(byte) 0xe9});
    assertThatThrownBy(() -> TrainingData.read(other, folder)).hasMessageContaining("first line")
        .hasMessageContaining("is not UTF-8");
  }

  @Test
  void aLineWithoutAnEndIsSkipped() throws IOException {
    Files.write(folder.resolve("a.png"), new byte[0]);
    Path file = Files.writeString(folder.resolve("long.tsv"),
        "caption\timage\n" + "x".repeat(1_100_000) + "\ta.png\ntea\ta.png\n");
    TrainingData data = TrainingData.read(file, folder);
    assertThat(data.examples()).hasSize(1);
    assertThat(data.skipped()).extracting(SkippedExample::origin).containsExactly("long.tsv:2");
    assertThat(data.skipped().get(0).reason()).contains("more than 1048576 bytes");
  }

  @Test
  void aFileThatIsMissingIsRefused() {
    assertThatThrownBy(() -> TrainingData.read(folder.resolve("none.tsv"), folder)).hasMessageContaining("none.tsv");
  }
}
