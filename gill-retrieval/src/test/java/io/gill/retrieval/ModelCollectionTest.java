package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.stage.ImageRetriever;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.weights.EmbeddingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCollectionTest {
  @TempDir private Path model;

  /** Opens both kinds, also while they are open for changes. */
  @ParameterizedTest
  @ValueSource(longs = {0, ImageIndex.EXACT_UP_TO + 1})
  void anIndexInTheModelsFolderIsItsCollection(long expected) throws IOException {
    Files.copy(Reference.path("model-a", "cc3m_embeddings.npy"), model.resolve("cc3m_embeddings.npy"));
    Path folder = model.resolve("index");
    try (ImageIndex index = ImageIndex.create(folder, 8, 3, expected)) {
      assertThat(index).isInstanceOf(expected == 0 ? ExactIndex.class : LuceneIndex.class);
      index.add(ImageIndexContract.images(20));
      index.commit();
      try (ImageRetriever collection = new ModelCollection().open(model, 8, 3).orElseThrow()) {
        assertThat(collection.search(ImageIndexContract.random(7), 1, Set.of()))
            .isEqualTo(index.search(ImageIndexContract.random(7), 1, Set.of()));
      }
      try (ImageIndex reading = ImageIndex.openReadOnly(folder)) {
        assertThatThrownBy(() -> reading.delete(List.of("7"))).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> reading.add(List.of(new IndexedImage("new", "", ImageIndexContract.random(1)))))
            .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(reading::commit).isInstanceOf(UnsupportedOperationException.class);
        index.delete(List.of("7"));
        index.commit();
        assertThat(reading.size()).isEqualTo(20);
      }
    }
    try (ImageIndex index = ImageIndex.open(folder)) {
      assertThat(index.size()).isEqualTo(19);
      assertThat(index.logitScale()).isEqualTo(3);
    }
  }

  @Test
  void anIndexOfAnotherModelIsRejected() {
    ImageIndex.create(model.resolve("index"), 8, 3, 10).close();
    assertThatThrownBy(() -> new ModelCollection().open(model, 8, 2.5f)).isInstanceOf(GillException.class)
        .hasMessageContaining("logit_scale is 3.0").hasMessageContaining("again");
    assertThat(new ModelCollection().open(model, 8, 3)).isPresent();
  }

  @Test
  void aBrokenCollectionIsReportedWithTheModelsOtherProblems() throws IOException {
    Path source = Reference.path("model-b");
    for (String file : List.of("model_args.json", "pretrained_ckpt.pth.tar", "opt")) {
      Folders.copy(source.resolve(file), model.resolve(file));
    }
    Files.writeString(model.resolve("cc3m_embeddings.npy"), "nothing");
    assertThatThrownBy(() -> GillModel.load(model)).isInstanceOf(GillException.class)
        .hasMessageContaining("cc3m_embeddings.npy").hasMessageContaining("clip");
  }

  @ParameterizedTest
  @CsvSource({"https://example.com/1.jpg, true", "images/1.jpg, false"})
  void aModelNotesThatItsPicturesAreOnTheWeb(String path, boolean noted) throws IOException {
    Path source = Reference.path("model-b");
    for (String file : List.of("model_args.json", "pretrained_ckpt.pth.tar", "opt", "clip")) {
      Folders.copy(source.resolve(file), model.resolve(file));
    }
    float[] row = new float[12];
    row[0] = 1;
    EmbeddingsFile.write(model.resolve("cc3m_embeddings.npy"), List.of(path, path), List.of(row, row));
    LoadOptions options = LoadOptions.builder().generation(false).build();
    try (GillModel loaded = GillModel.load(model, options)) {
      assertThat(loaded.capabilities().retrieves()).isTrue();
      assertThat(loaded.capabilities().notes().stream().anyMatch(note -> note.contains("HttpImageSource")))
          .isEqualTo(noted);
      Reply reply = loaded.respond(Conversation.of("x"), RespondOptions.builder().maxTokens(2).imageBias(1e6)
          .imagePolicy(RespondOptions.ImagePolicy.RETRIEVE).build());
      assertThat(reply.images().get(0).problem().orElseThrow()).contains("the 2 best matches").contains(path);
    }
    try (GillModel loaded = GillModel.builder().directory(model, options)
        .imageSource(HttpImageSource.builder("example.com").build()).build()) {
      assertThat(loaded.capabilities().notes()).noneMatch(note -> note.contains("HttpImageSource"));
    }
    Files.delete(model.resolve("cc3m_embeddings.npy"));
    EmbeddingsFile.write(model.resolve("cc3m_embeddings.npy"), List.of(path), List.of(new float[] {1, 2}));
    assertThatThrownBy(() -> GillModel.load(model, options)).isInstanceOf(GillException.class)
        .hasMessageContaining("cc3m_embeddings.npy").hasMessageContaining("ret_emb_dim");
  }

  @Test
  void embeddingsOfAnotherWidthAreRejected() {
    Path published = model.resolve("cc3m_embeddings.npy");
    EmbeddingsFile.write(published, List.of("a.png", "b.png"), List.of(new float[] {1, 2, 3}, new float[] {3, 2, 1}));
    assertThatThrownBy(() -> new ModelCollection().open(model, 8, 3)).isInstanceOf(GillException.class)
        .hasMessageContaining(published.toString()).hasMessageContaining("ret_emb_dim is 3").hasMessageContaining("8");
    assertThat(new ModelCollection().open(model, 3, 3)).isPresent();
    assertThat(new ModelCollection().open(model, 0, 3)).isPresent();

    Path folder = model.resolve("index");
    ImageIndex.create(folder, 5, 3, 10).close();
    assertThatThrownBy(() -> new ModelCollection().open(model, 8, 3)).isInstanceOf(GillException.class)
        .hasMessageContaining(folder.toString()).hasMessageContaining("ret_emb_dim is 5");
    assertThat(new ModelCollection().open(model, 5, 3)).isPresent();
  }
}
