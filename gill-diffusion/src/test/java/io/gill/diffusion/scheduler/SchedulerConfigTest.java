package io.gill.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.GillException;
import io.gill.diffusion.scheduler.SchedulerConfig.Corrections;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerConfigTest {
  @TempDir
  Path dir;

  @Test
  void readsWhatStableDiffusionPublishes() {
    SchedulerConfig config =
        SchedulerConfig.read(Reference.path("model-a", "sd", "scheduler", "scheduler_config.json"));
    assertThat(config.type()).isEqualTo(SchedulerType.PNDM);
    assertThat(config.betaSchedule).isEqualTo(SchedulerConfig.BetaSchedule.SCALED_LINEAR);
    assertThat(config.betaStart).isEqualTo(0.00085);
    assertThat(config.betaEnd).isEqualTo(0.012);
    assertThat(config.stepsOffset).isEqualTo(1);
    assertThat(config.setAlphaToOneOr(true)).isFalse();
    assertThat(config.skipPrkSteps).isTrue();
    assertThat(config.clipSampleOr(true)).isFalse();
    assertThat(config.timestepSpacingOr(null)).isNull();
    assertThat(config.predictionType).isEqualTo(SchedulerConfig.PredictionType.EPSILON);
    assertThat(config.trainedBetas).isEmpty();
    assertThat(config.unsupported).isEmpty();
  }

  @Test
  void readsAFullFileOfDiffusers() {
    SchedulerConfig config = read("""
        {"_class_name": "DPMSolverMultistepScheduler", "_diffusers_version": "0.35.2", "_use_default_values": ["x"],
         "algorithm_type": "dpmsolver++", "beta_schedule": "linear", "dynamic_thresholding_ratio": 0.995,
         "euler_at_final": false, "final_sigmas_type": "zero", "flow_shift": 1.0, "lambda_min_clipped": -Infinity,
         "lower_order_final": true, "num_train_timesteps": 1000, "prediction_type": "epsilon",
         "rescale_betas_zero_snr": false, "sample_max_value": 1.0, "solver_order": 2, "solver_type": "midpoint",
         "steps_offset": 0, "thresholding": false, "time_shift_type": "exponential", "timestep_spacing": "linspace",
         "trained_betas": null, "use_beta_sigmas": false, "use_dynamic_shifting": false,
         "use_exponential_sigmas": false, "use_flow_sigmas": false, "use_karras_sigmas": null,
         "use_lu_lambdas": false, "variance_type": null}""");
    assertThat(config.lambdaMinClipped).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(config.sigmaSpacing == SchedulerConfig.SigmaSpacing.KARRAS).isFalse();
    assertThat(config.unsupported).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "DDIMScheduler, 0.0001, 0.02, LINEAR", "DEISMultistepScheduler, 0.0001, 0.02, LINEAR",
    "LCMScheduler, 0.00085, 0.012, SCALED_LINEAR", "TCDScheduler, 0.00085, 0.012, SCALED_LINEAR",
    "HeunDiscreteScheduler, 0.00085, 0.012, LINEAR", "KDPM2DiscreteScheduler, 0.00085, 0.012, LINEAR",
    "KDPM2AncestralDiscreteScheduler, 0.00085, 0.012, LINEAR", "DPMSolverSDEScheduler, 0.00085, 0.012, LINEAR"})
  void betaHasTheDefaultsOfTheSchedulerThatTheFileNames(
      String name, double start, double end, SchedulerConfig.BetaSchedule shape) {
    SchedulerConfig config = read("{\"_class_name\": \"" + name + "\"}");
    assertThat(config.betaStart).isEqualTo(start);
    assertThat(config.betaEnd).isEqualTo(end);
    assertThat(config.betaSchedule).isEqualTo(shape);
  }

  @Test
  void aPipelineCorrectsWhatOldFilesLeaveOpen() {
    SchedulerConfig alone = read("{\"_class_name\": \"DDIMScheduler\"}");
    assertThat(alone.clipSampleOr(true)).isTrue();
    assertThat(alone.stepsOffset).isZero();
    SchedulerConfig xl = alone.with(Corrections.LATENTS);
    assertThat(xl.clipSampleOr(true)).isFalse();
    assertThat(xl.stepsOffset).isZero();
    assertThat(xl.skipPrkSteps).isFalse();
    SchedulerConfig first = alone.with(Corrections.STABLE_DIFFUSION);
    assertThat(first.clipSampleOr(true)).isFalse();
    assertThat(Schedulers.create(SchedulerType.DDIM, first, 5, 0, 1).timesteps())
        .containsExactly(801, 601, 401, 201, 1);
    SchedulerConfig another = first.of(SchedulerType.EULER, StepSpacing.KARRAS);
    assertThat(another.stepsOffset).isEqualTo(1);
    assertThat(another.clipSampleOr(true)).isFalse();
    assertThat(alone.with(Corrections.INPAINTING).skipPrkSteps).isTrue();
    SchedulerConfig clipping = read("{\"_class_name\": \"LCMScheduler\", \"clip_sample\": true}");
    assertThat(clipping.clipSampleOr(false)).isTrue();
    assertThat(clipping.with(Corrections.LATENTS).clipSampleOr(true)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"DDIM", "LCM", "TCD"})
  void noNoiseIsPredictedWhereThereIsNoSignal(SchedulerType type) {
    String text = "{\"_class_name\": \"DDIMScheduler\", \"rescale_betas_zero_snr\": true, "
        + "\"timestep_spacing\": \"trailing\", \"prediction_type\": \"%s\"}";
    assertThatThrownBy(() -> Schedulers.create(type, read(text.formatted("epsilon")), 5, 0, 1))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("rescale_betas_zero_snr is true: a run that begins at timestep 999 has no signal there");
    SchedulerConfig velocity = read(text.formatted("v_prediction"));
    assertThat(Schedulers.create(type, velocity, 5, 0, 1).timesteps()).startsWith(999);
    SchedulerConfig leading = read(text.formatted("epsilon").replace("trailing", "leading"));
    assertThat(Schedulers.create(SchedulerType.DDIM, leading, 5, 0, 1).timesteps()).startsWith(800);
  }

  @Test
  void takesTrainedBetas() {
    SchedulerConfig config = read(
        "{\"_class_name\": \"DDIMScheduler\", \"num_train_timesteps\": 3, \"trained_betas\": [0.5, 0.25, 0.5]}");
    assertThat(NoiseSchedule.of(config).alphasCumprod()).containsExactly(0.5f, 0.375f, 0.1875f);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "num_train_timesteps | 0",
    "num_train_timesteps | 1",
    "num_train_timesteps | 2000000000",
    "num_train_timesteps | 10.5",
    "num_train_timesteps | \"1000\"",
    "beta_start | -0.1",
    "beta_end | 1.5",
    "beta_end | NaN",
    "beta_schedule | \"laplace\"",
    "trained_betas | [0.1, 0.2]",
    "trained_betas | [\"a\"]",
    "trained_betas | 3",
    "prediction_type | \"flow_prediction\"",
    "timestep_spacing | \"log\"",
    "steps_offset | -1",
    "steps_offset | 1000",
    "clip_sample | 1",
    "clip_sample_range | 0",
    "dynamic_thresholding_ratio | 1.1",
    "sample_max_value | -1",
    "solver_order | 4",
    "solver_type | \"rk4\"",
    "lambda_min_clipped | NaN",
    "final_sigmas_type | \"none\"",
    "interpolation_type | \"cubic\"",
    "timestep_type | 1",
    "algorithm_type | \"dpmsolver+++\"",
    "disable_corrector | [0.5]",
    "disable_corrector | 0",
    "original_inference_steps | 0",
    "timestep_scaling | -1",
    "some_new_option | 0.5",
  })
  void namesTheFileTheKeyAndTheValueOfWhatIsImpossible(String key, String value) {
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> read("{\"_class_name\": \"DDIMScheduler\", \"" + key + "\": " + value + "}"))
        .withMessageContaining("scheduler_config.json")
        .withMessageContaining(key)
        .withMessageMatching("[^\\n]*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{}", "{\"_class_name\": 1}", "null", "{\"_class_name\": \"DDIMScheduler\"} x",
    "{\"_class_name\": \"DDIMScheduler\", \"beta_end\": 0.1, \"beta_end\": 0.2}"})
  void refusesWhatIsNoConfiguration(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(GillException.class)
        .hasMessageContaining("scheduler_config.json");
  }

  @Test
  void refusesAMissingFileAndAHugeOne() throws IOException {
    assertThatThrownBy(() -> SchedulerConfig.read(dir.resolve("missing.json"))).isInstanceOf(GillException.class)
        .hasMessageContaining("missing.json");
    Path huge = Files.write(dir.resolve("huge.json"), new byte[5 << 20]);
    assertThatThrownBy(() -> SchedulerConfig.read(huge)).isInstanceOf(GillException.class)
        .hasMessageContaining("too large");
  }

  @Test
  void refusesASchedulerOfAnotherKindOfModel() {
    assertThatThrownBy(() -> read("{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"}"))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("_class_name is FlowMatchEulerDiscreteScheduler")
        .hasMessageContaining("DDIMScheduler, DPMSolverMultistepScheduler, ");
  }

  @Test
  void anotherSchedulerOfTheSameKindServesForItsSettingsOnly() {
    SchedulerConfig config = read("{\"_class_name\": \"DEISMultistepScheduler\", \"beta_schedule\": \"scaled_linear\","
        + " \"algorithm_type\": \"deis\", \"solver_type\": \"logrho\", \"solver_p\": null}");
    assertThat(Schedulers.create(SchedulerType.DDIM, config, 5, 0, 1).timesteps())
        .containsExactly(800, 600, 400, 200, 0);
    assertThat(config.algorithm).isEqualTo(SchedulerConfig.Algorithm.DPMSOLVER_PLUS_PLUS);
    assertThatThrownBy(() -> Schedulers.create(SchedulerType.MODEL, config, 5, 0, 1))
        .isInstanceOf(GillException.class).hasMessageContaining("DEISMultistepScheduler");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "use_flow_sigmas | true | UNIPC | LCM",
    "solver_p | {} | UNIPC | DPM_SOLVER",
    "sigma_max | 80.0 | EULER | DDIM",
    "algorithm_type | \"dpmsolver\" | DPM_SOLVER | EULER",
    "prediction_type | \"sample\" | EULER_ANCESTRAL | LCM",
    "predict_x0 | false | UNIPC | DPM_SOLVER",
    "original_inference_steps | 2000 | TCD | DDIM",
    "use_flow_sigmas | true | DPM_SOLVER | EULER",
    "variance_type | \"learned_range\" | DPM_SOLVER | DDIM",
  })
  void anUnsupportedOptionStopsOnlyTheSchedulersThatReadIt(
      String key, String value, SchedulerType reader, SchedulerType other) {
    SchedulerConfig config = read("{\"_class_name\": \"DDIMScheduler\", \"" + key + "\": " + value + "}");
    assertThatThrownBy(() -> Schedulers.create(reader, config, 10, 0, 1))
        .isInstanceOf(GillException.class).hasMessageContaining(key);
    assertThat(Schedulers.create(other, config, 10, 0, 1).timesteps()).isNotEmpty();
  }

  @Test
  void theOldNameForPredictingTheImageStopsEveryScheduler() {
    SchedulerConfig config = read("{\"_class_name\": \"DDIMScheduler\", \"predict_epsilon\": false}");
    assertThatThrownBy(() -> Schedulers.create(SchedulerType.DDIM, config, 10, 0, 1))
        .isInstanceOf(GillException.class).hasMessageContaining("predict_epsilon");
  }

  private SchedulerConfig read(String json) {
    try {
      return SchedulerConfig.read(Files.writeString(dir.resolve("scheduler_config.json"), json));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
