package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
  private static final Path PLAIN = Reference.path("golden", "checkpoints", "good", "plain.safetensors");

  @TempDir Path dir;

  @Test
  void shardsAppearAsOneFileInTheOrderOfTheIndex() {
    try (TensorFile opt = Snapshot.open(Reference.path("model-b", "opt"))) {
      assertThat(opt.names()).contains("lm_head.weight", "model.decoder.embed_positions.weight");
      assertThat(opt.get("lm_head.weight").origin().getFileName())
          .hasToString("pytorch_model-00001-of-00002.bin");
      assertThat(opt.get("model.decoder.embed_positions.weight").origin().getFileName())
          .hasToString("pytorch_model-00002-of-00002.bin");
      assertThat(opt.path()).isEqualTo(Reference.path("model-b", "opt"));
    }
  }

  @Test
  void anEmptyFolderIsRefusedWithEveryNameLookedFor() {
    assertThatThrownBy(() -> Snapshot.open(dir))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(dir.toString())
        .hasMessageContaining("model.safetensors,")
        .hasMessageContaining("model.safetensors.index.json")
        .hasMessageContaining("pytorch_model.bin,")
        .hasMessageContaining("pytorch_model.bin.index.json")
        .hasMessageContaining("diffusion_pytorch_model.safetensors")
        .hasMessageContaining("diffusion_pytorch_model.bin")
        .hasMessageContaining("diffusion_pytorch_model.fp16.safetensors");
  }

  @Test
  void allMissingShardsAreNamedAtOnce() throws Exception {
    Files.copy(
        Reference.path("model-b", "opt", "pytorch_model.bin.index.json"), dir.resolve("pytorch_model.bin.index.json"));
    assertThatThrownBy(() -> Snapshot.open(dir))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("pytorch_model-00001-of-00002.bin")
        .hasMessageContaining("pytorch_model-00002-of-00002.bin");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../secret.bin", "/etc/passwd", "..", ".", "", "a/b.bin", "a\\\\b.bin", "C:b.bin", "a\\u0000b"})
  void anIndexThatLeavesTheFolderIsRefused(String shard) throws Exception {
    index("{\"weight_map\":{\"a.key\":\"" + shard + "\"}}");
    assertThatThrownBy(() -> Snapshot.open(dir))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("model.safetensors.index.json")
        .hasMessageContaining("a.key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{}", "{\"weight_map\":{}}", "{\"weight_map\":{\"a.key\":7}}", "{\"weight_map\":",
        "{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"y.safetensors\"}}"})
  void aMalformedIndexIsRefused(String json) throws Exception {
    index(json);
    assertThatThrownBy(() -> Snapshot.open(dir))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("model.safetensors.index.json");
  }

  @Test
  void aTensorThatItsShardLacksIsNamed() throws Exception {
    Files.copy(PLAIN, dir.resolve("one.safetensors"));
    index("{\"weight_map\":{\"a\":\"one.safetensors\",\"nowhere\":\"one.safetensors\"}}");
    assertThatThrownBy(() -> Snapshot.open(dir))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("nowhere in one.safetensors");
  }

  @Test
  void tensorsThatTheIndexDoesNotPlaceInTheirShardAreNamed() throws Exception {
    Files.copy(PLAIN, dir.resolve("one.safetensors"));
    Path index = dir.resolve("model.safetensors.index.json");
    String all = "\"a\":\"one.safetensors\",\"b\":\"one.safetensors\",\"c\":\"one.safetensors\","
        + "\"d\":\"one.safetensors\",\"e\":\"one.safetensors\",\"s\":\"one.safetensors\"";
    index("{\"weight_map\":{" + all + "}}");
    try (TensorFile weights = Snapshot.open(dir)) {
      assertThat(weights.names()).containsExactly("a", "b", "c", "d", "e", "s");
    }
    index("{\"weight_map\":{\"a\":\"one.safetensors\",\"c\":\"one.safetensors\",\"d\":\"one.safetensors\","
        + "\"s\":\"one.safetensors\"}}");
    assertThatThrownBy(() -> Snapshot.open(dir))
        .isInstanceOf(GillException.class)
        .hasMessage(
            index + " does not name tensors that are in its shards: e in one.safetensors, b in one.safetensors");

    Files.copy(PLAIN, dir.resolve("two.safetensors"));
    index("{\"weight_map\":{" + all.replace("\"a\":\"one", "\"a\":\"two") + "}}");
    assertThatThrownBy(() -> Snapshot.open(dir))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("d in two.safetensors, e in two.safetensors, s in two.safetensors");
  }

  @Test
  void shardsMayBeLinksAsInTheHuggingFaceCache() throws Exception {
    Path blobs = Files.createDirectory(dir.resolve("blobs"));
    Path snapshot = Files.createDirectory(dir.resolve("snapshot"));
    Files.copy(PLAIN, blobs.resolve("0123abcd"));
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("..", "blobs", "0123abcd"));
    try (TensorFile weights = Snapshot.open(snapshot)) {
      assertThat(weights.names()).contains("a");
    }
  }

  @Test
  void theFullPrecisionFileWinsOverTheVariantAndTheVariantIsTakenAlone() throws Exception {
    Files.copy(PLAIN, dir.resolve("diffusion_pytorch_model.fp16.safetensors"));
    try (TensorFile weights = Snapshot.open(dir)) {
      assertThat(weights.path().getFileName()).hasToString("diffusion_pytorch_model.fp16.safetensors");
    }
    Files.copy(PLAIN, dir.resolve("diffusion_pytorch_model.safetensors"));
    try (TensorFile weights = Snapshot.open(dir)) {
      assertThat(weights.path().getFileName()).hasToString("diffusion_pytorch_model.safetensors");
    }
  }

  private void index(String json) throws Exception {
    Files.writeString(dir.resolve("model.safetensors.index.json"), json);
  }
}
