package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LuceneIndexTest extends ImageIndexContract {
  @TempDir private Path folder;

  @Override
  ImageIndex create(int dimension, float logitScale) {
    return LuceneIndex.create(folder.resolve("index"), dimension, logitScale);
  }

  @Test
  void whatWasCommittedIsThereAgain() {
    Path path = folder.resolve("kept");
    List<ImageIndex.Hit> before;
    try (LuceneIndex index = LuceneIndex.create(path, 8, 3)) {
      index.add(images(50));
      index.delete(List.of("7"));
      before = index.search(random(-1), 10, Set.of());
    }
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.size()).isEqualTo(49);
      assertThat(index.dimension()).isEqualTo(8);
      assertThat(index.logitScale()).isEqualTo(3);
      assertThat(index.search(random(-1), 10, Set.of())).isEqualTo(before);
      index.add(List.of(new IndexedImage("7", "again", random(7))));
    }
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.find("7").orElseThrow().uri()).isEqualTo("again");
    }
  }

  /** A copy of the folder is what a killed process leaves. */
  @Test
  void aKillLosesOnlyWhatWasNotCommitted() throws IOException {
    Path path = folder.resolve("killed");
    Path left = folder.resolve("left");
    try (LuceneIndex index = LuceneIndex.create(path, 8, 0)) {
      index.add(images(30));
      index.commit();
      index.add(List.of(new IndexedImage("late", "late", random(1000))));
      assertThat(index.search(random(1000), 1, Set.of())).extracting(ImageIndex.Hit::id).containsExactly("late");
      copy(path, left);
    }
    try (LuceneIndex index = LuceneIndex.open(left)) {
      assertThat(index.size()).isEqualTo(30);
      index.add(List.of(new IndexedImage("late", "late", random(1000))));
    }
  }

  @Test
  void everyDamagedFileIsNoticed() throws IOException {
    Path path = folder.resolve("sound");
    try (LuceneIndex index = LuceneIndex.create(path, 8, 0)) {
      index.add(IntStream.range(0, 300).mapToObj(i -> new IndexedImage("" + i, "", Map.of("a", "" + i % 3), random(i)))
          .toList());
    }
    Random random = new Random(5);
    int damaged = 0;
    for (Path file : files(path)) {
      byte[] bytes = Files.readAllBytes(file);
      for (int i = 0; i < 6 && bytes.length > 0; i++) {
        Path copy = folder.resolve("damaged" + damaged++);
        copy(path, copy);
        byte[] changed = bytes.clone();
        if (i == 0) {
          changed = Arrays.copyOf(bytes, bytes.length / 2);
        } else {
          changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Files.write(copy.resolve(file.getFileName()), changed);
        assertThatThrownBy(() -> LuceneIndex.open(copy)).describedAs("%s", file)
            .isInstanceOf(GillException.class).hasMessageContaining(copy.toString());
      }
    }
    assertThat(damaged).isGreaterThan(20);
  }

  @Test
  void errorsSayWhatToDo() throws IOException {
    Path path = folder.resolve("used");
    try (LuceneIndex index = LuceneIndex.create(path, 8, 0)) {
      assertThat(index.size()).isZero();
      assertThatThrownBy(() -> LuceneIndex.open(path)).isInstanceOf(GillException.class)
          .hasMessageContaining("open already");
      assertThatThrownBy(() -> LuceneIndex.create(path, 8, 0)).isInstanceOf(GillException.class)
          .hasMessageContaining("not empty");
    }
    LuceneIndex closed = LuceneIndex.open(path);
    closed.close();
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.search(random(1), 1, Set.of()))
        .withMessageContaining("is closed");
    assertThatIllegalStateException().isThrownBy(() -> closed.add(images(1)));
    assertThatThrownBy(() -> LuceneIndex.open(folder.resolve("nothing"))).isInstanceOf(GillException.class)
        .hasMessageContaining("no folder");
    Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> LuceneIndex.open(folder.resolve("empty"))).isInstanceOf(GillException.class);
    assertThatIllegalArgumentException().isThrownBy(() -> LuceneIndex.create(folder.resolve("wide"), 1025, 0))
        .withMessageContaining("between 1 and 1024");
  }

  @Test
  void theGraphFindsWhatAScanFinds() {
    int width = 32;
    Random random = new Random(1);
    List<IndexedImage> images = IntStream.range(0, 3000).mapToObj(i -> {
      float[] embedding = new float[width];
      for (int j = 0; j < width; j++) {
        embedding[j] = (float) random.nextGaussian();
      }
      return new IndexedImage("" + i, "", embedding);
    }).toList();
    ExactIndex scan = ExactIndex.inMemory(width, 0);
    scan.add(images);
    int found = 0;
    try (LuceneIndex index = LuceneIndex.create(folder.resolve("graph"), width, 0)) {
      index.add(images);
      for (int i = 0; i < 50; i++) {
        float[] query = images.get(i).embedding().clone();
        query[i % width] += 1;
        Set<String> best = new HashSet<>(ids(scan.search(query, 10, Set.of())));
        found += (int) index.search(query, 10, Set.of()).stream().filter(hit -> best.contains(hit.id())).count();
      }
    }
    assertThat(found).isGreaterThanOrEqualTo(475);
  }

  private static List<Path> files(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(file -> !file.getFileName().toString().equals("write.lock")).sorted().toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path file : files(from)) {
      Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
