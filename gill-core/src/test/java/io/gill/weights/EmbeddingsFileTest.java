package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.JavaProcess;
import io.gill.testsupport.Reference;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsFileTest {
  private static final String TYPE = "cnumpy\ndtype\nX\u0002\u0000\u0000\u0000f4\u0089\u0088\u0087R";

  @TempDir Path dir;

  @Test
  void aMatrixGivesItsRows() throws Exception {
    try (EmbeddingsFile file = EmbeddingsFile.open(write(dict("]" + text("p") + "a", array(1, 2))))) {
      assertThat(file.paths()).containsExactly("p");
      assertThat(file.row(0)).containsExactly(1f, 1f);
      assertThatThrownBy(() -> file.row(1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  /** Includes the opcode of old writers that makes a list of the values above the mark. */
  @Test
  void aListMayBeMadeInAnyWay() throws Exception {
    try (EmbeddingsFile file = EmbeddingsFile.open(
        write(dict("(" + text("p") + "l" + text("q") + "a", "(" + array(2) + "l" + array(2) + "a")))) {
      assertThat(file.paths()).containsExactly("p", "q");
      assertThat(file.row(1)).containsExactly(1f, 1f);
    }
  }

  @Test
  void asManyPathsAsEmbeddingsAreNeeded() throws Exception {
    Path file = write(dict("]" + text("p") + "a" + text("q") + "a", array(1, 2)));
    assertThatThrownBy(() -> EmbeddingsFile.open(file))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("2 paths and 1 embeddings")
        .hasMessageContaining(file.toString());
  }

  @Test
  void rowsOfDifferentLengthsAreRefusedWithTheirIndex() throws Exception {
    String rows = "](" + array(3) + array(2) + "e";
    Path file = write(dict("]" + text("p") + "a" + text("q") + "a", rows));
    assertThatThrownBy(() -> EmbeddingsFile.open(file))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("embedding 1");
  }

  @ParameterizedTest
  @CsvSource({"]K\u0001a, a path that is not a text", "N, not of a dict with the lists"})
  void pathsMustBeTexts(String paths, String message) throws Exception {
    Path file = write(dict(paths, array(1, 2)));
    assertThatThrownBy(() -> EmbeddingsFile.open(file)).isInstanceOf(GillException.class).hasMessageContaining(message);
  }

  @Test
  void anEmptyIndexIsRefused() throws Exception {
    Path file = write(dict("]", "]"));
    assertThatThrownBy(() -> EmbeddingsFile.open(file)).hasMessageContaining("no embeddings");
  }

  @Test
  void anArrayWithTooFewBytesIsRefused() throws Exception {
    String lying = array(1, 2).replace("K\u0001K\u0002\u0086", "K\u0007K\u0002\u0086");
    Path file = write(dict("]" + text("p") + "a", lying));
    assertThatThrownBy(() -> EmbeddingsFile.open(file)).isInstanceOf(GillException.class);
  }

  @Test
  void otherFilesAreCalledByTheirNames() throws Exception {
    Path numpy = dir.resolve("real.npy");
    Files.write(numpy, new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 2, 0, '{', '}'});
    assertThatThrownBy(() -> EmbeddingsFile.open(numpy)).hasMessageContaining("plain numpy array");
    Path safetensors = Reference.path("golden", "checkpoints", "good", "plain.safetensors");
    assertThatThrownBy(() -> EmbeddingsFile.open(safetensors)).hasMessageContaining("not a pickle");
    Path embeddings = Reference.path("model-a", "cc3m_embeddings.npy");
    assertThatThrownBy(() -> TensorFile.open(embeddings)).hasMessageContaining("not a PyTorch checkpoint");
  }

  @Test
  void aClosedFileGivesNoRows() {
    EmbeddingsFile file = EmbeddingsFile.open(Reference.path("model-a", "cc3m_embeddings.npy"));
    file.close();
    file.close();
    assertThatThrownBy(() -> file.row(0)).isInstanceOf(IllegalStateException.class);
    assertThat(file.paths()).hasSize(200);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    Path file = dir.resolve("folder/written.npy");
    List<float[]> rows = List.of(new float[] {1, -2.5f, 1e-30f}, new float[] {0.1f, 7, 65504});
    EmbeddingsFile.write(file, List.of("a.png", "\u4e2d/b.png"), rows);
    try (EmbeddingsFile read = EmbeddingsFile.open(file)) {
      assertThat(read.paths()).containsExactly("a.png", "\u4e2d/b.png");
      assertThat(read.dimension()).isEqualTo(3);
      assertThat(read.row(0)).containsExactly(rows.get(0));
      assertThat(read.row(1)).containsExactly(rows.get(1));
    }
  }

  /** As objects, these rows and their paths would take twice the heap; the published file has 2.7 million rows. */
  @Test
  void manyRowsFitASmallHeap() throws Exception {
    Path file = dir.resolve("many.npy");
    try (BufferedOutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      write(out, "\u0080\u0003}(" + text("paths") + "]");
      for (int i = 0; i < 100; i++) {
        write(out, "(" + text("https://images.example.org/" + i).repeat(1000) + "e");
      }
      write(out, text("embeddings") + "]");
      for (int i = 0; i < 100; i++) {
        write(out, "(" + array(4).repeat(1000) + "e");
      }
      write(out, "u.");
    }
    String out = JavaProcess.outputOf(
        JavaProcess.of(Reader.class, List.of("-Xmx24m"), file).redirectErrorStream(true));
    assertThat(out.strip()).isEqualTo("100000 400000.0 https://images.example.org/99");
  }

  /** Prints the number of rows, the sum of the numbers and the last path. */
  static final class Reader {
    public static void main(String[] args) {
      try (EmbeddingsFile file = EmbeddingsFile.open(Path.of(args[0]))) {
        double sum = 0;
        for (int i = 0; i < file.size(); i++) {
          for (float value : file.row(i)) {
            sum += value;
          }
        }
        System.out.println(file.size() + " " + sum + " " + file.paths().get(file.size() - 1));
      }
    }
  }

  private static void write(OutputStream out, String pickle) throws IOException {
    out.write(pickle.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void rowsThatDoNotGoTogetherAreNotWritten() {
    Path file = dir.resolve("written.npy");
    assertThatThrownBy(() -> EmbeddingsFile.write(file, List.of("a"), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EmbeddingsFile.write(file, List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EmbeddingsFile.write(file, List.of("a", "b"), List.of(new float[2], new float[3])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 and of 3");
    assertThat(file).doesNotExist();
  }

  private Path write(String pickle) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    pickle.chars().forEach(out::write);
    return Files.write(dir.resolve("made.npy"), out.toByteArray());
  }

  private static String dict(String paths, String embeddings) {
    return "\u0080\u0003}(" + text("paths") + paths + text("embeddings") + embeddings + "u.";
  }

  private static String text(String value) {
    return "X" + (char) value.length() + "\u0000\u0000\u0000" + value;
  }

  /** A float32 array of ones. */
  private static String array(int... shape) {
    StringBuilder sizes = new StringBuilder();
    int count = 1;
    for (int size : shape) {
      sizes.append('K').append((char) size);
      count *= size;
    }
    sizes.append(shape.length == 1 ? '\u0085' : '\u0086');
    String data = "B" + (char) (4 * count) + "\u0000\u0000\u0000" + "\u0000\u0000\u0080?".repeat(count);
    return "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\u0000\u0085B\u0001\u0000\u0000\u0000b\u0087R"
        + "(K\u0001" + sizes + TYPE + "\u0089" + data + "tb";
  }
}
