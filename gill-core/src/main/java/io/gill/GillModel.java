package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Text;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.concurrent.Closing;
import io.gill.stage.DecisionModel;
import io.gill.stage.GenerationMapper;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageSource;
import io.gill.stage.LanguageModel;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.Stages;
import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import io.gill.stage.VisualProjection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A multimodal conversation model (Koh, Fried, Salakhutdinov 2023, arXiv 2305.17216): reads text and images in any
 * order, answers with text, and where an image belongs decides whether to retrieve or to generate one.
 *
 * <pre>{@code
 * try (GillModel model = GillModel.load(Path.of("my-model"))) {
 *   Reply reply = model.respond(Conversation.builder().image(Path.of("cat.png")).text("What is this?").build());
 *   System.out.println(reply.text());
 * }
 * }</pre>
 *
 * <p>Immutable and shared by any number of threads. Holds native memory until closed.
 */
public final class GillModel implements AutoCloseable {
  private final Stages stages;
  private final Capabilities capabilities;
  private final List<AutoCloseable> resources;

  private final RunningCalls calls = new RunningCalls();

  /** The open sessions; one that its owner has lost without closing it is left to the garbage collector. */
  private final Set<Session> sessions = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private boolean freed;

  GillModel(Stages stages, List<String> notes, List<AutoCloseable> resources) {
    this.stages = stages;
    this.resources = resources;
    boolean retrieves = stages.retriever().isPresent() && stages.query().isPresent();
    boolean generates = stages.generator().isPresent() && stages.mapper().isPresent();
    capabilities = new Capabilities(
        stages.vision().isPresent(), retrieves, generates, stages.decision().isPresent(), notes);
  }

  /**
   * Loads a model directory on the CPU.
   *
   * @param directory as published, or with {@code opt/}, {@code clip/} and {@code sd/} inside
   * @return the model, which the caller closes
   * @throws GillException if something is missing, with everything that is, or a file cannot be used
   */
  public static GillModel load(Path directory) {
    return load(directory, LoadOptions.DEFAULT);
  }

  /**
   * Loads a model directory.
   *
   * @param directory as published, or with {@code opt/}, {@code clip/} and {@code sd/} inside
   * @param options device, precision, what to leave out
   * @return the model, which the caller closes
   * @throws GillException if something is missing, with everything that is, or a file cannot be used
   */
  public static GillModel load(Path directory, LoadOptions options) {
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(options, "options");
    return builder().directory(directory, options).build();
  }

  /**
   * Puts a model together by hand.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * What this model can do.
   *
   * @return its capabilities
   */
  public Capabilities capabilities() {
    return capabilities;
  }

  /**
   * The stages this model is made of.
   *
   * @return the stages, which this model closes
   */
  public Stages stages() {
    calls.checkOpen();
    return stages;
  }

  /**
   * Answers one text, with the default options.
   *
   * @param text what the user says
   * @return the reply
   * @throws IllegalArgumentException if the text is blank
   * @throws GillException if the text does not fit into the model's positions, or a stage fails
   * @throws IllegalStateException if the model is closed
   */
  public Reply respond(String text) {
    return respond(Conversation.of(text));
  }

  /**
   * Answers a conversation, with the default options.
   *
   * @param conversation ends with the user's turn
   * @return the reply
   * @throws IllegalArgumentException if the conversation is empty, ends with the model's turn, or with a user's turn of
   *     blank text alone
   * @throws GillException if the conversation does not fit into the model's positions, or a stage fails
   * @throws IllegalStateException if the model is closed
   */
  public Reply respond(Conversation conversation) {
    return respond(conversation, RespondOptions.defaults());
  }

  /**
   * Answers a conversation. {@link #close} of another thread cancels the reply, as {@link RespondOptions#cancelled} does.
   *
   * @param conversation ends with the user's turn. Formats other than {@link PromptFormat#questionAnswer()} and
   *     {@link PromptFormat#publishedQuestionAnswer()} may end with the model's turn, which the model then continues
   * @param options how the reply is made
   * @return the reply
   * @throws IllegalArgumentException if the conversation is empty, ends with the model's turn, or with a user's turn of
   *     blank text alone, or the options ask for what the model or its image generator cannot do
   * @throws GillException if the conversation does not fit into the model's positions, or a stage fails
   * @throws IllegalStateException if the model is closed
   */
  public Reply respond(Conversation conversation, RespondOptions options) {
    Objects.requireNonNull(conversation, "conversation");
    Objects.requireNonNull(options, "options");
    return calls.run(() -> {
      try (PromptCache cache = new PromptCache(stages)) {
        return respond(conversation, options, cache, () -> false);
      }
    });
  }

  /** Answers inside a call; {@code ended} is one more reason to end the reply early. */
  Reply respond(Conversation conversation, RespondOptions options, PromptCache cache, BooleanSupplier ended) {
    PromptFormats.requireQuestion(conversation, options.promptFormat());
    require(options.imagePolicy());
    if (capabilities.generates() && options.maxImages() > 0 && options.imagePolicy() != ImagePolicy.RETRIEVE) {
      stages.generator().orElseThrow().check(options.diffusion());
    }
    BooleanSupplier stopped = stopped();
    BooleanSupplier cancelled =
        () -> stopped.getAsBoolean() || ended.getAsBoolean() || options.cancelled().getAsBoolean();
    return new TurnEngine(stages, options, cache, cancelled).respond(conversation);
  }

  /** Whether a call of this thread should end early though its options do not say so. */
  private BooleanSupplier stopped() {
    Thread caller = Thread.currentThread();
    return () -> calls.isClosed() || caller.isInterrupted();
  }

  private void require(ImagePolicy policy) {
    boolean retrieve = policy == ImagePolicy.RETRIEVE && !capabilities.retrieves();
    boolean generate = policy == ImagePolicy.GENERATE && !capabilities.generates();
    if (retrieve || generate) {
      throw new IllegalArgumentException("image policy " + policy + " was asked for, but this model cannot "
          + (retrieve ? "retrieve" : "generate") + " images: " + String.join("; ", capabilities.notes()));
    }
  }

  /**
   * Starts a conversation that keeps its cache between turns.
   *
   * @return an empty session, which the caller closes
   * @throws IllegalStateException if the model is closed
   */
  public Session session() {
    return session(new Conversation(List.of()));
  }

  /**
   * Takes up a conversation with a cache that is kept between turns.
   *
   * @param conversation what was said before
   * @return the session, which the caller closes
   * @throws IllegalStateException if the model is closed
   */
  public Session session(Conversation conversation) {
    Objects.requireNonNull(conversation, "conversation");
    return calls.run(() -> {
      Session session = new Session(this, conversation);
      sessions.add(session);
      return session;
    });
  }

  RunningCalls calls() {
    return calls;
  }

  void forget(Session session) {
    sessions.remove(session);
  }

  /**
   * How likely an interleaved sequence is: the mean natural log-probability of its text tokens, each given all that
   * stands before it ({@code get_log_likelihood_scores}). Roles do not matter; {@code </s>} goes before the first text.
   * Markers in the texts are read as ordinary words.
   *
   * @param sequence text and images
   * @return the mean, at most 0
   * @throws IllegalArgumentException if there is no token to score
   * @throws GillException if the sequence does not fit into the model's positions, or a stage fails
   * @throws CancellationException if this thread is interrupted, whose flag stays set, or another closes the model
   * @throws IllegalStateException if the model is closed
   */
  public double logLikelihood(Conversation sequence) {
    return logLikelihood(sequence, false);
  }

  /**
   * How likely an interleaved sequence is, as {@link #logLikelihood(Conversation)}.
   *
   * @param sequence text and images
   * @param markersInText whether markers in the texts become their tokens, as published; see
   *     {@link RespondOptions#markersInText()}
   * @return the mean, at most 0
   * @throws IllegalArgumentException if there is no token to score
   * @throws GillException if the sequence does not fit into the model's positions, or a stage fails
   * @throws CancellationException if this thread is interrupted, whose flag stays set, or another closes the model
   * @throws IllegalStateException if the model is closed
   */
  public double logLikelihood(Conversation sequence, boolean markersInText) {
    Objects.requireNonNull(sequence, "sequence");
    List<float[]> scores = calls.run(() -> {
      try (PromptCache cache = new PromptCache(stages)) {
        return cache.score(PromptFormat.plain().write(sequence), markersInText, stopped());
      }
    });
    double sum = 0;
    int count = 0;
    for (float[] some : scores) {
      for (float score : some) {
        if (!Float.isNaN(score)) {
          sum += score;
          count++;
        }
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException("the sequence has no text to score: give it at least one text");
    }
    return sum / count;
  }

  /**
   * Scores candidate answers to a conversation; the conversation is read once. Markers in the texts and answers are
   * read as ordinary words.
   *
   * @param conversation ends with the user's turn
   * @param answers at least one; compared as the model would say them
   * @param format how the conversation is written; {@link PromptFormat#questionAnswer()} puts the answer after "A:"
   * @return one score an answer, in the order given
   * @throws IllegalArgumentException if the conversation or an answer is empty, the conversation ends as
   *     {@link #respond(Conversation, RespondOptions)} refuses it, or there is no answer
   * @throws GillException if the conversation does not fit into the model's positions, or a stage fails
   * @throws CancellationException if this thread is interrupted, whose flag stays set, or another closes the model
   * @throws IllegalStateException if the model is closed
   */
  public List<AnswerScore> scoreAnswers(Conversation conversation, List<String> answers, PromptFormat format) {
    Objects.requireNonNull(conversation, "conversation");
    List<String> candidates = Arguments.copyOf(answers, "answers");
    Objects.requireNonNull(format, "format");
    return calls.run(() -> score(conversation, candidates, format, stopped()));
  }

  private List<AnswerScore> score(
      Conversation conversation, List<String> answers, PromptFormat format, BooleanSupplier stopped) {
    if (answers.isEmpty()) {
      throw new IllegalArgumentException("there are no answers: give one or more");
    }
    PromptFormats.requireQuestion(conversation, format);
    List<AnswerScore> scores = new ArrayList<>();
    try (PromptCache cache = new PromptCache(stages)) {
      List<Content> prompt = PromptFormats.write(conversation, format);
      int length = cache.read(prompt, false, false, stopped).positions();
      boolean bos = prompt.stream().noneMatch(Text.class::isInstance);
      for (String answer : answers) {
        PromptCache.checkCancelled(stopped);
        if (answer.isEmpty()) { // with the beginning token it would not be
          throw new IllegalArgumentException("answer " + scores.size() + " is empty");
        }
        String said = answer.startsWith(" ") ? answer : " " + answer;
        int[] ids = PromptTexts.encode(stages.tokenizer(), said, bos, false);
        double sum = 0;
        for (float score : cache.score(ids)) {
          sum += score;
        }
        cache.forget(length);
        scores.add(new AnswerScore(answer, sum, ids.length));
      }
    }
    return scores;
  }

  /**
   * How likely an answer is.
   *
   * @param answer the candidate
   * @param logProbability the natural logarithm of the answer's probability
   * @param tokens how many tokens it has
   */
  public record AnswerScore(String answer, double logProbability, int tokens) {
    /**
     * Checks that there is an answer.
     *
     * @param answer the candidate
     * @param logProbability the natural logarithm of the answer's probability
     * @param tokens how many tokens it has
     */
    public AnswerScore {
      Objects.requireNonNull(answer, "answer");
    }

    /**
     * The mean log-probability of a token, for answers of different lengths.
     *
     * @return at most 0
     */
    public double mean() {
      return logProbability / tokens;
    }
  }

  /**
   * Frees all stages and the sessions that are still open; harmless when done twice. New calls are refused, and replies
   * and scores that other threads compute are cancelled: they end with {@link Reply.Finish#CANCELLED} and
   * {@link CancellationException}. Waits for them, and for computations that other threads make with a stage.
   *
   * @throws IllegalStateException on a thread that is in a call of this model, as a listener is; nothing changes then
   */
  @Override
  public void close() {
    if (calls.hasThisThread()) {
      throw new IllegalStateException(
          "this model cannot be closed by a listener or a stage of its own: close it when the call has returned");
    }
    calls.close();
    free();
  }

  private synchronized void free() {
    if (!freed) {
      freed = true;
      List<AutoCloseable> all = new ArrayList<>(resources);
      synchronized (sessions) {
        all.addAll(sessions);
      }
      Closing.closeAll(all);
    }
  }

  /** Puts a model together. What is given by hand wins over what a directory holds; for one thread. */
  public static final class Builder {
    final StageChoice choice = new StageChoice();
    private @Nullable Path directory;
    private LoadOptions options = LoadOptions.DEFAULT;

    private Builder() {}

    /**
     * Takes the stages that are not given by hand from a model directory.
     *
     * @param value the directory
     * @param loadOptions device, precision, what to leave out
     * @return this
     */
    public Builder directory(Path value, LoadOptions loadOptions) {
      directory = Objects.requireNonNull(value, "directory");
      options = Objects.requireNonNull(loadOptions, "loadOptions");
      return this;
    }

    /**
     * The language model's tokenizer.
     *
     * @param value the stage
     * @return this
     */
    public Builder tokenizer(Tokenizer value) {
      choice.tokenizer = Objects.requireNonNull(value, "tokenizer");
      return this;
    }

    /**
     * The language model.
     *
     * @param value the stage
     * @return this
     */
    public Builder languageModel(LanguageModel value) {
      choice.languageModel = Objects.requireNonNull(value, "languageModel");
      return this;
    }

    /**
     * The vision encoder.
     *
     * @param value the stage, or null for none but what a directory holds
     * @return this
     */
    public Builder visionEncoder(@Nullable VisionEncoder value) {
      choice.visionEncoder = value;
      return this;
    }

    /**
     * The projection of images to the language model's tokens.
     *
     * @param value the stage
     * @return this
     */
    public Builder visualProjection(VisualProjection value) {
      choice.visualProjection = Objects.requireNonNull(value, "visualProjection");
      return this;
    }

    /**
     * The projection of images into the retrieval space.
     *
     * @param value the stage
     * @return this
     */
    public Builder imageEmbedder(ImageEmbedder value) {
      choice.imageEmbedder = Objects.requireNonNull(value, "imageEmbedder");
      return this;
    }

    /**
     * The projection of [IMG0] into the retrieval space.
     *
     * @param value the stage
     * @return this
     */
    public Builder queryEmbedder(QueryEmbedder value) {
      choice.queryEmbedder = Objects.requireNonNull(value, "queryEmbedder");
      return this;
    }

    /**
     * GILLMapper.
     *
     * @param value the stage
     * @return this
     */
    public Builder generationMapper(GenerationMapper value) {
      choice.generationMapper = Objects.requireNonNull(value, "generationMapper");
      return this;
    }

    /**
     * The decision model.
     *
     * @param value the stage, or null for none but what a directory holds
     * @return this
     */
    public Builder decisionModel(@Nullable DecisionModel value) {
      choice.decisionModel = value;
      return this;
    }

    /**
     * The collection of images.
     *
     * @param value the stage, or null for none but what a directory holds
     * @return this
     */
    public Builder imageRetriever(@Nullable ImageRetriever value) {
      choice.imageRetriever = value;
      return this;
    }

    /**
     * What fetches retrieved images.
     *
     * @param value the stage
     * @return this
     */
    public Builder imageSource(ImageSource value) {
      choice.imageSource = Objects.requireNonNull(value, "imageSource");
      return this;
    }

    /**
     * The image generator.
     *
     * @param value the stage, or null for none but what a directory holds
     * @return this
     */
    public Builder imageGenerator(@Nullable ImageGenerator value) {
      choice.imageGenerator = value;
      return this;
    }

    /**
     * Ends. The model closes its stages, those given by hand included.
     *
     * @return the model
     * @throws IllegalArgumentException if there is no directory and no tokenizer or language model
     * @throws GillException if something in the directory is missing or cannot be used; stages given by hand stay open
     */
    public GillModel build() {
      return directory == null ? choice.assemble() : new ModelLoader(directory, options).load(choice);
    }
  }
}
