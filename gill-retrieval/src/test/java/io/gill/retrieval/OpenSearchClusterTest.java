package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.opensearch.client.opensearch.generic.OpenSearchGenericClient;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.transport.OpenSearchTransport;

/** Kills one of three nodes: no search fails, and no completed addition is lost. */
@EnabledIfSystemProperty(named = "gill.opensearch.home", matches = ".+")
class OpenSearchClusterTest extends ImageIndexContract {
  private static final int WIDTH = 64;
  private static final int IMAGES = 10_000;

  private static OpenSearchCluster cluster;
  private static OpenSearchTransport transport;
  private static int indexes;

  @BeforeAll
  static void start() throws Exception {
    cluster = OpenSearchCluster.start(Path.of(System.getProperty("gill.opensearch.home")), 3);
    transport = cluster.transport();
  }

  @AfterAll
  static void stop() throws Exception {
    if (transport != null) {
      transport.close();
      cluster.close();
    }
  }

  @Override
  ImageIndex create(int dimension, float logitScale) {
    OpenSearchOptions options = new OpenSearchOptions(1, 0, 100, Duration.ofSeconds(60));
    return OpenSearchIndex.create(transport, "contract-" + indexes++, dimension, logitScale, options);
  }

  @Override
  boolean changesAreAtomic() {
    return false; // a refresh of a shard may come between two images of a bulk
  }

  @Test
  void putIsIdempotent() {
    OpenSearchOptions options = new OpenSearchOptions(1, 0, 100, Duration.ofSeconds(60));
    assertThat(OpenSearchIndex.exists(transport, "put", options)).isFalse();
    OpenSearchIndex index = OpenSearchIndex.create(transport, "put", WIDTH, 0, options);
    assertThat(OpenSearchIndex.exists(transport, "put", options)).isTrue();
    index.put(images(0, 700)); // more than one request
    index.put(images(600, 200));
    index.put(List.of(new IndexedImage("5", "elsewhere.png", embedding(6))));
    assertThat(index.size()).isEqualTo(800);
    assertThat(index.find("5").orElseThrow().uri()).isEqualTo("elsewhere.png");
    assertThat(ids(index.search(embedding(6), 2, Set.of()))).containsExactly("5", "6");
    assertThatIllegalArgumentException().isThrownBy(() -> index.put(List.of(
        new IndexedImage("1", "", embedding(1)), new IndexedImage("1", "", embedding(2))))).withMessageContaining("1");
    assertThatIllegalArgumentException().isThrownBy(() -> index.put(List.of(
        new IndexedImage("1", "", new float[] {1})))).withMessageContaining("dimensions");
  }

  @Test
  void anIndexIsOpenedByItsName() {
    OpenSearchOptions options = new OpenSearchOptions(2, 0, 100, Duration.ofSeconds(60));
    try (OpenSearchIndex index = OpenSearchIndex.create(transport, "named", 8, 3, options)) {
      index.add(images(1200)); // more than one request or page
      assertThatThrownBy(() -> OpenSearchIndex.create(transport, "named", 8, 3, options))
          .isInstanceOf(GillException.class).hasMessageContaining("named").hasMessageContaining("already exists");
    }
    try (OpenSearchIndex index = OpenSearchIndex.open(transport, "named", options)) {
      assertThat(index.size()).isEqualTo(1200);
      assertThat(index.dimension()).isEqualTo(8);
      assertThat(index.logitScale()).isEqualTo(3);
      int[] seen = {0};
      index.forEach(image -> {
        assertThat(image.uri()).isEqualTo(image.id() + ".png");
        seen[0]++;
      });
      assertThat(seen[0]).isEqualTo(1200);
      assertThat(index.search(random(1), 10_000, Set.of())).hasSize(1200);
    }
    assertThatThrownBy(() -> OpenSearchIndex.open(transport, "nameless", options))
        .isInstanceOf(GillException.class).hasMessageContaining("no such index");
  }

  @Test
  void changesOfADeletedIndexFail() throws Exception {
    OpenSearchOptions options = new OpenSearchOptions(1, 0, 100, Duration.ofSeconds(1));
    OpenSearchIndex index = OpenSearchIndex.create(transport, "gone", WIDTH, 0, options);
    index.put(images(0, 1));
    new OpenSearchGenericClient(transport).execute(Requests.builder().method("DELETE").endpoint("/gone").build())
        .close();
    assertThatThrownBy(() -> index.put(images(0, 1))).isInstanceOf(GillException.class)
        .hasMessageContaining("no such index");
    assertThatThrownBy(() -> index.add(images(1, 1))).isInstanceOf(GillException.class)
        .hasMessageContaining("no such index");
    assertThatThrownBy(() -> index.find("0")).isInstanceOf(GillException.class).hasMessageContaining("no such index");
    assertThat(OpenSearchIndex.exists(transport, "gone", options)).isFalse();
  }

  @Test
  void killingANodeLosesNothing() throws Exception {
    OpenSearchOptions options = new OpenSearchOptions(3, 1, 100, Duration.ofSeconds(60));
    OpenSearchIndex index = OpenSearchIndex.create(transport, "pictures", WIDTH, 0, options);
    ExactIndex exact = ExactIndex.inMemory(WIDTH, 0);
    for (int start = 0; start < IMAGES; start += 1000) {
      index.add(images(start, 1000));
      exact.add(images(start, 1000));
    }
    cluster.await("wait_for_status=green");
    double before = recall(index, exact);
    System.out.printf(Locale.ROOT, "recall@10 of three nodes among %,d: %.3f%n", IMAGES, before);
    assertThat(before).isGreaterThanOrEqualTo(0.95);

    // With this many candidates, all copies of a shard find the same images, and a missing shard is noticed.
    OpenSearchIndex careful =
        OpenSearchIndex.open(transport, "pictures", new OpenSearchOptions(3, 1, 400, Duration.ofSeconds(60)));
    List<List<String>> expected = IntStream.range(0, 50).mapToObj(i -> ten(careful, i)).toList();
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger searches = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> load = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        int first = 25 * thread;
        load.add(threads.submit(() -> {
          for (int i = first; !done.get(); i = (i + 1) % expected.size()) {
            assertThat(ten(careful, i)).isEqualTo(expected.get(i));
            searches.incrementAndGet();
          }
        }));
      }
      Thread.sleep(3000);
      cluster.kill(2); // during searches
      Thread.sleep(10_000);
      done.set(true);
      for (Future<?> one : load) {
        one.get();
      }
      System.out.printf("%,d searches while a node was killed, none failed or missed a shard%n", searches.get());
      assertThat(everyId(index)).isEqualTo(numbers(IMAGES));

      cluster.restart(2);
      cluster.await("wait_for_nodes=3");
      cluster.await("wait_for_status=green");
      AtomicInteger added = new AtomicInteger(IMAGES);
      done.set(false);
      Future<?> adding = threads.submit(() -> {
        while (!done.get()) {
          index.add(images(added.get(), 250));
          added.addAndGet(250);
        }
      });
      Thread.sleep(3000);
      cluster.kill(1); // during additions
      Thread.sleep(10_000);
      done.set(true);
      adding.get();
      System.out.printf("%,d images added while a node was killed%n", added.get() - IMAGES);
      assertThat(index.size()).isEqualTo(added.get());
      assertThat(everyId(index)).isEqualTo(numbers(added.get()));
      exact.add(images(IMAGES, added.get() - IMAGES));
      assertThat(recall(index, exact)).isGreaterThanOrEqualTo(0.95);
    } finally {
      done.set(true);
      threads.shutdownNow();
      cluster.restart(1);
      cluster.await("wait_for_nodes=3"); // for later tests
    }
  }

  private static List<String> ten(ImageIndex index, int query) {
    return ids(index.search(embedding(-1000 - query), 10, Set.of()));
  }

  private static Set<String> everyId(ImageIndex index) {
    Set<String> ids = new HashSet<>();
    index.forEach(image -> assertThat(ids.add(image.id())).isTrue());
    return ids;
  }

  private static Set<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).collect(Collectors.toSet());
  }

  private static double recall(ImageIndex index, ImageIndex exact) {
    int found = 0;
    for (int i = 0; i < 200; i++) {
      float[] query = embedding(-1 - i);
      Set<String> best = new HashSet<>(ids(exact.search(query, 10, Set.of())));
      best.retainAll(ids(index.search(query, 10, Set.of())));
      found += best.size();
    }
    return found / 2000.0;
  }

  private static List<IndexedImage> images(int start, int count) {
    List<IndexedImage> images = new ArrayList<>();
    for (int i = start; i < start + count; i++) {
      images.add(new IndexedImage("" + i, i + ".png", embedding(i)));
    }
    return images;
  }

  /** A vector in one of 200 clusters, since real embeddings are clustered. */
  private static float[] embedding(int number) {
    Random random = new Random(number * 0x9E3779B97F4A7C15L);
    Random middle = new Random(random.nextInt(200));
    float[] values = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      values[i] = (float) (middle.nextGaussian() + 0.7 * random.nextGaussian());
    }
    return values;
  }
}
