package io.gill.examples.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gill.GillModel;
import io.gill.smallworld.SmallWorld;
import io.gill.retrieval.Embeddings;
import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.ImageFilter;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageLibrary;
import io.gill.retrieval.IndexedImage;
import io.gill.retrieval.OpenSearchCluster;
import io.gill.retrieval.OpenSearchIndex;
import io.gill.retrieval.OpenSearchOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hc.core5.http.HttpHost;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.client.transport.OpenSearchTransport;

/** Two executor processes and three OpenSearch nodes. */
@EnabledIfSystemProperty(named = "gill.opensearch.home", matches = ".+")
class EmbedCorpusTest {
  private static final int EXECUTORS = 2;

  @TempDir private static Path folder;

  private static Path pictures;
  private static ImageIndex expected;
  private static OpenSearchCluster cluster;
  private static List<HttpHost> nodes;
  private static String addresses;

  @BeforeAll
  static void start() throws Exception {
    cluster = OpenSearchCluster.start(Path.of(System.getProperty("gill.opensearch.home")), 3);
    nodes = new ArrayList<>();
    for (String node : cluster.nodes()) {
      nodes.add(HttpHost.create(node));
    }
    addresses = String.join(",", cluster.nodes());
    System.setProperty("spark.master", "local-cluster[" + EXECUTORS + ",1,1024]");
    System.setProperty("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    System.setProperty("spark.ui.enabled", "false");

    pictures = Files.createDirectories(folder.resolve("pictures"));
    Files.createDirectory(pictures.resolve("a tenth"));
    try (Stream<Path> all = Files.list(SmallWorld.directory().resolve("images"))) {
      List<Path> sorted = all.sorted().toList();
      for (int i = 0; i < sorted.size(); i++) {
        Path name = sorted.get(i).getFileName();
        Files.copy(sorted.get(i), (i % 10 == 0 ? pictures.resolve("a tenth") : pictures).resolve(name));
      }
    }
    try (GillModel model = GillModel.load(SmallWorld.directory())) {
      expected = ImageLibrary.newIndex(model);
      assertThat(new ImageLibrary(model, expected).index(pictures, (done, total) -> true).unreadable()).isEmpty();
    }
    Files.writeString(pictures.resolve("broken.png"), "no picture");
  }

  @AfterEach
  void spareExecutors() {
    System.clearProperty("spark.extraListeners");
    System.clearProperty("spark.sql.files.maxPartitionBytes");
  }

  @AfterAll
  static void stop() throws Exception {
    Stream.of("master", "executor.extraClassPath", "ui.enabled")
        .forEach(name -> System.clearProperty("spark." + name));
    if (cluster != null) {
      cluster.close();
    }
    if (expected != null) {
      expected.close();
    }
  }

  @Test
  void aCorpusIsEmbeddedAndLoadedAndLoadingItAgainChangesNothing() throws Exception {
    String parquet = folder.resolve("parquet").toString();
    String all = String.format(Locale.ROOT, "%,d", expected.size());
    List<String> said = run("--pictures", pictures.toString(), "--parquet", parquet, "--partitions", "8",
        "--nodes", addresses, "--index", "corpus");
    assertThat(said).hasSize(3);
    assertThat(said.get(0)).contains(" pictures in 8 partitions: " + all + " embedded in ").contains(", 1 unreadable;");
    assertThat(said.get(1)).contains("broken.png").contains("no picture");
    assertThat(said.get(2)).startsWith(all + " rows of " + parquet + " loaded")
        .endsWith("; corpus has " + all + " pictures");
    assertThat(loads(said)).isBetween(1, EXECUTORS);

    assertSame(table(parquet));
    try (ImageIndex index = ExactIndex.inMemory(expected.dimension(), expected.logitScale())) {
      Embeddings.addParquet(Path.of(parquet), index);
      assertSame(all(index));
    }
    try (OpenSearchTransport transport = Nodes.of(nodes).transport();
        OpenSearchIndex index = OpenSearchIndex.open(transport, "corpus", OpenSearchOptions.defaults())) {
      assertThat(index.logitScale()).isEqualTo(expected.logitScale());
      List<IndexedImage> before = all(index);
      assertSame(before);
      for (int i = 0; i < before.size(); i += 97) {
        assertThat(index.search(before.get(i).embedding(), 1, ImageFilter.EVERY, Set.of()))
            .singleElement().satisfies(hit -> assertThat(hit.score())
                .isCloseTo(Math.exp(index.logitScale()), within(1e-3)))
            .extracting("id").isEqualTo(before.get(i).id());
      }
      String again = run("--parquet", parquet, "--nodes", addresses, "--index", "corpus").get(0);
      assertThat(again).endsWith("; corpus has " + all + " pictures");
      assertThat(all(index)).usingRecursiveFieldByFieldElementComparator()
          .containsExactlyInAnyOrderElementsOf(before);
    }
  }

  @Test
  void aKilledExecutorLosesNothingAndDoublesNothing() throws Exception {
    String parquet = folder.resolve("parquet of a killed one").toString();
    System.setProperty("spark.extraListeners", KillsAnExecutor.class.getName());
    KillsAnExecutor.arm(3);
    List<String> said =
        run("--pictures", pictures.toString(), "--parquet", parquet, "--partitions", "12");
    assertThat(KillsAnExecutor.hasKilled()).isTrue();
    assertThat(said.get(0)).contains(", 1 unreadable;");
    assertThat(loads(said)).isBetween(1, EXECUTORS + 1);
    assertSame(table(parquet));

    System.setProperty("spark.sql.files.maxPartitionBytes", "100000"); // one task per file
    KillsAnExecutor.arm(5);
    said = run("--parquet", parquet, "--nodes", addresses, "--index", "killed");
    assertThat(KillsAnExecutor.hasKilled()).isTrue();
    assertThat(said.get(0)).startsWith(
        String.format(Locale.ROOT, "%,d rows of %s loaded", expected.size(), parquet));
    try (OpenSearchTransport transport = Nodes.of(nodes).transport();
        OpenSearchIndex index = OpenSearchIndex.open(transport, "killed", OpenSearchOptions.defaults())) {
      assertSame(all(index));
    }
  }

  @Test
  void whatFailsIsSaidInOneLine() throws Exception {
    Path parquet = Files.createDirectory(folder.resolve("something"));
    assertThat(failure(1, "--pictures", pictures.toString(), "--parquet", parquet.toString()))
        .contains(parquet + " exists already");
    assertThat(failure(1, "--pictures", pictures.toString(), "--parquet", folder.resolve("new").toString(),
        "--model", pictures.toString())).contains(pictures + " cannot be loaded");
    assertThat(failure(1, "--parquet", parquet.toString(), "--nodes", addresses, "--index", "corpus"))
        .contains(parquet + " is not a complete corpus");
    assertThat(failure(2, "--parquet", parquet.toString(), "--index", "corpus")).contains("--nodes");
    assertThat(failure(2, "--parquet", parquet.toString(), "--pictures", pictures.toString(), "--credentials", "user"))
        .contains("--nodes");
    assertThat(failure(2, "--parquet", parquet.toString())).contains("--pictures");
  }

  private static List<String> run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = EmbedCorpus.run(new PrintWriter(out), new PrintWriter(err), args);
    System.out.print(out);
    assertThat(exit).as(err.toString()).isZero();
    return out.toString().lines().toList();
  }

  private static String failure(int code, String... args) {
    StringWriter err = new StringWriter();
    int exit = EmbedCorpus.run(new PrintWriter(new StringWriter()), new PrintWriter(err), args);
    assertThat(exit).as(err.toString()).isEqualTo(code);
    assertThat(err.toString().lines()).hasSize(1);
    return err.toString();
  }

  private static int loads(List<String> said) {
    Matcher matcher = Pattern.compile("model loads: (\\d+)").matcher(said.get(0));
    assertThat(matcher.find()).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  private static List<IndexedImage> table(String parquet) throws IOException {
    try (SparkSession spark = SparkSession.builder().master("local[1]").getOrCreate()) {
      return spark.read().parquet(parquet).collectAsList().stream().map(CorpusTable::image).toList();
    }
  }

  private static List<IndexedImage> all(ImageIndex index) {
    List<IndexedImage> all = new ArrayList<>();
    index.forEach(all::add);
    return all;
  }

  /** Checks that every image occurs once, with the embedding that a single process computes. */
  private static void assertSame(List<IndexedImage> images) {
    Map<String, IndexedImage> byId = new HashMap<>();
    images.forEach(image -> assertThat(byId.put(image.id(), image)).as(image.id()).isNull());
    assertThat(byId).hasSize((int) expected.size()).hasSizeGreaterThan(1000);
    expected.forEach(image -> {
      IndexedImage other = byId.get(image.id());
      assertThat(other).as(image.id()).isNotNull();
      assertThat(other.uri()).isEqualTo(image.uri());
      assertThat(other.attributes()).isEqualTo(image.attributes());
      double cosine = 0; // the vectors are unit vectors
      for (int i = 0; i < image.embedding().length; i++) {
        cosine += (double) image.embedding()[i] * other.embedding()[i];
      }
      assertThat(cosine).as(image.id()).isCloseTo(1, within(1e-5));
    });
  }
}
