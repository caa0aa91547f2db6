package io.gill;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * Options for a reply. Immutable. {@link #builder()} starts from the defaults, {@link #toBuilder()} from these options.
 */
public final class RespondOptions {
  /** How a requested image is obtained. */
  public enum ImagePolicy {
    /** The decision model chooses. Without one images are retrieved; without an index they are generated. */
    DECIDE,
    /** Always retrieve. */
    RETRIEVE,
    /** Always generate. */
    GENERATE,
    /**
     * Retrieve and generate. The decision is still made and says which image to show. A model that can do only one does
     * that one, and {@link Reply.ImagePart#problem()} says what is missing.
     */
    BOTH
  }

  /** Where a text is cut. */
  public enum TextCut {
    /** At the first line break, or else after the first full stop, as published. */
    SENTENCE,
    /** At the first line break. */
    LINE,
    /** Where the model ends its turn; for models that answer in several lines, such as those with chat templates. */
    NONE
  }

  /** All of these images are kept, and up to ten times as many are tried. */
  private static final int MAX_TOP_K = 1000;

  /** All of these images are kept and ranked together; at the maximum size their noise takes 270 MB. */
  private static final int MAX_GENERATED_IMAGES = 64;

  private static final RespondOptions DEFAULT = new Builder().build();

  private final int maxTokens;
  private final int minWordTokens;
  private final double imageBias;
  private final int maxImages;
  private final Sampler sampler;
  private final Penalties penalties;
  private final List<String> stop;
  private final long seed;
  private final ImagePolicy imagePolicy;
  private final int topK;
  private final int generatedImages;
  private final DiffusionOptions diffusion;
  private final OptionalInt startImage;
  private final PromptFormat promptFormat;
  private final History history;
  private final boolean bosBeforeEveryText;
  private final boolean markersInText;
  private final TextCut textCut;
  private final GillListener listener;
  private final BooleanSupplier cancelled;
  private final Optional<Duration> timeout;
  private final TurnRules rules;

  private RespondOptions(Builder builder) {
    maxTokens = builder.maxTokens;
    minWordTokens = builder.minWordTokens;
    imageBias = builder.imageBias;
    maxImages = builder.maxImages;
    sampler = builder.sampler;
    penalties = builder.penalties;
    stop = builder.stop;
    seed = builder.seed;
    imagePolicy = builder.imagePolicy;
    topK = builder.topK;
    generatedImages = builder.generatedImages;
    diffusion = builder.diffusion;
    startImage = builder.startImage;
    promptFormat = builder.promptFormat;
    history = builder.history;
    bosBeforeEveryText = builder.bosBeforeEveryText;
    markersInText = builder.markersInText;
    textCut = builder.textCut;
    listener = builder.listener;
    cancelled = builder.cancelled;
    timeout = builder.timeout;
    rules = builder.rules;
  }

  /**
   * Returns the defaults.
   *
   * @return at most 32 tokens and one image, greedy decoding, images by decision
   */
  public static RespondOptions defaults() {
    return DEFAULT;
  }

  /**
   * Returns the behaviour of the published {@code generate_for_images_and_texts}, for comparison: its prompt and cuts,
   * markers in texts read as tokens, no early stop, both retrieval and generation for every image, Stable Diffusion's
   * own scheduler, and its count of retrieved images. Text after the last image is dropped, and later texts contain
   * literal {@code [IMG1]…} markers. It ignores EXIF orientation: read the conversation's images without
   * {@code applyOrientation}.
   *
   * @return the options
   */
  public static RespondOptions reference() {
    Builder builder = DEFAULT.toBuilder();
    builder.rules = TurnRules.PUBLISHED;
    return builder
        .promptFormat(PromptFormat.plain())
        .markersInText(true)
        .imagePolicy(ImagePolicy.BOTH)
        .diffusion(DiffusionOptions.builder().scheduler(DiffusionOptions.SchedulerType.MODEL).build())
        .build();
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
   * Maximum number of decoding steps; the [IMG] tokens of an image count as one ({@code num_words}). A reply also ends
   * when the model has no position left.
   *
   * @return from 1
   */
  public int maxTokens() {
    return maxTokens;
  }

  /**
   * Minimum number of decoding steps before an image ({@code min_word_tokens}).
   *
   * @return from 0
   */
  public int minWordTokens() {
    return minWordTokens;
  }

  /**
   * Factor f on [IMG0]'s logit if above 1: |logit|·f ({@code ret_scale_factor}, {@code gen_scale_factor}).
   *
   * @return 1 for no bias, the default
   */
  public double imageBias() {
    return imageBias;
  }

  /**
   * Maximum number of images in a reply ({@code max_num_rets}). The reply ends where the model asks for another.
   *
   * @return from 0; with 0 the model cannot ask for images
   */
  public int maxImages() {
    return maxImages;
  }

  /**
   * Chooses the next token.
   *
   * @return greedy by default
   */
  public Sampler sampler() {
    return sampler;
  }

  /**
   * Factor r against repetition ({@code repetition_penalty} in transformers). Before sampling, the logit l of each
   * token of the prompt or the reply becomes l / r if it is positive and l · r otherwise. [IMG] tokens are exempt from
   * all penalties; {@link #imageBias()} and {@link #maxImages()} control images.
   *
   * @return above 0 to 1000; 1, the default, for no penalty
   */
  public double repetitionPenalty() {
    return penalties.repetition();
  }

  /**
   * Penalty p on tokens that the reply already has ({@code presence_penalty} of OpenAI's API). After the repetition
   * penalty, the logit of each token that occurs n &gt; 0 times in the reply is lowered by p + f · n, where f is
   * {@link #frequencyPenalty()}.
   *
   * @return −2 to 2; 0, the default, for no penalty
   */
  public double presencePenalty() {
    return penalties.presence();
  }

  /**
   * Penalty f on each occurrence of a token in the reply ({@code frequency_penalty} of OpenAI's API); see
   * {@link #presencePenalty()}.
   *
   * @return −2 to 2; 0, the default, for no penalty
   */
  public double frequencyPenalty() {
    return penalties.frequency();
  }

  Penalties penalties() {
    return penalties;
  }

  /**
   * Texts that end the reply with {@link Reply.Finish#STOP} when the model writes one of them. The reply holds the text
   * before it. A sequence may begin and end within tokens. {@link #textCut()} applies as well, and one sequence does
   * not span an image.
   *
   * @return none by default
   */
  public List<String> stop() {
    return stop;
  }

  /**
   * Seed of sampling and of the images' noise. The same request with the same seed gives the same reply. While other
   * replies are generated, the last bits of the logits may differ, and with them a token whose rivals are as likely.
   *
   * @return 1337 by default, as in the published demonstration
   */
  public long seed() {
    return seed;
  }

  /**
   * How a requested image is obtained.
   *
   * @return {@link ImagePolicy#DECIDE} by default
   */
  public ImagePolicy imagePolicy() {
    return imagePolicy;
  }

  /**
   * Number of images retrieved for each requested image. Unreadable matches are skipped; at most max(50, 10·k) matches
   * are tried.
   *
   * @return 1 to 1000; 3 by default
   */
  public int topK() {
    return topK;
  }

  /**
   * Number of images generated for each requested image, ranked by similarity to the retrieval embedding.
   *
   * @return 1 to 64; 1 by default
   */
  public int generatedImages() {
    return generatedImages;
  }

  /**
   * Options for image generation.
   *
   * @return the options of the image generator
   */
  public DiffusionOptions diffusion() {
    return diffusion;
  }

  /**
   * Image of the conversation that generated images start from. It overrides {@link DiffusionOptions#startImage()}; the
   * strength and mask there apply.
   *
   * @return its index among the images of the conversation, 0 for the first and −1 for the last; empty by default
   */
  public OptionalInt startImage() {
    return startImage;
  }

  /**
   * Format of the conversation in the model's prompt.
   *
   * @return {@link PromptFormat#questionAnswer()} by default
   */
  public PromptFormat promptFormat() {
    return promptFormat;
  }

  /**
   * Which turns of the conversation the model reads.
   *
   * @return {@link History#all()} by default
   */
  public History history() {
    return history;
  }

  /**
   * Whether every text begins with the family's beginning tokens, such as {@code </s>} of OPT, not only the first
   * ({@code always_add_bos}).
   *
   * @return false by default
   */
  public boolean bosBeforeEveryText() {
    return bosBeforeEveryText;
  }

  /**
   * Whether {@code [IMG0]}, {@code </s>}, {@code <pad>} and other names of special tokens in a text of the conversation
   * become these tokens, as in the published code. Otherwise they are ordinary words, so that neither a user nor a
   * replayed answer can end a sequence or fake an image. {@link Conversation.Spoken} passes tokens in either case.
   *
   * @return false by default
   */
  public boolean markersInText() {
    return markersInText;
  }

  /**
   * Where a text is cut.
   *
   * @return {@link TextCut#SENTENCE} by default
   */
  public TextCut textCut() {
    return textCut;
  }

  /**
   * Receives events while the reply is generated.
   *
   * @return a listener that does nothing by default
   */
  public GillListener listener() {
    return listener;
  }

  /**
   * Whether to cancel the reply. Asked before the prompt is read, between batches of 8 of its images and pieces of 256
   * of its positions, and then between tokens, diffusion steps and retrieved images. The reply holds the parts
   * completed by then, which are none while the prompt is being read. Interrupting the calling thread, which stays
   * interrupted, and closing the session or the model on another thread cancel the reply in the same way.
   *
   * @return never by default
   */
  public BooleanSupplier cancelled() {
    return cancelled;
  }

  /**
   * Time that the call may take, from the call of {@code respond} on and including the time that it waits for other
   * calls. Checked as often as {@link #cancelled()}. A reply whose time has passed ends with
   * {@link Reply.Finish#TIMED_OUT}; a call that still waits then throws {@link ModelBusyException}, and an embedding or
   * a score that is being computed {@link java.util.concurrent.CancellationException}.
   *
   * @return none by default
   */
  public Optional<Duration> timeout() {
    return timeout;
  }

  /** The published code's rules if these options derive from {@link #reference()}. */
  TurnRules rules() {
    return rules;
  }

  /** Returns these options with the conversation's start image, if one is requested. */
  RespondOptions resolvedIn(Conversation conversation) {
    if (startImage.isEmpty()) {
      return this;
    }
    List<BufferedImage> shown = conversation.turns().stream()
        .flatMap(turn -> turn.contents().stream())
        .filter(Conversation.Image.class::isInstance)
        .map(content -> ((Conversation.Image) content).image())
        .toList();
    int index = startImage.getAsInt();
    int at = index < 0 ? shown.size() + index : index;
    if (at < 0 || at >= shown.size()) {
      throw new IllegalArgumentException("startImage is " + index + ", but the conversation shows "
          + (shown.isEmpty() ? "no picture" : shown.size() + (shown.size() == 1 ? " picture" : " pictures")));
    }
    return toBuilder().diffusion(diffusion.toBuilder().startImage(shown.get(at)).build()).build();
  }

  /** Returns all fields, for comparison. */
  private List<Object> values() {
    return List.of(maxTokens, minWordTokens, imageBias, maxImages, sampler, penalties, stop, seed, imagePolicy, topK,
        generatedImages, diffusion, startImage, promptFormat, history, bosBeforeEveryText, markersInText, textCut,
        listener, cancelled, timeout, rules);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RespondOptions options && values().equals(options.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return "RespondOptions[maxTokens=" + maxTokens + ", minWordTokens=" + minWordTokens + ", imageBias=" + imageBias
        + ", maxImages=" + maxImages + ", sampler=" + sampler + ", repetitionPenalty="
        + penalties.repetition() + ", presencePenalty=" + penalties.presence() + ", frequencyPenalty="
        + penalties.frequency() + ", stop=" + stop + ", seed=" + seed + ", imagePolicy=" + imagePolicy
        + ", topK=" + topK + ", generatedImages=" + generatedImages + ", diffusion=" + diffusion + ", startImage="
        + (startImage.isPresent() ? startImage.getAsInt() : "none") + ", promptFormat=" + promptFormat
        + ", history=" + history + ", bosBeforeEveryText=" + bosBeforeEveryText + ", markersInText=" + markersInText
        + ", textCut=" + textCut + ", rules=" + rules + "]";
  }

  /** Builds the options. Not thread-safe. */
  public static final class Builder {
    private int maxTokens = 32;
    private int minWordTokens;
    private double imageBias = 1;
    private int maxImages = 1;
    private Sampler sampler = Sampler.greedy();
    private Penalties penalties = new Penalties(1, 0, 0);
    private List<String> stop = List.of();
    private long seed = 1337;
    private ImagePolicy imagePolicy = ImagePolicy.DECIDE;
    private int topK = 3;
    private int generatedImages = 1;
    private DiffusionOptions diffusion = DiffusionOptions.defaults();
    private OptionalInt startImage = OptionalInt.empty();
    private PromptFormat promptFormat = PromptFormat.questionAnswer();
    private History history = History.all();
    private boolean bosBeforeEveryText;
    private boolean markersInText;
    private TextCut textCut = TextCut.SENTENCE;
    private GillListener listener = new GillListener() {};
    private BooleanSupplier cancelled = () -> false;
    private Optional<Duration> timeout = Optional.empty();
    private TurnRules rules = TurnRules.DEFAULT;

    private Builder() {}

    private Builder(RespondOptions from) {
      maxTokens = from.maxTokens;
      minWordTokens = from.minWordTokens;
      imageBias = from.imageBias;
      maxImages = from.maxImages;
      sampler = from.sampler;
      penalties = from.penalties;
      stop = from.stop;
      seed = from.seed;
      imagePolicy = from.imagePolicy;
      topK = from.topK;
      generatedImages = from.generatedImages;
      diffusion = from.diffusion;
      startImage = from.startImage;
      promptFormat = from.promptFormat;
      history = from.history;
      bosBeforeEveryText = from.bosBeforeEveryText;
      markersInText = from.markersInText;
      textCut = from.textCut;
      listener = from.listener;
      cancelled = from.cancelled;
      timeout = from.timeout;
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
     * @param value the sampler; see {@link Sampler#greedy()} and {@link Sampler#nucleus}
     * @return this
     */
    public Builder sampler(Sampler value) {
      sampler = Objects.requireNonNull(value, "sampler");
      return this;
    }

    /**
     * Sets {@link RespondOptions#repetitionPenalty()}.
     *
     * @param value above 0 to 1000, usually 1 to 1.5
     * @return this
     */
    public Builder repetitionPenalty(double value) {
      penalties = new Penalties(value, penalties.presence(), penalties.frequency());
      return this;
    }

    /**
     * Sets {@link RespondOptions#presencePenalty()}.
     *
     * @param value −2 to 2
     * @return this
     */
    public Builder presencePenalty(double value) {
      penalties = new Penalties(penalties.repetition(), value, penalties.frequency());
      return this;
    }

    /**
     * Sets {@link RespondOptions#frequencyPenalty()}.
     *
     * @param value −2 to 2
     * @return this
     */
    public Builder frequencyPenalty(double value) {
      penalties = new Penalties(penalties.repetition(), penalties.presence(), value);
      return this;
    }

    /**
     * Sets {@link RespondOptions#stop()}.
     *
     * @param value texts that end the reply, none of them empty
     * @return this
     */
    public Builder stop(List<String> value) {
      stop = Arguments.copyOf(value, "stop");
      if (stop.contains("")) {
        throw new IllegalArgumentException("a stop sequence is empty: give it at least one character");
      }
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
     * @param value the options of the image generator
     * @return this
     */
    public Builder diffusion(DiffusionOptions value) {
      diffusion = Objects.requireNonNull(value, "diffusion");
      return this;
    }

    /**
     * Sets {@link RespondOptions#startImage()}.
     *
     * @param picture index of the image, 0 for the first of the conversation, −1 for the last
     * @return this
     */
    public Builder startImage(int picture) {
      return startImage(OptionalInt.of(picture));
    }

    Builder startImage(OptionalInt picture) {
      startImage = picture;
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
     * Sets {@link RespondOptions#history()}.
     *
     * @param value the policy
     * @return this
     */
    public Builder history(History value) {
      history = Objects.requireNonNull(value, "history");
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
     * @param value whether markers in a text become their tokens; use false for untrusted text
     * @return this
     */
    public Builder markersInText(boolean value) {
      markersInText = value;
      return this;
    }

    /**
     * Sets {@link RespondOptions#textCut()}.
     *
     * @param value where a text is cut
     * @return this
     */
    public Builder textCut(TextCut value) {
      textCut = Objects.requireNonNull(value, "textCut");
      return this;
    }

    /**
     * Sets {@link RespondOptions#listener()}.
     *
     * @param value receives the events
     * @return this
     */
    public Builder listener(GillListener value) {
      listener = Objects.requireNonNull(value, "listener");
      return this;
    }

    /**
     * Sets {@link RespondOptions#timeout()}.
     *
     * @param value positive
     * @return this
     */
    public Builder timeout(Duration value) {
      if (Objects.requireNonNull(value, "timeout").isNegative() || value.isZero()) {
        throw new IllegalArgumentException("the time-out must be positive, not " + value);
      }
      timeout = Optional.of(value);
      return this;
    }

    /**
     * Sets {@link RespondOptions#cancelled()}, for example to {@code AtomicBoolean::get} of a flag that another thread
     * sets.
     *
     * @param value the condition, which must be fast because it is asked often
     * @return this
     */
    public Builder cancelled(BooleanSupplier value) {
      cancelled = Objects.requireNonNull(value, "cancelled");
      return this;
    }

    /**
     * Builds the options.
     *
     * @return the options
     */
    public RespondOptions build() {
      return new RespondOptions(this);
    }
  }
}
