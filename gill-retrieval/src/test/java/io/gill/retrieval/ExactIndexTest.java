package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.testsupport.Reference;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactIndexTest {
  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void theBestEightAreThoseOfThePublishedImplementation(String model) throws IOException {
    float logitScale = logitScale(model);
    ExactIndex index =
        (ExactIndex) new PublishedEmbeddings().open(Reference.path(model), logitScale).orElseThrow();
    JsonNode cases =
        new ObjectMapper().readTree(Reference.path("golden", model, "gill.json").toFile()).get("cases");
    int compared = 0;
    try (TensorFile golden = TensorFile.open(Reference.path("golden", model, "gill.safetensors"))) {
      for (JsonNode gillCase : cases) {
        int image = 0;
        for (JsonNode output : gillCase.path("outputs")) {
          JsonNode top = output.path("images").path("top8_unpenalized");
          if (output.has("images")) {
            String query = gillCase.get("name").asText() + ".out" + image++ + ".ret_emb_normalized";
            if (!top.isMissingNode()) {
              compare(index.search(golden.get(query).toFloatArray(), 8, Set.of()), top);
              compared++;
            }
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(5);
  }

  private static void compare(List<Hit> hits, JsonNode top) {
    for (int i = 0; i < 8; i++) {
      assertThat(hits.get(i).id()).isEqualTo(top.get("index").get(i).asText());
      assertThat(hits.get(i).uri()).isEqualTo(top.get("path").get(i).asText());
      double expected = top.get("score").get(i).asDouble();
      assertThat(hits.get(i).score()).isCloseTo(expected, Offset.offset(2e-5 * top.get("score").get(0).asDouble()));
    }
  }

  private static float logitScale(String model) {
    try (TensorFile parts = TensorFile.open(Reference.path("golden", model, "gill_parts.safetensors"))) {
      return (float) Math.log(parts.get("logit_scale_exp").toFloatArray()[0]);
    }
  }

  @Test
  void itFindsWhatSortingAllScoresFinds() {
    Random random = new Random(1);
    int n = 3000;
    int d = 37;
    ExactIndex.Builder builder = ExactIndex.builder(0);
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      float[] row = vector(random, d);
      rows.add(row);
      builder.add("id" + i, "uri" + i, row);
    }
    ExactIndex index = builder.build();
    float[] query = vector(random, d);
    Set<String> excluded = index.search(query, 5, Set.of()).stream().map(Hit::id).collect(Collectors.toSet());
    List<String> expected = IntStream.range(0, n)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -cosine(rows.get(i), query)))
        .map(i -> "id" + i)
        .toList();
    assertThat(index.search(query, 20, Set.of())).extracting(Hit::id).isEqualTo(expected.subList(0, 20));
    assertThat(excluded).containsExactlyInAnyOrderElementsOf(expected.subList(0, 5));
    assertThat(index.search(query, 10, excluded)).extracting(Hit::id).isEqualTo(expected.subList(5, 15));
    assertThat(index.search(query, n + 1, Set.of())).hasSize(n);
    assertThat(index.search(query, 1, Set.of()).get(0).score())
        .isCloseTo(cosine(rows.get(Integer.parseInt(expected.get(0).substring(2))), query), Offset.offset(1e-6));
  }

  private static float[] vector(Random random, int d) {
    float[] vector = new float[d];
    for (int i = 0; i < d; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }

  @Test
  void equalScoresComeInTheOrderTheyWereAdded() {
    ExactIndex.Builder builder = ExactIndex.builder(0);
    for (int i = 0; i < 50; i++) {
      builder.add("z" + (50 - i), "u", new float[] {2, 0, i % 5 == 0 ? 0 : 1});
    }
    assertThat(builder.build().search(new float[] {1, 0, 0}, 4, Set.of()))
        .extracting(Hit::id)
        .containsExactly("z50", "z45", "z40", "z35");
  }

  @Test
  void anEmptyIndexFindsNothing() {
    ExactIndex empty = ExactIndex.builder(0).build();
    assertThat(empty.search(new float[] {1}, 3, Set.of())).isEmpty();
    assertThat(empty.size()).isZero();
  }

  @Test
  void whatHasNoDirectionOrAnotherWidthIsRefused() {
    ExactIndex.Builder builder = ExactIndex.builder(0).add("a", "u", new float[] {1, 2});
    assertThatThrownBy(() -> builder.add("a", "u", new float[] {1, 2})).hasMessageContaining("already");
    assertThatThrownBy(() -> builder.add("b", "u", new float[] {1, 2, 3})).hasMessageContaining("3 dimensions");
    assertThatThrownBy(() -> builder.add("b", "u", new float[] {0, 0})).hasMessageContaining("zero");
    assertThatThrownBy(() -> builder.add("b", "u", new float[] {Float.NaN, 0})).hasMessageContaining("not finite");
    ExactIndex index = builder.build();
    assertThat(index.size()).isEqualTo(1);
    assertThatThrownBy(() -> index.search(new float[] {1, 2, 3}, 1, Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 dimensions")
        .hasMessageContaining("index 2");
    assertThatThrownBy(() -> index.search(new float[] {1, 2}, 0, Set.of())).hasMessageContaining("k is 0");
  }

  @Test
  void aDirectoryWithoutEmbeddingsHasNoCollectionAndAHostileOneIsNamed(@TempDir Path folder) throws IOException {
    assertThat(new PublishedEmbeddings().open(folder, 0)).isEmpty();
    Files.copy(Reference.path("golden", "checkpoints", "bad", "malicious_embeddings.npy"), folder.resolve("cc3m.npy"));
    assertThatThrownBy(() -> new PublishedEmbeddings().open(folder, 0))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("cc3m.npy");
  }
}
