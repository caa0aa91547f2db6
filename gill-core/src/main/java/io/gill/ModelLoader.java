package io.gill;

import io.gill.concurrent.Closing;
import io.gill.directory.HuggingFaceCache;
import io.gill.directory.ModelDirectory;
import io.gill.directory.ModelDirectory.Part;
import io.gill.directory.Providers;
import io.gill.image.FileImageSource;
import io.gill.projection.DecisionClassifier;
import io.gill.projection.ModelArgs;
import io.gill.projection.Projections;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageGeneratorPlan;
import io.gill.stage.ImageGeneratorProvider;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageRetrieverProvider;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.LanguageModelProvider;
import io.gill.stage.Problems;
import io.gill.stage.StageProvider;
import io.gill.stage.StageSettings;
import io.gill.stage.VisionEncoderPlan;
import io.gill.stage.VisionEncoderProvider;
import io.gill.stage.Width;
import io.gill.torch.AvailableMemory;
import io.gill.torch.Torch;
import io.gill.weights.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Loads the stages that were not set by hand from a model directory (the README describes its layout). */
final class ModelLoader {
  private static final Pattern ADDRESS = Pattern.compile("https?://", Pattern.CASE_INSENSITIVE);

  /** Number of images inspected to determine where a collection's images are stored. */
  private static final int LOOKED_AT = 10;

  private final ModelDirectory directory;
  private final LoadOptions options;
  private final Problems problems = new Problems();
  private final List<AutoCloseable> opened = new ArrayList<>();

  ModelLoader(Path directory, LoadOptions options) {
    this(ModelDirectory.of(directory), options);
  }

  ModelLoader(Path directory, LoadOptions options, HuggingFaceCache cache) {
    this(new ModelDirectory(directory, cache), options);
  }

  private ModelLoader(ModelDirectory directory, LoadOptions options) {
    this.directory = directory;
    this.options = options;
  }

  GillModel load(StageChoice given) {
    Torch.require(options.device());
    if (!Files.isDirectory(directory.root())) {
      throw new GillException(
          directory.root() + " is not a directory: give the folder that holds model_args.json");
    }
    StageChoice choice = given.copy();
    Path name = directory.root().toAbsolutePath().normalize().getFileName();
    choice.name = name == null ? choice.name : name.toString();
    try {
      if (options.mapping()) {
        fill(choice);
      } else {
        TensorFile.withoutMapping(() -> {
          fill(choice);
          return choice;
        });
      }
      return choice.assemble();
    } catch (RuntimeException | Error e) {
      Closing.closeAfter(e, opened); // stages set by hand stay open
      throw e;
    }
  }

  private void fill(StageChoice choice) {
    ModelArgs args = args();
    if (choice.defaults == null) {
      choice.defaults = problems.attempt(() -> ModelDefaults.read(directory.root()));
    }
    Path checkpoint = problems.attempt(directory::checkpoint);
    LanguageModelPlan language = planLanguage(choice, args);
    VisionEncoderPlan vision = choice.visionEncoder != null ? null
        : plan(VisionEncoderProvider.class, "vision encoder",
            require(Part.VISION, args == null ? null : args.visualEncoder()));
    ImageGeneratorPlan generator = planGenerator(choice);
    // The trained parts are small, so that loading them validates them.
    Projections trained = args == null || checkpoint == null ? null : loadTrained(choice, checkpoint, args);
    if (checkpoint != null && trained != null) {
      requireWidths(choice, language, vision, checkpoint, trained);
    }
    if (args != null) {
      requireConditioning(choice, generator, args);
    }
    decide(choice, language, trained);
    retrieve(choice, args, trained);
    problems.throwIfAny(directory.root() + " cannot be loaded");
    LoadEstimate estimate = new LoadEstimate(language, vision, generator);
    if (options.device().isCpu()) {
      estimate.require(directory.root(), options, AvailableMemory.bytes());
    }

    Projections projections = Objects.requireNonNull(trained);
    choice.resources.add(projections);
    project(choice, projections);
    LoadProgress progress = new LoadProgress(options.listener(), estimate.cost(options).fileBytes());
    if (vision != null) {
      StageSettings settings = LoadEstimate.visionSettings(options);
      choice.visionEncoder = progress.load(LoadListener.Part.VISION_ENCODER, vision.cost(settings), settings,
          complete -> keep(vision.load(complete)));
    }
    if (generator != null) {
      StageSettings settings = LoadEstimate.generatorSettings(options);
      choice.imageGenerator = progress.load(LoadListener.Part.IMAGE_GENERATOR, generator.cost(settings), settings,
          complete -> keep(generator.load(complete)));
    }
    // last: it takes more memory than it needs if there is some left, for a faster layout
    if (language != null) {
      StageSettings settings = LoadEstimate.languageSettings(options);
      int vocabulary = Objects.requireNonNull(choice.tokenizer).vocabularySize();
      choice.languageModel = progress.load(LoadListener.Part.LANGUAGE_MODEL, language.cost(settings), settings,
          complete -> keep(language.load(complete, vocabulary, projections.imageTokenRows())));
    }
  }

  private @Nullable ModelArgs args() {
    Path file = directory.args();
    if (!Files.isRegularFile(file)) {
      problems.add(file + " is missing");
      return null;
    }
    return problems.attempt(() -> ModelArgs.read(file));
  }

  /** Loads the tokenizer and plans the language model, unless they were set by hand. */
  private @Nullable LanguageModelPlan planLanguage(StageChoice choice, @Nullable ModelArgs args) {
    if (choice.tokenizer != null && choice.languageModel != null) {
      return null;
    }
    Path snapshot = require(Part.LANGUAGE, args == null ? null : args.optVersion());
    LanguageModelProvider provider =
        snapshot == null ? null : provider(LanguageModelProvider.class, "language model", snapshot);
    if (snapshot == null || provider == null) {
      return null;
    }
    if (choice.tokenizer == null) {
      int imageTokens = args == null ? 0 : args.numTokens();
      choice.tokenizer = problems.attempt(() -> keep(provider.tokenizer(snapshot, imageTokens)));
    }
    return choice.languageModel != null ? null : provider.plan(snapshot, problems).map(this::keep).orElse(null);
  }

  private @Nullable ImageGeneratorPlan planGenerator(StageChoice choice) {
    if (choice.imageGenerator != null || choice.textImageGenerator != null) {
      return null;
    }
    if (!options.generation()) {
      choice.notes.add("images are not generated: the load options leave generation out");
      return null;
    }
    Optional<Path> snapshot = directory.find(Part.GENERATOR, ModelDirectory.PUBLISHED_GENERATOR)
        .or(() -> directory.find(Part.GENERATOR, ModelDirectory.MOVED_GENERATOR));
    if (snapshot.isEmpty()) {
      choice.notes.add("images are not generated: there is no " + directory.folders(Part.GENERATOR) + ", and '"
          + ModelDirectory.PUBLISHED_GENERATOR + "' is not in Hugging Face's cache");
      return null;
    }
    if (Providers.of(ImageGeneratorProvider.class).isEmpty()) {
      choice.notes.add("images are not generated: io.gill:gill-diffusion is not on the class path");
      return null;
    }
    return plan(ImageGeneratorProvider.class, "image generator", snapshot.get());
  }

  private <P extends AutoCloseable> @Nullable P plan(
      Class<? extends StageProvider<P>> type, String what, @Nullable Path snapshot) {
    if (snapshot == null) {
      return null;
    }
    StageProvider<P> provider = provider(type, what, snapshot);
    return provider == null ? null : provider.plan(snapshot, problems).map(this::keep).orElse(null);
  }

  private @Nullable Path require(Part part, @Nullable String name) {
    return problems.attempt(() -> directory.require(part, name));
  }

  private <S extends StageProvider<?>> @Nullable S provider(Class<S> type, String what, Path snapshot) {
    return problems.attempt(() -> Providers.reading(type, what, snapshot));
  }

  /** Loads the trained parts, and the decision model if it is in their file and nothing replaces it. */
  private @Nullable Projections loadTrained(StageChoice choice, Path checkpoint, ModelArgs args) {
    boolean decides = choice.decisionModel == null && !Files.isRegularFile(directory.decision())
        && directory.holdsDecisionModel(checkpoint);
    return problems.attempt(
        () -> keep(Projections.load(checkpoint, args, options.device(), options.precision(), decides)));
  }

  /**
   * Rejects frozen parts whose widths differ from the trained parts between them; they would fail in a conversation.
   */
  private void requireWidths(StageChoice choice, @Nullable LanguageModelPlan language,
      @Nullable VisionEncoderPlan vision, Path checkpoint, Projections projections) {
    if (vision != null && (choice.visualProjection == null || choice.imageEmbedder == null)) {
      requireEqual(vision.width(), new Width(checkpoint + ": visual_fc.weight", projections.visionWidth()));
    }
    Width trained = new Width(checkpoint + ": input_embeddings.weight", projections.languageWidth());
    if (language != null) {
      requireEqual(language.embeddingWidth(), trained);
    }
    boolean used = choice.visualProjection == null || choice.queryEmbedder == null || choice.generationMapper == null
        || projections.decisionModel().isPresent();
    if (choice.languageModel != null && used) {
      requireEqual(
          new Width("the width of the language model given by hand", choice.languageModel.embeddingSize()), trained);
    }
  }

  private void requireEqual(Width one, Width other) {
    problems.attempt(() -> {
      one.requireEqual(other);
      return one;
    });
  }

  private void requireConditioning(StageChoice choice, @Nullable ImageGeneratorPlan plan, ModelArgs args) {
    ImageGenerator given = choice.imageGenerator;
    if (choice.generationMapper != null || (plan == null && given == null)) {
      return;
    }
    Width taken = plan != null ? plan.conditioningWidth()
        : new Width("the conditioning of the image generator given by hand",
            Objects.requireNonNull(given).conditioningSize());
    requireEqual(taken, new Width(
        directory.args() + ": gen_emb_dim " + args.genEmbDim(), args.conditioningWidth()));
    Width pooled = plan != null ? plan.pooledWidth()
        : new Width("the pooled conditioning of the image generator given by hand",
            Objects.requireNonNull(given).pooledSize());
    requireEqual(pooled, new Width(directory.args() + ": gen_pooled_dim", args.genPooledDim()));
  }

  private static void project(StageChoice choice, Projections projections) {
    if (choice.visualProjection == null) {
      choice.visualProjection = projections.visualProjection();
    }
    if (choice.imageEmbedder == null) {
      choice.imageEmbedder = projections.imageEmbedder();
    }
    if (choice.queryEmbedder == null) {
      choice.queryEmbedder = projections.queryEmbedder();
    }
    if (choice.generationMapper == null) {
      choice.generationMapper = projections.generationMapper();
    }
  }

  private void decide(StageChoice choice, @Nullable LanguageModelPlan language, @Nullable Projections trained) {
    if (choice.decisionModel != null) {
      return;
    }
    Path file = directory.decision();
    if (!Files.isRegularFile(file)) {
      choice.decisionModel = trained == null ? null : trained.decisionModel().orElse(null);
      if (choice.decisionModel == null) {
        choice.notes.add("no decision model chooses between retrieval and generation: there is no " + file);
      }
    } else if (language != null || choice.languageModel != null) { // otherwise its width is unknown
      long width = language != null
          ? language.embeddingWidth().value() : Objects.requireNonNull(choice.languageModel).embeddingSize();
      choice.decisionModel = problems.attempt(() -> keep(
          DecisionClassifier.load(file, Math.toIntExact(width), options.device(), options.precision())));
    }
  }

  /** Without the trained parts, which determine the scale of its scores, a collection cannot be validated. */
  private void retrieve(StageChoice choice, @Nullable ModelArgs args, @Nullable Projections trained) {
    boolean filesOnly = choice.imageSource == null;
    if (filesOnly) {
      choice.imageSource = new FileImageSource(directory.root());
    }
    if (choice.imageRetriever != null) {
      return;
    }
    if (!options.retrieval()) {
      choice.notes.add("images are not retrieved: the load options leave retrieval out");
      return;
    }
    List<ImageRetrieverProvider> providers = Providers.of(ImageRetrieverProvider.class);
    if (providers.isEmpty()) {
      choice.notes.add("images are not retrieved: io.gill:gill-retrieval is not on the class path");
      return;
    }
    if (args == null || trained == null) {
      return;
    }
    int dimension = choice.queryEmbedder != null ? 0 : args.retEmbDim(); // 0: any
    Optional<ImageRetriever> found = problems.attempt(() ->
        first(providers, provider -> provider.open(directory.root(), dimension, trained.logitScale())));
    if (found == null) {
      return;
    }
    found.ifPresent(retriever -> choice.imageRetriever = keep(retriever));
    if (found.isEmpty()) {
      choice.notes.add("images are not retrieved: there is neither an index nor a cc3m*.npy in " + directory.root());
    } else if (filesOnly && namesAddresses(found.get())) {
      choice.notes.add("retrieved images cannot be read: the collection in " + directory.root()
          + " has web addresses, which are fetched only by an application's own image source: set"
          + " GillModel.builder().imageSource(…) to gill-retrieval's HttpImageSource with their hosts");
    }
  }

  /** Returns whether all sampled images of a collection have web addresses. */
  private static boolean namesAddresses(ImageRetriever retriever) {
    List<String> uris = retriever.someUris(LOOKED_AT);
    return !uris.isEmpty() && uris.stream().allMatch(uri -> ADDRESS.matcher(uri).lookingAt());
  }

  /** Opens with the first provider that finds something; later providers are not asked. */
  static <P, T> Optional<T> first(List<P> providers, Function<P, Optional<T>> open) {
    return providers.stream().map(open).flatMap(Optional::stream).findFirst();
  }

  private <T extends AutoCloseable> T keep(T resource) {
    opened.add(resource);
    return resource;
  }
}
