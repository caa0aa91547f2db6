package io.gill;

import io.gill.clip.ClipVisionConfig;
import io.gill.clip.ClipVisionModel;
import io.gill.image.FileImageSource;
import io.gill.image.ImageProcessor;
import io.gill.opt.OptConfig;
import io.gill.opt.OptModel;
import io.gill.projection.DecisionClassifier;
import io.gill.projection.ModelArgs;
import io.gill.projection.Projections;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageGeneratorProvider;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageRetrieverProvider;
import io.gill.text.OptTokenizer;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Fills in the stages that nobody gave by hand from a model directory (the layout is in the README). */
final class ModelLoader {
  /** What the published code loads, whatever the checkpoint. */
  private static final String STABLE_DIFFUSION = "runwayml/stable-diffusion-v1-5";

  private static final List<String> CHECKPOINTS = List.of("gill.safetensors", "pretrained_ckpt.pth.tar");
  private static final String DECISION = "decision_model.pth.tar";
  private static final Pattern ADDRESS = Pattern.compile("https?://", Pattern.CASE_INSENSITIVE);

  /** How many images of a collection show what it is made of. */
  private static final int LOOKED_AT = 10;

  private final Path directory;
  private final LoadOptions options;
  private final HuggingFaceCache cache;
  private final List<ImageGeneratorProvider> generators = services(ImageGeneratorProvider.class);
  private final List<String> problems = new ArrayList<>();
  private @Nullable GillException firstProblem;

  ModelLoader(Path directory, LoadOptions options) {
    this(directory, options, new HuggingFaceCache(System.getenv(), Path.of(System.getProperty("user.home", "."))));
  }

  ModelLoader(Path directory, LoadOptions options, HuggingFaceCache cache) {
    this.directory = directory;
    this.options = options;
    this.cache = cache;
  }

  GillModel load(StageChoice given) {
    if (!Files.isDirectory(directory)) {
      throw new GillException(directory + " is not a directory: give the folder that holds model_args.json");
    }
    StageChoice choice = given.copy();
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      if (options.mapping()) {
        fill(choice, opened);
      } else {
        TensorFile.withoutMapping(() -> {
          fill(choice, opened);
          return choice;
        });
      }
      return choice.assemble();
    } catch (RuntimeException | Error e) {
      try {
        Closing.closeAll(opened); // what was given by hand stays open
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void fill(StageChoice choice, List<AutoCloseable> opened) {
    Path argsFile = directory.resolve("model_args.json");
    ModelArgs args = args(argsFile);
    Path checkpoint = checkpoint();
    boolean needsOpt = choice.tokenizer == null || choice.languageModel == null;
    Path opt = needsOpt ? snapshot("opt", args == null ? null : args.optVersion(), true) : null;
    Path clip = choice.visionEncoder == null
        ? snapshot("clip", args == null ? null : args.visualEncoder(), true) : null;
    Path sd = choice.imageGenerator == null && options.generation()
        ? snapshot("sd", STABLE_DIFFUSION, false) : null;
    tokenizer(choice, opt, args, opened);
    look(choice, opt, clip, sd);
    if (!problems.isEmpty() || args == null || checkpoint == null) {
      throw new GillException(directory + " is not a complete model: " + String.join("; ", problems), firstProblem);
    }

    Projections projections =
        keep(opened, Projections.load(checkpoint, args, options.device(), options.precision()));
    choice.resources.add(projections);
    requireWidths(choice, opt, clip, checkpoint, projections);
    boolean ownQuery = choice.queryEmbedder != null;
    boolean ownMapper = choice.generationMapper != null;
    project(choice, projections);
    if (opt != null) {
      language(choice, opt, projections, opened);
    }
    if (clip != null) {
      choice.visionEncoder = keep(opened, ClipVisionModel.load(clip, options.device(), options.precision()));
    }
    decide(choice, checkpoint, opened);
    retrieve(choice, ownQuery ? 0 : args.retEmbDim(), projections.logitScale(), opened);
    generate(choice, sd, opened);
    ImageGenerator generator = choice.imageGenerator;
    if (!ownMapper && generator != null && generator.conditioningSize() != args.conditioningWidth()) {
      throw new GillException("the image generator takes conditioning " + generator.conditioningSize()
          + " wide, but the mapping of " + argsFile + " (gen_emb_dim " + args.genEmbDim() + ") yields "
          + args.conditioningWidth() + ": they do not belong together");
    }
  }

  private @Nullable ModelArgs args(Path file) {
    if (!Files.isRegularFile(file)) {
      problems.add(file + " is missing");
      return null;
    }
    return attempt(() -> ModelArgs.read(file));
  }

  private void tokenizer(
      StageChoice choice, @Nullable Path opt, @Nullable ModelArgs args, List<AutoCloseable> opened) {
    if (opt != null && choice.tokenizer == null) {
      int imageTokens = args == null ? 0 : args.numTokens();
      choice.tokenizer = attempt(() -> keep(opened, OptTokenizer.load(opt, imageTokens)));
    }
  }

  /** Looks at the files of what will be loaded, so that all that is wrong with them is told at once, and soon. */
  private void look(StageChoice choice, @Nullable Path opt, @Nullable Path clip, @Nullable Path sd) {
    if (opt != null && choice.languageModel == null) {
      attempt(() -> OptConfig.read(opt.resolve("config.json")));
      attempt(() -> openWeights(opt));
    }
    if (clip != null) {
      attempt(() -> ClipVisionConfig.read(clip.resolve("config.json")));
      attempt(() -> ImageProcessor.of(clip.resolve("preprocessor_config.json")));
      attempt(() -> openWeights(clip));
    }
    if (sd != null && !generators.isEmpty()) {
      attempt(() -> {
        generators.get(0).check(sd);
        return sd;
      });
    }
  }

  /** Opens all files of some weights and closes them again. */
  private static Path openWeights(Path folder) {
    Snapshot.open(folder).close();
    return folder;
  }

  /** What the reader gives; null if it fails, and its complaint is remembered. */
  private <T> @Nullable T attempt(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (GillException e) {
      problems.add(String.valueOf(e.getMessage()));
      firstProblem = firstProblem == null ? e : firstProblem;
      return null;
    }
  }

  private @Nullable Path checkpoint() {
    for (String name : CHECKPOINTS) {
      if (Files.isRegularFile(directory.resolve(name))) {
        return directory.resolve(name);
      }
    }
    problems.add(directory.resolve(CHECKPOINTS.get(1)) + " or " + CHECKPOINTS.get(0) + " is missing");
    return null;
  }

  /** A part's folder inside the model directory, else the snapshot of that name in Hugging Face's cache. */
  private @Nullable Path snapshot(String folder, @Nullable String name, boolean required) {
    Path own = directory.resolve(folder);
    if (Files.isDirectory(own)) {
      return own;
    }
    Optional<Path> cached = name == null ? Optional.empty() : cache.find(name);
    if (cached.isEmpty() && required) {
      String places = name == null ? "" : ", and '" + name + "' is not in Hugging Face's cache at "
          + cache.places(name).stream().map(Path::toString).collect(Collectors.joining(", "));
      problems.add("there is no " + own + places);
    }
    return cached.orElse(null);
  }

  /** Refuses frozen parts of other widths than the trained ones between them, which would fail in a conversation. */
  private static void requireWidths(
      StageChoice choice, @Nullable Path opt, @Nullable Path clip, Path checkpoint, Projections projections) {
    if (clip != null && (choice.visualProjection == null || choice.imageEmbedder == null)) {
      Path config = clip.resolve("config.json");
      requireWidth(config + ": hidden_size of the vision encoder", ClipVisionConfig.read(config).encoder().hiddenSize(),
          checkpoint + ": visual_fc.weight", projections.visionWidth());
    }
    String trained = checkpoint + ": input_embeddings.weight";
    if (opt != null && choice.languageModel == null) {
      Path config = opt.resolve("config.json");
      requireWidth(config + ": word_embed_proj_dim", OptConfig.read(config).wordEmbedProjDim(),
          trained, projections.languageWidth());
    }
    boolean projects =
        choice.visualProjection == null || choice.queryEmbedder == null || choice.generationMapper == null;
    if (choice.languageModel != null && projects) {
      requireWidth("the width of the language model given by hand", choice.languageModel.embeddingSize(),
          trained, projections.languageWidth());
    }
  }

  private static void requireWidth(String part, long width, String trained, long expected) {
    if (width != expected) {
      throw new GillException(part + " is " + width + ", but " + trained + " is for " + expected
          + ": they do not belong together");
    }
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

  private void language(StageChoice choice, Path opt, Projections projections, List<AutoCloseable> opened) {
    if (choice.languageModel == null) {
      int vocabulary = Objects.requireNonNull(choice.tokenizer).vocabularySize();
      choice.languageModel = keep(opened, OptModel.load(
          opt, vocabulary, projections.imageTokenRows(), options.device(), options.precision()));
    }
  }

  private void decide(StageChoice choice, Path checkpoint, List<AutoCloseable> opened) {
    if (choice.decisionModel != null) {
      return;
    }
    Path file = directory.resolve(DECISION);
    int width = Objects.requireNonNull(choice.languageModel).embeddingSize();
    if (Files.isRegularFile(file)) {
      choice.decisionModel =
          keep(opened, DecisionClassifier.load(file, width, options.device(), options.precision()));
      return;
    }
    if (checkpoint.endsWith(CHECKPOINTS.get(0))) { // what a published checkpoint has inside was never trained
      DecisionClassifier.inside(checkpoint, width, options.device(), options.precision())
          .ifPresent(found -> choice.decisionModel = keep(opened, found));
    }
    if (choice.decisionModel == null) {
      choice.notes.add("no decision model chooses between retrieval and generation: there is no " + file);
    }
  }

  /** The dimension is that of the embeddings that will be searched with; 0 if it is not known. */
  private void retrieve(StageChoice choice, int dimension, float logitScale, List<AutoCloseable> opened) {
    boolean filesOnly = choice.imageSource == null;
    if (filesOnly) {
      choice.imageSource = new FileImageSource(directory);
    }
    if (choice.imageRetriever != null) {
      return;
    }
    if (!options.retrieval()) {
      choice.notes.add("images are not retrieved: the load options leave retrieval out");
      return;
    }
    List<ImageRetrieverProvider> providers = services(ImageRetrieverProvider.class);
    if (providers.isEmpty()) {
      choice.notes.add("images are not retrieved: io.gill:gill-retrieval is not on the class path");
      return;
    }
    Optional<ImageRetriever> found =
        first(providers, provider -> provider.open(directory, dimension, logitScale));
    found.ifPresent(retriever -> choice.imageRetriever = keep(opened, retriever));
    if (found.isEmpty()) {
      choice.notes.add("images are not retrieved: there is neither an index nor a cc3m*.npy in " + directory);
    } else if (filesOnly && namesAddresses(found.get())) {
      choice.notes.add("retrieved images cannot be read: the collection in " + directory
          + " names addresses on the web, and nothing is fetched unless the application does it: give"
          + " GillModel.builder().imageSource(…) an HttpImageSource of gill-retrieval that lists their hosts");
    }
  }

  /** Whether some images of a collection lie on the web. */
  private static boolean namesAddresses(ImageRetriever retriever) {
    List<String> uris = retriever.someUris(LOOKED_AT);
    return !uris.isEmpty() && uris.stream().allMatch(uri -> ADDRESS.matcher(uri).lookingAt());
  }

  /** What the first provider that has something opens; those after it are not asked. */
  static <P, T> Optional<T> first(List<P> providers, Function<P, Optional<T>> open) {
    return providers.stream().map(open).flatMap(Optional::stream).findFirst();
  }

  private void generate(StageChoice choice, @Nullable Path sd, List<AutoCloseable> opened) {
    if (choice.imageGenerator == null && !options.generation()) {
      choice.notes.add("images are not generated: the load options leave generation out");
    } else if (choice.imageGenerator == null && sd == null) {
      choice.notes.add("images are not generated: there is no " + directory.resolve("sd") + ", and '" + STABLE_DIFFUSION
          + "' is not in Hugging Face's cache");
    } else if (choice.imageGenerator == null && sd != null) {
      if (generators.isEmpty()) {
        choice.notes.add("images are not generated: io.gill:gill-diffusion is not on the class path");
      } else {
        choice.imageGenerator =
            keep(opened, generators.get(0).load(sd, options.device(), options.generatorPrecision()));
      }
    }
  }

  private static <T extends AutoCloseable> T keep(List<AutoCloseable> opened, T stage) {
    opened.add(stage);
    return stage;
  }

  private static <T> List<T> services(Class<T> type) {
    return ServiceLoader.load(type, ModelLoader.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }
}
