package io.gill.examples.evaluate;

import com.google.common.base.Suppliers;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.gill.Device;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.examples.Choice;
import io.gill.examples.Main;
import io.gill.examples.ModelFingerprint;
import io.gill.examples.ModelOptions;
import io.gill.examples.Output;
import io.gill.examples.ReplySettings;
import io.gill.examples.evaluate.Benchmark.Finished;
import io.gill.smallworld.SmallWorld;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Evaluates a model on published benchmarks, or compares two evaluations. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Evaluates a model on a published benchmark: writes the official result file, the scores and a plot. "
        + "With all, runs every benchmark that has a folder of its name in --data, and writes one table. A run that "
        + "was killed resumes when the same command is given again. With --compare, compares two runs item by item.",
    footer = {
      "",
      "The default seed is 42, and 0 for t2ifmit. The benchmark and a model's gill_defaults.json may set other "
          + "defaults than the above."
    })
public final class Evaluate implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", converter = NameConverter.class,
      description = "vqav2, coco-captions, coco-fid, seed-bench, mmbench, mmmu, vist, vist-retrieval, "
          + "visdial, visdial-answers, t2ifmit, decisions, or all.")
  private @Nullable Name name;

  @Option(names = "--data", paramLabel = "DIR",
      description = "The folder of the benchmark's official files; with all, the folder that holds such folders.")
  private @Nullable Path data;

  @Option(names = "--model", paramLabel = "DIR", description = "The model directory; the bundled model by default.")
  private @Nullable Path directory;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "The folder for the results.")
  private Path output = Path.of("");

  @Option(names = "--results", paramLabel = "FILE",
      description = "Score this official result file without a model: of vqav2, coco-captions, seed-bench, mmbench, "
          + "mmmu or visdial-answers.")
  private @Nullable Path results;

  @Option(names = "--compare", arity = "2", paramLabel = "RUN", hideParamSyntax = true,
      description = "Compare the outputs of two runs, given as RUN1 RUN2.")
  private List<Path> compared = List.of();

  @Option(names = "--split", paramLabel = "NAME",
      description = "Split of vqav2 (val2014), coco-captions (test), coco-fid (val2014), mmbench (DEV_EN), mmmu "
          + "(validation), visdial-answers (val) or decisions (validation: the prompts after the first 600; training; "
          + "all).")
  private @Nullable String split;

  @Option(names = "--context", paramLabel = "LIST", split = ",",
      description = "What the model reads, separated by commas: captions for vist and vist-retrieval "
          + "(1,5,5+pictures), rounds for visdial (1,5,10), examples for t2ifmit (0,1,2,4,8).")
  private List<String> contexts = List.of();

  @Option(names = "--style", paramLabel = "STYLE", converter = StyleConverter.class,
      description = "published (default): the published prompts; dialogue: each text is a turn of the user in the "
          + "model's own prompt format, with the model's default options. Not for visdial and visdial-answers.")
  private Style style = Style.PUBLISHED;

  @Option(names = "--limit", paramLabel = "N",
      description = "Use only N questions, pictures, stories or dialogues, sampled by --seed; 0 (default) uses all. "
          + "The default of coco-fid is 30000, as published.")
  private @Nullable Integer limit;

  @Option(names = "--parallel", paramLabel = "N",
      description = "Items at a time (1). More are faster, but may round differently from run to run.")
  private int parallel = 1;

  @Option(names = "--clip", paramLabel = "DIR",
      description = "Compare pictures with this CLIP: a snapshot with visual_projection.")
  private @Nullable Path clip;

  @Option(names = "--clip-text", paramLabel = "DIR",
      description = "Compare pictures with the words that ask for them by this CLIP: a snapshot of the full model.")
  private @Nullable Path clipText;

  @Option(names = "--lpips", arity = "2", paramLabel = "FILE", hideParamSyntax = true,
      description = "Compare pictures by LPIPS, given as ALEXNET HEADS: torchvision's AlexNet and the linear heads.")
  private List<Path> lpips = List.of();

  @Option(names = "--scenes", description = "Compare pictures of the bundled model's world by their attributes.")
  private boolean scenes;

  @Option(names = "--inception", paramLabel = "FILE",
      description = "Compute FID with these weights of Inception: TensorFlow's classify_image_graph_def.pb, or "
          + "pytorch-fid's pt_inception-2015-12-05-6726825d.pth.")
  private @Nullable Path inception;

  @Option(names = "--meteor", paramLabel = "FILE",
      description = "Compute METEOR of captions with its program: meteor-1.5.jar of pycocoevalcap.")
  private @Nullable Path meteor;

  @Option(names = "--tokenizer", paramLabel = "FILE",
      description = "Split captions by the official scorer's program, stanford-corenlp-3.4.1.jar of pycocoevalcap, in "
          + "place of gill's own tokenizer.")
  private @Nullable Path tokenizer;

  @Option(names = "--judge", paramLabel = "DIR",
      description = "Let this model decide whether a picture of t2ifmit shows the requested class.")
  private @Nullable Path judge;

  @Option(names = "--judge-url", paramLabel = "URL",
      description = "Let a model behind an interface like OpenAI's decide this, such as http://localhost:8080/v1. The "
          + "environment variable OPENAI_API_KEY is sent as the key, if it is set.")
  private @Nullable URI judgeUrl;

  @Option(names = "--judge-model", paramLabel = "NAME", description = "The name of the model at --judge-url.")
  private String judgeModel = "";

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Mixin private ReplySettings replySettings = new ReplySettings();

  private final BiFunction<ModelOptions, Path, GillModel> loader;

  /** Read once, after the model is loaded: large models take seconds. */
  private final Supplier<String> fingerprint = Suppliers.memoize(() -> ModelFingerprint.of(model()));

  private @Nullable ItemAnswers elsewhere;

  /** Creates the command. */
  public Evaluate() {
    this(ModelOptions::load);
  }

  Evaluate(BiFunction<ModelOptions, Path, GillModel> loader) {
    this.loader = loader;
  }

  /**
   * Lets other processes answer the items. Everything else is done here.
   *
   * @param value answers the items that are not finished
   * @return this
   */
  public Evaluate answeredBy(ItemAnswers value) {
    elsewhere = value;
    return this;
  }

  /** The named benchmark; null for all. */
  private record Name(@Nullable Kind kind) {}

  static final class NameConverter implements CommandLine.ITypeConverter<Name> {
    private static final Choice<Kind> ONE = new Choice<>(Kind.class) {};

    @Override
    public Name convert(String value) {
      return new Name(value.equals("all") ? null : ONE.convert(value));
    }
  }

  /** A benchmark to run, with the options that it takes. */
  private record Task(Kind kind, Path data, Path output, String split, List<String> contexts, Style style) {}

  static final class StyleConverter extends Choice<Style> {
    StyleConverter() {
      super(Style.class);
    }
  }

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (!compared.isEmpty()) {
      Comparison.of(compared.get(0), compared.get(1)).write(output, line.getOut());
      return CommandLine.ExitCode.OK;
    }
    if (name == null || data == null) {
      throw new ParameterException(line, "name a benchmark and its --data, or two runs to --compare");
    }
    check(line);
    Kind kind = name.kind();
    if (results != null) {
      scoreResults(line, kind, data, results);
      return CommandLine.ExitCode.OK;
    }
    if (kind == null) {
      return all(line, data);
    }
    check(line, kind);
    Task task = task(kind, data, output);
    Benchmark benchmark = benchmark(task);
    try (Metrics metrics = metrics(); GillModel model = loader.apply(modelOptions, model())) {
      run(task, benchmark, model, metrics, line.getOut());
    }
    return CommandLine.ExitCode.OK;
  }

  /** Runs every benchmark that has a folder. One that fails does not stop the others. */
  private int all(CommandLine line, Path folder) throws IOException {
    if (elsewhere != null) {
      throw new ParameterException(line, "all runs in one process: name one benchmark");
    }
    List<Task> tasks = Arrays.stream(Kind.values()).filter(kind -> Files.isDirectory(folder.resolve(kind.folder())))
        .map(kind -> task(kind, folder.resolve(kind.folder()), output.resolve(kind.toString()))).toList();
    if (tasks.isEmpty()) {
      throw new GillException(folder + " has no folder of a benchmark, such as vqav2: name the folder that holds them");
    }
    List<EvaluationReport> reports = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    try (Metrics metrics = metrics(); GillModel model = loader.apply(modelOptions, model())) {
      for (Task task : tasks) {
        line.getOut().println(task.kind() + ": " + task.output());
        try {
          reports.add(run(task, benchmark(task), model, metrics, line.getOut()));
        } catch (IOException | RuntimeException e) {
          if (Thread.currentThread().isInterrupted()) {
            throw e;
          }
          failures.add(task.kind() + " failed: " + Main.message(e));
          line.getErr().println("error: " + failures.get(failures.size() - 1));
          line.getErr().flush();
        }
      }
    }
    EvaluationReport.writeAll(reports, failures, output, line.getOut());
    return failures.isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  /** Scores a result file, which another program may have written. */
  private void scoreResults(CommandLine line, @Nullable Kind kind, Path folder, Path file) {
    if (directory != null || limit != null || style == Style.DIALOGUE) {
      throw new ParameterException(line, "--results scores a whole run without a model: leave out --model, --limit and "
          + "--style");
    }
    if (kind == null) {
      throw new ParameterException(line, "--results is a file of one benchmark: name it in place of all");
    }
    check(line, kind);
    Task task = task(kind, folder, output);
    if (!(benchmark(task) instanceof ResultFileBenchmark benchmark)) {
      throw new ParameterException(line, kind + " has no --results: name vqav2, coco-captions, seed-bench, mmbench, "
          + "mmmu or visdial-answers");
    }
    if (Files.exists(output.resolve(Journal.NAME))) {
      throw new GillException(output + " has the scores of a run: name another --output");
    }
    long seed = replySettings.over(RespondOptions.builder().seed(PublishedScript.GILL.seed()).build()).seed();
    Scores scores = benchmark.scoreResults(benchmark.answered(file),
        new Scoring(output, seed, List.of(), null, null, CaptionPrograms.of(meteor, tokenizer),
            scoringProgress(line.getOut())));
    if (scores.measures().isEmpty()) {
      throw new GillException(folder + " has no published answers of the split " + task.split()
          + ": put the annotations there, or name another --split");
    }
    Map<String, String> settings = data(task);
    settings.put("results", file.toAbsolutePath().normalize().toString());
    settings.putAll(scorers());
    RunItems.of(kind, settings, scores).write(output);
    new EvaluationReport(kind, settings, scores).write(output, 0, line.getOut());
  }

  private void check(CommandLine line) {
    if ((limit != null && limit < 0) || parallel < 1) {
      throw new ParameterException(line, "--limit must be at least 0 and --parallel at least 1");
    }
    if (contexts.stream().distinct().count() < contexts.size()) {
      throw new ParameterException(line, "--context names a context twice");
    }
    if (judgeUrl != null && (judge != null || judgeModel.isEmpty())) {
      throw new ParameterException(line, "--judge-url needs --judge-model and excludes --judge");
    }
  }

  private void check(CommandLine line, Kind benchmark) {
    if (split != null && benchmark.split().isEmpty()) {
      throw new ParameterException(line, benchmark + " has no --split");
    }
    if (style == Style.DIALOGUE && benchmark.isDialogue()) {
      throw new ParameterException(line, "the published prompt of " + benchmark + " is a dialogue: leave out --style");
    }
    if (!contexts.isEmpty() && benchmark.contexts().isEmpty()) {
      throw new ParameterException(line, benchmark + " has no --context");
    }
  }

  private Task task(Kind kind, Path folder, Path results) {
    return new Task(kind, folder, results,
        split == null || kind.split().isEmpty() ? kind.split() : split,
        contexts.isEmpty() || kind.contexts().isEmpty() ? kind.contexts() : contexts,
        kind.isDialogue() ? Style.PUBLISHED : style);
  }

  private static Benchmark benchmark(Task task) {
    Benchmark benchmark = task.kind().open(
        new DataFolder(task.data().toAbsolutePath().normalize()), task.split(), task.contexts(), task.style());
    if (benchmark.items().isEmpty()) {
      throw new GillException(task.data() + " has no items of " + task.kind());
    }
    return benchmark;
  }

  /** Loads what answers items in another process, whose arguments have been checked. */
  ItemWorker worker(Path folder, Map<String, String> expected) {
    Kind kind = Objects.requireNonNull(Objects.requireNonNull(name).kind());
    Task task = task(kind, folder.resolve(Objects.requireNonNull(data)), output);
    Benchmark benchmark = benchmark(task);
    Path files = folder.resolve(model());
    Map<String, String> found = inputs(benchmark, ModelFingerprint.of(files));
    expected.forEach((input, value) -> {
      if (!value.equals(found.get(input))) {
        throw new GillException("this process has other " + input + " than the one that started the evaluation ("
            + found.get(input) + ", not " + value + "): let both see the same files in " + task.data() + " and "
            + files);
      }
    });
    GillModel model = loader.apply(modelOptions, files);
    return new ItemWorker(benchmark.items(), model, asker(model, task), parallel);
  }

  /** Returns what every process that answers items must have loaded. */
  private static Map<String, String> inputs(Benchmark benchmark, String fingerprint) {
    return Map.of("model files", fingerprint,
        "items", benchmark.items().size() + " with the hash " + hash(benchmark.items()));
  }

  private Asker asker(GillModel model, Task task) {
    return new Asker(model, task.style(), modelOptions.replies(model), replySettings::over);
  }

  private Path model() {
    return directory == null ? SmallWorld.directory() : directory;
  }

  private EvaluationReport run(Task task, Benchmark benchmark, GillModel model, Metrics metrics, PrintWriter out)
      throws IOException {
    Asker asker = asker(model, task);
    RespondOptions options = asker.options(benchmark.items().get(0).request());
    int most = limit == null ? task.kind().limit() : limit;
    List<Item> items = Sample.of(benchmark.items(), most, options.seed());
    Map<String, String> settings = settings(task, items, options);
    Runner.Finished finished;
    try (Journal journal = Journal.open(task.output(), settings)) {
      Runner runner = new Runner(task.output(), journal, asker, new EvaluationProgress(out, System::nanoTime));
      ItemAnswers others = elsewhere;
      finished = others == null ? runner.run(items, parallel) : runner.run(items,
          (ids, receiver) -> others.answer(inputs(benchmark, fingerprint.get()), ids, receiver));
    }
    list(task.output(), finished.skipped());
    if (finished.outcomes().isEmpty()) {
      throw new GillException("all " + items.size() + " items were skipped; the first: "
          + finished.skipped().values().iterator().next());
    }
    benchmark.writeResults(task.output(), finished);
    List<Finished> answered = new ArrayList<>();
    for (Item item : items) {
      Outcome outcome = finished.outcomes().get(item.id());
      if (outcome != null) {
        answered.add(new Finished(item, outcome));
      }
    }
    Scores scores = benchmark.score(answered,
        new Scoring(task.output(), options.seed(), metrics.pictures(), metrics.inception(),
            judge(metrics.judge()), metrics.captions(), scoringProgress(out)));
    if (limit != null && items.size() < benchmark.items().size()) {
      scores = scores.with("This run is a sample, " + items.size() + " of " + benchmark.items().size()
          + " items: official scorers that require all answers refuse its result file.");
    }
    if (!finished.skipped().isEmpty() && benchmark instanceof ResultFileBenchmark official) {
      scores = scores.with(official.skipped(finished.skipped().size()));
    }
    settings.putAll(scorers());
    RunItems.of(task.kind(), settings, scores).write(task.output());
    EvaluationReport report = new EvaluationReport(task.kind(), settings, scores);
    report.write(task.output(), finished.skipped().size(), out);
    return report;
  }

  private static Scoring.Progress scoringProgress(PrintWriter out) {
    return (measure, items) -> EvaluationProgress.ofMeasure(measure, items, out, System::nanoTime);
  }

  private @Nullable Judge judge(@Nullable GillModel loaded) {
    if (judgeUrl != null) {
      return new HttpJudge(judgeUrl, judgeModel, System.getenv("OPENAI_API_KEY"));
    }
    return loaded == null || judge == null ? null
        : Judge.of(loaded, ModelFingerprint.of(judge) + " " + modelOptions.describe());
  }

  /** Returns all that determines the answers. */
  private Map<String, String> settings(Task task, List<Item> items, RespondOptions options) {
    Map<String, String> settings = data(task);
    settings.put("model", directory == null ? "bundled" : directory.toAbsolutePath().normalize().toString());
    settings.put("model files", fingerprint.get());
    settings.put("style", Choice.name(task.style()));
    settings.put("items", items.size() + " with the hash " + hash(items));
    settings.putAll(modelOptions.describe());
    settings.putAll(ReplySettings.describe(options));
    return settings;
  }

  private static Map<String, String> data(Task task) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("benchmark", task.kind().toString());
    settings.put("data", task.data().toAbsolutePath().normalize().toString());
    if (!task.kind().split().isEmpty()) {
      settings.put("split", task.split());
    }
    return settings;
  }

  /** Returns what computes the scores, which does not determine the answers. */
  private Map<String, String> scorers() {
    Map<String, String> scorers = new LinkedHashMap<>();
    if (scenes) {
      scorers.put("scenes", "on");
    }
    put(scorers, "clip", clip);
    put(scorers, "clip-text", clipText);
    if (!lpips.isEmpty()) {
      put(scorers, "lpips", lpips.get(0));
      put(scorers, "lpips heads", lpips.get(1));
    }
    put(scorers, "inception", inception);
    put(scorers, "meteor", meteor);
    put(scorers, "tokenizer", tokenizer);
    put(scorers, "judge", judge);
    if (judgeUrl != null) {
      scorers.put("judge", judgeModel + " at " + judgeUrl);
    }
    return scorers;
  }

  private static void put(Map<String, String> scorers, String name, @Nullable Path path) {
    if (path != null) {
      scorers.put(name, path.toAbsolutePath().normalize().toString());
    }
  }

  private static String hash(List<Item> items) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (Item item : items) {
      List<String> texts = new ArrayList<>(List.of(item.id(), item.shown().question()));
      if (item.request() instanceof Item.Ranking ranking) {
        texts.addAll(ranking.answers());
      }
      texts.forEach(text -> hasher.putString(text, StandardCharsets.UTF_8).putChar('\n'));
    }
    return hasher.hash().toString().substring(0, 16);
  }

  private static void list(Path folder, Map<String, String> skipped) throws IOException {
    Path file = folder.resolve("skipped.tsv");
    if (skipped.isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    StringBuilder lines = new StringBuilder("id\treason\n");
    skipped.forEach((id, reason) -> lines.append(oneCell(id)).append('\t').append(oneCell(reason)).append('\n'));
    Output.text(file, lines.toString());
  }

  private static String oneCell(String text) {
    return text.replaceAll("[\t\r\n]+", " ");
  }

  /** The loaded metrics of pictures. */
  private record Metrics(List<PictureMetric> pictures, @Nullable PictureFeatures inception, @Nullable GillModel judge,
      CaptionPrograms captions) implements AutoCloseable {
    @Override
    public void close() {
      pictures.forEach(PictureMetric::close);
      if (inception != null) {
        inception.close();
      }
      if (judge != null) {
        judge.close();
      }
    }
  }

  /** Loads the metrics before the run, since a wrong path should not be found after hours. */
  private Metrics metrics() {
    Device device = modelOptions.device();
    List<PictureMetric> pictures = new ArrayList<>();
    PictureFeatures features = null;
    CaptionPrograms captions = CaptionPrograms.of(meteor, tokenizer);
    try {
      if (scenes) {
        pictures.add(PictureMetric.scenes());
      }
      if (clip != null) {
        pictures.add(PictureMetric.clip(clip, device));
      }
      if (clipText != null) {
        pictures.add(PictureMetric.clipText(clipText, device));
      }
      if (!lpips.isEmpty()) {
        pictures.add(PictureMetric.lpips(lpips.get(0), lpips.get(1), device));
      }
      features = inception == null ? null : PictureFeatures.load(inception, device);
      return new Metrics(pictures, features, judge == null ? null : loader.apply(modelOptions, judge),
          captions);
    } catch (RuntimeException e) {
      new Metrics(pictures, features, null, captions).close();
      throw e;
    }
  }
}
