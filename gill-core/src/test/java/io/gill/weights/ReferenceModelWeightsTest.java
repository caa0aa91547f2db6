package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.Reference;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All weights of the reference models can be read. */
class ReferenceModelWeightsTest {
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
}
