package io.gill;

import io.gill.stage.DecisionModel;
import io.gill.stage.GenerationMapper;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageSource;
import io.gill.stage.LanguageModel;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.Stages;
import io.gill.stage.TextImageGenerator;
import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import io.gill.stage.VisualProjection;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A multimodal conversation model (Koh, Fried, Salakhutdinov 2023, arXiv 2305.17216). It reads text and images in any
 * order, answers with text, and decides for each image it wants to show whether to retrieve or to generate it.
 *
 * <pre>{@code
 * try (GillModel model = GillModel.load(Path.of("my-model"))) {
 *   Reply reply = model.respond(Conversation.builder().image(Path.of("cat.png")).text("What is this?").build());
 *   System.out.println(reply.text());
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe. Holds native memory until closed. An application gets a model from {@link #load} or
 * {@link #builder()}, and in its tests from {@link io.gill.testing.FakeModel}. It is an interface so that frameworks
 * can wrap and mock it; new versions may add methods.
 */
public interface GillModel extends AutoCloseable {
  /**
   * Loads a model directory on the CPU, in 32 bits.
   *
   * @param directory a directory as published, or one that contains {@code lm/} or {@code opt/}, {@code vision/} or
   *     {@code clip/}, and {@code sd/}
   * @return the model, to be closed by the caller
   * @throws GillException if files are missing (all of them are listed) or a file cannot be used
   */
  static GillModel load(Path directory) {
    return load(directory, LoadOptions.defaults());
  }

  /**
   * Loads a model directory.
   *
   * @param directory a directory as published, or one that contains {@code lm/} or {@code opt/}, {@code vision/} or
   *     {@code clip/}, and {@code sd/}
   * @param options device, precision and the parts to leave out
   * @return the model, to be closed by the caller
   * @throws GillException if files are missing (all of them are listed) or a file cannot be used
   */
  static GillModel load(Path directory, LoadOptions options) {
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(options, "options");
    return builder().directory(directory, options).build();
  }

  /**
   * Assembles a model from single stages.
   *
   * @return a builder
   */
  static Builder builder() {
    return new Builder();
  }

  /**
   * Returns what this model can do.
   *
   * @return its capabilities
   */
  Capabilities capabilities();

  /**
   * Returns what this model is: its name, its number of positions and what it can do.
   *
   * @return the model's properties
   */
  ModelInfo info();

  /**
   * Returns the options that methods without options use: those that the model directory's {@code gill_defaults.json}
   * sets, and {@link RespondOptions#defaults()} for all others. Change single options with
   * {@link RespondOptions#toBuilder()}. The file is a JSON object, optional like each of its keys; an unknown key is an
   * error when the model is loaded.
   *
   * <table>
   * <caption>Keys of {@code gill_defaults.json}</caption>
   * <tr><th>key</th><th>option</th></tr>
   * <tr><td>{@code max_tokens}</td><td>{@link RespondOptions#maxTokens()}</td></tr>
   * <tr><td>{@code max_images}</td><td>{@link RespondOptions#maxImages()}, from 1</td></tr>
   * <tr><td>{@code history_turns}</td><td>{@link History#lastTurns}</td></tr>
   * <tr><td>{@code prompt_format}</td><td>{@code question_answer}, {@code published_question_answer} or
   * {@code plain}</td></tr>
   * <tr><td>{@code text_cut}</td><td>{@code sentence}, {@code line} or {@code none}</td></tr>
   * <tr><td>{@code num_inference_steps}</td><td>{@link DiffusionOptions#steps()}</td></tr>
   * <tr><td>{@code guidance_scale}</td><td>{@link DiffusionOptions#guidanceScale()}</td></tr>
   * <tr><td>{@code scheduler}</td><td>{@link DiffusionOptions.SchedulerType} in lower case</td></tr>
   * </table>
   *
   * @return the options that suit this model
   */
  default RespondOptions defaults() {
    return RespondOptions.defaults();
  }

  /**
   * Returns the stages of this model.
   *
   * @return the stages, which are closed with this model
   */
  Stages stages();

  /**
   * Answers a text with this model's {@link #defaults()}.
   *
   * @param text the user's text
   * @return the reply
   * @throws IllegalArgumentException if the text is blank
   * @throws GillException if the text does not fit into the model's positions, or a stage fails
   * @throws IllegalStateException if the model is closed
   */
  default Reply respond(String text) {
    return respond(Conversation.of(text));
  }

  /**
   * Answers a conversation with this model's {@link #defaults()}.
   *
   * @param conversation a conversation that ends with the user's turn
   * @return the reply
   * @throws IllegalArgumentException if the conversation is empty, ends with the model's turn, or ends with a user's
   *     turn of blank text only
   * @throws GillException if the conversation does not fit into the model's positions, or a stage fails
   * @throws IllegalStateException if the model is closed
   */
  default Reply respond(Conversation conversation) {
    return respond(conversation, defaults());
  }

  /**
   * Answers a conversation. Closing the model on another thread cancels the reply, as {@link RespondOptions#cancelled}
   * does.
   *
   * @param conversation a conversation that ends with the user's turn. With formats other than
   *     {@link PromptFormat#questionAnswer()} and {@link PromptFormat#publishedQuestionAnswer()} it may end with the
   *     model's turn, which the model then continues
   * @param options length, sampling, image policy and other options
   * @return the reply
   * @throws IllegalArgumentException if the conversation is empty, ends with the model's turn, or ends with a user's
   *     turn of blank text only, or if the options ask for something the model or its image generator cannot do
   * @throws GillException if the conversation does not fit into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait, or the time-out passes first
   * @throws IllegalStateException if the model is closed
   */
  Reply respond(Conversation conversation, RespondOptions options);

  /**
   * Answers a conversation on another thread: one of the model's own, or of {@link Builder#executor}. Events go to the
   * listener of the options on that thread, and {@link RespondOptions#timeout()} includes the time until it starts.
   *
   * <p>{@link CompletableFuture#cancel} ends the computation within a token, a diffusion step, or a piece of the
   * prompt, and so does completing the future in any other way, such as {@link CompletableFuture#orTimeout}. Futures
   * derived from it, for example with {@code thenApply}, do not pass their cancellation on.
   *
   * @param conversation as for {@link #respond(Conversation, RespondOptions)}
   * @param options length, sampling, image policy and other options
   * @return a future that completes with the reply, or with the exception that
   *     {@link #respond(Conversation, RespondOptions)} would throw. If the executor refuses the task, it completes with
   *     {@link java.util.concurrent.RejectedExecutionException}
   */
  CompletableFuture<Reply> respondAsync(Conversation conversation, RespondOptions options);

  /**
   * Returns a publisher of a reply's events. Each subscription computes the reply anew, on a thread as for
   * {@link #respondAsync}.
   *
   * <p>Events wait until the subscriber requests them and do not hold up the computation: texts that wait are joined
   * into one, and of diffusion steps that wait only the last is kept. {@code onComplete} follows
   * {@link ReplyEvent.Done}; an exception that {@link #respond(Conversation, RespondOptions)} would throw goes to
   * {@code onError} after the events before it. Cancelling the subscription ends the computation within a token, a
   * diffusion step, or a piece of the prompt. Signals come on the computing thread or on one that requests events. A
   * slow {@code onNext} delays the reply, as a slow listener does; an exception thrown there cancels the subscription
   * and goes to the thread's handler of uncaught exceptions.
   *
   * @param conversation as for {@link #respond(Conversation, RespondOptions)}
   * @param options length, sampling, image policy and other options. The options' listener receives its events, too
   * @return the publisher, which any number of subscribers may use
   */
  Flow.Publisher<ReplyEvent> stream(Conversation conversation, RespondOptions options);

  /**
   * Counts the positions that the prompt of a conversation takes with this model's {@link #defaults()}; see
   * {@link #countTokens(Conversation, RespondOptions)}.
   *
   * @param conversation any conversation
   * @return the number of positions
   * @throws GillException if the conversation has an image and the model cannot read images
   * @throws IllegalStateException if the model is closed
   */
  default int countTokens(Conversation conversation) {
    return countTokens(conversation, defaults());
  }

  /**
   * Counts the positions that the prompt of a conversation takes: tokens of its texts in their format, and visual
   * tokens of its images. Tokenizes the texts and computes nothing else. Limits of {@link Builder#limits} do not apply.
   *
   * @param conversation any conversation, of any length; with no turns it takes 0 positions
   * @param options prompt format, markers and beginning tokens are used. {@link RespondOptions#history()} is not: all
   *     turns are counted
   * @return the number of positions, at most {@link Integer#MAX_VALUE}
   * @throws GillException if the conversation has an image and the model cannot read images, or the prompt format
   *     refuses the conversation
   * @throws IllegalStateException if the model is closed
   */
  int countTokens(Conversation conversation, RespondOptions options);

  /**
   * Starts a conversation whose key/value cache is kept between turns.
   *
   * @return an empty session, to be closed by the caller
   * @throws IllegalStateException if the model is closed
   */
  default Session session() {
    return session(new Conversation(List.of()));
  }

  /**
   * Continues a conversation with a key/value cache that is kept between turns.
   *
   * @param conversation the turns so far
   * @return the session, to be closed by the caller
   * @throws IllegalStateException if the model is closed
   */
  Session session(Conversation conversation);

  /**
   * Generates images of a caption, outside a conversation: the model reads the caption and [IMG0]…, and the image
   * generator paints what they mean to it (paper, section 3.2).
   *
   * @param caption describes the image; not blank
   * @param options seed, number of generated images, diffusion, listener, cancellation and time-out are used.
   *     {@link RespondOptions#startImage()} is not, but {@link DiffusionOptions#startImage()} is
   * @return a reply of one image part, or of none if it was cancelled or its time has passed. Any other
   *     {@link Reply#finish()} is {@link Reply.Finish#MAX_TOKENS}
   * @throws IllegalArgumentException if the caption is blank, the model cannot generate images, or the options ask for
   *     something the image generator cannot do
   * @throws GillException if the caption does not fit into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait, or the time-out passes first
   * @throws IllegalStateException if the model is closed
   */
  Reply draw(String caption, RespondOptions options);

  /**
   * Embeds a text with this model's {@link #defaults()}; see {@link #embed(String, RespondOptions)}.
   *
   * @param text a caption, or a dialogue in the model's training format; not blank
   * @return (E), L2-normalised, for dot products with embedded images
   * @throws IllegalArgumentException if the text is blank
   * @throws GillException if the model has no query embedder, the text does not fit into the model's positions, or a
   *     stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait
   * @throws CancellationException if this thread is interrupted (its interrupt flag stays set) or another thread closes
   *     the model
   * @throws IllegalStateException if the model is closed
   */
  default float[] embed(String text) {
    return embed(text, defaults());
  }

  /**
   * Embeds a text into the space in which texts and images are compared, as a request for an image that it describes:
   * [IMG0] follows the text (paper, section 3.2).
   *
   * @param text a caption, or a dialogue in the model's training format; not blank
   * @param options {@link RespondOptions#timeout()} and {@link RespondOptions#cancelled()} are used, and nothing else
   * @return (E), L2-normalised, for dot products with embedded images
   * @throws IllegalArgumentException if the text is blank
   * @throws GillException if the model has no query embedder, the text does not fit into the model's positions, or a
   *     stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait, or the time-out passes first
   * @throws CancellationException if the options cancel the call, the time-out passes while it computes, this thread is
   *     interrupted (its interrupt flag stays set) or another thread closes the model
   * @throws IllegalStateException if the model is closed
   */
  float[] embed(String text, RespondOptions options);

  /**
   * Embeds an image with this model's {@link #defaults()}; see {@link #embed(BufferedImage, RespondOptions)}.
   *
   * @param image any size and colour model
   * @return (E), L2-normalised, for dot products with embedded texts and images
   * @throws GillException if the model has no vision encoder or no image embedder, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait
   * @throws CancellationException if this thread is interrupted (its interrupt flag stays set) or another thread closes
   *     the model
   * @throws IllegalStateException if the model is closed
   */
  default float[] embed(BufferedImage image) {
    return embed(image, defaults());
  }

  /**
   * Embeds an image into the space in which texts and images are compared.
   *
   * @param image any size and colour model
   * @param options {@link RespondOptions#timeout()} and {@link RespondOptions#cancelled()} are used, and nothing else.
   *     They end the call before the image is encoded, not meanwhile
   * @return (E), L2-normalised, for dot products with embedded texts and images
   * @throws GillException if the model has no vision encoder or no image embedder, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait, or the time-out passes first
   * @throws CancellationException if the options cancel the call, the time-out passes, this thread is interrupted (its
   *     interrupt flag stays set) or another thread closes the model
   * @throws IllegalStateException if the model is closed
   */
  float[] embed(BufferedImage image, RespondOptions options);

  /**
   * Computes the mean natural log-probability of the text tokens of an interleaved sequence, each conditioned on
   * everything before it ({@code get_log_likelihood_scores}). Roles are ignored, and the family's beginning tokens,
   * such as {@code </s>} of OPT, precede the first text. Markers in the texts are read as ordinary words.
   *
   * @param sequence a sequence of text and images
   * @return the mean, at most 0
   * @throws IllegalArgumentException if there is no token to score
   * @throws GillException if the sequence does not fit into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait
   * @throws CancellationException if this thread is interrupted (its interrupt flag stays set) or another thread closes
   *     the model
   * @throws IllegalStateException if the model is closed
   */
  default double logLikelihood(Conversation sequence) {
    return logLikelihood(sequence, false);
  }

  /**
   * Computes the mean log-probability of an interleaved sequence, like {@link #logLikelihood(Conversation)}.
   *
   * @param sequence a sequence of text and images
   * @param markersInText whether markers in the texts become special tokens, as in the published code; see
   *     {@link RespondOptions#markersInText()}
   * @return the mean, at most 0
   * @throws IllegalArgumentException if there is no token to score
   * @throws GillException if the sequence does not fit into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait
   * @throws CancellationException if this thread is interrupted (its interrupt flag stays set) or another thread closes
   *     the model
   * @throws IllegalStateException if the model is closed
   */
  default double logLikelihood(Conversation sequence, boolean markersInText) {
    return logLikelihood(sequence, defaults().toBuilder().markersInText(markersInText).build());
  }

  /**
   * Computes the mean log-probability of an interleaved sequence, like {@link #logLikelihood(Conversation)}.
   *
   * @param sequence a sequence of text and images
   * @param options {@link RespondOptions#markersInText()}, {@link RespondOptions#timeout()} and
   *     {@link RespondOptions#cancelled()} are used, and nothing else
   * @return the mean, at most 0
   * @throws IllegalArgumentException if there is no token to score
   * @throws GillException if the sequence does not fit into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait, or the time-out passes first
   * @throws CancellationException if the options cancel the call, the time-out passes while it computes, this thread is
   *     interrupted (its interrupt flag stays set) or another thread closes the model
   * @throws IllegalStateException if the model is closed
   */
  double logLikelihood(Conversation sequence, RespondOptions options);

  /**
   * Scores candidate answers to a conversation; see {@link #scoreAnswers(Conversation, List, RespondOptions)}.
   *
   * @param conversation a conversation that ends with the user's turn
   * @param answers candidate answers, at least one; each is scored as if the model had said it
   * @param format the prompt format; {@link PromptFormat#questionAnswer()} puts the answer after "A:"
   * @return one score per answer, in the order given
   * @throws IllegalArgumentException if there is no answer, an answer is empty, or
   *     {@link #respond(Conversation, RespondOptions)} would reject the conversation because it is empty or because of
   *     its last turn
   * @throws GillException if the conversation with an answer does not fit into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait
   * @throws CancellationException if this thread is interrupted (its interrupt flag stays set) or another thread closes
   *     the model
   * @throws IllegalStateException if the model is closed
   */
  default List<AnswerScore> scoreAnswers(Conversation conversation, List<String> answers, PromptFormat format) {
    Objects.requireNonNull(format, "format");
    return scoreAnswers(conversation, answers, defaults().toBuilder().promptFormat(format).build());
  }

  /**
   * Scores candidate answers to a conversation, which is read once. Markers in the texts and answers are read as
   * ordinary words.
   *
   * @param conversation a conversation that ends with the user's turn
   * @param answers candidate answers, at least one; each is scored as if the model had said it
   * @param options {@link RespondOptions#promptFormat()}, {@link RespondOptions#timeout()} and
   *     {@link RespondOptions#cancelled()} are used, and nothing else. The latter two are also asked between answers
   * @return one score per answer, in the order given
   * @throws IllegalArgumentException if there is no answer, an answer is empty, or
   *     {@link #respond(Conversation, RespondOptions)} would reject the conversation because it is empty or because of
   *     its last turn
   * @throws GillException if the conversation with an answer does not fit into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link Builder#limits} are set and too many calls wait, or the time-out passes first
   * @throws CancellationException if the options cancel the call, the time-out passes while it computes, this thread is
   *     interrupted (its interrupt flag stays set) or another thread closes the model
   * @throws IllegalStateException if the model is closed
   */
  List<AnswerScore> scoreAnswers(Conversation conversation, List<String> answers, RespondOptions options);

  /**
   * The log-probability of an answer.
   *
   * @param answer the candidate
   * @param logProbability natural logarithm of the answer's probability
   * @param tokens number of tokens in the answer
   */
  record AnswerScore(String answer, double logProbability, int tokens) {
    /**
     * Rejects a null answer.
     *
     * @param answer the candidate
     * @param logProbability natural logarithm of the answer's probability
     * @param tokens number of tokens in the answer
     */
    public AnswerScore {
      Objects.requireNonNull(answer, "answer");
    }

    /**
     * Returns the mean log-probability per token, which compares answers of different lengths.
     *
     * @return at most 0
     */
    public double mean() {
      return logProbability / tokens;
    }
  }

  /**
   * Frees all stages and the sessions that are still open. Idempotent. New calls are rejected. Running calls of other
   * threads are cancelled: replies end with {@link Reply.Finish#CANCELLED}, embeddings and scores with
   * {@link CancellationException}.
   * Waits for those calls and for computations that other threads run on a stage.
   *
   * @throws IllegalStateException if this thread is in a call of this model, for example in a listener; nothing changes
   *     then
   */
  @Override
  void close();

  /** Builds a model. Stages set here override those of a model directory. Not thread-safe. */
  final class Builder {
    final StageChoice choice = new StageChoice();
    private @Nullable Path directory;
    private LoadOptions options = LoadOptions.defaults();

    private Builder() {}

    /**
     * Sets the model directory to load all stages from that are not set here.
     *
     * @param value the model directory
     * @param loadOptions device, precision and the parts to leave out
     * @return this
     */
    public Builder directory(Path value, LoadOptions loadOptions) {
      directory = Objects.requireNonNull(value, "directory");
      options = Objects.requireNonNull(loadOptions, "loadOptions");
      return this;
    }

    /**
     * Sets the language model's tokenizer.
     *
     * @param value the stage
     * @return this
     */
    public Builder tokenizer(Tokenizer value) {
      choice.tokenizer = Objects.requireNonNull(value, "tokenizer");
      return this;
    }

    /**
     * Sets the language model.
     *
     * @param value the stage
     * @return this
     */
    public Builder languageModel(LanguageModel value) {
      choice.languageModel = Objects.requireNonNull(value, "languageModel");
      return this;
    }

    /**
     * Sets the vision encoder.
     *
     * @param value the stage
     * @return this
     */
    public Builder visionEncoder(VisionEncoder value) {
      choice.visionEncoder = Objects.requireNonNull(value, "visionEncoder");
      return this;
    }

    /**
     * Removes the vision encoder set here. The directory's is used, if there is one.
     *
     * @return this
     */
    public Builder withoutVisionEncoder() {
      choice.visionEncoder = null;
      return this;
    }

    /**
     * Sets the projection from image features to visual tokens of the language model.
     *
     * @param value the stage
     * @return this
     */
    public Builder visualProjection(VisualProjection value) {
      choice.visualProjection = Objects.requireNonNull(value, "visualProjection");
      return this;
    }

    /**
     * Sets the projection from image features into the retrieval space.
     *
     * @param value the stage
     * @return this
     */
    public Builder imageEmbedder(ImageEmbedder value) {
      choice.imageEmbedder = Objects.requireNonNull(value, "imageEmbedder");
      return this;
    }

    /**
     * Sets the projection from [IMG0]'s hidden state into the retrieval space.
     *
     * @param value the stage
     * @return this
     */
    public Builder queryEmbedder(QueryEmbedder value) {
      choice.queryEmbedder = Objects.requireNonNull(value, "queryEmbedder");
      return this;
    }

    /**
     * Sets the mapping from [IMG] hidden states to the image generator's conditioning (GILLMapper).
     *
     * @param value the stage
     * @return this
     */
    public Builder generationMapper(GenerationMapper value) {
      choice.generationMapper = Objects.requireNonNull(value, "generationMapper");
      return this;
    }

    /**
     * Sets the decision model.
     *
     * @param value the stage
     * @return this
     */
    public Builder decisionModel(DecisionModel value) {
      choice.decisionModel = Objects.requireNonNull(value, "decisionModel");
      return this;
    }

    /**
     * Removes the decision model set here. The directory's is used, if there is one.
     *
     * @return this
     */
    public Builder withoutDecisionModel() {
      choice.decisionModel = null;
      return this;
    }

    /**
     * Sets the image retriever.
     *
     * @param value the stage
     * @return this
     */
    public Builder imageRetriever(ImageRetriever value) {
      choice.imageRetriever = Objects.requireNonNull(value, "imageRetriever");
      return this;
    }

    /**
     * Removes the image retriever set here. The directory's is used, if there is one.
     *
     * @return this
     */
    public Builder withoutImageRetriever() {
      choice.imageRetriever = null;
      return this;
    }

    /**
     * Sets the image source, which fetches retrieved images.
     *
     * @param value the stage
     * @return this
     */
    public Builder imageSource(ImageSource value) {
      choice.imageSource = Objects.requireNonNull(value, "imageSource");
      return this;
    }

    /**
     * Sets the image generator.
     *
     * @param value the stage
     * @return this
     */
    public Builder imageGenerator(ImageGenerator value) {
      choice.imageGenerator = Objects.requireNonNull(value, "imageGenerator");
      choice.textImageGenerator = null;
      return this;
    }

    /**
     * Removes the image generator set here. The directory's is used, if there is one.
     *
     * @return this
     */
    public Builder withoutImageGenerator() {
      choice.imageGenerator = null;
      choice.textImageGenerator = null;
      return this;
    }

    /**
     * Sets an image generator that paints what a text says, for example by a service on another machine. It replaces
     * the image generator.
     *
     * @param value the stage
     * @return this
     */
    public Builder textImageGenerator(TextImageGenerator value) {
      choice.textImageGenerator = Objects.requireNonNull(value, "textImageGenerator");
      choice.imageGenerator = null;
      return this;
    }

    /**
     * Limits the calls ({@code respond}, {@code draw}, {@code prepare}, {@code embed}, {@code logLikelihood},
     * {@code scoreAnswers}) that compute at a time. Further calls wait in the order in which they came;
     * {@link RespondOptions#timeout()} limits their time. A call made within another one, for example by a listener,
     * does not count. Without this method there is no limit.
     *
     * @param running number of calls that compute at a time, from 1
     * @param waiting number of calls that may wait, from 0; one more throws {@link ModelBusyException}
     * @return this
     */
    public Builder limits(int running, int waiting) {
      if (running < 1 || waiting < 0) {
        throw new IllegalArgumentException(
            "at least one call must run and none or more may wait, not " + running + " and " + waiting);
      }
      choice.mostRunning = running;
      choice.mostWaiting = waiting;
      return this;
    }

    /**
     * Limits the replies that generate images at a time. Others wait in the order in which they came, without keeping
     * further replies from generating text. Without this method there is no limit.
     *
     * @param running number of replies that generate images at a time, from 1
     * @return this
     */
    public Builder limitGeneration(int running) {
      if (running < 1) {
        throw new IllegalArgumentException("at least one reply must generate images, not " + running);
      }
      choice.mostGenerating = running;
      return this;
    }

    /**
     * Keeps the caches of the last conversations that {@link GillModel#respond(Conversation)} and its variants
     * answered. A call whose conversation begins as one of them reads only what is new, as a {@link Session} does. This
     * suits servers and frameworks that pass the whole conversation each time. An image counts as the same only if it
     * is the same object. Each cache takes the memory of its positions until the model is closed, and so do the images
     * of its conversation. Without this method no cache is kept.
     *
     * @param most maximum number of conversations, from 0; the one that was not used for the longest time is dropped
     * @return this
     */
    public Builder cachedConversations(int most) {
      if (most < 0) {
        throw new IllegalArgumentException("the number of cached conversations is " + most + ": use 0 or more");
      }
      choice.cachedConversations = most;
      return this;
    }

    /**
     * Adds a listener that receives the events of all replies, before the listener of their options does: for metrics
     * and logs. Its methods are called by several threads at a time.
     *
     * @param value receives the events, after the listeners added before
     * @return this
     */
    public Builder addListener(GillListener value) {
      choice.listener = new BothListeners(choice.listener, Objects.requireNonNull(value, "listener"));
      return this;
    }

    /**
     * Sets the executor of {@link GillModel#respondAsync} and {@link GillModel#stream}. A reply occupies a thread until
     * it is complete, including the time that it waits for other calls. Without this method, the model starts daemon
     * threads as they are needed.
     *
     * @param value the executor, which the model does not shut down
     * @return this
     */
    public Builder executor(Executor value) {
      choice.executor = Objects.requireNonNull(value, "executor");
      return this;
    }

    /**
     * Sets the options of replies without options, in place of those of the model directory.
     *
     * @param value the options that {@link GillModel#defaults()} returns
     * @return this
     */
    public Builder defaults(RespondOptions value) {
      choice.defaults = Objects.requireNonNull(value, "defaults");
      return this;
    }

    /**
     * Builds the model, which closes all of its stages, including those set here.
     *
     * @return the model
     * @throws IllegalArgumentException if there is no directory and either the tokenizer or the language model is
     *     missing
     * @throws GillException if a part of the directory is missing or cannot be used; stages set here stay open
     */
    public GillModel build() {
      return directory == null ? choice.assemble() : new ModelLoader(directory, options).load(choice);
    }
  }
}
