package io.gill.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases that the recorded numbers do not cover. The parity program compares the recorded ones. */
class ProjectionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"wrong_shape", "wrong_in_dim", "missing_key", "extra_key", "int_weights"})
  void anUnfitDecisionModelIsRefusedWithItsKey(String kind) {
    long before = Tensor.live();
    Path file = Reference.path("golden", "checkpoints", "bad", "decision_" + kind + ".pth.tar");
    assertThatThrownBy(() -> DecisionClassifier.load(file, 24, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContaining(
            kind.equals("missing_key") ? "1.bias" : kind.equals("extra_key") ? "unexpected" : "1.weight");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void anotherWidthThanTheFileHasIsRefusedWithEveryKey() {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    ModelArgs wrong = new ModelArgs(
        args.optVersion(), args.visualEncoder(), 3, 99, TextFcMode.GILL_MAPPER, 99, 8, 76, 0);
    long before = Tensor.live();
    assertThatThrownBy(() -> Projections.load(
            Reference.path("model-a", "pretrained_ckpt.pth.tar"), wrong, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("model.visual_embeddings.weight")
        .hasMessageContaining("model.visual_fc.weight")
        .hasMessageContaining("query_embs");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void anUnprunedCheckpointGivesTheSameParts(@TempDir Path folder) throws IOException {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    Path file = unpruned(folder);
    float[] pooled = new float[32];
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] = i / 32f - 0.4f;
    }
    try (Projections expected = load("model-a", Precision.FLOAT32);
        Projections actual = Projections.load(file, args, Device.CPU, Precision.FLOAT32)) {
      assertThat(actual.imageTokenRows()).isDeepEqualTo(expected.imageTokenRows());
      assertThat(actual.logitScale()).isEqualTo(expected.logitScale());
      assertThat(actual.imageEmbedder().embed(pooled)).containsExactly(expected.imageEmbedder().embed(pooled));
      float[][] rows = expected.imageTokenRows();
      assertThat(actual.generationMapper().map(rows, rows).tokens())
          .isDeepEqualTo(expected.generationMapper().map(rows, rows).tokens());
    }
  }

  /** Writes a checkpoint with the whole embedding table and frozen parts, as distributed training does. */
  private static Path unpruned(Path folder) throws IOException {
    Map<String, TestTensors.Tensor> tensors = trained("model-a", "module.");
    float[] pruned = tensors.get("module.model.input_embeddings.weight").floats();
    float[] whole = new float[20 * 24];
    Arrays.fill(whole, 7);
    System.arraycopy(pruned, 0, whole, whole.length - pruned.length, pruned.length);
    tensors.put("module.model.input_embeddings.weight", tensor(whole, 20, 24));
    for (String frozen : List.of("model.lm.lm_head.weight", "model.visual_model.x", "decision_model.1.bias")) {
      tensors.put("module." + frozen, tensor(new float[] {1, 2}, 2));
    }
    Path file = folder.resolve("gill.safetensors");
    SafetensorsWriter.write(file, tensors);
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"pruned.safetensors", "pruned.pth.tar"})
  void aPrunedCheckpointHasTheTrainedPartsOnly(String name, @TempDir Path folder) throws IOException {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    Path pruned = folder.resolve(name);
    PrunedCheckpoint.write(unpruned(folder), args, pruned);
    try (TensorFile actual = TensorFile.open(pruned);
        TensorFile expected = TensorFile.open(Reference.path("model-a", "pretrained_ckpt.pth.tar"))) {
      List<String> names = new ArrayList<>(expected.names());
      names.add("decision_model.1.bias");
      assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(names);
      for (String key : expected.names()) {
        assertThat(actual.get(key).shape()).as(key).isEqualTo(expected.get(key).shape());
        assertThat(actual.get(key).toFloatArray()).as(key).isEqualTo(expected.get(key).toFloatArray());
      }
    }
  }

  @Test
  void aCheckpointOfAnotherModelIsNotPruned(@TempDir Path folder) {
    Path target = folder.resolve("gill.safetensors");
    ModelArgs args = ModelArgs.read(Reference.path("model-b-linear", "model_args.json"));
    assertThatThrownBy(
        () -> PrunedCheckpoint.write(Reference.path("model-a", "pretrained_ckpt.pth.tar"), args, target))
        .isInstanceOf(GillException.class).hasMessageContaining("gen_text_hidden_fcs");
    assertThat(target).doesNotExist();
  }

  @Test
  void whatACheckpointLacksOrHasTooMuchIsNamedTogether(@TempDir Path folder) throws IOException {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    Map<String, TestTensors.Tensor> tensors = trained("model-a", "");
    tensors.remove("model.logit_scale");
    tensors.remove("model.gen_text_hidden_fcs.0.tfm.encoder.norm.bias");
    tensors.put("model.input_embeddings.weight", tensor(new float[7 * 24], 7, 24));
    tensors.put("ema.model.visual_fc.weight", tensor(new float[1], 1));
    Path file = folder.resolve("gill.safetensors");
    SafetensorsWriter.write(file, tensors);
    long before = Tensor.live();
    assertThatThrownBy(() -> Projections.load(file, args, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("model.logit_scale")
        .hasMessageContaining("tfm.encoder.norm.bias")
        .hasMessageContaining("model.input_embeddings.weight is [7, 24] instead of [8 or more, 24]")
        .hasMessageContaining("unexpected ema.model.visual_fc.weight");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aLogitScaleThatIsNoLogarithmIsRefused(@TempDir Path folder) throws IOException {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    Map<String, TestTensors.Tensor> tensors = trained("model-a", "");
    for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 1000}) {
      tensors.put("model.logit_scale", tensor(new float[] {broken}));
      Path file = folder.resolve(broken + ".safetensors");
      SafetensorsWriter.write(file, tensors);
      assertThatThrownBy(() -> Projections.load(file, args, Device.CPU, Precision.FLOAT32))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("logit_scale is " + broken);
    }
  }

  @Test
  void fewerConditioningTokensAreFilledUpWithZeros(@TempDir Path folder) throws IOException {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    ModelArgs fewer = new ModelArgs(args.optVersion(), args.visualEncoder(), args.nVisualTokens(), args.retEmbDim(),
        args.textFcMode(),
        args.genEmbDim(), args.numTokens(), 5, 0);
    Map<String, TestTensors.Tensor> tensors = trained("model-a", "");
    String key = "model.gen_text_hidden_fcs.0.query_embs";
    tensors.put(key, tensor(Arrays.copyOf(tensors.get(key).floats(), 5 * 32), 1, 5, 32));
    Path file = folder.resolve("gill.safetensors");
    SafetensorsWriter.write(file, tensors);
    try (Projections parts = Projections.load(file, fewer, Device.CPU, Precision.FLOAT32)) {
      float[][] mapped = parts.generationMapper().map(parts.imageTokenRows(), parts.imageTokenRows()).tokens();
      assertThat(mapped.length).isEqualTo(77);
      assertThat(Arrays.copyOfRange(mapped, 5, 77)).isDeepEqualTo(new float[72][24]);
      for (int i = 0; i < 5; i++) {
        assertThat(mapped[i]).isNotEqualTo(new float[24]);
      }
    }
  }

  /** The published 8 tokens of 7392 numbers are 77 rows of 768; with more tokens than rows, the first are kept. */
  @Test
  void aLinearMappingDividesTheNumbersOfAllTokensAmongTheRows() {
    ModelArgs args = ModelArgs.read(Reference.path("model-b-linear", "model_args.json"));
    assertThat(args.textFcMode()).isEqualTo(TextFcMode.LINEAR);
    assertThat(args.conditioningWidth()).isEqualTo(16);
    assertThat(linear(args, 8, 7392, 77).conditioningWidth()).isEqualTo(768);
    assertThat(linear(args, 4, 16, 2).conditioningWidth()).isEqualTo(16);
    Path file = Reference.path("model-b-linear", "pretrained_ckpt.pth.tar");
    try (Projections whole = Projections.load(file, args, Device.CPU, Precision.FLOAT32);
        Projections divided =
            Projections.load(file, linear(args, 4, 16, 8), Device.CPU, Precision.FLOAT32);
        Projections first = Projections.load(file, linear(args, 4, 16, 2), Device.CPU, Precision.FLOAT32)) {
      float[][] rows = whole.imageTokenRows();
      float[][] mapped = whole.generationMapper().map(rows, rows).tokens();
      // The [IMG] embeddings are not added, as they are by GILLMapper.
      assertThat(whole.generationMapper().map(rows, new float[4][16]).tokens()).isDeepEqualTo(mapped);
      assertThat(Arrays.copyOf(Parity.flat(divided.generationMapper().map(rows, rows).tokens()), 64))
          .isEqualTo(Arrays.copyOf(Parity.flat(mapped), 64));
      assertThat(Arrays.copyOf(first.generationMapper().map(rows, rows).tokens(), 2))
          .isDeepEqualTo(Arrays.copyOf(mapped, 2));
      assertThat(first.generationMapper().map(rows, rows).tokens()[2]).containsOnly(0);
    }
  }

  private static ModelArgs linear(ModelArgs args, int tokens, int numbers, int rows) {
    return new ModelArgs(args.optVersion(), args.visualEncoder(), args.nVisualTokens(), args.retEmbDim(),
        TextFcMode.LINEAR, numbers, tokens, rows, 0);
  }

  @Test
  void theTokensRowsAndTheScaleAreNotRoundedToTheStagesPrecision() {
    try (Projections exact = load("model-b", Precision.FLOAT32);
        Projections coarse = load("model-b", Precision.BFLOAT16)) {
      assertThat(coarse.imageTokenRows()).isDeepEqualTo(exact.imageTokenRows());
      assertThat(coarse.logitScale()).isEqualTo(exact.logitScale());
    }
  }

  @Test
  void vectorsOfAnotherWidthAreWrongArgumentsWithBothNumbers() {
    try (Projections parts = load("model-a", Precision.FLOAT32)) {
      for (ThrowingCallable call : List.<ThrowingCallable>of(
          () -> parts.visualProjection().project(new float[5]),
          () -> parts.imageEmbedder().embed(new float[5]),
          () -> parts.queryEmbedder().embed(new float[5]),
          () -> parts.generationMapper().map(new float[8][5], new float[8][24]),
          () -> parts.generationMapper().map(new float[5][24], new float[8][24]))) {
        assertThatThrownBy(call)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageMatching("(?s).*\\b5\\b.*\\b(8|24|32)\\b.*");
      }
    }
  }

  @Test
  void severalThreadsMapAtOnceToTheSameResult() {
    try (Projections parts = load("model-a", Precision.FLOAT32)) {
      float[][] expected = parts.generationMapper().map(parts.imageTokenRows(), parts.imageTokenRows()).tokens();
      List<float[][]> results = IntStream.range(0, 16)
          .parallel()
          .mapToObj(i -> parts.generationMapper().map(parts.imageTokenRows(), parts.imageTokenRows()).tokens())
          .toList();
      for (float[][] result : results) {
        // The split over native threads may differ, and with it the rounding.
        Parity.assertClose("mapped", Parity.flat(result), Parity.flat(expected), Parity.FORWARD);
      }
    }
  }

  @Test
  void bfloat16IsNear() {
    try (Projections exact = load("model-a", Precision.FLOAT32);
        Projections coarse = load("model-a", Precision.BFLOAT16)) {
      float[][] rows = exact.imageTokenRows();
      assertThat(Parity.difference(Parity.flat(coarse.generationMapper().map(rows, rows).tokens()),
          Parity.flat(exact.generationMapper().map(rows, rows).tokens()))).isBetween(1e-6, 0.05);
    }
  }

  @Test
  void argumentsOfUnknownModelsAreRefusedByName(@TempDir Path folder) throws IOException {
    String published = Files.readString(Reference.path("model-a", "model_args.json"));
    for (List<String> change : List.of(
        List.of("\"gill_mapper\"", "\"mlp\"", "only gill_mapper and linear are known"),
        List.of("\"gill_mapper\"", "\"linear\"", "gen_emb_dim is 24, but text_fc_mode linear needs"),
        List.of("\"ret_text_fc_mode\": \"linear\"", "\"ret_text_fc_mode\": \"mlp\"", "ret_text_fc_mode"),
        List.of("\"ret_text_fc_mode\": \"linear\"", "\"ret_text_fc_mode\": \"gill_mapper\"", "ret_text_fc_mode"),
        List.of("\"num_tokens\": 8", "\"num_tokens\": 0", "num_tokens"),
        List.of("\"num_tokens\": 8", "\"num_tokens\": 2000000000", "num_tokens is 2000000000: use 1 to 1024"),
        List.of("\"n_visual_tokens\": 4", "\"n_visual_tokens\": 1025", "n_visual_tokens is 1025: use 1 to 1024"),
        List.of("\"ret_emb_dim\": 16", "\"ret_emb_dim\": 65537", "ret_emb_dim is 65537: use 1 to 65536"),
        List.of("\"gen_emb_dim\": 24", "\"gen_emb_dim\": 65537", "gen_emb_dim is 65537: use 1 to 65536"),
        List.of("\"ret_emb_dim\": 16", "\"ret_emb_dim\": \"many\"", "ret_emb_dim"),
        List.of("-1", "3", "text_emb_layers"),
        List.of("\"num_clip_tokens\": 77", "\"num_clip_tokens\": 78", "num_clip_tokens is 78"),
        List.of("\"gen_token_idx\": [", "\"gen_token_idx\": [ 50265,", "gen_token_idx"),
        List.of("\"share_ret_gen\": true", "\"share_ret_gen\": false", "share_ret_gen"))) {
      Path file = folder.resolve("model_args.json");
      String changed = published.replace(change.get(0), change.get(1));
      assertThat(changed).isNotEqualTo(published);
      Files.writeString(file, changed);
      assertThatThrownBy(() -> ModelArgs.read(file))
          .isInstanceOf(GillException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining(change.get(2));
    }
  }

  @Test
  void aClosedSetOfProjectionsFreesEverythingAndSaysSo() {
    long before = Tensor.live();
    Projections parts = load("model-b", Precision.FLOAT32);
    var embedder = parts.imageEmbedder();
    parts.close();
    parts.close();
    assertThat(Tensor.live()).isEqualTo(before);
    assertThatThrownBy(() -> embedder.embed(new float[24])).isInstanceOf(IllegalStateException.class);
  }

  /** The trained parts of a reference model, which tests change and write to new files. */
  private static Map<String, TestTensors.Tensor> trained(String model, String prefix) {
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>();
    try (TensorFile file = TensorFile.open(Reference.path(model, "pretrained_ckpt.pth.tar"))) {
      for (String name : file.names()) {
        StoredTensor stored = file.get(name);
        int[] shape = Arrays.stream(stored.shape()).mapToInt(Math::toIntExact).toArray();
        tensors.put(prefix + name, tensor(stored.toFloatArray(), shape));
      }
    }
    return tensors;
  }

  private static TestTensors.Tensor tensor(float[] values, int... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new TestTensors.Tensor("F32", shape, bytes.array());
  }

  private static Projections load(String model, Precision precision) {
    ModelArgs args = ModelArgs.read(Reference.path(model, "model_args.json"));
    return Projections.load(Reference.path(model, "pretrained_ckpt.pth.tar"), args, Device.CPU, precision);
  }
}
