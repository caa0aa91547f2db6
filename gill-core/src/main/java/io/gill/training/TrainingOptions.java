package io.gill.training;

import static java.util.stream.Collectors.joining;

import io.gill.Device;
import io.gill.Precision;
import io.gill.torch.AdamW;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Options for training the projections. Immutable. The defaults are the published ones (paper, section 4;
 * {@code main.py}). {@link #builder()} starts from the defaults, {@link #toBuilder()} from these options.
 */
public final class TrainingOptions {
  private static final double EPS = 1e-8;

  private static final TrainingOptions DEFAULT = new TrainingOptions(new Builder());

  /** Options that may change when training resumes: its length, the device, saving and validation. */
  private static final Set<String> CHANGEABLE = Set.of(
      "epochs", "device", "saveEverySteps", "validationBatchSize", "validationPrompt", "validationWords");

  private final int epochs;
  private final int stepsPerEpoch;
  private final int batchSize;
  private final int accumulation;
  private final double learningRate;
  private final int warmupSteps;
  private final int decayEpochs;
  private final double decayFactor;
  private final double beta1;
  private final double beta2;
  private final double weightDecay;
  private final double gradientLimit;
  private final double captioningWeight;
  private final double retrievalWeight;
  private final double generationWeight;
  private final double joinProbability;
  private final int maxLength;
  private final int mapperWidth;
  private final long seed;
  private final Device device;
  private final Precision precision;
  private final boolean publishedDecay;
  private final int saveEverySteps;
  private final int validationBatchSize;
  private final String validationPrompt;
  private final int validationWords;

  private TrainingOptions(Builder builder) {
    epochs = builder.epochs;
    stepsPerEpoch = builder.stepsPerEpoch;
    batchSize = builder.batchSize;
    accumulation = builder.accumulation;
    learningRate = builder.learningRate;
    warmupSteps = builder.warmupSteps;
    decayEpochs = builder.decayEpochs;
    decayFactor = builder.decayFactor;
    beta1 = builder.beta1;
    beta2 = builder.beta2;
    weightDecay = builder.weightDecay;
    gradientLimit = builder.gradientLimit;
    captioningWeight = builder.captioningWeight;
    retrievalWeight = builder.retrievalWeight;
    generationWeight = builder.generationWeight;
    joinProbability = builder.joinProbability;
    maxLength = builder.maxLength;
    mapperWidth = builder.mapperWidth;
    seed = builder.seed;
    device = builder.device;
    precision = builder.precision;
    publishedDecay = builder.publishedDecay;
    saveEverySteps = builder.saveEverySteps;
    validationBatchSize = builder.validationBatchSize;
    validationPrompt = builder.validationPrompt;
    validationWords = builder.validationWords;
  }

  /**
   * Returns the defaults.
   *
   * @return the published options
   */
  public static TrainingOptions defaults() {
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
   * Returns the number of epochs.
   *
   * @return 10 by default
   */
  public int epochs() {
    return epochs;
  }

  /**
   * Returns the number of steps before validation and a checkpoint ({@code steps_per_epoch}). The published code counts
   * each accumulated batch as a step, here and in the warm-up and the schedule.
   *
   * @return 2000 by default
   */
  public int stepsPerEpoch() {
    return stepsPerEpoch;
  }

  /**
   * Returns the number of examples in a batch ({@code batch-size}). The contrastive loss compares all of them with each
   * other.
   *
   * @return 200 by default
   */
  public int batchSize() {
    return batchSize;
  }

  /**
   * Returns the number of batches whose gradients a step accumulates ({@code grad-accumulation-steps}).
   *
   * @return 1 by default
   */
  public int accumulation() {
    return accumulation;
  }

  /**
   * Returns the learning rate after the warm-up ({@code lr}).
   *
   * @return 1e-3 by default
   */
  public double learningRate() {
    return learningRate;
  }

  /**
   * Returns the number of steps in which the learning rate rises from 0 ({@code lr-warmup-steps}).
   *
   * @return 2000 by default
   */
  public int warmupSteps() {
    return warmupSteps;
  }

  /**
   * Returns the number of epochs between reductions of the learning rate ({@code lr_schedule_step_size}).
   *
   * @return 5 by default
   */
  public int decayEpochs() {
    return decayEpochs;
  }

  /**
   * Returns the factor of each reduction ({@code lr_schedule_gamma}).
   *
   * @return 0.1 by default
   */
  public double decayFactor() {
    return decayFactor;
  }

  /**
   * Returns AdamW's decay of the first moment.
   *
   * @return 0.9 by default
   */
  public double beta1() {
    return beta1;
  }

  /**
   * Returns AdamW's decay of the second moment.
   *
   * @return 0.95 by default
   */
  public double beta2() {
    return beta2;
  }

  /**
   * Returns AdamW's weight decay ({@code weight-decay}).
   *
   * @return 0.01 by default
   */
  public double weightDecay() {
    return weightDecay;
  }

  /**
   * Returns the maximum norm of all gradients, 0 for no limit ({@code grad-clip}).
   *
   * @return 1.0 by default
   */
  public double gradientLimit() {
    return gradientLimit;
  }

  /**
   * Returns the factor a of the captioning loss, 0 to leave it out ({@code cap-loss-scale}).
   *
   * @return 1.0 by default
   */
  public double captioningWeight() {
    return captioningWeight;
  }

  /**
   * Returns the factor r of the retrieval losses ({@code ret-loss-scale}).
   *
   * @return 1.0 by default
   */
  public double retrievalWeight() {
    return retrievalWeight;
  }

  /**
   * Returns the factor g of the generation losses ({@code gen-loss-scale}).
   *
   * @return 1.0 by default
   */
  public double generationWeight() {
    return generationWeight;
  }

  /**
   * Returns the probability that neighbours in a batch are joined into one sequence ({@code concat-captions-prob}). It
   * is drawn for each loss and batch. The last of an odd number of examples stays alone.
   *
   * @return 0.5 by default
   */
  public double joinProbability() {
    return joinProbability;
  }

  /**
   * Returns the length of a text in tokens, including the beginning and [IMG] tokens ({@code max-len}).
   *
   * @return 32 by default
   */
  public int maxLength() {
    return maxLength;
  }

  /**
   * Returns the width of a new mapper, divisible by 4. This library reads the width of a checkpoint from the file; the
   * published code supports only 512.
   *
   * @return 512 by default
   */
  public int mapperWidth() {
    return mapperWidth;
  }

  /**
   * Returns the seed of new layers and of all random choices.
   *
   * @return 0 by default
   */
  public long seed() {
    return seed;
  }

  /**
   * Returns the device to compute on.
   *
   * @return CPU by default
   */
  public Device device() {
    return device;
  }

  /**
   * Returns the precision of the frozen models. The trained layers and the optimiser use 32 bits.
   *
   * @return FLOAT32 by default
   */
  public Precision precision() {
    return precision;
  }

  /**
   * Returns whether weight decay also applies to the frozen rows of the embedding table, as published. This needs a
   * copy of the table in 32 bits.
   *
   * @return false by default
   */
  public boolean publishedDecay() {
    return publishedDecay;
  }

  /**
   * Returns the number of steps between saved states, from which training resumes. A state is also saved after every
   * epoch.
   *
   * @return 500 by default
   */
  public int saveEverySteps() {
    return saveEverySteps;
  }

  /**
   * Returns the number of examples in a validation batch.
   *
   * @return 32 by default
   */
  public int validationBatchSize() {
    return validationBatchSize;
  }

  /**
   * Returns the prompt that generated captions continue ({@code input-prompt}).
   *
   * @return {@code A picture of} by default
   */
  public String validationPrompt() {
    return validationPrompt;
  }

  /**
   * Returns the number of tokens in a generated caption, 0 for no captions and no BLEU.
   *
   * @return 32 by default
   */
  public int validationWords() {
    return validationWords;
  }

  /**
   * Returns the learning rate of a step. It rises linearly from 0 during the warm-up and then falls in steps, as
   * published. In the published loop, however, the schedule does not see the last step of each epoch, and lags by one
   * step per epoch.
   *
   * @param step number of the step, from 0
   * @return the rate; 0 in the first step of a warm-up
   */
  public double learningRate(long step) {
    if (step <= warmupSteps && warmupSteps > 0) {
      return learningRate * step / warmupSteps;
    }
    long sinceWarmup = Math.max(0, step - warmupSteps - 1);
    long period = Math.multiplyExact((long) decayEpochs, stepsPerEpoch);
    long falls = sinceWarmup / period;
    return learningRate * Math.pow(decayFactor, (double) falls);
  }

  AdamW.Settings optimiser() {
    return new AdamW.Settings(beta1, beta2, EPS, weightDecay);
  }

  Losses.Weights lossWeights() {
    return new Losses.Weights(captioningWeight, retrievalWeight, generationWeight);
  }

  /** Returns the options that must be the same when training resumes. */
  Map<String, String> identity() {
    Map<String, String> values = new LinkedHashMap<>();
    values().forEach((name, value) -> {
      if (!CHANGEABLE.contains(name)) {
        values.put(name, String.valueOf(value));
      }
    });
    return values;
  }

  /** Returns all options by name, in the order of their declaration. */
  private Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("epochs", epochs);
    values.put("stepsPerEpoch", stepsPerEpoch);
    values.put("batchSize", batchSize);
    values.put("accumulation", accumulation);
    values.put("learningRate", learningRate);
    values.put("warmupSteps", warmupSteps);
    values.put("decayEpochs", decayEpochs);
    values.put("decayFactor", decayFactor);
    values.put("beta1", beta1);
    values.put("beta2", beta2);
    values.put("weightDecay", weightDecay);
    values.put("gradientLimit", gradientLimit);
    values.put("captioningWeight", captioningWeight);
    values.put("retrievalWeight", retrievalWeight);
    values.put("generationWeight", generationWeight);
    values.put("joinProbability", joinProbability);
    values.put("maxLength", maxLength);
    values.put("mapperWidth", mapperWidth);
    values.put("seed", seed);
    values.put("device", device);
    values.put("precision", precision);
    values.put("publishedDecay", publishedDecay);
    values.put("saveEverySteps", saveEverySteps);
    values.put("validationBatchSize", validationBatchSize);
    values.put("validationPrompt", validationPrompt);
    values.put("validationWords", validationWords);
    return values;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TrainingOptions options && values().equals(options.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return values().entrySet().stream().map(Object::toString).collect(joining(", ", "TrainingOptions[", "]"));
  }

  /** Builds options. Not thread-safe. */
  public static final class Builder {
    private int epochs = 10;
    private int stepsPerEpoch = 2000;
    private int batchSize = 200;
    private int accumulation = 1;
    private double learningRate = 1e-3;
    private int warmupSteps = 2000;
    private int decayEpochs = 5;
    private double decayFactor = 0.1;
    private double beta1 = 0.9;
    private double beta2 = 0.95;
    private double weightDecay = 0.01;
    private double gradientLimit = 1.0;
    private double captioningWeight = 1.0;
    private double retrievalWeight = 1.0;
    private double generationWeight = 1.0;
    private double joinProbability = 0.5;
    private int maxLength = 32;
    private int mapperWidth = 512;
    private long seed = 0;
    private Device device = Device.CPU;
    private Precision precision = Precision.FLOAT32;
    private boolean publishedDecay = false;
    private int saveEverySteps = 500;
    private int validationBatchSize = 32;
    private String validationPrompt = "A picture of";
    private int validationWords = 32;

    private Builder() {}

    private Builder(TrainingOptions from) {
      epochs = from.epochs;
      stepsPerEpoch = from.stepsPerEpoch;
      batchSize = from.batchSize;
      accumulation = from.accumulation;
      learningRate = from.learningRate;
      warmupSteps = from.warmupSteps;
      decayEpochs = from.decayEpochs;
      decayFactor = from.decayFactor;
      beta1 = from.beta1;
      beta2 = from.beta2;
      weightDecay = from.weightDecay;
      gradientLimit = from.gradientLimit;
      captioningWeight = from.captioningWeight;
      retrievalWeight = from.retrievalWeight;
      generationWeight = from.generationWeight;
      joinProbability = from.joinProbability;
      maxLength = from.maxLength;
      mapperWidth = from.mapperWidth;
      seed = from.seed;
      device = from.device;
      precision = from.precision;
      publishedDecay = from.publishedDecay;
      saveEverySteps = from.saveEverySteps;
      validationBatchSize = from.validationBatchSize;
      validationPrompt = from.validationPrompt;
      validationWords = from.validationWords;
    }

    /**
     * Sets the number of epochs.
     *
     * @param value at least 1
     * @return this
     */
    public Builder epochs(int value) {
      require(value >= 1, "epochs", value, "at least 1");
      epochs = value;
      return this;
    }

    /**
     * Sets the number of steps before validation and a checkpoint ({@code steps_per_epoch}).
     *
     * @param value at least 1
     * @return this
     */
    public Builder stepsPerEpoch(int value) {
      require(value >= 1, "stepsPerEpoch", value, "at least 1");
      stepsPerEpoch = value;
      return this;
    }

    /**
     * Sets the number of examples in a batch ({@code batch-size}). The contrastive loss compares all of them with each
     * other.
     *
     * @param value at least 1
     * @return this
     */
    public Builder batchSize(int value) {
      require(value >= 1, "batchSize", value, "at least 1");
      batchSize = value;
      return this;
    }

    /**
     * Sets the number of batches whose gradients a step accumulates ({@code grad-accumulation-steps}).
     *
     * @param value at least 1
     * @return this
     */
    public Builder accumulation(int value) {
      require(value >= 1, "accumulation", value, "at least 1");
      accumulation = value;
      return this;
    }

    /**
     * Sets the learning rate after the warm-up ({@code lr}).
     *
     * @param value greater than 0
     * @return this
     */
    public Builder learningRate(double value) {
      require(value > 0 && Double.isFinite(value), "learningRate", value, "greater than 0");
      learningRate = value;
      return this;
    }

    /**
     * Sets the number of steps in which the learning rate rises from 0 ({@code lr-warmup-steps}).
     *
     * @param value at least 0
     * @return this
     */
    public Builder warmupSteps(int value) {
      require(value >= 0, "warmupSteps", value, "at least 0");
      warmupSteps = value;
      return this;
    }

    /**
     * Sets the number of epochs between reductions of the learning rate ({@code lr_schedule_step_size}).
     *
     * @param value at least 1
     * @return this
     */
    public Builder decayEpochs(int value) {
      require(value >= 1, "decayEpochs", value, "at least 1");
      decayEpochs = value;
      return this;
    }

    /**
     * Sets the factor of each reduction ({@code lr_schedule_gamma}).
     *
     * @param value greater than 0 and at most 1
     * @return this
     */
    public Builder decayFactor(double value) {
      require(value > 0 && value <= 1, "decayFactor", value, "greater than 0 and at most 1");
      decayFactor = value;
      return this;
    }

    /**
     * Sets AdamW's decay of the first moment.
     *
     * @param value at least 0 and less than 1
     * @return this
     */
    public Builder beta1(double value) {
      require(value >= 0 && value < 1, "beta1", value, "at least 0 and less than 1");
      beta1 = value;
      return this;
    }

    /**
     * Sets AdamW's decay of the second moment.
     *
     * @param value at least 0 and less than 1
     * @return this
     */
    public Builder beta2(double value) {
      require(value >= 0 && value < 1, "beta2", value, "at least 0 and less than 1");
      beta2 = value;
      return this;
    }

    /**
     * Sets AdamW's weight decay ({@code weight-decay}).
     *
     * @param value at least 0
     * @return this
     */
    public Builder weightDecay(double value) {
      require(value >= 0 && Double.isFinite(value), "weightDecay", value, "at least 0 and finite");
      weightDecay = value;
      return this;
    }

    /**
     * Sets the maximum norm of all gradients, 0 for no limit ({@code grad-clip}).
     *
     * @param value at least 0
     * @return this
     */
    public Builder gradientLimit(double value) {
      require(value >= 0 && Double.isFinite(value), "gradientLimit", value, "at least 0 and finite");
      gradientLimit = value;
      return this;
    }

    /**
     * Sets the factor a of the captioning loss, 0 to leave it out ({@code cap-loss-scale}).
     *
     * @param value at least 0
     * @return this
     */
    public Builder captioningWeight(double value) {
      require(value >= 0 && Double.isFinite(value), "captioningWeight", value, "at least 0 and finite");
      captioningWeight = value;
      return this;
    }

    /**
     * Sets the factor r of the retrieval losses ({@code ret-loss-scale}).
     *
     * @param value at least 0
     * @return this
     */
    public Builder retrievalWeight(double value) {
      require(value >= 0 && Double.isFinite(value), "retrievalWeight", value, "at least 0 and finite");
      retrievalWeight = value;
      return this;
    }

    /**
     * Sets the factor g of the generation losses ({@code gen-loss-scale}).
     *
     * @param value at least 0
     * @return this
     */
    public Builder generationWeight(double value) {
      require(value >= 0 && Double.isFinite(value), "generationWeight", value, "at least 0 and finite");
      generationWeight = value;
      return this;
    }

    /**
     * Sets the probability that neighbours in a batch are joined into one sequence ({@code concat-captions-prob}).
     *
     * @param value from 0 to 1
     * @return this
     */
    public Builder joinProbability(double value) {
      require(value >= 0 && value <= 1, "joinProbability", value, "from 0 to 1");
      joinProbability = value;
      return this;
    }

    /**
     * Sets the length of a text in tokens, including the beginning and [IMG] tokens ({@code max-len}).
     *
     * @param value at least 2
     * @return this
     */
    public Builder maxLength(int value) {
      require(value >= 2, "maxLength", value, "at least 2");
      maxLength = value;
      return this;
    }

    /**
     * Sets the width of a new mapper, divisible by 4.
     *
     * @param value a positive multiple of 4
     * @return this
     */
    public Builder mapperWidth(int value) {
      require(value >= 4 && value % 4 == 0, "mapperWidth", value, "a positive multiple of 4");
      mapperWidth = value;
      return this;
    }

    /**
     * Sets the seed of new layers and of all random choices.
     *
     * @param value any value
     * @return this
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Sets the device to compute on.
     *
     * @param value any value
     * @return this
     */
    public Builder device(Device value) {
      device = value;
      return this;
    }

    /**
     * Sets the precision of the frozen models. The trained layers and the optimiser use 32 bits.
     *
     * @param value any value
     * @return this
     */
    public Builder precision(Precision value) {
      precision = value;
      return this;
    }

    /**
     * Sets whether weight decay also applies to the frozen rows of the embedding table, as published. This needs a copy
     * of the table in 32 bits.
     *
     * @param value any value
     * @return this
     */
    public Builder publishedDecay(boolean value) {
      publishedDecay = value;
      return this;
    }

    /**
     * Sets the number of steps between saved states, from which training resumes. A state is also saved after every
     * epoch.
     *
     * @param value at least 1
     * @return this
     */
    public Builder saveEverySteps(int value) {
      require(value >= 1, "saveEverySteps", value, "at least 1");
      saveEverySteps = value;
      return this;
    }

    /**
     * Sets the number of examples in a validation batch.
     *
     * @param value at least 1
     * @return this
     */
    public Builder validationBatchSize(int value) {
      require(value >= 1, "validationBatchSize", value, "at least 1");
      validationBatchSize = value;
      return this;
    }

    /**
     * Sets the prompt that generated captions continue ({@code input-prompt}).
     *
     * @param value any value
     * @return this
     */
    public Builder validationPrompt(String value) {
      validationPrompt = value;
      return this;
    }

    /**
     * Sets the number of tokens in a generated caption, 0 for no captions and no BLEU.
     *
     * @param value at least 0
     * @return this
     */
    public Builder validationWords(int value) {
      require(value >= 0, "validationWords", value, "at least 0");
      validationWords = value;
      return this;
    }

    private static void require(boolean holds, String name, Object value, String range) {
      if (!holds) {
        throw new IllegalArgumentException(name + " is " + value + ", but must be " + range);
      }
    }

    /**
     * Builds the options.
     *
     * @return the options
     */
    public TrainingOptions build() {
      return new TrainingOptions(this);
    }
  }
}
