package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import io.gill.weights.EmbeddingsFile;
import io.gill.weights.NumpyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingsTest {
  @TempDir private Path folder;

  @Test
  void whatOneIndexWritesAnotherOneReads() throws IOException {
    List<IndexedImage> images = ImageIndexContract.images(10_000); // more than one group
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
  void publishedFilesGoIntoAnyIndex() {
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
  void everyImageIsVisitedOnce() {
    List<IndexedImage> images = List.of(
        new IndexedImage("a", "1", Map.of("x", "y"), ImageIndexContract.random(1)),
        new IndexedImage("b", "2", ImageIndexContract.random(2)), new IndexedImage("c", "3", ImageIndexContract.random(3)));
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
