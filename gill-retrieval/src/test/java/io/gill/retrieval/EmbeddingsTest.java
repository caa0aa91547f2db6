package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gill.GillException;
import io.gill.testsupport.JavaProcess;
import io.gill.testsupport.Reference;
import io.gill.weights.EmbeddingsFile;
import io.gill.weights.NumpyFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsTest {
  private static final int LINES = 60_000;

  @TempDir private Path folder;

  @Test
  void aMatrixWrittenFromOneIndexIsImportedIntoAnother() throws IOException {
    List<IndexedImage> images = ImageIndexContract.images(10_000); // more than one batch
    Path matrix = folder.resolve("rows.npy");
    Path ids = folder.resolve("ids.txt");
    try (ImageIndex from = ExactIndex.inMemory(8, 0);
        ImageIndex to = LuceneIndex.create(folder.resolve("index"), 8, 0)) {
      from.add(images);
      from.delete(List.of("7", "9999"));
      Embeddings.writeNumpy(from, matrix, ids);
      assertThat(NumpyFile.readMatrix(matrix)).hasDimensions(9_998, 8);
      Embeddings.addNumpy(matrix, ids, to);
      assertThat(to.size()).isEqualTo(9_998);
      assertThat(to.find("7")).isEmpty();
      assertThat(to.find("77").orElseThrow().uri()).isEqualTo("77.png");
      assertThat(to.find("77").orElseThrow().embedding())
          .containsExactly(Vectors.unit(ImageIndexContract.random(77), ""), within(1e-6f));
    }
    Files.writeString(ids, "one line\n");
    try (ImageIndex index = ExactIndex.inMemory(8, 0)) {
      assertThatThrownBy(() -> Embeddings.addNumpy(matrix, ids, index)).isInstanceOf(GillException.class)
          .hasMessageContaining("1 lines").hasMessageContaining("9998 rows");
      assertThatIllegalArgumentException().isThrownBy(() -> Embeddings.writeNumpy(index, matrix, ids));
      index.add(List.of(new IndexedImage("a\nb", "", ImageIndexContract.random(1))));
      assertThatIllegalArgumentException().isThrownBy(() -> Embeddings.writeNumpy(index, matrix, ids))
          .withMessageContaining("line break");
      assertThat(NumpyFile.readMatrix(matrix)).hasDimensions(9_998, 8);
      assertThat(ids).hasContent("one line");
    }
  }

  @Test
  void linesEndInAnyWayAndAreLimited() throws IOException {
    Path matrix = folder.resolve("rows.npy");
    Path ids = folder.resolve("ids.txt");
    NumpyFile.writeMatrix(matrix, 3, 1, rows -> IntStream.range(0, 3).forEach(i -> rows.accept(new float[] {1})));
    Files.writeString(ids, "a\tx.png\r\nb\rc\n");
    try (ImageIndex index = ExactIndex.inMemory(1, 0)) {
      Embeddings.addNumpy(matrix, ids, index);
      assertThat(index.find("a").orElseThrow().uri()).isEqualTo("x.png");
      assertThat(index.find("b")).isPresent();
      assertThat(index.find("c")).isPresent();
    }
    Files.writeString(ids, "a\n" + "b".repeat(20_000));
    try (ImageIndex index = ExactIndex.inMemory(1, 0)) {
      assertThatThrownBy(() -> Embeddings.addNumpy(matrix, ids, index)).isInstanceOf(GillException.class)
          .hasMessageContaining(ids + ", line 2 has more than 8705 characters");
    }
  }

  /** Runs in a process whose heap cannot hold the lines. */
  @Test
  void idsFilesLargerThanTheHeapAreRead() throws Exception {
    Path matrix = folder.resolve("many.npy");
    Path ids = folder.resolve("many.txt");
    NumpyFile.writeMatrix(matrix, LINES, 1, rows -> {
      for (int i = 0; i < LINES; i++) {
        rows.accept(new float[] {1});
      }
    });
    try (BufferedWriter out = Files.newBufferedWriter(ids)) {
      for (int i = 0; i < LINES; i++) {
        out.write(i + "\t" + "x".repeat(1000) + "\n");
      }
    }
    assertThat(ForkedIndex.linesOf(JavaProcess.of(LineCounter.class, List.of("-Xmx32m"), matrix, ids)))
        .containsExactly("" + LINES);
  }

  /** Adds a matrix to an index that only counts images. */
  static final class LineCounter {
    public static void main(String[] arguments) {
      AtomicInteger count = new AtomicInteger();
      ImageIndex index = (ImageIndex) Proxy.newProxyInstance(ImageIndex.class.getClassLoader(),
          new Class<?>[] {ImageIndex.class}, (proxy, method, values) -> method.getName().equals("add")
              ? count.addAndGet(((List<?>) values[0]).size()) : 1);
      Embeddings.addNumpy(Path.of(arguments[0]), Path.of(arguments[1]), index);
      System.out.println(count);
    }
  }

  @Test
  void publishedFilesAreImportedIntoAnyIndex() {
    Path file = Reference.path("model-a", "cc3m_embeddings.npy");
    int width;
    float[] row;
    try (EmbeddingsFile published = EmbeddingsFile.open(file)) {
      width = published.dimension();
      row = published.row(5);
    }
    try (ImageIndex index = LuceneIndex.create(folder.resolve("index"), width, 1)) {
      Embeddings.addPublished(List.of(file), index);
      assertThat(index.search(row, 1, Set.of())).extracting(ImageIndex.Hit::id).containsExactly("5");
    }
    try (ImageIndex index = ExactIndex.inMemory(width + 1, 1)) {
      assertThatThrownBy(() -> Embeddings.addPublished(List.of(file), index)).isInstanceOf(GillException.class)
          .hasMessageContaining("row 0").hasMessageContaining("the index " + (width + 1));
    }
  }

  @Test
  void parquetFilesAreImportedIntoAnyIndex() throws Exception {
    parquet("part-0", "SELECT i AS id, 'image ' || i || '.png' AS uri, [i + 0.5, 1, -1]::FLOAT[] AS embedding, "
        + "i % 2 = 0 AS even, CASE WHEN i < 9000 THEN 'early' END AS \"when it \"\"was\", [1] AS ignored "
        + "FROM range(10000) t(i)");
    parquet("part-1", "SELECT 'last' AS id, [0, 2, 0]::DOUBLE[3] AS embedding");
    Files.writeString(folder.resolve("_SUCCESS"), "");
    Path below = parquet("id=7/run=1/part", "SELECT 8 AS id, [0, 1, 1] AS embedding");
    try (ImageIndex index = ExactIndex.inMemory(3, 0)) {
      Embeddings.addParquet(below, index);
      assertThat(index.find("8").orElseThrow().attributes()).isEmpty();
    }
    try (ImageIndex index = ExactIndex.inMemory(3, 0)) {
      Embeddings.addParquet(folder, index);
      assertThat(index.size()).isEqualTo(10_001);
      IndexedImage image = index.find("7").orElseThrow();
      assertThat(image.uri()).isEqualTo("image 7.png");
      assertThat(image.attributes()).isEqualTo(Map.of("even", "false", "when it \"was", "early"));
      assertThat(image.embedding()).containsExactly(Vectors.unit(new float[] {7.5f, 1, -1}, ""), within(1e-6f));
      assertThat(index.find("9998").orElseThrow().attributes()).isEqualTo(Map.of("even", "true"));
      assertThat(index.find("last").orElseThrow().uri()).isEqualTo("last");
      assertThat(index.find("last").orElseThrow().embedding()).containsExactly(0, 1, 0);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "SELECT 1 AS id | must have a column id and a column embedding that is a list of numbers, but has the columns",
      "SELECT 1 AS id, 'x' AS embedding | must have a column id",
      "SELECT 1 AS id, ['x'] AS embedding | cannot be read",
      "SELECT i AS id, CASE WHEN i < 2 THEN [1, 2, 3] END AS embedding FROM range(3) t(i) | row 2 cannot be added: it",
      "SELECT 1 AS id, [1, NULL, 3] AS embedding | row 0 cannot be added: its embedding has a gap at 1",
      "SELECT NULL::INT AS id, [1, 2, 3] AS embedding | row 0 cannot be added: it has no id",
      "SELECT 1 AS id, [1, 2, 3] AS embedding FROM range(2) | rows 0 to 1 cannot be added: the id 1 occurs twice",
      "SELECT repeat('x', 10000000) AS id, [1, 2, 3] AS embedding | row 0 cannot be added: an image's id has 8193",
      "SELECT 1 AS id, [1, 2, 3] AS embedding, repeat('x', 8000) AS a, repeat('x', 60000) AS b | have 68000 bytes",
      "SELECT 1 AS id, [i FOR i IN range(5000000)] AS embedding | the embedding of 1 has 65537 dimensions",
      "SELECT 1 AS id, [1, 2] AS embedding | row 0 cannot be added: the embedding of 1 has 2 dimensions"})
  void aParquetFileWithOtherContentIsRejected(String query, String message) throws Exception {
    Path file = parquet("other", query);
    try (ImageIndex index = ExactIndex.inMemory(3, 0)) {
      assertThatThrownBy(() -> Embeddings.addParquet(file, index)).isInstanceOf(GillException.class)
          .hasMessageStartingWith(file + "").hasMessageContaining(message).hasMessageNotContaining("\n");
      assertThat(index.size()).isZero();
    }
  }

  /** Reads a small file of long texts in a process whose heap holds few of them. */
  @Test
  void rowsWithLongTextsAreAddedInSmallBatches() throws Exception {
    Path file = parquet("long",
        "SELECT i AS id, [i + 1, 1, 2] AS embedding, repeat('x', 8000) AS total FROM range(20000) t(i)");
    assertThat(ForkedIndex.linesOf(
        JavaProcess.of(ParquetReader.class, List.of("-Xmx160m"), file, folder.resolve("index"))))
        .containsExactly("20000");
  }

  /** Adds a file to an index. */
  static final class ParquetReader {
    public static void main(String[] arguments) {
      try (ImageIndex index = ExactIndex.create(Path.of(arguments[1]), 3, 0)) {
        Embeddings.addParquet(Path.of(arguments[0]), index);
        System.out.println(index.size());
      }
    }
  }

  @Test
  void aDamagedParquetFileIsRejected() throws Exception {
    Path file = parquet("damaged", "SELECT i AS id, [i, 1, 2] AS embedding FROM range(5000) t(i)");
    byte[] whole = Files.readAllBytes(file);
    try (ImageIndex index = ExactIndex.inMemory(3, 0)) {
      for (byte[] bytes : List.of(Arrays.copyOf(whole, whole.length - 9), new byte[0], new byte[] {1, 2, 3})) {
        Files.write(file, bytes);
        assertThatThrownBy(() -> Embeddings.addParquet(file, index)).isInstanceOf(GillException.class)
            .hasMessageStartingWith(file + "");
      }
      assertThatThrownBy(() -> Embeddings.addParquet(folder.resolve("none.parquet"), index))
          .isInstanceOf(GillException.class).hasMessageContaining("none.parquet");
      assertThatThrownBy(() -> Embeddings.addParquet(folder.resolve("a*.parquet"), index))
          .isInstanceOf(GillException.class).hasMessageContaining("rename");
      assertThatThrownBy(() -> Embeddings.addParquet(Files.createDirectory(folder.resolve("empty")), index))
          .isInstanceOf(GillException.class).hasMessageContaining("no *.parquet");
    }
  }

  private Path parquet(String name, String query) throws IOException, SQLException {
    Path file = folder.resolve(name + ".parquet");
    Files.createDirectories(file.getParent());
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
    }
    return file;
  }

  @Test
  void forEachVisitsEveryImageOnce() {
    List<IndexedImage> images = List.of(
        new IndexedImage("a", "1", Map.of("x", "y"), ImageIndexContract.random(1)),
        new IndexedImage("b", "2", ImageIndexContract.random(2)),
        new IndexedImage("c", "3", ImageIndexContract.random(3)));
    for (ImageIndex index : List.of(ExactIndex.inMemory(8, 0), ExactIndex.create(folder.resolve("exact"), 8, 0),
        LuceneIndex.create(folder.resolve("lucene"), 8, 0))) {
      index.add(images.subList(0, 2));
      index.commit();
      index.add(images.subList(2, 3));
      index.delete(List.of("b"));
      List<String> seen = new ArrayList<>();
      index.forEach(image -> seen.add(image.id() + image.uri() + image.attributes()));
      assertThat(seen).containsExactlyInAnyOrder("a1{x=y}", "c3{}");
      index.close();
    }
  }
}
