package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.lm.DecoderSnapshot;
import io.gill.stage.LanguageModel;
import io.gill.testing.FakeModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchTest {
  @Test
  void aModelIsMeasuredAndItsMemoryWatched() {
    Bench bench = new Bench((options, path) -> FakeModel.builder(prompt -> " Fine.").build());

    Run run = Run.of(Main.commandLine(bench), "bench", "--no-kernels", "--seconds", "0", "--turns", "3",
        "--model", "x");

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isZero();
    assertThat(run.out()).containsSubsequence("load", " ms ", "prefill, 64 tokens", " ms ", "decode, per token", " ms ",
        "turn: 64 tokens in", "turn: image", "diffusion step",
        "memory after 1 turns", "memory after 3 turns", " tensors");
  }

  @Test
  void anUnknownShapeIsRefusedByName() {
    Run run = Run.of(Main.commandLine(new Bench()), "bench", "--shape", "7b");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err().lines()).singleElement().asString()
        .contains("unknown shape '7b': use one of 125m, 350m, 1.3b, 2.7b, 6.7b, qwen2-0.5b, qwen2-1.5b");
  }

  @Test
  void aModelAndAShapeExcludeEachOther() {
    Run run = Run.of(Main.commandLine(new Bench()), "bench", "--shape", "125m", "--model", "x");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("--model, --shape and --pictures are mutually exclusive");
  }

  @Test
  void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
    assertThat(Timing.sorted(4_000, 1_000, 3_000, 2_000).medianSeconds()).isEqualTo(2.5e-6);
    assertThat(Timing.sorted(9_000, 1_000, 3_000).medianSeconds()).isEqualTo(3e-6);
    assertThat(Timing.sorted(1_000_000_000).billionsPerSecond(5e9)).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({"125m, 125239296, 768", "350m, 331196416, 1024", "1.3b, 1315758080, 2048",
      "2.7b, 2651596800, 2560", "6.7b, 6658473984, 4096"})
  void shapesHaveThePublishedNumberOfWeights(String name, long weights, long hiddenSize) {
    SyntheticLanguageModel shape = new Bench.Shape().convert(name);

    assertThat(shape.bytes(Precision.FLOAT32, Quantization.NONE)).isEqualTo(4 * (weights - 2050 * hiddenSize));
  }

  @Test
  void aWrittenShapeIsASnapshotThatCanBeDeletedWhateverDigitsTheUserReads(@TempDir Path temp) throws IOException {
    SyntheticLanguageModel tiny = SyntheticLanguageModel.opt("tiny", 16, 2, 2, 8);
    Path folder = Files.createDirectory(temp.resolve("opt"));
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      tiny.snapshot().write(folder);
    } finally {
      Locale.setDefault(before);
    }

    try (LanguageModel model = DecoderSnapshot.of(folder).load(
        tiny.vocabulary(), new float[0][], Device.CPU, Precision.FLOAT32)) {
      assertThat(model.embeddingSize()).isEqualTo(8);
    }
    tiny.snapshot().delete(folder);
    assertThat(folder).doesNotExist();
  }
}
