package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ExactIndexInFolderTest extends FolderIndexContract {
  @Override
  ImageIndex create(Path path, int dimension, float logitScale) {
    return ExactIndex.create(path, dimension, logitScale);
  }

  @Override
  ImageIndex open(Path path) {
    return ExactIndex.open(path);
  }

  @Test
  void filesLeftByAKilledProcessAreDeleted() throws IOException {
    Path path = folder.resolve("swept");
    try (ExactIndex index = ExactIndex.create(path, 8, 0)) {
      index.add(images(30));
    }
    Files.write(path.resolve("half.segment"), new byte[100]);
    Path draft = Files.write(path.resolve("exact.gill.8ce4a9d2.part"), new byte[100]);
    Path other = Files.write(path.resolve("somebody.part"), new byte[100]);
    try (ExactIndex index = ExactIndex.open(path)) {
      assertThat(index.size()).isEqualTo(30);
      assertThat(path.resolve("half.segment")).doesNotExist();
      assertThat(draft).doesNotExist();
      assertThat(other).exists();
    }
  }

  /** Otherwise every commit would leave a file, and every search would read them all. */
  @Test
  void smallSegmentsAreMergedAndDeletedImagesAreDropped() throws IOException {
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

  /** More images than a segment holds are left of several segments. */
  @Test
  void manyDeletionsLeaveFewFullSegments() throws IOException {
    Path path = folder.resolve("many");
    int all = 3 * Segment.MAX_ROWS;
    try (ExactIndex index = ExactIndex.create(path, 2, 0); ExactIndex memory = ExactIndex.inMemory(2, 0)) {
      for (int from = 0; from < all; from += Segment.MAX_ROWS) {
        List<IndexedImage> some = IntStream.range(from, from + Segment.MAX_ROWS).mapToObj(i ->
            new IndexedImage("" + i, "", new float[] {(float) Math.cos(i), (float) Math.sin(i)})).toList();
        index.add(some);
        memory.add(some);
      }
      index.commit();
      assertThat(segments(path)).hasSize(3);
      List<String> gone = IntStream.range(0, all).filter(i -> i % 5 < 3).mapToObj(Integer::toString).toList();
      for (ImageIndex one : List.of(index, memory)) {
        assertThat(one.delete(gone)).isEqualTo(gone.size());
        one.commit();
        assertThat(one.size()).isEqualTo(all - gone.size());
        assertThat(one.find("3")).isPresent();
        assertThat(one.find("5")).isEmpty();
        assertThat(one.search(new float[] {1, 0}, 20, Set.of())).hasSize(20)
            .allMatch(hit -> Integer.parseInt(hit.id()) % 5 >= 3);
      }
      assertThat(segments(path)).hasSize(2);
      assertThat(index.search(new float[] {0.3f, 1}, 50, Set.of()))
          .isEqualTo(memory.search(new float[] {0.3f, 1}, 50, Set.of()));
    }
    try (ExactIndex index = ExactIndex.open(path)) {
      Set<String> left = new HashSet<>();
      index.forEach(image -> left.add(image.id()));
      assertThat(left).hasSize((int) index.size()).doesNotContain("0", "1", "2").contains("3", "4", "" + (all - 4));
    }
  }

  /** A damaged file leads to an error that names it, or to correct results, but never to wrong results. */
  @Test
  void relevantDamageIsDetected() throws IOException {
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
        assertThat(e).hasMessageContaining(copy.toString()).hasMessageContaining("index the pictures again");
        noticed++;
      }
    }
    assertThat(noticed).isGreaterThan(50); // the others hit padding between sections
    Files.delete(segments(path).get(0));
    assertThatThrownBy(() -> ExactIndex.open(path)).isInstanceOf(GillException.class)
        .hasMessageContaining(".segment");
  }

  /** Forged files with correct checksums lead to a GillException or to some result, and allocate little memory. */
  @Test
  void forgedFilesAreRejectedOrHarmless() throws IOException {
    Path path = folder.resolve("forged");
    try (ExactIndex index = ExactIndex.create(path, 8, 0)) {
      index.add(IntStream.range(0, 200)
          .mapToObj(i -> new IndexedImage("" + i, i + ".png", Map.of("a", "" + i % 3), random(i))).toList());
      index.commit();
      index.delete(List.of("1"));
    }
    Path segment = segments(path).get(0);
    Path manifest = path.resolve("exact.gill");
    byte[] right = Files.readAllBytes(segment);
    byte[] rightManifest = Files.readAllBytes(manifest);
    Random random = new Random(6);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      boolean inManifest = i % 5 == 0;
      ByteBuffer bytes = ByteBuffer.wrap((inManifest ? rightManifest : right).clone()).order(ByteOrder.LITTLE_ENDIAN);
      int place = random.nextInt((bytes.limit() - 8) / 4) * 4;
      bytes.putInt(place, new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 20, random.nextInt()}[i % 5]);
      if (inManifest) {
        bytes.putInt(bytes.limit() - 4, crc(bytes, 0, bytes.limit() - 4));
      } else {
        int end = bytes.limit() - 8; // one block
        bytes.putInt(32, crc(bytes, 0, 32));
        bytes.putInt(end, crc(bytes, 0, end));
        bytes.putInt(end + 4, crc(bytes, end, 4));
      }
      Files.write(segment, inManifest ? right : bytes.array());
      Files.write(manifest, inManifest ? bytes.array() : rightManifest);
      try (ExactIndex index = ExactIndex.openReadOnly(path)) {
        index.search(random(-1), 300, ImageFilter.is("a", "1"), Set.of());
        IntStream.range(0, 200).forEach(id -> index.find("" + id));
        index.forEach(image -> assertThat(image.embedding()).hasSize(8));
      } catch (GillException | IllegalArgumentException e) {
        assertThat(e).isInstanceOf(GillException.class).hasMessageContaining(path.toString());
        refused++;
      }
    }
    assertThat(refused).isBetween(300, 2700);
  }

  private static int crc(ByteBuffer bytes, int from, int length) {
    return Segment.crc(bytes.slice(from, length));
  }

  @Test
  void aFolderWithoutAnIndexIsNamed() {
    assertThatThrownBy(() -> ExactIndex.open(folder.resolve("nothing"))).isInstanceOf(GillException.class)
        .hasMessageContaining("exact.gill is missing");
  }

  private static List<Path> segments(Path path) throws IOException {
    return files(path).stream().filter(file -> file.toString().endsWith(".segment")).toList();
  }
}
