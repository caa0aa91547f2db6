package io.gill.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.stage.LanguageContext;
import io.gill.stage.StageSettings;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizationTest {
  @TempDir private Path folder;

  /** Bounds of the change of the mean log-likelihood of a token: 0.5 % with 8 bits, 3 % with 4. */
  @ParameterizedTest
  @MethodSource("models")
  void tokensStayAboutAsLikely(String name) {
    double exact = likelihood(name, snapshot(name), Quantization.NONE);
    double eight = likelihood(name, snapshot(name), Quantization.INT8);
    double four = likelihood(name, snapshot(name), Quantization.INT4);
    assertThat(Math.abs(eight / exact - 1)).as("8 bits").isPositive().isLessThan(0.005);
    assertThat(Math.abs(four / exact - 1)).as("4 bits").isPositive().isLessThan(0.03);
  }

  /** The bound of 8-bit weights. */
  @ParameterizedTest
  @MethodSource("models")
  void tokensStayAboutAsLikelyWithACacheOfBytes(String name) {
    double exact = likelihood(name, snapshot(name), Quantization.NONE);
    double eight = likelihood(name, snapshot(name), Quantization.NONE, CachePrecision.INT8);
    assertThat(Math.abs(eight / exact - 1)).isPositive().isLessThan(0.005);
  }

  @ParameterizedTest
  @MethodSource("modelsWithAndWithoutBiases")
  void aWrittenModelComputesWhatTheOneQuantisedAtLoadDoes(String name) throws IOException {
    for (Quantization quantization : List.of(Quantization.INT8, Quantization.INT4)) {
      Path written = folder.resolve(quantization.toString());
      QuantizedSnapshot.write(snapshot(name), written, quantization, tensor -> {});
      double atLoad = likelihood(name, snapshot(name), quantization);
      assertThat(likelihood(name, written, Quantization.NONE)).isEqualTo(atLoad);
      assertThat(likelihood(name, written, quantization)).isEqualTo(atLoad);
      try (Stream<Path> files = Files.list(written)) {
        assertThat(files.map(file -> file.getFileName().toString())).contains("config.json", "model.safetensors")
            .noneMatch(file -> file.endsWith(".bin") || file.endsWith(".part"));
      }
      assertThat(folder).isDirectoryNotContaining(file -> file.toString().endsWith(".part"));
    }
  }

  @Test
  void refusesToQuantiseTwiceOrIntoAnExistingFolder() {
    Path written = folder.resolve("eight");
    QuantizedSnapshot.write(snapshot("model-a"), written, Quantization.INT8, tensor -> {});
    assertThatThrownBy(() -> QuantizedSnapshot.write(written, folder.resolve("four"), Quantization.INT4, tensor -> {}))
        .isInstanceOf(GillException.class).hasMessageContaining("already quantised (INT8)");
    assertThatThrownBy(() -> likelihood("model-a", written, Quantization.INT4))
        .isInstanceOf(GillException.class).hasMessageContaining("already quantised (INT8)");
    assertThatThrownBy(() -> QuantizedSnapshot.write(snapshot("model-a"), written, Quantization.INT8, tensor -> {}))
        .isInstanceOf(GillException.class).hasMessageContaining("exists");
    assertThat(folder.resolve("four")).doesNotExist();
    assertThat(folder.resolve("four.part")).doesNotExist();
  }

  @Test
  void namesAnotherProjectsFormat() throws IOException {
    Path config = folder.resolve("config.json");
    String text = Files.readString(snapshot("model-a").resolve("config.json"));
    Files.writeString(config, text.replaceFirst("\\{", "{\"quantization_config\": {\"quant_method\": \"gptq\"},"));
    assertThatThrownBy(() -> DecoderSnapshot.of(folder))
        .isInstanceOf(GillException.class).hasMessageContaining("quantization_config").hasMessageContaining("gptq");
  }

  /** The golden models whose family is here. */
  private static Stream<String> models() {
    return Stream.of("model-a", "model-b", "lm-llama2", "lm-llama3", "lm-mistral", "lm-qwen2", "lm-qwen3")
        .filter(name -> DecoderSnapshot.isKnown(snapshot(name)));
  }

  private static Stream<String> modelsWithAndWithoutBiases() {
    return models().filter(name -> name.equals("model-b") || name.equals("lm-qwen3"));
  }

  private static Path snapshot(String name) {
    return name.startsWith("model") ? Reference.path(name, "opt") : Reference.path("../reference-2", name);
  }

  /** The mean log-likelihood of the tokens of all golden sequences, each after those before it. */
  private static double likelihood(String name, Path snapshot, Quantization quantization) {
    return likelihood(name, snapshot, quantization, CachePrecision.FLOAT32);
  }

  private static double likelihood(String name, Path snapshot, Quantization quantization, CachePrecision cache) {
    boolean opt = name.startsWith("model");
    Map<String, TestTensors.Tensor> golden = TestTensors.read(
        opt ? Reference.path("golden", name, "opt.safetensors")
            : Reference.path("../reference-2/golden", name, "lm.safetensors"));
    long before = Tensor.live();
    double sum = 0;
    int count = 0;
    DecoderSnapshot known = DecoderSnapshot.of(snapshot);
    StageSettings settings = new StageSettings(Device.CPU, Precision.FLOAT32, quantization, cache, bytes -> {});
    try (DecoderModel model = known.load(opt ? 50274 : 600, new float[0][], settings)) {
      List<String> keys =
          golden.keySet().stream().filter(key -> key.matches("ctx\\d\\d+\\.input_ids")).sorted().toList();
      for (String key : keys) {
        int[] ids = Arrays.stream(golden.get(key).longs()).mapToInt(Math::toIntExact).toArray();
        try (LanguageContext context = model.open()) {
          float[] scores = context.score(ids);
          for (int i = 1; i < scores.length; i++) {
            sum += scores[i];
            count++;
          }
        }
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
    return sum / count;
  }
}
