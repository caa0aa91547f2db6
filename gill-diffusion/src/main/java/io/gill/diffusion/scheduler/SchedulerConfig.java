package io.gill.diffusion.scheduler;

import static java.util.Objects.requireNonNullElse;

import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@code scheduler_config.json} as diffusers writes it. Immutable.
 *
 * <p>Any scheduler can be created from any such file: it reads its own settings and ignores the others, like
 * {@code from_config} of diffusers. Settings that the file leaves open have the default of the created scheduler; β has
 * that of the scheduler that the file names.
 */
public final class SchedulerConfig {
  /** What a pipeline changes in the configuration of its scheduler. */
  public enum Corrections {
    /** Nothing: a scheduler by itself. */
    NONE,
    /**
     * A pipeline of latents never clips x_0: latents have no bounds. The published pipelines of SDXL and of latent
     * consistency models clip it where the file asks for it, or leaves it open for DDIM.
     */
    LATENTS,
    /** The published pipelines of Stable Diffusion 1.x and 2.x also set {@code steps_offset} to 1. */
    STABLE_DIFFUSION,
    /** The published pipeline for inpainting also sets {@code skip_prk_steps}. */
    INPAINTING
  }

  /** {@code beta_schedule}. */
  enum BetaSchedule {
    /** β evenly spaced. */
    LINEAR,
    /** √β evenly spaced, the schedule of latent diffusion. */
    SCALED_LINEAR,
    /** ᾱ a squared cosine. */
    SQUAREDCOS_CAP_V2
  }

  /** {@code prediction_type}. */
  enum PredictionType {
    /** The noise ε. */
    EPSILON,
    /** The image x_0. */
    SAMPLE,
    /** The velocity v = √ᾱ_t·ε − √(1 − ᾱ_t)·x_0. */
    V_PREDICTION
  }

  /** {@code timestep_spacing}. */
  enum TimestepSpacing {
    /** From the first to the last timestep, both included. */
    LINSPACE,
    /** Multiples of a whole step from the first timestep. */
    LEADING,
    /** Multiples of a fractional step from the last timestep. */
    TRAILING
  }

  /** {@code use_karras_sigmas} and similar keys: how steps are spread over the noise levels. */
  enum SigmaSpacing {
    /** Like the timesteps. */
    TIMESTEPS,
    /** Evenly in σ^(1/7). */
    KARRAS,
    /** Evenly in log σ. */
    EXPONENTIAL,
    /** At quantiles of a beta distribution. */
    BETA,
    /** Evenly in λ. */
    LU
  }

  /** {@code algorithm_type} of DPM-Solver. */
  enum Algorithm {
    /** DPM-Solver, which integrates the predicted noise. */
    DPMSOLVER("dpmsolver", false, false),
    /** DPM-Solver++, which integrates the predicted image. */
    DPMSOLVER_PLUS_PLUS("dpmsolver++", true, false),
    /** DPM-Solver for the stochastic equation. */
    SDE_DPMSOLVER("sde-dpmsolver", false, true),
    /** DPM-Solver++ for the stochastic equation. */
    SDE_DPMSOLVER_PLUS_PLUS("sde-dpmsolver++", true, true);

    final String published;
    final boolean integratesImage;
    final boolean stochastic;

    Algorithm(String published, boolean integratesImage, boolean stochastic) {
      this.published = published;
      this.integratesImage = integratesImage;
      this.stochastic = stochastic;
    }
  }

  /** {@code solver_type}. For values of other schedulers, DPM-Solver uses the midpoint rule and UniPC uses B₂. */
  enum SolverType {
    /** DPM-Solver: the midpoint rule. */
    MIDPOINT,
    /** DPM-Solver: Heun's rule. */
    HEUN,
    /** DEIS. */
    LOGRHO,
    /** UniPC: B₁(h) = h. */
    BH1,
    /** UniPC: B₂(h) = e^h − 1. */
    BH2
  }

  /** {@code final_sigmas_type}. */
  enum FinalSigmas {
    /** A run ends without noise. */
    ZERO,
    /** A run ends at the noise of the first training timestep. */
    SIGMA_MIN
  }

  /** {@code interpolation_type}. */
  enum Interpolation {
    /** σ is linear between timesteps. */
    LINEAR,
    /** σ is evenly spaced in log σ over the whole schedule. */
    LOG_LINEAR
  }

  /** {@code timestep_type}. */
  enum TimestepType {
    /** The training timestep. */
    DISCRETE,
    /** ¼·log σ for models that predict v; others get the training timestep. */
    CONTINUOUS
  }

  private static final Map<String, SchedulerType> SUPPORTED = Map.of(
      "DDIMScheduler", SchedulerType.DDIM,
      "PNDMScheduler", SchedulerType.PNDM,
      "DPMSolverMultistepScheduler", SchedulerType.DPM_SOLVER,
      "UniPCMultistepScheduler", SchedulerType.UNIPC,
      "EulerDiscreteScheduler", SchedulerType.EULER,
      "EulerAncestralDiscreteScheduler", SchedulerType.EULER_ANCESTRAL,
      "LCMScheduler", SchedulerType.LCM,
      "TCDScheduler", SchedulerType.TCD);

  /** Unsupported schedulers whose settings fit the supported ones. */
  private static final Set<String> COMPATIBLE = Set.of(
      "DDPMScheduler", "LMSDiscreteScheduler", "HeunDiscreteScheduler", "DPMSolverSinglestepScheduler",
      "DPMSolverSDEScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "DEISMultistepScheduler");

  /** Schedulers of distilled models, whose default of β is scaled-linear. */
  private static final Set<String> DISTILLED = Set.of("LCMScheduler", "TCDScheduler");

  /** Schedulers whose default of β is that of latent diffusion, from 0.00085 to 0.012. */
  private static final Set<String> WITH_LATENT_BETAS = Set.of("LCMScheduler", "TCDScheduler", "HeunDiscreteScheduler",
      "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "DPMSolverSDEScheduler");

  private static final String KNOWN = String.join(", ", new TreeSet<>(SUPPORTED.keySet()));

  private static final Set<SchedulerType> ALL = EnumSet.complementOf(EnumSet.of(SchedulerType.MODEL));
  private static final Set<SchedulerType> DPM_SOLVER =
      EnumSet.of(SchedulerType.DPM_SOLVER, SchedulerType.DPM_SOLVER_SDE);
  private static final Set<SchedulerType> SOLVERS =
      EnumSet.of(SchedulerType.DPM_SOLVER, SchedulerType.DPM_SOLVER_SDE, SchedulerType.UNIPC);
  private static final Set<SchedulerType> IN_SIGMA =
      EnumSet.of(SchedulerType.DPM_SOLVER, SchedulerType.DPM_SOLVER_SDE, SchedulerType.UNIPC, SchedulerType.EULER);

  /** The schedulers that read each unsupported option; all of them if it is not listed. */
  private static final Map<String, Set<SchedulerType>> READERS = Map.of(
      "sigma_min", IN_SIGMA,
      "sigma_max", IN_SIGMA,
      "use_flow_sigmas", SOLVERS,
      "use_dynamic_shifting", SOLVERS,
      "solver_p", EnumSet.of(SchedulerType.UNIPC),
      "variance_type", DPM_SOLVER);

  /** All schedulers except those that step over the grid of a distilled model. */
  private static final Set<SchedulerType> WITH_TIMESTEPS =
      EnumSet.complementOf(EnumSet.of(SchedulerType.MODEL, SchedulerType.LCM, SchedulerType.TCD));

  /** The schedulers that have a spacing of σ. Spacings of timesteps are not listed. */
  private static final Map<StepSpacing, Set<SchedulerType>> SPACINGS = Map.of(
      StepSpacing.KARRAS, IN_SIGMA,
      StepSpacing.EXPONENTIAL, IN_SIGMA,
      StepSpacing.BETA, IN_SIGMA,
      StepSpacing.LU, DPM_SOLVER);

  private static final int MOST_TIMESTEPS = 100_000;

  private final ConfigFile file;
  private final Corrections corrections;

  /** {@code _class_name}, the publisher's choice. */
  final String className;

  /** T, the length of the training schedule. */
  final int numTrainTimesteps;

  /** β of the first and the last timestep, and the shape between them. */
  final double betaStart;

  final double betaEnd;
  final BetaSchedule betaSchedule;

  /** β of every timestep, which overrides the three settings before; empty if not set. */
  final List<Double> trainedBetas;

  /** All but PNDM: whether the schedule is rescaled to end without signal. */
  final boolean rescaleBetasZeroSnr;

  final PredictionType predictionType;

  /** Null for the scheduler's own default. */
  private final @Nullable TimestepSpacing timestepSpacing;

  /** Added to every timestep of leading spacing. */
  final int stepsOffset;

  /** DDIM, PNDM: whether the last step ends at ᾱ = 1 instead of ᾱ_0; null for the scheduler's own default. */
  private final @Nullable Boolean setAlphaToOne;

  /** DDIM, LCM: whether x_0 is clipped, and to which magnitude; null for the scheduler's own default. */
  private final @Nullable Boolean clipSample;

  final double clipSampleRange;

  /** DDIM, LCM, DPM-Solver, UniPC: whether x_0 is dynamically thresholded, at which quantile, and the maximum. */
  final boolean thresholding;

  final double dynamicThresholdingRatio;
  final double sampleMaxValue;

  /** PNDM: whether to omit the Runge-Kutta steps at the start. */
  final boolean skipPrkSteps;

  /** DPM-Solver, UniPC: 1, 2 or 3. */
  final int solverOrder;

  final SolverType solverType;
  final Algorithm algorithm;

  /** DPM-Solver: whether runs of fewer than 15 steps end with lower orders; UniPC: whether all runs do. */
  final boolean lowerOrderFinal;

  /** DPM-Solver: whether every run ends with a first-order step. */
  final boolean eulerAtFinal;

  /** UniPC: whether it integrates the predicted image instead of the predicted noise. */
  final boolean predictX0;

  /** UniPC: the steps whose result is not corrected. */
  final List<Integer> disableCorrector;

  final SigmaSpacing sigmaSpacing;
  final FinalSigmas finalSigmasType;

  /** DPM-Solver: minimum of log(α_t/σ_t); timesteps below are omitted. */
  final double lambdaMinClipped;

  /** Euler: interpolation of σ between timesteps, and the time that a v-prediction model reads. */
  final Interpolation interpolationType;

  final TimestepType timestepType;

  /** LCM, TCD: steps of the grid the model was distilled on. */
  final int originalInferenceSteps;

  /** LCM: s = timestepScaling · t in the boundary condition. */
  final double timestepScaling;

  /**
   * Unsupported options that are set to something else than a harmless value, with that value. A scheduler that reads
   * one cannot be created.
   */
  final Map<String, String> unsupported;

  /**
   * Reads the settings for a scheduler.
   *
   * @param file the file
   * @param type the scheduler, which overrides the algorithm; {@link SchedulerType#MODEL} for the file's own
   * @param spacing overrides the spacing
   * @param corrections of the pipeline
   */
  private SchedulerConfig(ConfigFile file, SchedulerType type, StepSpacing spacing, Corrections corrections) {
    this.file = file;
    this.corrections = corrections;
    SchedulerKeys keys = new SchedulerKeys(file);
    String name = keys.text("_class_name");
    if (name == null) {
      throw new IllegalArgumentException("has no _class_name");
    }
    className = name;
    boolean distilled = DISTILLED.contains(className);
    boolean latent = WITH_LATENT_BETAS.contains(className);
    numTrainTimesteps = keys.integer("num_train_timesteps", 1000);
    betaStart = keys.number("beta_start", latent ? 0.00085 : 0.0001);
    betaEnd = keys.number("beta_end", latent ? 0.012 : 0.02);
    betaSchedule = requireNonNullElse(keys.choice("beta_schedule", BetaSchedule.class),
        distilled ? BetaSchedule.SCALED_LINEAR : BetaSchedule.LINEAR);
    trainedBetas = keys.numbers("trained_betas");
    rescaleBetasZeroSnr = keys.flag("rescale_betas_zero_snr", false);
    predictionType = requireNonNullElse(keys.choice("prediction_type", PredictionType.class), PredictionType.EPSILON);
    TimestepSpacing ownTimesteps = keys.choice("timestep_spacing", TimestepSpacing.class);
    SigmaSpacing ownSigmas = sigmaSpacing(keys);
    timestepSpacing = switch (spacing) {
      case LINSPACE -> TimestepSpacing.LINSPACE;
      case LEADING -> TimestepSpacing.LEADING;
      case TRAILING -> TimestepSpacing.TRAILING;
      case MODEL, KARRAS, EXPONENTIAL, BETA, LU -> ownTimesteps;
    };
    sigmaSpacing = switch (spacing) {
      case MODEL -> ownSigmas;
      case KARRAS -> SigmaSpacing.KARRAS;
      case EXPONENTIAL -> SigmaSpacing.EXPONENTIAL;
      case BETA -> SigmaSpacing.BETA;
      case LU -> SigmaSpacing.LU;
      case LINSPACE, LEADING, TRAILING -> SigmaSpacing.TIMESTEPS;
    };
    int ownOffset = keys.integer("steps_offset", 0);
    stepsOffset = corrections.compareTo(Corrections.STABLE_DIFFUSION) >= 0 ? 1 : ownOffset;
    setAlphaToOne = keys.optionalFlag("set_alpha_to_one");
    Boolean ownClip = keys.optionalFlag("clip_sample");
    clipSample = corrections == Corrections.NONE ? ownClip : Boolean.FALSE;
    clipSampleRange = keys.number("clip_sample_range", 1);
    thresholding = keys.flag("thresholding", false);
    dynamicThresholdingRatio = keys.number("dynamic_thresholding_ratio", 0.995);
    sampleMaxValue = keys.number("sample_max_value", 1);
    skipPrkSteps = keys.flag("skip_prk_steps", false) || corrections == Corrections.INPAINTING;
    solverOrder = keys.integer("solver_order", 2);
    solverType = requireNonNullElse(keys.choice("solver_type", SolverType.class), SolverType.MIDPOINT);
    Algorithm ownAlgorithm = algorithm(keys);
    algorithm = type == SchedulerType.DPM_SOLVER_SDE ? Algorithm.SDE_DPMSOLVER_PLUS_PLUS : ownAlgorithm;
    lowerOrderFinal = keys.flag("lower_order_final", true);
    eulerAtFinal = keys.flag("euler_at_final", false);
    predictX0 = keys.flag("predict_x0", true);
    disableCorrector = keys.integers("disable_corrector");
    finalSigmasType = requireNonNullElse(keys.choice("final_sigmas_type", FinalSigmas.class), FinalSigmas.ZERO);
    lambdaMinClipped = keys.numberOrInfinity("lambda_min_clipped", Double.NEGATIVE_INFINITY);
    interpolationType =
        requireNonNullElse(keys.choice("interpolation_type", Interpolation.class), Interpolation.LINEAR);
    timestepType = requireNonNullElse(keys.choice("timestep_type", TimestepType.class), TimestepType.DISCRETE);
    originalInferenceSteps = keys.integer("original_inference_steps", 50);
    timestepScaling = keys.number("timestep_scaling", 10);
    unsupported = keys.unsupported();
    check();
  }

  /** DEIS' name is read as DPM-Solver++, as in the reference. */
  private static Algorithm algorithm(SchedulerKeys keys) {
    return "deis".equals(keys.text("algorithm_type")) ? Algorithm.DPMSOLVER_PLUS_PLUS
        : requireNonNullElse(keys.choice("algorithm_type", Algorithm.class, value -> value.published),
            Algorithm.DPMSOLVER_PLUS_PLUS);
  }

  private static SigmaSpacing sigmaSpacing(SchedulerKeys keys) {
    SigmaSpacing chosen = SigmaSpacing.TIMESTEPS;
    String by = "";
    for (Map.Entry<String, SigmaSpacing> entry : List.of(
        Map.entry("use_karras_sigmas", SigmaSpacing.KARRAS),
        Map.entry("use_exponential_sigmas", SigmaSpacing.EXPONENTIAL),
        Map.entry("use_beta_sigmas", SigmaSpacing.BETA),
        Map.entry("use_lu_lambdas", SigmaSpacing.LU))) {
      if (keys.flag(entry.getKey(), false)) {
        check(by.isEmpty(), entry.getKey(), true, by + " is true too: use one of them");
        chosen = entry.getValue();
        by = entry.getKey();
      }
    }
    return chosen;
  }

  private void check() {
    check(SUPPORTED.containsKey(className) || COMPATIBLE.contains(className),
        "_class_name", className, "use one of " + KNOWN);
    check(numTrainTimesteps >= 2 && numTrainTimesteps <= MOST_TIMESTEPS,
        "num_train_timesteps", numTrainTimesteps, "use 2 to " + MOST_TIMESTEPS);
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
    check(originalInferenceSteps >= 1, "original_inference_steps", originalInferenceSteps, "use 1 or more");
    check(timestepScaling > 0 && Double.isFinite(timestepScaling),
        "timestep_scaling", timestepScaling, "use a value above 0");
  }

  /**
   * Reads a file.
   *
   * @param file a {@code scheduler_config.json}
   * @return its settings
   * @throws GillException if it cannot be read, is not JSON, has an invalid value, or an unknown option
   */
  public static SchedulerConfig read(Path file) {
    return read(ConfigFile.read(file), SchedulerType.MODEL, StepSpacing.MODEL, Corrections.NONE);
  }

  private static SchedulerConfig read(
      ConfigFile file, SchedulerType type, StepSpacing spacing, Corrections corrections) {
    return file.validated(config -> new SchedulerConfig(config, type, spacing, corrections));
  }

  /**
   * Returns the settings with a pipeline's corrections.
   *
   * @param pipeline what the pipeline changes
   * @return settings of the same file
   */
  public SchedulerConfig with(Corrections pipeline) {
    return read(file, SchedulerType.MODEL, StepSpacing.MODEL, pipeline);
  }

  /** Returns the scheduler that the file names. */
  SchedulerType type() {
    SchedulerType type = SUPPORTED.get(className);
    if (type == null) {
      throw new GillException(file + ": _class_name is " + className + ", which is not supported: choose "
          + "DDIM or another scheduler in the diffusion options (supported are " + KNOWN + ")");
    }
    return type;
  }

  /** Returns the settings for a scheduler of this type. */
  SchedulerConfig of(SchedulerType type, StepSpacing spacing) {
    if (spacing != StepSpacing.MODEL && !SPACINGS.getOrDefault(spacing, WITH_TIMESTEPS).contains(type)) {
      throw new IllegalArgumentException("spacing is " + spacing + ", which " + type + " does not have: use MODEL");
    }
    boolean own = spacing == StepSpacing.MODEL && type != SchedulerType.DPM_SOLVER_SDE;
    SchedulerConfig config = own ? this : read(file, type, spacing, corrections);
    config.requireSupportedBy(type);
    return config;
  }

  /** Rejects a scheduler that reads an unsupported option. */
  private void requireSupportedBy(SchedulerType type) {
    unsupported.forEach((key, value) -> {
      Set<SchedulerType> readers = READERS.getOrDefault(key, ALL);
      if (readers.contains(type)) {
        throw new GillException(file + ": " + key + " is " + value + ", which is not supported for " + type
            + (readers.equals(ALL) ? ": no scheduler supports it, use another model"
                : ": choose a scheduler without this option in the diffusion options, such as DDIM"));
      }
    });
  }

  /** Creates an exception about an invalid value of this file. */
  GillException error(String key, Object value, String advice) {
    return new GillException(file + ": " + key + " is " + value + ": " + advice);
  }

  TimestepSpacing timestepSpacingOr(TimestepSpacing fallback) {
    return timestepSpacing != null ? timestepSpacing : fallback;
  }

  boolean setAlphaToOneOr(boolean fallback) {
    return setAlphaToOne != null ? setAlphaToOne : fallback;
  }

  boolean clipSampleOr(boolean fallback) {
    return clipSample != null ? clipSample : fallback;
  }

  private static void check(boolean valid, String key, Object value, String advice) {
    if (!valid) {
      throw new IllegalArgumentException(key + " is " + value + ": " + advice);
    }
  }
}
