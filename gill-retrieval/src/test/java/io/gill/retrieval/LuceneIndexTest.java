package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.CodecUtil;
import org.junit.jupiter.api.Test;

class LuceneIndexTest extends FolderIndexContract {
  /** Length of Lucene's footer: a magic number, a zero and a checksum. */
  private static final int FOOTER = 16;

  @Override
  ImageIndex create(Path path, int dimension, float logitScale) {
    return LuceneIndex.create(path, dimension, logitScale);
  }

  @Override
  ImageIndex open(Path path) {
    return LuceneIndex.open(path);
  }

  @Test
  void everyDamagedFileIsDetected() throws IOException {
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

  /** Forged files with correct checksums lead to a GillException or to some result, and to nothing else. */
  @Test
  void forgedFilesAreRejectedOrHarmless() throws IOException {
    Path path = folder.resolve("forged");
    try (LuceneIndex index = LuceneIndex.create(path, 8, 0)) {
      index.add(IntStream.range(0, 120)
          .mapToObj(i -> new IndexedImage("" + i, i + ".png", Map.of("a", "" + i % 3), random(i))).toList());
      index.commit();
      index.delete(List.of("1"));
    }
    Path file = files(path).stream().filter(one -> one.toString().endsWith(".cfs")).findFirst().orElseThrow();
    byte[] right = Files.readAllBytes(file);
    List<Integer> ends = ends(right);
    assertThat(ends).hasSizeGreaterThan(8);
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 150; i++) {
      ByteBuffer bytes = ByteBuffer.wrap(right.clone());
      int part = random.nextInt(ends.size() - 1);
      int from = part == 0 ? 0 : ends.get(part - 1);
      int to = ends.get(part);
      int at = from + random.nextInt(to - from - FOOTER);
      if (i % 2 == 0) {
        bytes.put(at, (byte) new int[] {-1, 127, 0, 1 + bytes.get(at), random.nextInt()}[i % 5]);
      } else {
        bytes.putInt(Math.min(at, to - FOOTER - 4), new int[] {-1, 1 << 30, random.nextInt(), 0, 1 << 20}[i % 5]);
      }
      repair(bytes, from, to);
      repair(bytes, 0, right.length);
      Files.write(file, bytes.array());
      try (LuceneIndex index = LuceneIndex.openReadOnly(path)) {
        index.search(random(-1), 100, ImageFilter.is("a", "1"), Set.of());
        index.search(random(-1), 10, Set.of());
        for (int id = 0; id < 120; id += 9) {
          index.find("" + id);
        }
        index.forEach(image -> assertThat(image.embedding()).hasSize(8));
      } catch (GillException e) {
        assertThat(e).hasMessageContaining(path.toString());
        refused++;
      }
    }
    assertThat(refused).isBetween(20, 130);
  }

  /** Forges lists of files, fields and settings: Lucene throws unchecked exceptions for wrong counts and entries. */
  @Test
  void forgedListsAreRejectedOrHarmless() throws IOException {
    Path path = folder.resolve("forged lists");
    try (LuceneIndex index = LuceneIndex.create(path, 8, 0)) {
      index.add(images(20));
      index.commit();
      index.delete(List.of("1"));
    }
    Random random = new Random(9);
    int refused = 0;
    for (Path file : files(path)) {
      byte[] right = Files.readAllBytes(file);
      for (int i = 0; i < 25 && !file.toString().endsWith(".cfs"); i++) {
        byte[] bytes = right.clone();
        int at = random.nextInt(bytes.length - FOOTER - 40);
        System.arraycopy(bytes, random.nextInt(bytes.length - FOOTER - 40), bytes, at, 1 + random.nextInt(40));
        repair(ByteBuffer.wrap(bytes), 0, bytes.length);
        Files.write(file, bytes);
        try (LuceneIndex index = LuceneIndex.openReadOnly(path)) {
          index.search(random(-1), 10, ImageFilter.not(ImageFilter.is("a", "1")), Set.of("2"));
          index.forEach(image -> assertThat(index.find(image.id())).isPresent());
        } catch (GillException e) {
          assertThat(e).hasMessageContaining(path.toString());
          refused++;
        }
      }
      Files.write(file, right);
    }
    assertThat(refused).isGreaterThan(20);
  }

  /** The ends of the files in a compound file; each of them, and the compound file itself, ends with a footer. */
  private static List<Integer> ends(byte[] compound) {
    ByteBuffer bytes = ByteBuffer.wrap(compound);
    return IntStream.rangeClosed(0, compound.length - FOOTER)
        .filter(at -> bytes.getInt(at) == CodecUtil.FOOTER_MAGIC && bytes.getInt(at + 4) == 0)
        .map(at -> at + FOOTER).boxed().toList();
  }

  private static void repair(ByteBuffer bytes, int from, int to) {
    CRC32 crc = new CRC32();
    crc.update(bytes.slice(from, to - Long.BYTES - from));
    bytes.putLong(to - Long.BYTES, crc.getValue());
  }

  @Test
  void aMissingFolderAndAnUnsupportedWidthAreReported() {
    assertThatThrownBy(() -> LuceneIndex.open(folder.resolve("nothing"))).isInstanceOf(GillException.class)
        .hasMessageContaining("not a folder");
    assertThatIllegalArgumentException().isThrownBy(() -> LuceneIndex.create(folder.resolve("wide"), 1025, 0))
        .withMessageContaining("between 1 and 1024");
  }

  @Test
  void nullInASearchIsTheCallersFault() {
    assertThatThrownBy(() -> ImageFilter.is("licence", null)).isInstanceOf(NullPointerException.class);
    try (LuceneIndex index = LuceneIndex.create(folder.resolve("null"), 8, 0)) {
      index.add(images(3));
      Set<String> excluded = new HashSet<>();
      excluded.add(null);
      assertThatThrownBy(() -> index.search(random(1), 1, excluded)).isInstanceOf(NullPointerException.class);
    }
  }

  @Test
  void aFilterWithTooManyAttributesIsRejected() {
    try (LuceneIndex index = LuceneIndex.create(folder.resolve("filtered"), 8, 0)) {
      index.add(images(3));
      ImageFilter[] conditions =
          IntStream.range(0, 2000).mapToObj(i -> ImageFilter.is("a" + i, "b")).toArray(ImageFilter[]::new);
      for (ImageFilter filter : List.of(ImageFilter.any(conditions), ImageFilter.all(conditions),
          ImageFilter.not(ImageFilter.any(conditions)))) {
        assertThatIllegalArgumentException().isThrownBy(() -> index.search(random(1), 1, filter, Set.of()))
            .withMessageContaining("more than 1024 conditions");
      }
    }
  }

  @Test
  void theGraphsRecallIsHigh() {
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
}
