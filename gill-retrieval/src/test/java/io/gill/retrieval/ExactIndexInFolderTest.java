package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExactIndexInFolderTest extends ImageIndexContract {
  @TempDir private Path folder;

  @Override
  ImageIndex create(int dimension, float logitScale) {
    return ExactIndex.create(folder.resolve("index"), dimension, logitScale);
  }

  @Test
  void whatWasCommittedIsThereAgain() {
    Path path = folder.resolve("kept");
    List<ImageIndex.Hit> before;
    try (ExactIndex index = ExactIndex.create(path, 8, 3)) {
      index.add(images(50));
      index.commit();
      index.delete(List.of("7"));
      index.update(List.of(new IndexedImage("8", "ü.png", Map.of("a", "b"), random(8))));
      before = index.search(random(-1), 10, Set.of());
    }
    try (ExactIndex index = ExactIndex.open(path)) {
      assertThat(index.size()).isEqualTo(49);
      assertThat(index.dimension()).isEqualTo(8);
      assertThat(index.search(random(-1), 10, Set.of())).isEqualTo(before);
      assertThat(index.find("8").orElseThrow().attributes()).containsExactly(Map.entry("a", "b"));
      assertThat(index.find("7")).isEmpty();
    }
  }

  /** A copy of the folder is what a killed process leaves. */
  @Test
  void aKillLosesOnlyWhatWasNotCommitted() throws IOException {
    Path path = folder.resolve("killed");
    Path left = folder.resolve("left");
    try (ExactIndex index = ExactIndex.create(path, 8, 0)) {
      index.add(images(30));
      index.commit();
      index.add(List.of(new IndexedImage("late", "late", random(1000))));
      copy(path, left);
    }
    Files.write(left.resolve("half.segment"), new byte[100]);
    try (ExactIndex index = ExactIndex.open(left)) {
      assertThat(index.size()).isEqualTo(30);
      assertThat(left.resolve("half.segment")).doesNotExist();
      index.add(List.of(new IndexedImage("late", "late", random(1000))));
    }
  }

  /** Otherwise every commit would leave a file, and every search would open them all. */
  @Test
  void manySmallFilesBecomeOneAndDeletedImagesGiveTheirRoomBack() throws IOException {
    Path path = folder.resolve("small");
    try (ExactIndex index = ExactIndex.create(path, 8, 0)) {
      for (IndexedImage image : images(40)) {
        index.add(List.of(image));
        index.commit();
      }
      assertThat(segments(path)).hasSizeLessThan(9);
      index.delete(IntStream.range(0, 39).mapToObj(Integer::toString).toList());
      index.commit();
      assertThat(ids(index.search(random(1), 10, Set.of()))).containsExactly("39");
      index.delete(List.of("39"));
      index.commit();
      assertThat(segments(path)).isEmpty();
    }
  }

  /** Never a wrong answer: an error that names the file, or what was there. */
  @Test
  void everyDamageThatMattersIsNoticed() throws IOException {
    Path path = folder.resolve("sound");
    List<IndexedImage> images = IntStream.range(0, 5000)
        .mapToObj(i -> new IndexedImage("" + i, i + ".png", Map.of("a", "" + i % 3), random(i))).toList();
    List<ImageIndex.Hit> right;
    try (ExactIndex index = ExactIndex.create(path, 8, 0)) {
      index.add(images);
      index.delete(List.of("1"));
      index.commit();
      right = index.search(random(-1), 4000, ImageFilter.is("a", "1"), Set.of());
    }
    Random random = new Random(5);
    int noticed = 0;
    List<Path> files = Stream.concat(segments(path).stream(), Stream.of(path.resolve("exact.gill"))).toList();
    for (int i = 0; i < 60; i++) {
      Path file = files.get(i % files.size());
      Path copy = folder.resolve("damaged" + i);
      copy(path, copy);
      byte[] changed = Files.readAllBytes(file);
      if (i < 6) {
        changed = Arrays.copyOf(changed, random.nextInt(changed.length));
      } else {
        changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(copy.resolve(file.getFileName()), changed);
      try (ExactIndex index = ExactIndex.open(copy)) {
        assertThat(index.search(random(-1), 4000, ImageFilter.is("a", "1"), Set.of())).isEqualTo(right);
        assertThat(index.find("77").orElseThrow().uri()).isEqualTo("77.png");
      } catch (GillException e) {
        assertThat(e).hasMessageContaining(copy.toString()).hasMessageContaining("index anew");
        noticed++;
      }
    }
    assertThat(noticed).isGreaterThan(50); // the rest hit bytes that lie between the sections
    Files.delete(segments(path).get(0));
    assertThatThrownBy(() -> ExactIndex.open(path)).isInstanceOf(GillException.class)
        .hasMessageContaining(".segment");
  }

  @Test
  void errorsSayWhatToDo() throws IOException {
    Path path = folder.resolve("used");
    try (ExactIndex index = ExactIndex.create(path, 8, 0)) {
      assertThat(index.size()).isZero();
      assertThatThrownBy(() -> ExactIndex.open(path)).isInstanceOf(GillException.class)
          .hasMessageContaining("open already");
      assertThatThrownBy(() -> ExactIndex.create(path, 8, 0)).isInstanceOf(GillException.class)
          .hasMessageContaining("not empty");
    }
    ExactIndex closed = ExactIndex.open(path);
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.search(random(1), 1, Set.of())).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> closed.add(images(1))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ExactIndex.open(folder.resolve("nothing"))).isInstanceOf(GillException.class)
        .hasMessageContaining("exact.gill is missing");
  }

  private static List<Path> segments(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(file -> file.toString().endsWith(".segment")).toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
