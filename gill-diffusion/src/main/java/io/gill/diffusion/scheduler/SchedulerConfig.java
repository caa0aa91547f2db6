package io.gill.diffusion.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@code scheduler_config.json} as diffusers writes it. Immutable.
 *
 * <p>Any of the four samplers can be made from any such file: each takes the settings that it has and leaves the others,
 * as {@code from_config} does there. What the file leaves open has the default of the sampler that is made; that
 * default differs between samplers only where a component below is null.
 *
 * @param className {@code _class_name}, the sampler the model's publisher chose
 * @param numTrainTimesteps T, the length of the training schedule
 * @param betaStart β of the first timestep
 * @param betaEnd β of the last timestep
 * @param betaSchedule how β goes from one to the other
 * @param trainedBetas β of every timestep, which overrides the three before; empty for none
 * @param predictionType what the model predicts
 * @param timestepSpacing how timesteps are spread; null for the sampler's own default
 * @param stepsOffset added to every timestep of leading spacing
 * @param setAlphaToOne DDIM, PNDM: whether the last step ends at ᾱ = 1 rather than ᾱ_0; null for the sampler's own default
 * @param clipSample DDIM: whether x_0 is clipped
 * @param clipSampleRange DDIM: to which magnitude
 * @param thresholding DDIM, DPM-Solver++: whether x_0 is dynamically thresholded
 * @param dynamicThresholdingRatio the quantile for that, in [0, 1]
 * @param sampleMaxValue the largest threshold
 * @param rescaleBetasZeroSnr all but PNDM: whether the schedule is rescaled to end without signal
 * @param skipPrkSteps PNDM: whether to leave out the Runge-Kutta steps at the start
 * @param solverOrder DPM-Solver++: 1, 2 or 3
 * @param solverType DPM-Solver++: the second-order update
 * @param lowerOrderFinal DPM-Solver++: whether runs of fewer than 15 steps end with lower orders
 * @param eulerAtFinal DPM-Solver++: whether every run ends with a first-order step
 * @param useKarrasSigmas DPM-Solver++, Euler: whether steps are spread as Karras et al. do
 * @param useLuLambdas DPM-Solver++: whether steps are spread evenly in log σ
 * @param finalSigmasType DPM-Solver++, Euler: the noise level a run ends at
 * @param lambdaMinClipped DPM-Solver++: timesteps with log(α_t/σ_t) below this are left out
 * @param interpolationType Euler: how σ is found between timesteps
 * @param timestepType Euler: what a v-prediction model is told as time
 * @param unsupported options of the file that this library lacks and that are not at a harmless value, with that value:
 *     a sampler that would need one cannot be made
 */
public record SchedulerConfig(
    String className,
    int numTrainTimesteps,
    double betaStart,
    double betaEnd,
    BetaSchedule betaSchedule,
    List<Double> trainedBetas,
    PredictionType predictionType,
    @Nullable TimestepSpacing timestepSpacing,
    int stepsOffset,
    @Nullable Boolean setAlphaToOne,
    boolean clipSample,
    double clipSampleRange,
    boolean thresholding,
    double dynamicThresholdingRatio,
    double sampleMaxValue,
    boolean rescaleBetasZeroSnr,
    boolean skipPrkSteps,
    int solverOrder,
    SolverType solverType,
    boolean lowerOrderFinal,
    boolean eulerAtFinal,
    boolean useKarrasSigmas,
    boolean useLuLambdas,
    FinalSigmas finalSigmasType,
    double lambdaMinClipped,
    Interpolation interpolationType,
    TimestepType timestepType,
    Map<String, String> unsupported) {

  /** {@code beta_schedule}. */
  public enum BetaSchedule {
    /** β evenly spaced. */
    LINEAR,
    /** √β evenly spaced, the schedule of latent diffusion. */
    SCALED_LINEAR,
    /** ᾱ a squared cosine. */
    SQUAREDCOS_CAP_V2
  }

  /** {@code prediction_type}. */
  public enum PredictionType {
    /** The noise ε. */
    EPSILON,
    /** The image x_0. */
    SAMPLE,
    /** The velocity v = √ᾱ_t·ε − √(1 − ᾱ_t)·x_0. */
    V_PREDICTION
  }

  /** {@code timestep_spacing}. */
  public enum TimestepSpacing {
    /** From the first to the last timestep, both included. */
    LINSPACE,
    /** Multiples of a whole step from the first timestep. */
    LEADING,
    /** Multiples of a fractional step from the last timestep. */
    TRAILING
  }

  /** {@code solver_type}. */
  public enum SolverType {
    /** The midpoint rule. */
    MIDPOINT,
    /** Heun's rule. */
    HEUN
  }

  /** {@code final_sigmas_type}. */
  public enum FinalSigmas {
    /** A run ends without noise. */
    ZERO,
    /** A run ends at the noise of the first training timestep. */
    SIGMA_MIN
  }

  /** {@code interpolation_type}. */
  public enum Interpolation {
    /** σ is linear between timesteps. */
    LINEAR,
    /** σ is evenly spaced in log σ over the whole schedule. */
    LOG_LINEAR
  }

  /** {@code timestep_type}. */
  public enum TimestepType {
    /** The training timestep. */
    DISCRETE,
    /** ¼·log σ for models that predict v; others get the training timestep. */
    CONTINUOUS
  }

  private static final Map<String, DiffusionOptions.Scheduler> SUPPORTED = Map.of(
      "DDIMScheduler", DiffusionOptions.Scheduler.DDIM,
      "PNDMScheduler", DiffusionOptions.Scheduler.PNDM,
      "DPMSolverMultistepScheduler", DiffusionOptions.Scheduler.DPM_SOLVER,
      "EulerDiscreteScheduler", DiffusionOptions.Scheduler.EULER);

  /** Samplers of the same kind of model, whose settings the four above can take over. */
  private static final Set<String> COMPATIBLE = Set.of(
      "DDPMScheduler", "LMSDiscreteScheduler", "HeunDiscreteScheduler", "EulerAncestralDiscreteScheduler",
      "DPMSolverSinglestepScheduler", "DPMSolverSDEScheduler", "KDPM2DiscreteScheduler",
      "KDPM2AncestralDiscreteScheduler", "DEISMultistepScheduler", "UniPCMultistepScheduler");

  private static final String KNOWN =
      "DDIMScheduler, PNDMScheduler, DPMSolverMultistepScheduler or EulerDiscreteScheduler";

  private static final Set<DiffusionOptions.Scheduler> ALL =
      EnumSet.complementOf(EnumSet.of(DiffusionOptions.Scheduler.MODEL));
  private static final Set<DiffusionOptions.Scheduler> IN_SIGMA =
      EnumSet.of(DiffusionOptions.Scheduler.DPM_SOLVER, DiffusionOptions.Scheduler.EULER);
  private static final Set<DiffusionOptions.Scheduler> DPM_SOLVER = EnumSet.of(DiffusionOptions.Scheduler.DPM_SOLVER);

  /** Which samplers would read an option that is not supported; an option that is not listed stops all of them. */
  private static final Map<String, Set<DiffusionOptions.Scheduler>> READERS = Map.of(
      "use_exponential_sigmas", IN_SIGMA,
      "use_beta_sigmas", IN_SIGMA,
      "sigma_min", IN_SIGMA,
      "sigma_max", IN_SIGMA,
      "use_flow_sigmas", DPM_SOLVER,
      "use_dynamic_shifting", DPM_SOLVER,
      "algorithm_type", DPM_SOLVER,
      "variance_type", DPM_SOLVER);

  private static final int MOST_TIMESTEPS = 100_000;

  /**
   * Copies the collections and checks every value; a message names the key of the file.
   *
   * @param className as above
   * @param numTrainTimesteps as above
   * @param betaStart as above
   * @param betaEnd as above
   * @param betaSchedule as above
   * @param trainedBetas as above
   * @param predictionType as above
   * @param timestepSpacing as above
   * @param stepsOffset as above
   * @param setAlphaToOne as above
   * @param clipSample as above
   * @param clipSampleRange as above
   * @param thresholding as above
   * @param dynamicThresholdingRatio as above
   * @param sampleMaxValue as above
   * @param rescaleBetasZeroSnr as above
   * @param skipPrkSteps as above
   * @param solverOrder as above
   * @param solverType as above
   * @param lowerOrderFinal as above
   * @param eulerAtFinal as above
   * @param useKarrasSigmas as above
   * @param useLuLambdas as above
   * @param finalSigmasType as above
   * @param lambdaMinClipped as above
   * @param interpolationType as above
   * @param timestepType as above
   * @param unsupported as above
   */
  public SchedulerConfig {
    trainedBetas = List.copyOf(trainedBetas);
    unsupported = Map.copyOf(unsupported);
    check(SUPPORTED.containsKey(className) || COMPATIBLE.contains(className), "_class_name", className, "use " + KNOWN);
    check(numTrainTimesteps >= 1 && numTrainTimesteps <= MOST_TIMESTEPS,
        "num_train_timesteps", numTrainTimesteps, "use 1 to " + MOST_TIMESTEPS);
    check(betaStart > 0 && betaStart < 1, "beta_start", betaStart, "use a value between 0 and 1");
    check(betaEnd > 0 && betaEnd < 1, "beta_end", betaEnd, "use a value between 0 and 1");
    check(trainedBetas.isEmpty() || trainedBetas.size() == numTrainTimesteps,
        "trained_betas", trainedBetas.size() + " values", "num_train_timesteps is " + numTrainTimesteps);
    for (double beta : trainedBetas) {
      check(beta > 0 && beta <= 1, "trained_betas", beta, "every value must be above 0 and at most 1");
    }
    check(stepsOffset >= 0 && stepsOffset < numTrainTimesteps,
        "steps_offset", stepsOffset, "use 0 to " + (numTrainTimesteps - 1));
    check(clipSampleRange > 0 && Double.isFinite(clipSampleRange),
        "clip_sample_range", clipSampleRange, "use a value above 0");
    check(dynamicThresholdingRatio >= 0 && dynamicThresholdingRatio <= 1,
        "dynamic_thresholding_ratio", dynamicThresholdingRatio, "use 0 to 1");
    check(sampleMaxValue > 0 && Double.isFinite(sampleMaxValue),
        "sample_max_value", sampleMaxValue, "use a value above 0");
    check(solverOrder >= 1 && solverOrder <= 3, "solver_order", solverOrder, "use 1, 2 or 3");
    check(!(useKarrasSigmas && useLuLambdas), "use_lu_lambdas", true, "use_karras_sigmas is true too: use one of them");
    check(!Double.isNaN(lambdaMinClipped), "lambda_min_clipped", lambdaMinClipped, "use a number or -Infinity");
  }

  /**
   * Reads a file.
   *
   * @param file a {@code scheduler_config.json}
   * @return its settings
   * @throws GillException if it cannot be read, is not JSON, has an impossible value, or an option that is not known
   */
  public static SchedulerConfig read(Path file) {
    return ConfigReader.read(file);
  }

  /** The settings in a JSON object; {@code source} is named in messages. */
  static SchedulerConfig parse(JsonNode json, String source) {
    return ConfigReader.parse(json, source);
  }

  /** The sampler the file names. */
  DiffusionOptions.Scheduler sampler() {
    DiffusionOptions.Scheduler sampler = SUPPORTED.get(className);
    if (sampler == null) {
      throw new GillException("scheduler_config.json: _class_name is " + className + ", which is not supported: ask for "
          + "DDIM, PNDM, DPM_SOLVER or EULER in the diffusion options (known are " + KNOWN + ")");
    }
    return sampler;
  }

  /** Refuses a sampler that would need an option this library lacks. */
  void requireSupportedBy(DiffusionOptions.Scheduler sampler) {
    unsupported.forEach((key, value) -> {
      if (READERS.getOrDefault(key, ALL).contains(sampler)) {
        throw new GillException(
            "scheduler_config.json: " + key + " is " + value + ", which " + sampler + " does not support here");
      }
    });
  }

  TimestepSpacing timestepSpacingOr(TimestepSpacing fallback) {
    return timestepSpacing != null ? timestepSpacing : fallback;
  }

  boolean setAlphaToOneOr(boolean fallback) {
    return setAlphaToOne != null ? setAlphaToOne : fallback;
  }

  private static void check(boolean valid, String key, Object value, String advice) {
    if (!valid) {
      throw new IllegalArgumentException(key + " is " + value + ": " + advice);
    }
  }
}
