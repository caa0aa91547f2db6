package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.Reference;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PruneTest {
  private static final Path TRAINED = Reference.path("model-a", "pretrained_ckpt.pth.tar");
  private static final Path ARGS = Reference.path("model-a", "model_args.json");

  @TempDir private Path folder;

  private Path checkpoint = Path.of("");

  /** Writes a checkpoint as training does: with the whole embedding table and a frozen model. */
  @BeforeEach
  void write() throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    try (TensorFile trained = TensorFile.open(TRAINED)) {
      for (String name : trained.names()) {
        StoredTensor tensor = trained.get(name);
        float[] values = tensor.toFloatArray();
        long[] shape = tensor.shape();
        if (name.equals("model.input_embeddings.weight")) {
          float[] table = new float[3 * values.length];
          System.arraycopy(values, 0, table, 2 * values.length, values.length);
          values = table;
          shape[0] *= 3;
        }
        tensors.put("module." + name, TensorData.of(values, shape));
      }
    }
    tensors.put("module.model.lm.lm_head.weight", TensorData.of(new float[100_000], 100_000));
    checkpoint = folder.resolve("training.safetensors");
    TensorWriter.safetensors(checkpoint, tensors, Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gill.safetensors", "pretrained_ckpt.pth.tar"})
  void theTrainedPartsAreWritten(String name) throws IOException {
    Files.copy(ARGS, folder.resolve("model_args.json"));
    Path target = folder.resolve(name);

    Run run = run(checkpoint.toString(), target.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isZero();
    assertThat(run.out()).matches("\\Q" + target + "\\E: \\d\\.\\d MB instead of \\d\\.\\d MB\\R");
    assertThat(Files.size(target)).isLessThan(Files.size(checkpoint));
    try (TensorFile actual = TensorFile.open(target); TensorFile expected = TensorFile.open(TRAINED)) {
      assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(expected.names());
      for (String key : expected.names()) {
        assertThat(actual.get(key).shape()).as(key).isEqualTo(expected.get(key).shape());
        assertThat(actual.get(key).toFloatArray()).as(key).isEqualTo(expected.get(key).toFloatArray());
      }
    }
  }

  @Test
  void theArgumentsOfTheModelMayLieElsewhere() {
    Path target = folder.resolve("gill.safetensors");
    Run without = run(checkpoint.toString(), target.toString());
    assertThat(without.exit()).isOne();
    assertThat(without.err().lines()).singleElement().asString().contains("model_args.json");
    assertThat(target).doesNotExist();

    assertThat(run(checkpoint.toString(), target.toString(), "--args", ARGS.toString()).exit()).isZero();
    assertThat(target).exists();
  }

  @Test
  void aCheckpointOfAnotherModelLeavesTheOldFile() throws IOException {
    Path target = Files.writeString(folder.resolve("gill.safetensors"), "old");
    Path other = Reference.path("model-b-linear", "model_args.json");
    for (String source : new String[] {checkpoint.toString(), folder.resolve("none.pth").toString()}) {
      Run run = run(source, target.toString(), "--args", other.toString());
      assertThat(run.exit()).isOne();
      assertThat(run.err().lines()).singleElement().asString().startsWith("error: ").contains(source);
    }
    assertThat(target).hasContent("old");
  }

  private static Run run(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "prune";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Run.of(Main.commandLine(new Prune()), all);
  }
}
