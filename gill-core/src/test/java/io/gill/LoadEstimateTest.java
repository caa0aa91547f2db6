package io.gill;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.LoadCost;
import io.gill.stage.StageSettings;
import io.gill.stage.Width;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LoadEstimateTest {
  private static final long GB = 1_000_000_000;
  private static final Path ROOT = Path.of("model");

  /** Weights of 10 GB in BFLOAT16. */
  private static final LoadEstimate ESTIMATE = new LoadEstimate(new LanguageModelPlan() {
    @Override
    public Width embeddingWidth() {
      return new Width("width", 1);
    }

    @Override
    public LanguageModel load(StageSettings settings, int vocabularySize, float[][] imageTokenRows) {
      throw new AssertionError("loaded");
    }

    @Override
    public LoadCost cost(StageSettings settings) {
      long memory = switch (settings.quantization()) {
        case INT8 -> 5 * GB;
        case INT4 -> 3 * GB;
        case NONE -> switch (settings.precision()) {
          case FLOAT32 -> 20 * GB;
          case FLOAT16 -> 10 * GB;
          case BFLOAT16 -> GB; // the rest is mapped
        };
      };
      boolean mapped = settings.quantization() == Quantization.NONE && settings.precision() == Precision.BFLOAT16;
      return new LoadCost(10 * GB, memory, mapped ? 9 * GB : 0);
    }

    @Override
    public void close() {}
  }, null, null);

  private static void rejects(LoadOptions options, double available, String rest) {
    assertThatThrownBy(() -> ESTIMATE.require(ROOT, options, (long) (available * GB)))
        .isInstanceOf(GillException.class).hasMessage("model needs " + rest);
  }

  @Test
  void theMostAccurateOptionThatFitsIsNamed() {
    rejects(LoadOptions.defaults(), 19.9,
        "20.0 GB of memory, but 19.9 GB are available: use precision BFLOAT16, which needs 10.0 GB");
    rejects(LoadOptions.defaults(), 9.9,
        "20.0 GB of memory, but 9.9 GB are available: use quantization INT8, which needs 5.0 GB");
    rejects(LoadOptions.defaults(), 4.9,
        "20.0 GB of memory, but 4.9 GB are available: use quantization INT4, which needs 3.0 GB");
  }

  @Test
  void whereNothingFitsTheFileMustBeQuantised() {
    rejects(LoadOptions.defaults(), 0.5, "20.0 GB of memory, but 0.5 GB are available: quantise the language model once"
        + " with 'quantize' of gill-examples, whose result stays memory-mapped, or load without image generation");
    rejects(LoadOptions.builder().quantization(Quantization.INT4).build(), 2.9, "3.0 GB of memory, but 2.9 GB are"
        + " available: quantise the language model once with 'quantize' of gill-examples, whose result stays"
        + " memory-mapped, or load without image generation");
  }

  @Test
  void whatFitsIsNotRejected() {
    assertThatCode(() -> ESTIMATE.require(ROOT, LoadOptions.defaults(), 20 * GB)).doesNotThrowAnyException();
    assertThatCode(() -> new LoadEstimate(null, null, null).require(ROOT, LoadOptions.defaults(), 0))
        .doesNotThrowAnyException();
  }
}
