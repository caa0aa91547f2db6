package io.gill;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Options for image generation. Immutable, except for the images it may hold, which must not be changed.
 * {@link #builder()} starts from the defaults, {@link #toBuilder()} from these options.
 */
public final class DiffusionOptions {
  /** Schedulers. Each keeps the other settings of the model's {@code scheduler_config.json}. */
  public enum SchedulerType {
    /** Denoising diffusion implicit models (Song et al. 2020). */
    DDIM,
    /** Pseudo numerical methods (Liu et al. 2022), the default that Stable Diffusion 1.5 names. */
    PNDM,
    /** DPM-Solver++ (Lu et al. 2022), multistep: good images in 20 steps. */
    DPM_SOLVER,
    /** DPM-Solver++ for the stochastic differential equation: adds noise in every step. */
    DPM_SOLVER_SDE,
    /** The unified predictor-corrector (Zhao et al. 2023): good images in 10 to 20 steps. */
    UNIPC,
    /** Euler's method over the σ of Karras et al. 2022. */
    EULER,
    /** Euler's method with ancestral sampling: adds noise in every step. */
    EULER_ANCESTRAL,
    /** Latent consistency models (Luo et al. 2023): 1 to 8 steps, for models distilled for it; guidance 1. */
    LCM,
    /** Trajectory consistency distillation (Zheng et al. 2024): few steps, for models distilled for it; η is γ. */
    TCD,
    /** The scheduler that the model's own configuration names. */
    MODEL
  }

  /** Distribution of the steps over the training schedule. */
  public enum StepSpacing {
    /** As in the model's own configuration. */
    MODEL,
    /** Evenly from the first to the last timestep, both included. */
    LINSPACE,
    /** Multiples of a whole step from the first timestep. */
    LEADING,
    /** Multiples of a fractional step from the last timestep; models distilled to few steps expect this. */
    TRAILING,
    /** Evenly in σ^(1/7) (Karras et al. 2022); DPM-Solver, UniPC and Euler. */
    KARRAS,
    /** Evenly in log σ; DPM-Solver, UniPC and Euler. */
    EXPONENTIAL,
    /** At quantiles of a beta distribution (Lee et al. 2024), dense at both ends; DPM-Solver, UniPC and Euler. */
    BETA,
    /** Evenly in λ = log(α/σ) (Lu et al. 2022); DPM-Solver. */
    LU
  }

  /**
   * The sizes that SDXL is conditioned on, in pixels. A small original size makes an image of low quality.
   *
   * @param originalWidth width of the image before it was scaled and cropped
   * @param originalHeight height of the image before it was scaled and cropped
   * @param left columns cropped off at the left
   * @param top rows cropped off at the top
   * @param targetWidth width of the result
   * @param targetHeight height of the result
   */
  public record Framing(
      int originalWidth, int originalHeight, int left, int top, int targetWidth, int targetHeight) {
    /**
     * Checks the ranges.
     *
     * @param originalWidth width before scaling and cropping
     * @param originalHeight height before scaling and cropping
     * @param left columns cropped off at the left
     * @param top rows cropped off at the top
     * @param targetWidth width of the result
     * @param targetHeight height of the result
     */
    public Framing {
      Arguments.within(1, 1 << 16, originalWidth, "originalWidth");
      Arguments.within(1, 1 << 16, originalHeight, "originalHeight");
      Arguments.within(0, 1 << 16, left, "left");
      Arguments.within(0, 1 << 16, top, "top");
      Arguments.within(1, 1 << 16, targetWidth, "targetWidth");
      Arguments.within(1, 1 << 16, targetHeight, "targetHeight");
    }
  }

  private static final DiffusionOptions DEFAULT = new DiffusionOptions(new Builder());

  private final int steps;
  private final double guidanceScale;
  private final int width;
  private final int height;
  private final SchedulerType scheduler;
  private final StepSpacing spacing;
  private final double eta;
  private final String negativePrompt;
  private final double guidanceRescale;
  private final int deepCache;
  private final @Nullable Framing framing;
  private final @Nullable Framing negativeFraming;
  private final @Nullable BufferedImage startImage;
  private final double strength;
  private final @Nullable BufferedImage mask;

  private DiffusionOptions(Builder builder) {
    steps = builder.steps;
    guidanceScale = builder.guidanceScale;
    width = builder.width;
    height = builder.height;
    scheduler = builder.scheduler;
    spacing = builder.spacing;
    eta = builder.eta;
    negativePrompt = builder.negativePrompt;
    guidanceRescale = builder.guidanceRescale;
    deepCache = builder.deepCache;
    framing = builder.framing;
    negativeFraming = builder.negativeFraming;
    startImage = builder.startImage;
    strength = builder.strength;
    mask = builder.mask;
  }

  /**
   * Returns the defaults.
   *
   * @return 50 steps of DDIM at guidance 7.5 and the model's own size
   */
  public static DiffusionOptions defaults() {
    return DEFAULT;
  }

  /**
   * Creates a builder with the defaults.
   *
   * @return the builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Creates a builder with these options.
   *
   * @return the builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Number of denoising steps.
   *
   * @return 1 to 1000; 50 by default
   */
  public int steps() {
    return steps;
  }

  /**
   * Scale w of classifier-free guidance, ε = ε(∅) + w·(ε(c) − ε(∅)).
   *
   * @return 7.5 by default; values up to 1 disable guidance, which halves the work and ignores the negative prompt
   */
  public double guidanceScale() {
    return guidanceScale;
  }

  /**
   * Width in pixels, a multiple of the autoencoder's factor (8).
   *
   * @return 0 for the model's own width, the default
   */
  public int width() {
    return width;
  }

  /**
   * Height in pixels, a multiple of the autoencoder's factor (8).
   *
   * @return 0 for the model's own height, the default
   */
  public int height() {
    return height;
  }

  /**
   * Returns the scheduler.
   *
   * @return {@link SchedulerType#DDIM} by default
   */
  public SchedulerType scheduler() {
    return scheduler;
  }

  /**
   * Distribution of the steps over the training schedule.
   *
   * @return {@link StepSpacing#MODEL} by default
   */
  public StepSpacing spacing() {
    return spacing;
  }

  /**
   * Amount of noise that a step adds: η of DDIM, γ of TCD (0.3 in its paper).
   *
   * @return in [0, 1]; 0, the default, is deterministic
   */
  public double eta() {
    return eta;
  }

  /**
   * Prompt of the unconditional half of guidance.
   *
   * @return empty by default
   */
  public String negativePrompt() {
    return negativePrompt;
  }

  /**
   * Weight φ of predictions that are rescaled to the standard deviation of ε(c) (Lin et al. 2023, arXiv 2305.08891),
   * which prevents overexposed images.
   *
   * @return in [0, 1]; 0, the default, leaves predictions unchanged
   */
  public double guidanceRescale() {
    return guidanceRescale;
  }

  /**
   * Number of steps that share the UNet's deep features (DeepCache, Ma et al. 2023, arXiv 2312.00858). The first of
   * them computes the whole UNet, the others its first convolution and last layer. It suits runs of many steps, whose
   * features change little from one to the next.
   *
   * @return 1 to 1000; 1, the default, computes everything in every step
   */
  public int deepCache() {
    return deepCache;
  }

  /**
   * The sizes that SDXL is conditioned on; other models ignore them.
   *
   * @return empty, the default, for the generated image's size without cropping
   */
  public Optional<Framing> framing() {
    return Optional.ofNullable(framing);
  }

  /**
   * The sizes that SDXL's unconditional half is conditioned on.
   *
   * @return empty, the default, for the sizes of {@link #framing()}
   */
  public Optional<Framing> negativeFraming() {
    return Optional.ofNullable(negativeFraming);
  }

  /**
   * Image that generated images start from and partly preserve. It is scaled to cover the size of the generated image
   * and centre-cropped.
   *
   * @return empty by default, so that images start from noise
   */
  public Optional<BufferedImage> startImage() {
    return Optional.ofNullable(startImage);
  }

  /**
   * Fraction of the start image to replace. That fraction of the steps runs, after the matching amount of noise is
   * added.
   *
   * @return above 0, which preserves the image, up to 1, which preserves little of it; 0.8 by default
   */
  public double strength() {
    return strength;
  }

  /**
   * Part of the start image to repaint: white is repainted, black is kept, and grey is rounded to one of them.
   *
   * @return an image of the start image's size; empty, the default, to repaint all of it
   */
  public Optional<BufferedImage> mask() {
    return Optional.ofNullable(mask);
  }

  /** The values that {@link #equals} compares; four may be null. */
  private List<@Nullable Object> values() {
    return Arrays.asList(steps, guidanceScale, width, height, scheduler, spacing, eta, negativePrompt, guidanceRescale,
        deepCache, framing, negativeFraming, startImage, strength, mask);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DiffusionOptions options && values().equals(options.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return "DiffusionOptions[steps=" + steps + ", guidanceScale=" + guidanceScale + ", width=" + width + ", height="
        + height + ", scheduler=" + scheduler + ", spacing=" + spacing + ", eta=" + eta + ", negativePrompt="
        + negativePrompt + ", guidanceRescale=" + guidanceRescale + ", deepCache=" + deepCache + ", framing=" + framing
        + ", negativeFraming=" + negativeFraming + ", startImage=" + Shown.image(startImage) + ", strength=" + strength
        + ", mask=" + Shown.image(mask) + "]";
  }

  /** Builds the options. Not thread-safe. */
  public static final class Builder {
    private int steps = 50;
    private double guidanceScale = 7.5;
    private int width;
    private int height;
    private SchedulerType scheduler = SchedulerType.DDIM;
    private StepSpacing spacing = StepSpacing.MODEL;
    private double eta;
    private String negativePrompt = "";
    private double guidanceRescale;
    private int deepCache = 1;
    private @Nullable Framing framing;
    private @Nullable Framing negativeFraming;
    private @Nullable BufferedImage startImage;
    private double strength = 0.8;
    private @Nullable BufferedImage mask;

    private Builder() {}

    private Builder(DiffusionOptions from) {
      steps = from.steps;
      guidanceScale = from.guidanceScale;
      width = from.width;
      height = from.height;
      scheduler = from.scheduler;
      spacing = from.spacing;
      eta = from.eta;
      negativePrompt = from.negativePrompt;
      guidanceRescale = from.guidanceRescale;
      deepCache = from.deepCache;
      framing = from.framing;
      negativeFraming = from.negativeFraming;
      startImage = from.startImage;
      strength = from.strength;
      mask = from.mask;
    }

    /**
     * Sets {@link DiffusionOptions#steps()}.
     *
     * @param value from 1
     * @return this
     */
    public Builder steps(int value) {
      steps = Arguments.within(1, 1000, value, "steps");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#guidanceScale()}.
     *
     * @param value from 0
     * @return this
     */
    public Builder guidanceScale(double value) {
      if (!(value >= 0 && value < 1000)) {
        throw new IllegalArgumentException("guidanceScale is " + value + ": use 0 to 1000, usually 7.5");
      }
      guidanceScale = value;
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#width()} and {@link DiffusionOptions#height()}.
     *
     * @param newWidth in pixels; 0 for the model's own
     * @param newHeight in pixels; 0 for the model's own
     * @return this
     */
    public Builder size(int newWidth, int newHeight) {
      if (newWidth < 0 || newHeight < 0 || newWidth > 4096 || newHeight > 4096) {
        throw new IllegalArgumentException("an image of " + newWidth + "×" + newHeight
            + " was requested: use up to 4096×4096, or 0 for the model's own size");
      }
      width = newWidth;
      height = newHeight;
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#scheduler()}.
     *
     * @param value the scheduler
     * @return this
     */
    public Builder scheduler(SchedulerType value) {
      scheduler = Objects.requireNonNull(value, "scheduler");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#spacing()}.
     *
     * @param value distribution of the steps
     * @return this
     */
    public Builder spacing(StepSpacing value) {
      spacing = Objects.requireNonNull(value, "spacing");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#eta()}.
     *
     * @param value in [0, 1]
     * @return this
     */
    public Builder eta(double value) {
      if (!(value >= 0 && value <= 1)) {
        throw new IllegalArgumentException("eta is " + value + ": use 0 to 1");
      }
      eta = value;
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#negativePrompt()}.
     *
     * @param value what the image should not show, or an empty text
     * @return this
     */
    public Builder negativePrompt(String value) {
      negativePrompt = Objects.requireNonNull(value, "negativePrompt");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#guidanceRescale()}.
     *
     * @param value in [0, 1]
     * @return this
     */
    public Builder guidanceRescale(double value) {
      if (!(value >= 0 && value <= 1)) {
        throw new IllegalArgumentException("guidanceRescale is " + value + ": use 0 to 1");
      }
      guidanceRescale = value;
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#deepCache()}.
     *
     * @param value 1 to 1000; 3 to 5 for 50 steps
     * @return this
     */
    public Builder deepCache(int value) {
      deepCache = Arguments.within(1, 1000, value, "deepCache");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#framing()}.
     *
     * @param value sizes of an original and a crop
     * @return this
     */
    public Builder framing(Framing value) {
      framing = Objects.requireNonNull(value, "framing");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#negativeFraming()}.
     *
     * @param value sizes of an original and a crop
     * @return this
     */
    public Builder negativeFraming(Framing value) {
      negativeFraming = Objects.requireNonNull(value, "negativeFraming");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#startImage()}.
     *
     * @param value the start image; {@link RespondOptions#startImage()} chooses one of the conversation instead
     * @return this
     */
    public Builder startImage(BufferedImage value) {
      startImage = Objects.requireNonNull(value, "startImage");
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#strength()}.
     *
     * @param value above 0 and at most 1
     * @return this
     */
    public Builder strength(double value) {
      if (!(value > 0 && value <= 1)) {
        throw new IllegalArgumentException("strength is " + value + ": use a value above 0 and at most 1");
      }
      strength = value;
      return this;
    }

    /**
     * Sets {@link DiffusionOptions#mask()}.
     *
     * @param value a mask of the start image's size, white where it is repainted
     * @return this
     */
    public Builder mask(BufferedImage value) {
      mask = Objects.requireNonNull(value, "mask");
      return this;
    }

    /**
     * Builds the options.
     *
     * @return the options
     */
    public DiffusionOptions build() {
      return new DiffusionOptions(this);
    }
  }
}
