package io.gill;

import java.util.Objects;
import java.util.function.BooleanSupplier;

/** How a reply is made. Immutable; {@link #builder()} starts from the defaults, {@link #toBuilder()} from these. */
public final class RespondOptions {
  /** What happens where the model wants an image. */
  public enum ImagePolicy {
    /** The decision model chooses; without one retrieval is preferred, without an index images are generated. */
    DECIDE,
    /** Always retrieve. */
    RETRIEVE,
    /** Always generate. */
    GENERATE,
    /**
     * Retrieve and generate; the decision is still made and says which to show. A model that can do only one of them
     * does that, and {@link Reply.ImagePart#problem()} says what is missing.
     */
    BOTH
  }

  /** Where a text ends. */
  public enum TextCut {
    /** At the first line break, else after the first full stop: as published. */
    SENTENCE,
    /** At the first line break. */
    LINE,
    /** Where the model ends its turn, for models that answer in several lines, as with chat templates. */
    NONE
  }

  /** All of them are read and kept; ten times as many may be tried. */
  private static final int MAX_TOP_K = 1000;

  /** All of them are kept and ranked together; at the largest size their noise takes 270 MB. */
  private static final int MAX_GENERATED_IMAGES = 64;

  private static final RespondOptions DEFAULT = new Builder().build();

  private final int maxTokens;
  private final int minWordTokens;
  private final double imageBias;
  private final int maxImages;
  private final Sampler sampler;
  private final long seed;
  private final ImagePolicy imagePolicy;
  private final int topK;
  private final int generatedImages;
  private final DiffusionOptions diffusion;
  private final PromptFormat promptFormat;
  private final boolean bosBeforeEveryText;
  private final boolean markersInText;
  private final TextCut textCut;
  private final GillListener listener;
  private final BooleanSupplier cancelled;
  private final TurnRules rules;

  private RespondOptions(Builder builder) {
    maxTokens = builder.maxTokens;
    minWordTokens = builder.minWordTokens;
    imageBias = builder.imageBias;
    maxImages = builder.maxImages;
    sampler = builder.sampler;
    seed = builder.seed;
    imagePolicy = builder.imagePolicy;
    topK = builder.topK;
    generatedImages = builder.generatedImages;
    diffusion = builder.diffusion;
    promptFormat = builder.promptFormat;
    bosBeforeEveryText = builder.bosBeforeEveryText;
    markersInText = builder.markersInText;
    textCut = builder.textCut;
    listener = builder.listener;
    cancelled = builder.cancelled;
    rules = builder.rules;
  }

  /**
   * The defaults.
   *
   * @return at most 32 tokens and one image, greedy, decided by the model
   */
  public static RespondOptions defaults() {
    return DEFAULT;
  }

  /**
   * What the published {@code generate_for_images_and_texts} does, for comparison with it: its prompt and cuts, markers
   * in texts read as tokens, no early stop, both retrieval and generation for every image, Stable Diffusion's own
   * scheduler, its counting of retrieved images; text after the last image is dropped and later texts show literal
   * {@code [IMG1]…} markers. It reads pictures as they are stored: give the conversation pictures read without
   * {@code applyOrientation}.
   *
   * @return the options
   */
  public static RespondOptions reference() {
    Builder builder = new Builder();
    builder.rules = TurnRules.PUBLISHED;
    return builder
        .promptFormat(PromptFormat.plain())
        .markersInText(true)
        .imagePolicy(ImagePolicy.BOTH)
        .diffusion(DiffusionOptions.builder().scheduler(DiffusionOptions.SchedulerType.MODEL).build())
        .build();
  }

  /**
   * Starts from the defaults.
   *
   * @return a builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Starts from these options.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Maximum number of steps; an image's [IMG] tokens count as one ({@code num_words}). A reply also ends where the
   * model's positions do, whatever this number is.
   *
   * @return from 1
   */
  public int maxTokens() {
    return maxTokens;
  }

  /**
   * How many steps must pass before an image ({@code min_word_tokens}).
   *
   * @return from 0
   */
  public int minWordTokens() {
    return minWordTokens;
  }

  /**
   * The factor on [IMG0]'s logit, |logit|·f, when above 1 ({@code ret_scale_factor}, {@code gen_scale_factor}).
   *
   * @return 1 for none
   */
  public double imageBias() {
    return imageBias;
  }

  /**
   * The most images in a reply ({@code max_num_rets}); the reply ends where the model asks for another.
   *
   * @return from 0; with 0 the model cannot ask for images
   */
  public int maxImages() {
    return maxImages;
  }

  /**
   * How tokens are chosen.
   *
   * @return greedy by default
   */
  public Sampler sampler() {
    return sampler;
  }

  /**
   * The seed of sampling and of the images' noise: the same request with the same seed gives the same reply.
   *
   * @return 1337 by default, as in the published demonstration
   */
  public long seed() {
    return seed;
  }

  /**
   * What happens where the model wants an image.
   *
   * @return {@link ImagePolicy#DECIDE} by default
   */
  public ImagePolicy imagePolicy() {
    return imagePolicy;
  }

  /**
   * How many images are retrieved where one is wanted. Matches that cannot be read are passed over; ten times as many
   * as are wanted may be tried, and 50 at least.
   *
   * @return 1 to 1000; 3 by default
   */
  public int topK() {
    return topK;
  }

  /**
   * How many images are generated where one is wanted, ranked by their similarity to the retrieval embedding.
   *
   * @return 1 to 64; 1 by default
   */
  public int generatedImages() {
    return generatedImages;
  }

  /**
   * How images are generated.
   *
   * @return the diffusion's settings
   */
  public DiffusionOptions diffusion() {
    return diffusion;
  }

  /**
   * How the conversation is written for the model.
   *
   * @return {@link PromptFormat#questionAnswer()} by default
   */
  public PromptFormat promptFormat() {
    return promptFormat;
  }

  /**
   * Whether every text begins with {@code </s>}, not only the first ({@code always_add_bos}).
   *
   * @return false by default
   */
  public boolean bosBeforeEveryText() {
    return bosBeforeEveryText;
  }

  /**
   * Whether {@code [IMG0]}, {@code </s>}, {@code <pad>} and other names of special tokens, written in a text of the
   * conversation, become these tokens, as in the published code. Otherwise they are ordinary words, so that no user and
   * no replayed answer can end a sequence or show an image that does not exist. {@link Conversation.Spoken} hands over
   * tokens either way.
   *
   * @return false by default
   */
  public boolean markersInText() {
    return markersInText;
  }

  /**
   * Where a text ends.
   *
   * @return {@link TextCut#SENTENCE} by default
   */
  public TextCut textCut() {
    return textCut;
  }

  /**
   * Who hears of what happens.
   *
   * @return a listener that does nothing by default
   */
  public GillListener listener() {
    return listener;
  }

  /**
   * Whether to stop. Asked before the prompt is read, between batches of 8 of its images and pieces of 256 of its
   * positions, and then between any two tokens, diffusion steps and retrieved images. The reply holds what had been said:
   * nothing, if the prompt was still being read. An interrupt of the calling thread stops the reply in the same way; the
   * thread stays interrupted. So does closing its session or the model on another thread.
   *
   * @return never by default
   */
  public BooleanSupplier cancelled() {
    return cancelled;
  }

  /** The published code's rules if these options came from {@link #reference()}. */
  TurnRules rules() {
    return rules;
  }

  /** Sets options; for one thread. */
  public static final class Builder {
    private int maxTokens = 32;
    private int minWordTokens;
    private double imageBias = 1;
    private int maxImages = 1;
    private Sampler sampler = Sampler.greedy();
    private long seed = 1337;
    private ImagePolicy imagePolicy = ImagePolicy.DECIDE;
    private int topK = 3;
    private int generatedImages = 1;
    private DiffusionOptions diffusion = DiffusionOptions.defaults();
    private PromptFormat promptFormat = PromptFormat.questionAnswer();
    private boolean bosBeforeEveryText;
    private boolean markersInText;
    private TextCut textCut = TextCut.SENTENCE;
    private GillListener listener = new GillListener() {};
    private BooleanSupplier cancelled = () -> false;
    private TurnRules rules = TurnRules.DEFAULT;

    private Builder() {}

    private Builder(RespondOptions from) {
      maxTokens = from.maxTokens;
      minWordTokens = from.minWordTokens;
      imageBias = from.imageBias;
      maxImages = from.maxImages;
      sampler = from.sampler;
      seed = from.seed;
      imagePolicy = from.imagePolicy;
      topK = from.topK;
      generatedImages = from.generatedImages;
      diffusion = from.diffusion;
      promptFormat = from.promptFormat;
      bosBeforeEveryText = from.bosBeforeEveryText;
      markersInText = from.markersInText;
      textCut = from.textCut;
      listener = from.listener;
      cancelled = from.cancelled;
      rules = from.rules;
    }

    /**
     * Sets {@link RespondOptions#maxTokens()}.
     *
     * @param value from 1
     * @return this
     */
    public Builder maxTokens(int value) {
      maxTokens = Arguments.within(1, Integer.MAX_VALUE, value, "maxTokens");
      return this;
    }

    /**
     * Sets {@link RespondOptions#minWordTokens()}.
     *
     * @param value from 0
     * @return this
     */
    public Builder minWordTokens(int value) {
      minWordTokens = Arguments.within(0, Integer.MAX_VALUE, value, "minWordTokens");
      return this;
    }

    /**
     * Sets {@link RespondOptions#imageBias()}.
     *
     * @param value above 0; up to 1 changes nothing
     * @return this
     */
    public Builder imageBias(double value) {
      if (!(value > 0 && value < Float.MAX_VALUE)) {
        throw new IllegalArgumentException("imageBias is " + value + ": use a factor above 0, usually 1 to 3");
      }
      imageBias = value;
      return this;
    }

    /**
     * Sets {@link RespondOptions#maxImages()}.
     *
     * @param value from 0
     * @return this
     */
    public Builder maxImages(int value) {
      maxImages = Arguments.within(0, Integer.MAX_VALUE, value, "maxImages");
      return this;
    }

    /**
     * Sets {@link RespondOptions#sampler()}.
     *
     * @param value see {@link Sampler#greedy()} and {@link Sampler#nucleus}
     * @return this
     */
    public Builder sampler(Sampler value) {
      sampler = Objects.requireNonNull(value, "sampler");
      return this;
    }

    /**
     * Sets {@link RespondOptions#seed()}.
     *
     * @param value any number
     * @return this
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Sets {@link RespondOptions#imagePolicy()}.
     *
     * @param value the policy
     * @return this
     */
    public Builder imagePolicy(ImagePolicy value) {
      imagePolicy = Objects.requireNonNull(value, "imagePolicy");
      return this;
    }

    /**
     * Sets {@link RespondOptions#topK()}.
     *
     * @param value 1 to 1000
     * @return this
     */
    public Builder topK(int value) {
      topK = Arguments.within(1, MAX_TOP_K, value, "topK");
      return this;
    }

    /**
     * Sets {@link RespondOptions#generatedImages()}.
     *
     * @param value 1 to 64
     * @return this
     */
    public Builder generatedImages(int value) {
      generatedImages = Arguments.within(1, MAX_GENERATED_IMAGES, value, "generatedImages");
      return this;
    }

    /**
     * Sets {@link RespondOptions#diffusion()}.
     *
     * @param value the diffusion's settings
     * @return this
     */
    public Builder diffusion(DiffusionOptions value) {
      diffusion = Objects.requireNonNull(value, "diffusion");
      return this;
    }

    /**
     * Sets {@link RespondOptions#promptFormat()}.
     *
     * @param value the format
     * @return this
     */
    public Builder promptFormat(PromptFormat value) {
      promptFormat = Objects.requireNonNull(value, "promptFormat");
      return this;
    }

    /**
     * Sets {@link RespondOptions#bosBeforeEveryText()}.
     *
     * @param value whether every text begins with {@code </s>}
     * @return this
     */
    public Builder bosBeforeEveryText(boolean value) {
      bosBeforeEveryText = value;
      return this;
    }

    /**
     * Sets {@link RespondOptions#markersInText()}.
     *
     * @param value whether markers in a text become their tokens; false where users write the text
     * @return this
     */
    public Builder markersInText(boolean value) {
      markersInText = value;
      return this;
    }

    /**
     * Sets {@link RespondOptions#textCut()}.
     *
     * @param value where a text ends
     * @return this
     */
    public Builder textCut(TextCut value) {
      textCut = Objects.requireNonNull(value, "textCut");
      return this;
    }

    /**
     * Sets {@link RespondOptions#listener()}.
     *
     * @param value who hears of what happens
     * @return this
     */
    public Builder listener(GillListener value) {
      listener = Objects.requireNonNull(value, "listener");
      return this;
    }

    /**
     * Sets {@link RespondOptions#cancelled()}; {@code AtomicBoolean::get} of a flag that another thread sets, for example.
     *
     * @param value asked often, so it must be fast
     * @return this
     */
    public Builder cancelled(BooleanSupplier value) {
      cancelled = Objects.requireNonNull(value, "cancelled");
      return this;
    }

    /**
     * Ends.
     *
     * @return the options
     */
    public RespondOptions build() {
      return new RespondOptions(this);
    }
  }
}
