package io.gill.retrieval;

import static io.gill.retrieval.ImageIndexContract.cosine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.testsupport.JavaProcess;
import io.gill.testsupport.Reference;
import io.gill.weights.EmbeddingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExactIndexTest {
  /** Images in the tail, in a small segment (32-bit scan), in a large one (8-bit scan), and in all three. */
  @ParameterizedTest
  @CsvSource({"0, 0, 900", "900, 0, 0", "0, 6000, 0", "500, 5000, 300"})
  void searchesEqualASortOfAllScores(int small, int large, int tail, @TempDir Path folder) {
    Random random = new Random(1);
    int d = 37;
    Map<String, float[]> rows = new LinkedHashMap<>();
    try (ExactIndex index = ExactIndex.create(folder.resolve("index"), d, 0)) {
      for (int count : List.of(small, large, tail)) {
        List<IndexedImage> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          String id = "id" + rows.size();
          rows.put(id, vector(random, d));
          images.add(new IndexedImage(id, "uri of " + id, rows.get(id)));
        }
        index.add(images);
        if (count != tail) {
          index.commit();
        }
      }
      List<String> all = List.copyOf(rows.keySet());
      for (int i = 0; i < all.size(); i += 7) {
        rows.remove(all.get(i));
        index.delete(List.of(all.get(i)));
      }
      assertThat(index.size()).isEqualTo(rows.size());
      List<float[]> queries = Stream.generate(() -> vector(random, d)).limit(40).toList();
      List<List<Hit>> together = index.searchAll(queries, 20, ImageFilter.EVERY, Set.of());
      for (int search = 0; search < queries.size(); search++) {
        float[] query = queries.get(search);
        List<String> expected = rows.keySet().stream()
            .sorted(Comparator.comparingDouble(id -> -cosine(rows.get(id), query)))
            .toList();
        Set<String> excluded = index.search(query, 5, Set.of()).stream().map(Hit::id).collect(Collectors.toSet());
        assertThat(index.search(query, 20, Set.of())).extracting(Hit::id).isEqualTo(expected.subList(0, 20));
        assertThat(together.get(search)).extracting(Hit::id).isEqualTo(expected.subList(0, 20));
        assertThat(excluded).containsExactlyInAnyOrderElementsOf(expected.subList(0, 5));
        assertThat(index.search(query, 10, excluded)).extracting(Hit::id).isEqualTo(expected.subList(5, 15));
        assertThat(index.search(query, rows.size() + 1, Set.of())).hasSize(rows.size());
        Hit best = index.search(query, 1, Set.of()).get(0);
        assertThat(best.uri()).isEqualTo("uri of " + best.id());
        assertThat(best.score()).isCloseTo(cosine(rows.get(best.id()), query), Offset.offset(1e-6));
      }
    }
  }

  /** A segment with 8-bit codes, and a scan in 32 bits: equal hits with equal scores. */
  @ParameterizedTest
  @ValueSource(ints = {2, 37, 256})
  void vectorsThatQuantisationCannotTellApartAreFound(int d, @TempDir Path folder) {
    Random random = new Random(d);
    List<IndexedImage> images = new ArrayList<>();
    for (float[] vector : HostileVectors.of(d, 2500, random)) {
      images.add(new IndexedImage("" + images.size(), "", vector));
    }
    List<float[]> queries = new ArrayList<>(HostileVectors.of(d, 70, random));
    images.subList(0, 70).forEach(image -> queries.add(image.embedding()));
    try (ExactIndex index = ExactIndex.create(folder.resolve("index"), d, 0);
        ExactIndex scan = ExactIndex.inMemory(d, 0)) {
      index.add(images);
      index.commit();
      scan.add(images);
      for (int k : new int[] {1, 10, 400}) {
        List<List<Hit>> expected = scan.searchAll(queries, k, ImageFilter.EVERY, Set.of());
        assertThat(index.searchAll(queries, k, ImageFilter.EVERY, Set.of())).isEqualTo(expected);
        assertThat(index.search(queries.get(3), k, Set.of())).isEqualTo(expected.get(3));
      }
    }
  }

  /** Whichever of both is faster on this machine. */
  @ParameterizedTest
  @ValueSource(ints = {2, 37, 256})
  void codesAndNumbersOf32BitsFindTheSame(int d) {
    Random random = new Random(d);
    List<IndexedImage> images = new ArrayList<>();
    for (float[] vector : HostileVectors.of(d, 2500, random)) {
      images.add(new IndexedImage("" + images.size(), "", vector));
    }
    Segment segment = Segment.of(d, images);
    BitSet deleted = new BitSet();
    IntStream.range(0, 2500).filter(i -> i % 11 == 3).forEach(deleted::set);
    for (float[] query : HostileVectors.of(d, 40, random)) {
      for (int k : new int[] {1, 10, 400}) {
        List<List<Hit>> both = new ArrayList<>();
        for (boolean codes : new boolean[] {true, false}) {
          Search search = new Search(query, new Best(k, ImageFilter.EVERY, Set.of()));
          segment.search(List.of(search), deleted, codes);
          both.add(search.best().hits(1));
        }
        assertThat(both.get(0)).hasSize(k).isEqualTo(both.get(1));
      }
    }
  }

  @Test
  void kernelsForAvx2GiveTheSameResults(@TempDir Path folder) throws Exception {
    ProcessBuilder builder = JavaProcess.of(Recall.class, List.of("-Xmx512m"), folder.resolve("index"));
    builder.environment().put("ATEN_CPU_CAPABILITY", "avx2");
    builder.environment().put("FBGEMM_ENABLE_INSTRUCTIONS", "AVX2");
    assertThat(ForkedIndex.linesOf(builder)).containsExactly("1.0");
  }

  /** Prints the recall of an index of clustered images. */
  static final class Recall {
    public static void main(String[] arguments) {
      int d = 256;
      Random random = new Random(3);
      float[][] centres = Stream.generate(() -> vector(random, d)).limit(20).toArray(float[][]::new);
      List<IndexedImage> images = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        images.add(new IndexedImage("" + i, "", near(centres[i % centres.length], random)));
      }
      int found = 0;
      try (ExactIndex index = ExactIndex.create(Path.of(arguments[0]), d, 0);
          ExactIndex scan = ExactIndex.inMemory(d, 0)) {
        index.add(images);
        index.commit();
        scan.add(images);
        for (int i = 0; i < 50; i++) {
          float[] query = near(centres[i % centres.length], random);
          List<Hit> best = scan.search(query, 10, Set.of());
          found += index.search(query, 10, Set.of()).equals(best) ? 1 : 0;
        }
      }
      System.out.println(found / 50.0);
    }

    private static float[] near(float[] centre, Random random) {
      float[] vector = vector(random, centre.length);
      for (int i = 0; i < vector.length; i++) {
        vector[i] = centre[i] + 0.7f * vector[i];
      }
      return vector;
    }
  }

  private static float[] vector(Random random, int d) {
    float[] vector = new float[d];
    for (int i = 0; i < d; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  /** Includes equal images in different files, and images that the 8-bit bounds cannot tell from better ones. */
  @Test
  void equalScoresAreSortedByIdAcrossSegments(@TempDir Path folder) {
    try (ExactIndex index = ExactIndex.create(folder.resolve("index"), 3, 0)) {
      for (int part = 2; part >= 0; part--) {
        List<IndexedImage> images = new ArrayList<>();
        for (int i = 4999; i >= 0; i--) {
          images.add(new IndexedImage("" + (5000 * part + i), "u", new float[] {2, 0, i % 5 == 0 ? 0 : 1e-3f}));
        }
        index.add(images);
        index.commit();
      }
      assertThat(index.search(new float[] {1, 0, 0}, 1002, Set.of())).extracting(Hit::id)
          .startsWith("0", "5", "10", "15").endsWith("4995", "5000", "5005");
    }
  }

  /** A floating-point sum depends on its order, which must be the same for the tail and all segments. */
  @ParameterizedTest
  @ValueSource(ints = {3, 37, 256})
  void equalEmbeddingsHaveEqualScoresInSegmentsAndInTheTail(int d, @TempDir Path folder) {
    Random random = new Random(2);
    try (ExactIndex index = ExactIndex.create(folder.resolve("index"), d, 0)) {
      float[] embedding = vector(random, d);
      index.add(List.of(new IndexedImage("2", "", embedding)));
      index.commit();
      index.add(List.of(new IndexedImage("1", "", embedding)));
      for (int i = 0; i < 50; i++) {
        List<Hit> hits = index.search(vector(random, d), 2, Set.of());
        assertThat(hits).extracting(Hit::id).containsExactly("1", "2");
        assertThat(hits.get(0).score()).isEqualTo(hits.get(1).score());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.MAX_VALUE, 3e38f, 1e19f, 1, 1e-30f, 1e-44f, Float.MIN_VALUE})
  void everyFiniteVectorHasADirection(float size) {
    float[] unit = Vectors.unit(new float[] {size, size, -size, size}, "a vector");
    assertThat(unit).containsExactly(0.5f, 0.5f, -0.5f, 0.5f);
  }

  @Test
  void theScoreIsTheScaledCosineForVectorsOfAnyLength() {
    ExactIndex index = ExactIndex.inMemory(2, (float) Math.log(20));
    index.add(List.of(new IndexedImage("a", "u", new float[] {3e-20f, 4e-20f})));
    Hit hit = index.search(new float[] {2e15f, 0}, 1, Set.of("unknown")).get(0);
    assertThat(hit.score()).isCloseTo(12, Offset.offset(1e-5));
    assertThat(index.search(new float[] {1, 0}, 1, Set.of("a"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 100})
  void anUnusableScaleIsRejected(float logitScale) {
    assertThatThrownBy(() -> ExactIndex.inMemory(2, logitScale))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("logit_scale is " + logitScale);
  }

  @Test
  void severalFilesFormOneCollectionSortedByName(@TempDir Path folder) throws IOException {
    Path good = Reference.path("golden", "checkpoints", "good");
    Files.copy(good.resolve("embeddings_numpy_proto5.npy"), folder.resolve("cc3m_b.npy")); // paths a, b, c
    Files.copy(good.resolve("embeddings_numpy_proto4.npy"), folder.resolve("cc3m_a.npy")); // the same rows
    ExactIndex index = (ExactIndex) new ModelCollection().open(folder, 0, 0).orElseThrow();
    assertThat(index.size()).isEqualTo(6);
    float[] query;
    try (EmbeddingsFile second = EmbeddingsFile.open(folder.resolve("cc3m_b.npy"))) {
      query = second.row(1);
    }
    List<Hit> hits = index.search(query, 6, Set.of());
    assertThat(hits).hasSize(6);
    assertThat(hits.get(0).score()).isCloseTo(1, Offset.offset(1e-6));
    assertThat(hits.get(1).score()).isEqualTo(hits.get(0).score());
    assertThat(hits.subList(0, 2)).extracting(Hit::id).containsExactly("1", "4");
    assertThat(hits.subList(0, 2)).extracting(Hit::uri).containsExactly("b/ü.png", "b");
    assertThat(index.search(query, 6, Set.of("1", "0"))).extracting(Hit::id)
        .startsWith("4")
        .containsExactlyInAnyOrder("2", "3", "4", "5");
  }

  @Test
  void filesOfDifferentModelsAreRejectedWithNameAndRow(@TempDir Path folder) throws IOException {
    Files.copy(Reference.path("model-a", "cc3m_embeddings.npy"), folder.resolve("cc3m_a.npy"));
    Files.copy(Reference.path("model-b", "cc3m_embeddings.npy"), folder.resolve("cc3m_b.npy"));
    assertThatThrownBy(() -> new ModelCollection().open(folder, 0, 0))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("cc3m_b.npy: row 0")
        .hasMessageContaining("12 dimensions")
        .hasMessageContaining("16");
  }

  @Test
  void aDirectoryWithoutEmbeddingsHasNoCollectionAndAHostileOneIsNamed(@TempDir Path folder) throws IOException {
    assertThat(new ModelCollection().open(folder, 0, 0)).isEmpty();
    Files.copy(Reference.path("golden", "checkpoints", "bad", "malicious_embeddings.npy"), folder.resolve("cc3m.npy"));
    assertThatThrownBy(() -> new ModelCollection().open(folder, 0, 0))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("cc3m.npy");
  }
}
