package io.gill;

import com.google.common.primitives.Ints;
import io.gill.Conversation.Content;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.concurrent.Closing;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.Stages;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/** A model that owns its stages. */
final class LoadedModel implements GillModel {
  private final String name;
  private final Stages stages;
  private final Capabilities capabilities;
  private final List<AutoCloseable> resources;

  private final RunningCalls calls = new RunningCalls();
  private final Admission admission;
  private final Admission painting;
  private final KeptPrompts kept;
  private final Executor executor;
  private final GillListener listener;
  private final RespondOptions defaults;

  /** Open sessions, held weakly, so that the garbage collector can free sessions that were never closed. */
  private final Set<CachedSession> sessions =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private boolean freed;

  /**
   * @param admission limits the calls at a time
   * @param painting limits the replies that generate images at a time
   * @param kept the caches of earlier replies
   * @param executor runs asynchronous replies
   * @param listener receives the events of all replies
   * @param defaults the options of replies without options
   */
  LoadedModel(String name, Stages stages, List<String> notes, List<AutoCloseable> resources, Admission admission,
      Admission painting, KeptPrompts kept, Executor executor, GillListener listener, RespondOptions defaults) {
    this.name = name;
    this.stages = stages;
    this.admission = admission;
    this.painting = painting;
    this.kept = kept;
    this.executor = executor;
    this.listener = listener;
    this.defaults = defaults;
    this.resources = resources;
    boolean retrieves = stages.retriever().isPresent() && stages.query().isPresent();
    capabilities = new Capabilities(
        stages.vision().isPresent(), retrieves, stages.generates(), stages.decision().isPresent(), notes);
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public ModelInfo info() {
    return new ModelInfo(name, stages.languageModel().maxPositions(), stages.tokenizer().vocabularySize(),
        stages.vision().map(vision -> vision.projection().visualTokens()).orElse(0),
        stages.tokenizer().imageTokenIds().length, capabilities);
  }

  @Override
  public RespondOptions defaults() {
    return defaults;
  }

  @Override
  public Stages stages() {
    calls.checkOpen();
    return stages;
  }

  @Override
  public Reply respond(Conversation conversation, RespondOptions options) {
    Objects.requireNonNull(conversation, "conversation");
    Objects.requireNonNull(options, "options");
    return respond(conversation, options, Deadline.of(options), () -> false);
  }

  @Override
  public CompletableFuture<Reply> respondAsync(Conversation conversation, RespondOptions options) {
    return turn(conversation, options).start();
  }

  @Override
  public Flow.Publisher<ReplyEvent> stream(Conversation conversation, RespondOptions options) {
    return turn(conversation, options);
  }

  private AsyncTurn turn(Conversation conversation, RespondOptions asked) {
    Objects.requireNonNull(conversation, "conversation");
    Objects.requireNonNull(asked, "options");
    return new AsyncTurn(
        executor, asked, (options, deadline, ended) -> respond(conversation, options, deadline, ended));
  }

  private Reply respond(Conversation conversation, RespondOptions options, Deadline deadline, BooleanSupplier ended) {
    return respond(conversation, options, kept, deadline, ended);
  }

  private Reply respond(Conversation conversation, RespondOptions options, KeptPrompts caches, Deadline deadline,
      BooleanSupplier ended) {
    return calls.run(() -> {
      RespondOptions resolved = options.resolvedIn(conversation);
      return respond(recent(conversation, resolved), resolved, caches::with, deadline, ended);
    });
  }

  /** Lends a cache to a call whose turn has come. */
  @FunctionalInterface
  interface Caches {
    Reply with(Supplier<List<Content>> prompt, RespondOptions options, Function<PromptCache, Reply> call);
  }

  @Override
  public int countTokens(Conversation conversation, RespondOptions options) {
    Objects.requireNonNull(conversation, "conversation");
    Objects.requireNonNull(options, "options");
    return conversation.turns().isEmpty() ? 0 : calls.run(() -> Ints.saturatedCast(PromptCache.count(
        stages, PromptFormats.write(conversation, options.promptFormat()), options)));
  }

  /** Returns the turns that the model reads, within a running call. */
  Conversation recent(Conversation conversation, RespondOptions options) {
    int most = stages.languageModel().maxPositions();
    long reply = options.maxTokens() + (long) options.maxImages() * (stages.tokenizer().imageTokenIds().length - 1);
    return OldestTurns.without(
        conversation, options.history(),
        (turns, room) -> PromptCache.fits(
            stages, PromptFormats.write(turns, options.promptFormat()), options, room),
        most - Math.min(reply, most / 2));
  }

  /** Reads a conversation within a running call; {@code ended} is another reason to end early. */
  void prepare(Conversation conversation, RespondOptions options, PromptCache cache, BooleanSupplier ended) {
    Computation call = computation(options, ended);
    Conversation recent = recent(conversation, options);
    call.run(() -> cache.read(PromptFormats.write(recent, options.promptFormat()), options.bosBeforeEveryText(),
        options.markersInText(), call.ended(), call.clock()));
  }

  /**
   * Answers all turns of a conversation within a running call.
   *
   * @param asked options that were resolved in the conversation, before its oldest turns were left out
   * @param ended another reason to end the reply early
   */
  Reply respond(Conversation conversation, RespondOptions asked, Caches caches, Deadline deadline,
      BooleanSupplier ended) {
    RespondOptions options = asked.toBuilder().listener(new BothListeners(listener, asked.listener())).build();
    PromptFormats.requireQuestion(conversation, options.promptFormat());
    require(options.imagePolicy());
    if (capabilities.generates() && options.maxImages() > 0 && options.imagePolicy() != ImagePolicy.RETRIEVE) {
      stages.textGenerator().ifPresentOrElse(
          generator -> generator.check(options.diffusion()),
          () -> stages.generator().orElseThrow().check(options.diffusion()));
    }
    BooleanSupplier cancelled = cancelled(options, ended);
    try {
      options.listener().onRequest(conversation, asked);
      return admission.run(cancelled, deadline,
          () -> caches.with(() -> PromptFormats.write(conversation, options.promptFormat()), options,
              cache -> new TurnEngine(stages, options, cache, painting, cancelled, deadline).respond(conversation)),
          () -> TurnEngine.cancelled(options, deadline));
    } catch (RuntimeException | Error e) {
      report(e, options.listener());
      throw e;
    }
  }

  private static void report(Throwable failure, GillListener listener) {
    try {
      listener.onFailure(failure);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private BooleanSupplier cancelled(RespondOptions options, BooleanSupplier ended) {
    BooleanSupplier stopped = stopped();
    return () -> stopped.getAsBoolean() || ended.getAsBoolean() || options.cancelled().getAsBoolean();
  }

  /** Returns a condition that ends a call of this thread early, whatever its options say. */
  private BooleanSupplier stopped() {
    Thread caller = Thread.currentThread();
    return () -> calls.isClosed() || caller.isInterrupted();
  }

  /** Begins a call that computes no reply; the options limit its time, and they or {@code ended} cancel it. */
  private Computation computation(RespondOptions options, BooleanSupplier ended) {
    return new Computation(
        admission, cancelled(Objects.requireNonNull(options, "options"), ended), Deadline.of(options));
  }

  /**
   * A call that embeds, scores or reads a prompt.
   *
   * @param admission limits the calls at a time
   * @param cancelled whether to end the call early
   * @param deadline the end of its time
   */
  private record Computation(Admission admission, BooleanSupplier cancelled, Deadline deadline) {
    /** Runs the call when its turn comes. */
    <T> T run(Supplier<T> call) {
      return admission.run(cancelled, deadline, call::get);
    }

    /** Returns a condition that is true once the call was cancelled or its time has passed. */
    BooleanSupplier ended() {
      return deadline.or(cancelled);
    }

    TurnClock clock() {
      return new TurnClock(deadline.startNanos());
    }
  }

  private void require(ImagePolicy policy) {
    boolean retrieve = policy == ImagePolicy.RETRIEVE && !capabilities.retrieves();
    boolean generate = policy == ImagePolicy.GENERATE && !capabilities.generates();
    if (retrieve || generate) {
      throw new IllegalArgumentException("image policy " + policy + " was requested, but this model cannot "
          + (retrieve ? "retrieve" : "generate") + " images: " + String.join("; ", capabilities.notes()));
    }
  }

  @Override
  public Session session(Conversation conversation) {
    Objects.requireNonNull(conversation, "conversation");
    return calls.run(() -> remember(new CachedSession(this, conversation, new PromptCache(stages))));
  }

  CachedSession remember(CachedSession session) {
    sessions.add(session);
    return session;
  }

  RunningCalls calls() {
    return calls;
  }

  Executor executor() {
    return executor;
  }

  void forget(CachedSession session) {
    sessions.remove(session);
  }

  @Override
  public Reply draw(String caption, RespondOptions options) {
    requireText(caption, "caption");
    Objects.requireNonNull(options, "options");
    int image = stages().tokenizer().imageTokenIds()[0];
    RespondOptions drawing = options.toBuilder()
        .promptFormat(PromptFormat.plain()).history(History.all()).sampler((logits, random) -> image)
        .minWordTokens(0).maxTokens(1).maxImages(1).imagePolicy(ImagePolicy.GENERATE).startImage(OptionalInt.empty())
        .markersInText(false).build();
    KeptPrompts none = new KeptPrompts(stages, 0); // a caption is no conversation that goes on
    Reply reply = respond(Conversation.of(caption), drawing, none, Deadline.of(drawing), () -> false);
    if (reply.finish() == Reply.Finish.CONTEXT_FULL) {
      throw new GillException("the caption leaves no room for the " + stages.tokenizer().imageTokenIds().length
          + " [IMG] tokens in the model's " + stages.languageModel().maxPositions() + " positions: shorten it");
    }
    return reply;
  }

  private static void requireText(String text, String what) {
    if (PromptFormats.isBlank(Objects.requireNonNull(text, what))) {
      throw new IllegalArgumentException("the " + what + " is blank: give it at least one word");
    }
  }

  @Override
  public float[] embed(String text, RespondOptions options) {
    requireText(text, "text");
    return calls.run(() -> {
      Computation call = computation(options, () -> false);
      QueryEmbedder embedder = stages.query().orElseThrow(
          () -> new GillException("this model cannot embed texts: it has no query embedder (ret_text_hidden_fcs)"));
      List<Content> prompt =
          List.of(new Text(text), new Spoken(List.of(stages.tokenizer().imageTokenIds()[0])));
      try (PromptCache cache = new PromptCache(stages)) {
        float[][] hidden = call.run(
            () -> cache.read(prompt, false, false, call.ended(), call.clock()).output().hidden());
        return RetrievalSpace.query(embedder, hidden[hidden.length - 1]);
      }
    });
  }

  @Override
  public float[] embed(BufferedImage image, RespondOptions options) {
    Objects.requireNonNull(image, "image");
    return calls.run(() -> {
      Computation call = computation(options, () -> false);
      Stages.Vision vision = stages.vision().orElseThrow(
          () -> new GillException("this model cannot embed images: it has no vision encoder"));
      ImageEmbedder embedder = stages.retrievalEmbedder().orElseThrow(
          () -> new GillException("this model cannot embed images: it has no image embedder (visual_fc)"));
      return call.run(() -> {
        PromptCache.checkCancelled(call.ended());
        return RetrievalSpace.images(vision.encoder(), embedder, List.of(image)).get(0);
      });
    });
  }

  @Override
  public double logLikelihood(Conversation sequence, RespondOptions options) {
    Objects.requireNonNull(sequence, "sequence");
    Objects.requireNonNull(options, "options");
    List<float[]> scores = calls.run(() -> {
      Computation call = computation(options, () -> false);
      try (PromptCache cache = new PromptCache(stages)) {
        return call.run(
            () -> cache.score(PromptFormat.plain().write(sequence), options.markersInText(), call.ended()));
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

  @Override
  public List<AnswerScore> scoreAnswers(Conversation conversation, List<String> answers, RespondOptions options) {
    Objects.requireNonNull(conversation, "conversation");
    List<String> candidates = Arguments.copyOf(answers, "answers");
    Objects.requireNonNull(options, "options");
    return calls.run(() -> {
      Computation call = computation(options, () -> false);
      return call.run(() -> score(conversation, candidates, options.promptFormat(), call));
    });
  }

  private List<AnswerScore> score(
      Conversation conversation, List<String> answers, PromptFormat format, Computation call) {
    if (answers.isEmpty()) {
      throw new IllegalArgumentException("there are no answers: give one or more");
    }
    PromptFormats.requireQuestion(conversation, format);
    List<AnswerScore> scores = new ArrayList<>();
    try (PromptCache cache = new PromptCache(stages)) {
      List<Content> prompt = PromptFormats.write(conversation, format);
      int length = cache.read(prompt, false, false, call.ended(), call.clock()).positions();
      boolean bos = prompt.stream().noneMatch(Text.class::isInstance);
      for (String answer : answers) {
        PromptCache.checkCancelled(call.ended());
        if (answer.isEmpty()) { // checked here: a beginning token would make it non-empty
          throw new IllegalArgumentException("answer " + scores.size() + " is empty");
        }
        String said = answer.startsWith(" ") ? answer : " " + answer;
        int[] ids = PromptTexts.encode(stages.tokenizer(), said, bos, false);
        int positions = stages.languageModel().maxPositions();
        if (ids.length > positions - length) {
          throw new GillException("answer " + scores.size() + " takes " + ids.length + " positions, but the conversation "
              + "leaves " + (positions - length) + " of " + positions + ": shorten either");
        }
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

  @Override
  public void close() {
    if (calls.hasThisThread()) {
      throw new IllegalStateException(
          "this model cannot be closed by a listener or a stage of its own: close it after the call has returned");
    }
    calls.close();
    free();
  }

  private synchronized void free() {
    if (!freed) {
      freed = true;
      List<AutoCloseable> all = new ArrayList<>(resources);
      all.add(kept);
      synchronized (sessions) {
        all.addAll(sessions);
      }
      Closing.closeAll(all);
    }
  }
}
