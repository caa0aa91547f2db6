package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gill.testsupport.Reference;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The weights of the reference models, checked against results of the published code. */
class ReferenceModelWeightsTest {
  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void languageModelRowsAreTheInputEmbeddingsOfTheReference(String model) {
    try (TensorFile opt = Snapshot.open(Reference.path(model, "opt"));
        TensorFile golden = golden(model, "opt.safetensors")) {
      StoredTensor table = opt.get("model.decoder.embed_tokens.weight");
      assertThat(table.dtype()).isEqualTo(DType.F16);
      int width = (int) table.shape()[1];
      float[] weights = table.toFloatArray();
      long[] ids = golden.get("ctx40.input_ids").toLongArray();
      float[] expected = golden.get("ctx40.inputs_embeds").toFloatArray();
      for (int i = 0; i < ids.length; i++) {
        int row = (int) ids[i];
        if (row < 50266) { // later rows are those of the trained tokens
          assertThat(Arrays.copyOfRange(weights, row * width, (row + 1) * width))
              .as("token %d", row)
              .isEqualTo(Arrays.copyOfRange(expected, i * width, (i + 1) * width));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void trainedTokenRowsAreThoseOfTheReference(String model) {
    try (TensorFile checkpoint = TensorFile.open(Reference.path(model, "pretrained_ckpt.pth.tar"));
        TensorFile golden = golden(model, "gill_parts.safetensors")) {
      assertThat(checkpoint.names()).allMatch(name -> name.startsWith("model."));
      StoredTensor rows = checkpoint.get("model.input_embeddings.weight");
      float[] values = rows.toFloatArray();
      StoredTensor expected = golden.get("input_embeddings.img_rows");
      int from = values.length - (int) expected.elementCount();
      assertThat(Arrays.copyOfRange(values, from, values.length)).isEqualTo(expected.toFloatArray());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void decisionModelComputesTheLogitsOfTheReference(String model) {
    try (TensorFile decision = TensorFile.open(Reference.path(model, "decision_model.pth.tar"));
        TensorFile golden = golden(model, "gill_parts.safetensors")) {
      assertThat(decision.names()).containsExactly("1.weight", "1.bias");
      float[] weight = decision.get("1.weight").toFloatArray();
      float[] bias = decision.get("1.bias").toFloatArray();
      float[] in = golden.get("decision.in").toFloatArray();
      float[] logits = golden.get("decision.logits").toFloatArray();
      int width = weight.length / 2;
      for (int i = 0; i < logits.length; i++) {
        double sum = bias[i % 2];
        for (int k = 0; k < width; k++) {
          sum += (double) in[i / 2 * width + k] * weight[i % 2 * width + k];
        }
        // The reference sums in single precision, this test in double.
        assertThat((float) sum).isCloseTo(logits[i], within(1e-5f));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void embeddingsNormalisedAndScaledAreTheMatrixOfTheReference(String model) {
    try (EmbeddingsFile embeddings = EmbeddingsFile.open(Reference.path(model, "cc3m_embeddings.npy"));
        TensorFile golden = golden(model, "gill_parts.safetensors")) {
      float scale = golden.get("logit_scale_exp").toFloatArray()[0];
      float[] matrix = golden.get("emb_matrix").toFloatArray();
      assertThat(embeddings.size()).isEqualTo(200);
      assertThat(embeddings.paths()).doesNotHaveDuplicates().allMatch(path -> path.endsWith(".png"));
      for (int i = 0; i < embeddings.size(); i++) {
        float[] row = embeddings.row(i);
        double norm = 0;
        for (float x : row) {
          norm += (double) x * x;
        }
        for (int k = 0; k < row.length; k++) {
          // Relative to the largest value, exp(logit_scale), for single-precision division and square root.
          assertThat((float) (row[k] / Math.sqrt(norm) * scale))
              .isCloseTo(matrix[i * row.length + k], within(2e-6f * scale));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void everySnapshotOfTheModelOpens(String model) {
    for (List<String> folder :
        List.of(
            List.of("opt"), List.of("clip"), List.of("sd", "text_encoder"), List.of("sd", "unet"),
            List.of("sd", "vae"))) {
      try (TensorFile weights = Snapshot.open(Reference.path(model, folder.toArray(new String[0])))) {
        assertThat(weights.names()).isNotEmpty();
        for (String name : weights.names()) {
          StoredTensor tensor = weights.get(name);
          assertThat((long) tensor.bytes().remaining()).isEqualTo(tensor.byteSize());
          if (tensor.dtype().isFloatingPoint()) {
            for (float x : tensor.toFloatArray()) {
              assertThat(Float.isFinite(x)).as(name).isTrue();
            }
          }
        }
      }
    }
  }

  @Test
  void aDiffusersFolderHasTheNumberOfWeightsTheReferenceCounts() {
    try (TensorFile unet = Snapshot.open(Reference.path("model-b", "sd", "unet"))) {
      assertThat(unet.names()).hasSize(440);
      assertThat(unet.names().stream().mapToLong(name -> unet.get(name).elementCount()).sum()).isEqualTo(540356);
    }
  }

  private static TensorFile golden(String model, String file) {
    return TensorFile.open(Reference.path("golden", model, file));
  }
}
