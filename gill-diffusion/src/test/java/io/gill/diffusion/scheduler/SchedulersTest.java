package io.gill.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.GillException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulersTest {
  private static final SchedulerType DDIM = SchedulerType.DDIM;
  private static final SchedulerType PNDM = SchedulerType.PNDM;
  private static final SchedulerType DPM_SOLVER = SchedulerType.DPM_SOLVER;
  private static final SchedulerType EULER = SchedulerType.EULER;

  /**
   * Data that is Gaussian with this deviation has the exact model ε(x, t) = √(1 − ᾱ)·x/(ᾱ·s² + 1 − ᾱ), and the exact
   * path keeps x/√(ᾱ·s² + 1 − ᾱ).
   */
  private static final double DEVIATION = 0.5;

  /**
   * Where the exact path is known, halving the step divides the error by 2^order; but the first step is always one of
   * order 1, whose error of h² the third order inherits: next test.
   */
  @ParameterizedTest
  @CsvSource({"1, midpoint", "2, midpoint", "2, heun", "3, midpoint"})
  void dpmSolverConvergesWithItsOrder(int order, String type) {
    ObjectNode config = stableDiffusion().put("solver_order", order).put("solver_type", type)
        .put("final_sigmas_type", "sigma_min").put("lower_order_final", false).put("use_lu_lambdas", true);
    double coarse = errorOfGaussian(DPM_SOLVER, config, 16);
    double fine = errorOfGaussian(DPM_SOLVER, config, 32);
    double measured = Math.log(coarse / fine) / Math.log(2);
    assertThat(measured).as("order, from errors " + coarse + " and " + fine)
        .isGreaterThan(Math.min(order, 2) - 0.3);
  }

  @Test
  void higherOrdersAreCloserToTheExactPath() {
    ObjectNode config = stableDiffusion().put("final_sigmas_type", "sigma_min").put("lower_order_final", false)
        .put("use_lu_lambdas", true);
    double first = errorOfGaussian(DPM_SOLVER, config.put("solver_order", 1), 24);
    double second = errorOfGaussian(DPM_SOLVER, config.put("solver_order", 2), 24);
    double third = errorOfGaussian(DPM_SOLVER, config.put("solver_order", 3), 24);
    assertThat(second).isLessThan(first / 3);
    assertThat(third).isLessThan(second / 2);
  }

  /** DDIM and Euler are of first order. */
  @ParameterizedTest
  @CsvSource({"DDIM, 0.04", "PNDM, 0.02", "DPM_SOLVER, 0.02", "UNIPC, 0.02", "EULER, 0.04"})
  void everySchedulerFindsTheDataInAHundredSteps(SchedulerType kind, double limit) {
    assertThat(errorOfGaussian(kind, stableDiffusion(), 100)).isLessThan(limit);
  }

  @Test
  void ddpmKeepsTheDeviationOfTheData() {
    Scheduler scheduler = create(DDIM, stableDiffusion(), 500, 1, 1);
    assertThat(scheduler.needsNoise(0)).isTrue();
    Random random = new Random(7);
    float[] x = gaussian(random, 20_000);
    double[] timesteps = scheduler.timesteps();
    NoiseSchedule schedule = NoiseSchedule.of(parse(stableDiffusion()));
    for (int i = 0; i < timesteps.length; i++) {
      double alphaBar = schedule.alphaCumprod((int) timesteps[i]);
      x = scheduler.step(exactNoise(x, alphaBar), i, x, gaussian(random, x.length));
    }
    double sum = 0;
    for (float value : x) {
      sum += (double) value * value;
    }
    // 20000 draws have a relative deviation of 0.5 %; the rest is the length of a step.
    assertThat(Math.sqrt(sum / x.length)).isCloseTo(DEVIATION, within(0.02));
  }

  @Test
  void ddpmFromPureNoiseStaysFinite() {
    ObjectNode config = stableDiffusion().put("rescale_betas_zero_snr", true).put("timestep_spacing", "trailing")
        .put("prediction_type", "v_prediction");
    Scheduler scheduler = create(DDIM, config, 20, 1, 1);
    float[] x = {0.3f, -1.2f};
    for (int i = 0; i < 20; i++) {
      x = scheduler.step(new float[] {0.1f * x[0], 0.1f * x[1]}, i, x, new float[] {0.5f, -0.5f});
      assertThat(x).doesNotContain(Float.NaN);
    }
  }

  @Test
  void everySchedulerTakesOverTheSettingsOfTheModelAndItsOwnDefaults() {
    ObjectNode config = stableDiffusion().put("steps_offset", 1).put("skip_prk_steps", true);
    assertThat(create(DDIM, config, 4, 0, 1).timesteps()).containsExactly(751, 501, 251, 1);
    assertThat(create(PNDM, config, 4, 0, 1).timesteps()).containsExactly(751, 501, 501, 251, 1);
    assertThat(create(DPM_SOLVER, config, 4, 0, 1).timesteps()).containsExactly(999, 749, 500, 250);
    assertThat(create(EULER, config, 4, 0, 1).timesteps()).containsExactly(999, 666, 333, 0);
    config.put("timestep_spacing", "trailing");
    assertThat(create(EULER, config, 4, 0, 1).timesteps()).containsExactly(999, 749, 499, 249);
  }

  @Test
  void aRunMayChooseItsSpacing() {
    ObjectNode config = stableDiffusion().put("use_karras_sigmas", true);
    assertThat(spaced(SchedulerType.DDIM, config, StepSpacing.TRAILING).timesteps())
        .containsExactly(999, 749, 499, 249);
    assertThat(spaced(SchedulerType.DPM_SOLVER, config, StepSpacing.TRAILING).timesteps())
        .containsExactly(999, 749, 499, 249);
    assertThat(spaced(SchedulerType.UNIPC, config, StepSpacing.MODEL).timesteps())
        .isEqualTo(spaced(SchedulerType.UNIPC, stableDiffusion(), StepSpacing.KARRAS).timesteps())
        .isNotEqualTo(spaced(SchedulerType.UNIPC, config, StepSpacing.EXPONENTIAL).timesteps());
    assertRefused(() -> spaced(SchedulerType.LCM, config, StepSpacing.TRAILING), "spacing is TRAILING, which LCM");
    assertRefused(() -> spaced(SchedulerType.DDIM, config, StepSpacing.KARRAS), "spacing is KARRAS, which DDIM");
    assertRefused(() -> spaced(SchedulerType.EULER, config, StepSpacing.LU), "spacing is LU, which EULER");
  }

  private static Scheduler spaced(SchedulerType type, ObjectNode config, StepSpacing spacing) {
    return Schedulers.create(parse(config), new SchedulerRequest(type, spacing, 4, List.of(), 1, 0, false, 1));
  }

  /** Quantiles of scipy 1.17.1; timesteps and levels of diffusers 0.35.2. */
  @Test
  void betaSpacingFollowsTheQuantilesOfTheBetaDistribution() {
    double[][] quantiles = {{0, 0}, {0.001, 1.855873851745199e-05}, {0.02, 0.002732982024577027},
        {0.1, 0.03958440558878085}, {0.25, 0.17568037865269498}, {0.5, 0.5}, {0.75, 0.824319621347305},
        {0.98, 0.9972670179754229}, {0.999, 0.9999814412614826}, {1, 1}};
    for (double[] quantile : quantiles) {
      assertThat(BetaQuantile.symmetric(0.6, quantile[0])).isCloseTo(quantile[1], within(1e-14));
    }
    ObjectNode config = stableDiffusion().put("use_beta_sigmas", true);
    double[] levels = {14.614646911621094, 12.82177448272705, 9.324479103088379, 5.319335460662842,
        1.8220402002334595, 0.02916753478348255};
    Scheduler euler = create(EULER, config, 6, 0, 1);
    assertThat(euler.timesteps()).containsExactly(
        new double[] {999, 977.0966796875, 920.731201171875, 808.697021484375, 535.184814453125, 0}, within(1e-3));
    for (int i = 0; i < levels.length; i++) {
      assertThat((double) euler.addNoise(new float[1], new float[] {1}, i)[0]).isCloseTo(levels[i], within(1e-5));
    }
    for (SchedulerType type : new SchedulerType[] {DPM_SOLVER, SchedulerType.UNIPC}) {
      assertThat(create(type, config, 6, 0, 1).timesteps()).containsExactly(998, 977, 920, 808, 535, 0);
      assertThat(Schedulers.create(parse(stableDiffusion()),
          new SchedulerRequest(type, StepSpacing.BETA, 6, List.of(), 1, 0, false, 1)).timesteps())
          .containsExactly(998, 977, 920, 808, 535, 0);
    }
  }

  @Test
  void onlyStochasticSolversDrawNoise() {
    assertThat(create(SchedulerType.DPM_SOLVER, stableDiffusion(), 4, 0, 1).needsNoise(0)).isFalse();
    assertThat(create(SchedulerType.DPM_SOLVER_SDE, stableDiffusion(), 4, 0, 1).needsNoise(3)).isTrue();
    assertThat(create(SchedulerType.LCM, stableDiffusion(), 4, 0, 1).needsNoise(2)).isTrue();
    assertThat(create(SchedulerType.LCM, stableDiffusion(), 4, 0, 1).needsNoise(3)).isFalse();
    assertThat(create(SchedulerType.TCD, stableDiffusion(), 4, 0, 1).needsNoise(0)).isFalse();
  }

  @Test
  void luSpacesStepsEvenlyInTheLogarithmOfSigma() {
    Scheduler scheduler = create(DPM_SOLVER, stableDiffusion().put("use_lu_lambdas", true), 5, 0, 1);
    double[] logs = new double[5];
    for (int i = 0; i < 5; i++) {
      logs[i] = Math.log(scheduler.addNoise(new float[1], new float[] {1}, i)[0]
          / scheduler.addNoise(new float[] {1}, new float[1], i)[0]);
    }
    assertThat(logs[0]).isCloseTo(Math.log(14.6146), within(1e-5));
    assertThat(logs[4]).isCloseTo(Math.log(0.0291675), within(1e-5));
    for (int i = 1; i < 5; i++) {
      assertThat(logs[i] - logs[i - 1]).isCloseTo((logs[4] - logs[0]) / 4, within(1e-5));
    }
  }

  @Test
  void aClippedLambdaLeavesOutTheTimestepsWithoutSignal() {
    ObjectNode config = stableDiffusion().put("beta_schedule", "squaredcos_cap_v2").put("lambda_min_clipped", -5.1);
    NoiseSchedule schedule = NoiseSchedule.of(parse(config));
    int first = (int) create(DPM_SOLVER, config, 10, 0, 1).timesteps()[0];
    assertThat(lambda(schedule, first)).isGreaterThanOrEqualTo(-5.1);
    assertThat(lambda(schedule, first + 1)).isLessThan(-5.1);
  }

  @Test
  void continuousTimeIsAQuarterOfTheLogarithmOfSigma() {
    ObjectNode config = stableDiffusion().put("timestep_type", "continuous").put("prediction_type", "v_prediction");
    Scheduler scheduler = create(EULER, config, 3, 0, 1);
    for (int i = 0; i < 3; i++) {
      double sigma = scheduler.addNoise(new float[1], new float[] {1}, i)[0];
      assertThat(scheduler.timesteps()[i]).isCloseTo(0.25 * Math.log(sigma), within(1e-6));
    }
    config.put("prediction_type", "epsilon");
    assertThat(create(EULER, config, 3, 0, 1).timesteps()).containsExactly(999, 499.5, 0);
  }

  @Test
  void logLinearLevelsHaveAConstantRatio() {
    Scheduler scheduler = create(EULER, stableDiffusion().put("interpolation_type", "log_linear"), 4, 0, 1);
    double ratio = Math.pow(0.0291675 / 14.6146, 1 / 4.0);
    for (int i = 0; i < 4; i++) {
      assertThat((double) scheduler.addNoise(new float[1], new float[] {1}, i)[0])
          .isCloseTo(14.6146 * Math.pow(ratio, i), within(1e-3));
    }
  }

  @Test
  void theThresholdIsThatOfEachImage() {
    ObjectNode config = stableDiffusion().put("prediction_type", "sample").put("thresholding", true)
        .put("dynamic_thresholding_ratio", 0.5).put("sample_max_value", 4.0).put("set_alpha_to_one", true);
    Scheduler scheduler = create(DDIM, config, 1, 0, 2);
    float[] image = {0.5f, -2, 3, /* and the other: */ 0.1f, 0.2f, -40};
    scheduler.step(image, 0, new float[6], null);
    // Medians 2 and 0.2, of which the second counts as 1.
    assertThat(SchedulerInspection.predicted(scheduler)).hasValueSatisfying(
        x -> assertThat(x).containsExactly(0.25f, -1, 1, 0.1f, 0.2f, -1));
  }

  @Test
  void trailingStepsThatDoNotDivideTheScheduleEndWithinIt() {
    // 1000/(1000/61) is rounded to a little more than 61.
    double[] timesteps = create(DDIM, stableDiffusion().put("timestep_spacing", "trailing"), 61, 0, 1).timesteps();
    assertThat(timesteps).hasSize(61);
    assertThat(timesteps[60]).isEqualTo(15);
  }

  @Test
  void argumentsAndTheHistoryAreNotAliased() {
    for (SchedulerType kind : new SchedulerType[] {DDIM, PNDM, DPM_SOLVER, SchedulerType.UNIPC, EULER}) {
      Scheduler kept = create(kind, stableDiffusion(), 6, 0, 1);
      Scheduler reused = create(kind, stableDiffusion(), 6, 0, 1);
      float[] x = {0.4f, -0.7f};
      float[] y = x.clone();
      float[] buffer = new float[2];
      for (int i = 0; i < kept.timesteps().length; i++) {
        float[] output = {0.3f * x[0] + i, 0.3f * x[1] - i};
        float[] before = x.clone();
        float[] next = kept.step(output, i, x, null);
        assertThat(x).containsExactly(before);
        System.arraycopy(output, 0, buffer, 0, 2);
        y = reused.step(buffer, i, y, null);
        Arrays.fill(buffer, Float.NaN);
        x = next;
        assertThat(y).as(kind + " step " + i).containsExactly(x);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = SchedulerType.class, names = {"DDIM", "DPM_SOLVER", "UNIPC", "EULER", "PNDM"})
  void aRunMayBeginLater(SchedulerType kind) {
    Scheduler scheduler = create(kind, stableDiffusion().put("skip_prk_steps", true), 10, 0, 1);
    float[] x = scheduler.addNoise(new float[] {0.5f, -0.5f}, new float[] {1, -1}, 4);
    for (int i = 4; i < scheduler.timesteps().length; i++) {
      x = scheduler.step(new float[] {1, -1}, i, x, null); // the very noise
    }
    // PNDM ends at the first noise level, and repeats its second evaluation wherever it begins, as published.
    assertThat(x).containsExactly(new float[] {0.5f, -0.5f}, within(kind == PNDM ? 0.08f : 1e-3f));
    int skipped = scheduler.timesteps().length - 1;
    float[] last = x;
    assertThatThrownBy(() -> scheduler.step(new float[2], skipped, last, null))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void rungeKuttaStepsNeedTheirBeginningAndFourSteps() {
    assertThatThrownBy(() -> create(PNDM, stableDiffusion(), 3, 0, 1))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("3 steps");
    Scheduler scheduler = create(PNDM, stableDiffusion(), 10, 0, 1);
    assertThatThrownBy(() -> scheduler.step(new float[2], 4, new float[2], null))
        .isInstanceOf(IllegalStateException.class).hasMessageContaining("start at step 0");
  }

  @Test
  void refusesWhatDoesNotFitWithTheNumbers() {
    ObjectNode config = stableDiffusion();
    assertRefused(() -> create(DDIM, config, 0, 0, 1), "steps is 0");
    assertRefused(() -> create(DDIM, config, 1001, 0, 1), "steps is 1001");
    assertRefused(() -> create(DDIM, config, 10, 0, 0), "batchSize is 0");
    assertRefused(() -> create(DDIM, config, 10, 1.5, 1), "eta is 1.5");
    assertRefused(() -> create(DDIM, config, 10, Double.NaN, 1), "eta is NaN");
    assertRefused(() -> create(EULER, config, 10, 0.5, 1), "eta is 0.5, but EULER has none");
    assertRefused(() -> create(DPM_SOLVER, config, 1000, 0, 1), "1000 steps are too many");
    assertRefused(() -> create(SchedulerType.LCM, config, 51, 0, 1), "steps is 51: use at most 50");
    assertRefused(() -> given(SchedulerType.TCD, List.of(999, 999)), "timesteps are [999, 999]");
    assertRefused(() -> given(SchedulerType.TCD, List.of(1000)), "timesteps are [1000]");
    assertRefused(() -> given(DDIM, List.of(999)), "DDIM takes neither timesteps");
    ObjectNode shifted = stableDiffusion().put("steps_offset", 1);
    assertRefused(() -> create(DDIM, shifted, 1000, 0, 1), "timestep 1000, outside the model's 1000");
    assertThatThrownBy(() -> create(PNDM, stableDiffusion().put("prediction_type", "sample"), 10, 0, 1))
        .isInstanceOf(GillException.class).hasMessageContaining("prediction_type");
  }

  private static Scheduler given(SchedulerType type, List<Integer> timesteps) {
    return Schedulers.create(parse(stableDiffusion()),
        new SchedulerRequest(type, StepSpacing.MODEL, 1, timesteps, 1, 0, false, 1));
  }

  @Test
  void refusesArraysThatDoNotFit() {
    for (SchedulerType kind : new SchedulerType[] {DDIM, PNDM, DPM_SOLVER, SchedulerType.UNIPC, EULER}) {
      Scheduler scheduler = create(kind, stableDiffusion(), 10, 0, 2);
      assertRefused(() -> scheduler.step(new float[4], 0, new float[2], null), "do not fit");
      assertRefused(() -> scheduler.step(new float[3], 0, new float[3], null), "do not fit");
      assertRefused(() -> scheduler.step(new float[0], 0, new float[0], null), "do not fit");
      assertRefused(() -> scheduler.step(new float[2], 99, new float[2], null), "step is 99");
      assertRefused(() -> scheduler.step(new float[2], 0, new float[2], new float[2]), "noise");
      assertRefused(() -> scheduler.step(new float[2], -1, new float[2], null), "step is -1");
      assertRefused(() -> scheduler.addNoise(new float[2], new float[4], 0), "do not fit");
    }
    assertRefused(() -> create(EULER, stableDiffusion(), 10, 0, 2).scaleModelInput(new float[2], -1), "step is -1");
    Scheduler stochastic = create(DDIM, stableDiffusion(), 10, 0.5, 1);
    assertRefused(() -> stochastic.step(new float[2], 0, new float[2], null), "noise is null");
  }

  @Test
  void theForwardProcessRefusesWhatIsOutsideIt() {
    NoiseSchedule schedule = NoiseSchedule.of(parse(stableDiffusion()));
    assertRefused(() -> schedule.addNoise(new float[2], new float[2], 1000), "timestep 1000");
    assertRefused(() -> schedule.velocity(new float[2], new float[2], -1), "timestep -1");
    assertRefused(() -> schedule.velocity(new float[3], new float[3], 1, 2), "do not fit");
    assertRefused(() -> schedule.addNoise(new float[3], new float[2], 1), "do not fit");
    assertRefused(() -> schedule.addNoise(new float[3], new float[3]), "do not fit");
  }

  /** Relative to what the exact path gives at the noise level where the sampler ends. */
  private static double errorOfGaussian(SchedulerType kind, ObjectNode config, int steps) {
    Scheduler scheduler = create(kind, config, steps, 0, 1);
    double[] timesteps = scheduler.timesteps();
    NoiseSchedule schedule = NoiseSchedule.of(parse(config));
    boolean inSigma = kind == DPM_SOLVER || kind == SchedulerType.UNIPC;
    float[] x = {(float) scheduler.initNoiseSigma()};
    double start = Double.NaN;
    for (int i = 0; i < timesteps.length; i++) {
      double noisy = scheduler.addNoise(new float[1], new float[] {1}, i)[0];
      double image = scheduler.addNoise(new float[] {1}, new float[1], i)[0];
      double alphaBar = image * image / (image * image + noisy * noisy);
      start = i == 0 ? alphaBar : start;
      x = scheduler.step(exactNoise(scheduler.scaleModelInput(x, i), alphaBar), i, x, null);
    }
    boolean atSmallest = inSigma ? config.path("final_sigmas_type").asText().equals("sigma_min") : kind == PNDM;
    double end = atSmallest ? schedule.alphaCumprod(0) : 1;
    double begin = kind == EULER ? Math.sqrt(start) * scheduler.initNoiseSigma() : 1;
    double expected = begin * deviation(end) / deviation(start);
    return Math.abs(x[0] - expected) / expected;
  }

  private static double deviation(double alphaBar) {
    return Math.sqrt(alphaBar * DEVIATION * DEVIATION + 1 - alphaBar);
  }

  private static float[] exactNoise(float[] x, double alphaBar) {
    float[] noise = new float[x.length];
    double scale = Math.sqrt(1 - alphaBar) / (deviation(alphaBar) * deviation(alphaBar));
    for (int i = 0; i < x.length; i++) {
      noise[i] = (float) (scale * x[i]);
    }
    return noise;
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double lambda(NoiseSchedule schedule, int timestep) {
    double alphaBar = schedule.alphaCumprod(timestep);
    return 0.5 * Math.log(alphaBar / (1 - alphaBar));
  }

  private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
  }

  private static Scheduler create(
      SchedulerType kind, ObjectNode config, int steps, double eta, int batchSize) {
    return Schedulers.create(kind, parse(config), steps, eta, batchSize);
  }

  private static SchedulerConfig parse(ObjectNode config) {
    try {
      Path file = Files.createTempFile("scheduler_config", ".json");
      try {
        return SchedulerConfig.read(Files.writeString(file, config.toString()));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode stableDiffusion() {
    return new ObjectMapper().createObjectNode().put("_class_name", "DDIMScheduler")
        .put("beta_schedule", "scaled_linear").put("beta_start", 0.00085).put("beta_end", 0.012)
        .put("clip_sample", false);
  }
}
