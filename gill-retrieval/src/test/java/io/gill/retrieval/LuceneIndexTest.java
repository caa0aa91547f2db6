package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LuceneIndexTest extends FolderIndexContract {
  @Override
  ImageIndex create(Path path, int dimension, float logitScale) {
    return LuceneIndex.create(path, dimension, logitScale);
  }

  @Override
  ImageIndex open(Path path) {
    return LuceneIndex.open(path);
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
  void aFolderWithoutAnIndexAndAWidthThatLuceneDoesNotTakeAreNamed() {
    assertThatThrownBy(() -> LuceneIndex.open(folder.resolve("nothing"))).isInstanceOf(GillException.class)
        .hasMessageContaining("no folder");
    assertThatIllegalArgumentException().isThrownBy(() -> LuceneIndex.create(folder.resolve("wide"), 1025, 0))
        .withMessageContaining("between 1 and 1024");
  }

  @Test
  void aFilterWithTooManyAttributesIsRefused() {
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
}
