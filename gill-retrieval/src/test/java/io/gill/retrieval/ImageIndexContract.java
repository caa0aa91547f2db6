package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.gill.stage.ImageRetriever.Hit;
import io.gill.testing.StageContracts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Contract of all indexes. */
abstract class ImageIndexContract {
  private static final int WIDTH = 8;
  private static final float LOGIT_SCALE = 2;

  private ImageIndex index;

  /** Creates an empty index. */
  abstract ImageIndex create(int dimension, float logitScale);

  @BeforeEach
  void open() {
    index = create(WIDTH, LOGIT_SCALE);
  }

  @AfterEach
  void close() {
    index.close();
  }

  @Test
  void anEmptyIndexFindsNothing() {
    assertThat(index.size()).isZero();
    assertThat(index.dimension()).isEqualTo(WIDTH);
    assertThat(index.search(random(1), 3, Set.of())).isEmpty();
    assertThat(index.find("a")).isEmpty();
    assertThat(index.delete(List.of("a"))).isZero();
    index.commit();
  }

  @Test
  void hitsAreSortedByCosine() {
    float[] query = random(-1);
    List<IndexedImage> images = IntStream.range(0, 60)
        .mapToObj(i -> new IndexedImage("image " + i, i + ".png", scaled(random(i), 1 + i))).toList();
    index.add(images);
    List<Hit> expected = images.stream()
        .map(image -> new Hit(image.id(), image.uri(), cosine(query, image.embedding()) * Math.exp(LOGIT_SCALE)))
        .sorted(Vectors.BEST_FIRST).toList();
    List<Hit> hits = index.search(scaled(query, 5), 20, Set.of());
    assertThat(hits).hasSize(20);
    for (int i = 0; i < hits.size(); i++) {
      assertThat(hits.get(i).id()).isEqualTo(expected.get(i).id());
      assertThat(hits.get(i).uri()).isEqualTo(expected.get(i).uri());
      assertThat(hits.get(i).score()).isCloseTo(expected.get(i).score(), within(1e-4));
    }
    assertThat(index.search(query, 1000, Set.of())).hasSize(60);
  }

  @Test
  void itIsAnImageRetriever() {
    index.add(images(20));
    StageContracts.imageRetriever(index, WIDTH);
  }

  @Test
  void searchAllEqualsSingleSearches() {
    index.add(images(50));
    List<float[]> queries = IntStream.range(0, 70).mapToObj(i -> random(-1 - i)).toList();
    List<List<Hit>> together = index.searchAll(queries, 4, ImageFilter.EVERY, Set.of("1"));
    assertThat(together).hasSize(70);
    for (int i = 0; i < together.size(); i++) {
      assertThat(together.get(i)).isEqualTo(index.search(queries.get(i), 4, Set.of("1"))).hasSize(4);
    }
    assertThat(index.searchAll(List.of(), 4, ImageFilter.EVERY, Set.of())).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(
        () -> index.searchAll(List.of(random(1), new float[WIDTH]), 4, ImageFilter.EVERY, Set.of()))
        .withMessageContaining("zero");
  }

  @Test
  void equalScoresAreSortedById() {
    List<String> ids = new ArrayList<>(IntStream.range(0, 30).mapToObj(Integer::toString).toList());
    Collections.shuffle(ids, new Random(7));
    ids.forEach(id -> index.add(List.of(new IndexedImage(id, id, random(1)))));
    assertThat(index.search(random(1), 12, Set.of())).extracting(Hit::id)
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
  }

  @Test
  void excludedAndDeletedImagesAreNotFound() {
    index.add(images(20));
    List<String> all = ids(index.search(random(-1), 20, Set.of()));
    assertThat(ids(index.search(random(-1), 3, Set.of(all.get(0), all.get(2), "unknown"))))
        .containsExactly(all.get(1), all.get(3), all.get(4));
    assertThat(index.delete(List.of(all.get(1), all.get(3), "unknown", all.get(1)))).isEqualTo(2);
    assertThat(index.size()).isEqualTo(18);
    assertThat(index.find(all.get(1))).isEmpty();
    assertThat(ids(index.search(random(-1), 3, Set.of(all.get(0)))))
        .containsExactly(all.get(2), all.get(4), all.get(5));
    index.delete(all);
    assertThat(index.size()).isZero();
    assertThat(index.search(random(-1), 3, Set.of())).isEmpty();
  }

  @Test
  void deletedImagesCanBeAddedAgain() {
    index.add(images(5));
    index.delete(List.of("3"));
    index.add(List.of(new IndexedImage("3", "another.png", random(99))));
    assertThat(index.size()).isEqualTo(5);
    assertThat(index.search(random(99), 1, Set.of())).extracting(Hit::uri).containsExactly("another.png");
  }

  @Test
  void anUpdateReplacesEverything() {
    index.add(images(10));
    index.update(List.of(new IndexedImage("4", "new.png", Map.of("folder", "new"), random(77)),
        new IndexedImage("5", "5.png", random(78))));
    assertThat(index.size()).isEqualTo(10);
    assertThat(index.search(random(77), 1, Set.of())).extracting(Hit::uri).containsExactly("new.png");
    assertThat(index.find("4").orElseThrow().attributes()).containsExactly(Map.entry("folder", "new"));
    assertThat(index.search(random(4), 1, Set.of()).get(0).score()).isLessThan(0.999 * Math.exp(LOGIT_SCALE));
  }

  @Test
  void anImageIsFoundAsItWasAdded() {
    IndexedImage image =
        new IndexedImage("ä/1 +?", "https://example.org/ä.png", Map.of("licence", "cc0", "b", ""), random(3));
    index.add(List.of(image));
    IndexedImage found = index.find(image.id()).orElseThrow();
    assertThat(found.id()).isEqualTo(image.id());
    assertThat(found.uri()).isEqualTo(image.uri());
    assertThat(found.attributes()).isEqualTo(image.attributes());
    assertThat(found.embedding()).containsExactly(Vectors.unit(image.embedding(), ""), within(1e-6f));
  }

  @Test
  void filtersSelectByAttributes() {
    List<IndexedImage> images = IntStream.range(0, 40).mapToObj(i -> new IndexedImage(
        Integer.toString(i), "", i < 4 ? Map.of() : Map.of("parity", i % 2 == 0 ? "even" : "odd", "third", "" + i % 3),
        random(i))).toList();
    index.add(images);
    ImageFilter even = ImageFilter.is("parity", "even");
    ImageFilter third = ImageFilter.is("third", "0");
    for (ImageFilter filter : List.of(ImageFilter.EVERY, even, ImageFilter.all(even, third),
        ImageFilter.any(even, third), ImageFilter.not(even), ImageFilter.all(ImageFilter.not(third), even),
        ImageFilter.not(ImageFilter.any(even, third)), ImageFilter.is("parity", "none"), ImageFilter.any())) {
      assertThat(ids(index.search(random(-1), 40, filter, Set.of("8")))).describedAs("%s", filter)
          .containsExactlyInAnyOrderElementsOf(images.stream()
              .filter(image -> filter.accepts(image.attributes()) && !image.id().equals("8"))
              .map(IndexedImage::id).toList());
    }
    assertThat(ids(index.search(random(7), 1, ImageFilter.is("parity", "odd"), Set.of()))).containsExactly("7");
  }

  @Test
  void badInputChangesNothing() {
    index.add(images(3));
    float[] broken = random(1);
    broken[2] = Float.NaN;
    for (IndexedImage bad : List.of(
        new IndexedImage("2", "twice", random(2)),
        new IndexedImage("zero", "zero", new float[WIDTH]),
        new IndexedImage("nan", "nan", broken),
        new IndexedImage("short", "short", new float[WIDTH - 1]))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> index.add(List.of(new IndexedImage("good", "good", random(9)), bad)))
          .withMessageContaining(bad.id());
    }
    assertThatIllegalArgumentException().isThrownBy(() -> index.add(List.of(
        new IndexedImage("good", "good", random(9)), new IndexedImage("good", "good", random(9)))))
        .withMessageContaining("the id good occurs twice");
    assertThatIllegalArgumentException().isThrownBy(() -> index.update(List.of(
        new IndexedImage("1", "changed", random(9)), new IndexedImage("unknown", "", random(9)))))
        .withMessageContaining("no image with the id unknown");
    assertThat(index.size()).isEqualTo(3);
    assertThat(index.find("1").orElseThrow().uri()).isEqualTo("1.png");
    assertThat(index.find("good")).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> index.search(new float[WIDTH + 1], 1, Set.of()))
        .withMessageContaining("9 dimensions, the index 8");
    assertThatIllegalArgumentException().isThrownBy(() -> index.search(new float[WIDTH], 1, Set.of()))
        .withMessageContaining("zero");
    assertThatIllegalArgumentException().isThrownBy(() -> index.search(broken, 1, Set.of()))
        .withMessageContaining("not finite");
    assertThatIllegalArgumentException().isThrownBy(() -> index.search(random(1), 0, Set.of()))
        .withMessageContaining("k is 0");
  }

  /** Whether a search finds all images of a change or none. */
  boolean changesAreAtomic() {
    return true;
  }

  /** Readers see changes as a whole: pairs that are added and deleted together are found together. */
  @Test
  void readersSeeCompleteChanges() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      Callable<Integer> reading = () -> {
        int searches = 0;
        do {
          List<String> ids = ids(index.search(random(1), 200, Set.of()));
          assertThat(ids).doesNotHaveDuplicates();
          if (changesAreAtomic()) {
            assertThat(ids).allMatch(id ->
                ids.contains(id.endsWith("b") ? id.substring(0, id.length() - 1) : id + "b"));
          }
          searches++;
        } while (!done.get());
        return searches;
      };
      List<Future<Integer>> readers = List.of(threads.submit(reading), threads.submit(reading));
      for (int i = 0; i < 40; i++) {
        String id = Integer.toString(i);
        index.add(List.of(new IndexedImage(id, id, random(i)), new IndexedImage(id + "b", id, random(i))));
        assertThat(ids(index.search(random(i), 2, Set.of()))).containsExactly(id, id + "b");
        if (i % 2 == 0) {
          index.delete(List.of(id, id + "b"));
          assertThat(index.find(id)).isEmpty();
        }
      }
      done.set(true);
      for (Future<Integer> reader : readers) {
        assertThat(reader.get()).isPositive();
      }
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
    assertThat(index.size()).isEqualTo(40);
  }

  static List<IndexedImage> images(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new IndexedImage(Integer.toString(i), i + ".png", random(i))).toList();
  }

  static List<String> ids(List<Hit> hits) {
    return hits.stream().map(Hit::id).toList();
  }

  static float[] random(int seed) {
    Random random = new Random(31L * seed);
    float[] values = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] scaled(float[] vector, float factor) {
    float[] scaled = vector.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return scaled;
  }

  static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }
}
