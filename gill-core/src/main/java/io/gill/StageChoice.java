package io.gill;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.gill.stage.DecisionModel;
import io.gill.stage.GenerationMapper;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageSource;
import io.gill.stage.LanguageModel;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.Stages;
import io.gill.stage.Stages.Vision;
import io.gill.stage.TextImageGenerator;
import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import io.gill.stage.VisualProjection;
import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Stages chosen so far, set by hand or loaded. */
final class StageChoice {
  @Nullable Tokenizer tokenizer;
  @Nullable LanguageModel languageModel;
  @Nullable VisionEncoder visionEncoder;
  @Nullable VisualProjection visualProjection;
  @Nullable ImageEmbedder imageEmbedder;
  @Nullable QueryEmbedder queryEmbedder;
  @Nullable GenerationMapper generationMapper;
  @Nullable DecisionModel decisionModel;
  @Nullable ImageRetriever imageRetriever;
  @Nullable ImageSource imageSource;
  @Nullable ImageGenerator imageGenerator;
  @Nullable TextImageGenerator textImageGenerator;

  /** Why a stage is absent. */
  final List<String> notes = new ArrayList<>();

  String name = "gill";
  @Nullable Executor executor;
  GillListener listener = new GillListener() {};
  @Nullable RespondOptions defaults;
  int mostRunning = Integer.MAX_VALUE;
  int mostWaiting = Integer.MAX_VALUE;
  int mostGenerating = Integer.MAX_VALUE;
  int cachedConversations;

  /** Resources to close with the model, besides the closeable stages. */
  final List<AutoCloseable> resources = new ArrayList<>();

  StageChoice copy() {
    StageChoice copy = new StageChoice();
    copy.tokenizer = tokenizer;
    copy.languageModel = languageModel;
    copy.visionEncoder = visionEncoder;
    copy.visualProjection = visualProjection;
    copy.imageEmbedder = imageEmbedder;
    copy.queryEmbedder = queryEmbedder;
    copy.generationMapper = generationMapper;
    copy.decisionModel = decisionModel;
    copy.imageRetriever = imageRetriever;
    copy.imageSource = imageSource;
    copy.imageGenerator = imageGenerator;
    copy.textImageGenerator = textImageGenerator;
    copy.name = name;
    copy.executor = executor;
    copy.listener = listener;
    copy.defaults = defaults;
    copy.mostRunning = mostRunning;
    copy.mostWaiting = mostWaiting;
    copy.mostGenerating = mostGenerating;
    copy.cachedConversations = cachedConversations;
    return copy;
  }

  GillModel assemble() {
    Tokenizer ids = tokenizer;
    LanguageModel lm = languageModel;
    if (ids == null || lm == null) {
      throw new IllegalArgumentException("a model needs a " + (ids == null ? "tokenizer" : "language model")
          + ": give one to the builder, or a directory");
    }
    if (ids.vocabularySize() > lm.vocabularySize()) {
      throw new IllegalArgumentException("the tokenizer has " + ids.vocabularySize()
          + " tokens, the language model only " + lm.vocabularySize() + " embeddings: they do not belong together");
    }
    if (ids.imageTokenIds().length == 0) {
      throw new IllegalArgumentException("the tokenizer has no [IMG] tokens: num_tokens must be 1 or more");
    }
    List<String> reasons = new ArrayList<>(notes);
    note(reasons, visionEncoder == null, "images are not read: there is no vision encoder");
    note(reasons, visualProjection == null, "images are not read: there is no visual projection");
    note(reasons, imageRetriever == null, "images are not retrieved: there is no index");
    note(reasons, queryEmbedder == null, "images are not retrieved: there is no query embedder");
    boolean paints = textImageGenerator != null;
    note(reasons, imageGenerator == null && !paints, "images are not generated: there is no image generator");
    note(reasons, generationMapper == null && !paints, "images are not generated: there is no generation mapper");
    note(reasons, decisionModel == null, "no decision model chooses between retrieval and generation");
    Stages stages = new Stages(
        ids,
        lm,
        visionEncoder == null || visualProjection == null
            ? Optional.empty()
            : Optional.of(new Vision(visionEncoder, visualProjection)),
        Optional.ofNullable(imageEmbedder),
        Optional.ofNullable(queryEmbedder),
        Optional.ofNullable(generationMapper),
        Optional.ofNullable(decisionModel),
        Optional.ofNullable(imageRetriever),
        imageSource != null ? imageSource : uri -> {
          throw new FileNotFoundException(uri + " (the model has no image source)");
        },
        Optional.ofNullable(imageGenerator),
        Optional.ofNullable(textImageGenerator));
    List<AutoCloseable> all = new ArrayList<>(resources);
    Stream.of(ids, lm, visionEncoder, visualProjection, imageEmbedder, queryEmbedder, generationMapper, decisionModel,
            imageRetriever, imageSource, imageGenerator, textImageGenerator)
        .filter(Objects::nonNull)
        .filter(AutoCloseable.class::isInstance)
        .map(AutoCloseable.class::cast)
        .distinct()
        .forEach(all::add);
    Executor replies = executor;
    if (replies == null) {
      ExecutorService own = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.MINUTES, new SynchronousQueue<>(),
          new ThreadFactoryBuilder().setDaemon(true).setNameFormat("gill-reply-%d").build(), (task, pool) -> {
            throw new IllegalStateException("this model is closed"); // as a call on the caller's thread says
          });
      all.add(own::shutdown);
      replies = own;
    }
    return new LoadedModel(
        name, stages, reasons, all, new Admission(mostRunning, mostWaiting),
        new Admission(mostGenerating, Integer.MAX_VALUE),
        new KeptPrompts(stages, cachedConversations), replies, listener,
        defaults == null ? RespondOptions.defaults() : defaults);
  }

  /** Adds a reason, unless loading already gave a better one. */
  private static void note(List<String> reasons, boolean absent, String reason) {
    String subject = reason.substring(0, reason.indexOf(':') < 0 ? reason.length() : reason.indexOf(':'));
    if (absent && reasons.stream().noneMatch(known -> known.startsWith(subject))) {
      reasons.add(reason);
    }
  }
}
