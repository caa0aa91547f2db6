package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.util.List;
import java.util.function.DoubleFunction;
import org.junit.jupiter.api.Test;

class TrainingOptionsTest {
  @Test
  void learningRatesAreThePublishedOnes() throws IOException {
    JsonNode json = new ObjectMapper().readTree(Reference.path("golden", "model-a", "train.json").toFile());
    assertThat(json.get("lr_schedules")).hasSizeGreaterThan(3);
    for (JsonNode schedule : json.get("lr_schedules")) {
      TrainingOptions options = TrainingOptions.builder()
          .learningRate(schedule.get("lr").doubleValue())
          .warmupSteps(schedule.get("warmup_steps").intValue())
          .stepsPerEpoch(1)
          .decayEpochs(schedule.get("steplr_step_size").intValue())
          .decayFactor(schedule.get("steplr_gamma").doubleValue())
          .build();
      for (int step = 0; step < schedule.get("lr_used_at_step").size(); step++) {
        double expected = schedule.get("lr_used_at_step").get(step).doubleValue();
        assertThat(options.learningRate(step)).as(schedule + " step " + step)
            .isCloseTo(expected, within(1e-12 * expected));
      }
    }
  }

  @Test
  void withoutAWarmUpTheFirstStepHasTheWholeRate() {
    TrainingOptions options =
        TrainingOptions.builder().warmupSteps(0).stepsPerEpoch(1).decayEpochs(2).decayFactor(0.5).build();
    assertThat(options.learningRate(0)).isEqualTo(1e-3);
    assertThat(options.learningRate(3)).isEqualTo(5e-4);
  }

  @Test
  void theDefaultsAreThePublishedOnes() {
    TrainingOptions options = TrainingOptions.defaults();
    assertThat(options.learningRate(0)).isZero();
    assertThat(options.learningRate(2000)).isEqualTo(1e-3);
    assertThat(options.learningRate(12_001)).isCloseTo(1e-4, within(1e-12)); // five epochs after the warm-up
    assertThat(options.batchSize()).isEqualTo(200);
    assertThat(options.maxLength()).isEqualTo(32);
    assertThat(options.beta2()).isEqualTo(0.95);
    assertThat(options.joinProbability()).isEqualTo(0.5);
  }

  @Test
  void optionsAreValuesThatABuilderChanges() {
    TrainingOptions changed = TrainingOptions.builder().epochs(3).seed(7).validationPrompt("A").build();
    assertThat(changed.toBuilder().build()).isEqualTo(changed).hasSameHashCodeAs(changed)
        .isNotEqualTo(TrainingOptions.defaults());
    assertThat(changed.toBuilder().epochs(10).seed(0).validationPrompt("A picture of").build())
        .isEqualTo(TrainingOptions.defaults());
    assertThat(changed).asString().startsWith("TrainingOptions[epochs=3, ").contains("seed=7", "validationPrompt=A");
    assertThat(changed.identity()).containsEntry("seed", "7").doesNotContainKeys("epochs", "device");
  }

  @Test
  void wrongValuesAreNamed() {
    assertThatThrownBy(() -> TrainingOptions.builder().batchSize(0))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("batchSize is 0, but must be at least 1");
    assertThatThrownBy(() -> TrainingOptions.builder().mapperWidth(30)).hasMessageContaining("multiple of 4");
    assertThatThrownBy(() -> TrainingOptions.builder().learningRate(Double.NaN)).hasMessageContaining("NaN");
    TrainingOptions.Builder options = TrainingOptions.builder();
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      for (DoubleFunction<TrainingOptions.Builder> setter : List.<DoubleFunction<TrainingOptions.Builder>>of(
          options::learningRate, options::decayFactor, options::beta1, options::beta2, options::weightDecay,
          options::gradientLimit, options::captioningWeight, options::retrievalWeight, options::generationWeight,
          options::joinProbability)) {
        assertThatThrownBy(() -> setter.apply(bad)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }
}
