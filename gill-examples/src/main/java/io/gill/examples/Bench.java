package io.gill.examples;

import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.Quantization;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.lm.DecoderSnapshot;
import io.gill.lm.QuantizedSnapshot;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.StageSettings;
import io.gill.torch.NativeReport;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Benchmarks this machine and a model on it. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Benchmarks this machine and a model on it: memory, kernels, loading, decoding, whole turns.",
    footer = "Run it on an idle machine: a second busy process changes these figures up to a hundredfold.")
final class Bench implements Callable<Integer> {
  private static final int PREFILL = 64;
  private static final int DECODED = 32;
  private static final int PICTURES_AT_A_TIME = 4;
  private static final int[] CONTEXTS = {1, 2, 4, 8, 16};
  private static final int DECODED_TOGETHER = 12;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", description = "A model directory.")
  private @Nullable Path directory;

  @Option(
      names = "--shape",
      paramLabel = "NAME",
      converter = Shape.class,
      description = "A language model of a published shape with random weights: OPT's size 125m, 350m, 1.3b, 2.7b or "
          + "6.7b (0.7, 1.3, 5.3, 5.3 or 13.3 GB), qwen2-0.5b or qwen2-1.5b (2.0 or 6.2 GB).")
  private @Nullable SyntheticLanguageModel shape;

  @Option(names = "--pictures",
      description = "The networks of CLIP ViT-L/14 and of Stable Diffusion 1.5, with random weights (5 GB).")
  private boolean pictures;

  @Option(names = "--folder", paramLabel = "DIR",
      description = "Keep the weights of --shape or --pictures here, and use those of an earlier run. By default they "
          + "are written to the temporary folder and deleted at the end.")
  private @Nullable Path kept;

  @Option(names = "--turns", paramLabel = "N", description = "Also run N turns and report the memory they retain.")
  private int turns;

  @Option(names = "--steps", paramLabel = "N", description = "Denoising steps of the generated image (4).")
  private int steps = 4;

  @Option(names = "--seconds", paramLabel = "S", description = "Minimum time to measure each figure, in seconds (1).")
  private double seconds = 1;

  @Option(names = "--no-kernels", description = "Skip memory and kernels.")
  private boolean noKernels;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  private final BiFunction<ModelOptions, Path, GillModel> loader;

  Bench() {
    this(ModelOptions::load);
  }

  Bench(BiFunction<ModelOptions, Path, GillModel> loader) {
    this.loader = loader;
  }

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (Stream.of(directory != null, shape != null, pictures).filter(given -> given).count() > 1) {
      throw new CommandLine.ParameterException(line, "--model, --shape and --pictures are mutually exclusive");
    }
    PrintWriter out = line.getOut();
    NativeReport natives = NativeReport.create();
    out.printf("libtorch %s, %s, %d threads; %s, %s, cache %s; medians (extremes)%n",
        natives.version(), natives.cpuCapability(), natives.threads(), modelOptions.device(),
        modelOptions.quantization() == Quantization.NONE
            ? Choice.name(modelOptions.precision()) : Choice.name(modelOptions.quantization()),
        Choice.name(modelOptions.device().isCpu() ? modelOptions.cachePrecision() : modelOptions.precision()));
    if (!noKernels) {
      kernels(out, natives.threads());
    }
    if (shape != null) {
      synthetic(out, shape);
    } else if (pictures) {
      pictures(out);
    } else if (directory != null) {
      model(out, directory);
    }
    return CommandLine.ExitCode.OK;
  }

  static final class Shape implements ITypeConverter<SyntheticLanguageModel> {
    @Override
    public SyntheticLanguageModel convert(String value) {
      return SyntheticLanguageModel.PUBLISHED.stream()
          .filter(shape -> shape.name().equalsIgnoreCase(value))
          .findFirst()
          .orElseThrow(() -> new TypeConversionException("unknown shape '" + value + "': use one of "
              + SyntheticLanguageModel.PUBLISHED.stream().map(SyntheticLanguageModel::name)
                  .collect(Collectors.joining(", "))));
    }
  }

  private static void row(PrintWriter out, String name, String value) {
    out.printf("%-42s%s%n", name, value);
    out.flush();
  }

  private void kernels(PrintWriter out, int threads) {
    row(out, "memory read, plain Java, 1 thread", Kernels.memoryRead(seconds, 1));
    if (threads > 1) {
      row(out, "memory read, plain Java, " + threads + " threads", Kernels.memoryRead(seconds, threads));
    }
    row(out, "linear, 1 row x (16384, 4096), float32", Kernels.linear(seconds, 1));
    row(out, "linear, 512 rows x (16384, 4096), float32", Kernels.linear(seconds, 512));
    row(out, "attention (2, 8, 1024, 40), float32", Kernels.attention(seconds));
  }

  private void synthetic(PrintWriter out, SyntheticLanguageModel synthetic) throws IOException {
    Path folder = kept == null ? Files.createTempDirectory("gill-bench") : kept;
    Path quantized = folder.resolveSibling(folder.getFileName() + "-" + Choice.name(modelOptions.quantization()));
    try {
      synthetic.snapshot().writeIfMissing(folder);
      Path loaded = folder;
      if (modelOptions.quantization() != Quantization.NONE) {
        if (!Files.exists(quantized)) {
          long start = System.nanoTime();
          QuantizedSnapshot.write(folder, quantized, modelOptions.quantization(), tensor -> {});
          row(out, "quantise", String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - start) / 1e9));
        }
        if (kept == null) {
          synthetic.snapshot().delete(folder); // its pages would take memory that the quantised model needs
        }
        loaded = quantized;
      }
      Path snapshot = loaded;
      row(out, "load, files in the page cache",
          Timing.of(seconds, 1, 3, () -> load(snapshot, synthetic).close()).millis());
      row(out, "load to first token of " + PREFILL, Timing.of(0, 0, 1, () -> {
        try (LanguageModel model = load(snapshot, synthetic); LanguageContext context = model.open()) {
          context.append(List.of(new LanguageInput.Tokens(prompt(model))));
        }
      }).millis());
      try (LanguageModel model = load(snapshot, synthetic)) {
        language(out, model, synthetic.bytes(modelOptions.precision(), modelOptions.quantization()),
            synthetic.weights());
        for (int contexts : CONTEXTS) {
          row(out, "decode, contexts at a time: " + contexts, String.format(Locale.ROOT, "%8.1f tokens/s",
              ConcurrentDecoding.tokensPerSecond(model, prompt(model), contexts, DECODED_TOGETHER)));
        }
        row(out, "memory", Memory.now().toString());
        if (turns > 0) {
          memory(out, () -> languageTurn(model));
        }
      }
    } finally {
      if (kept == null) {
        synthetic.snapshot().delete(folder);
        synthetic.snapshot().delete(quantized);
      }
    }
  }

  private void pictures(PrintWriter out) throws IOException {
    Path folder = kept == null ? Files.createTempDirectory("gill-bench") : kept;
    Map<String, SyntheticSnapshot> parts = SyntheticPictures.parts();
    try {
      for (Map.Entry<String, SyntheticSnapshot> part : parts.entrySet()) {
        part.getValue().writeIfMissing(folder.resolve(part.getKey()));
      }
      new BenchPictures((name, value) -> row(out, name, value), seconds, modelOptions.device(),
          modelOptions.precision()).run(folder);
    } finally {
      if (kept == null) {
        for (Map.Entry<String, SyntheticSnapshot> part : parts.entrySet()) {
          part.getValue().delete(folder.resolve(part.getKey()));
        }
        Files.deleteIfExists(folder);
      }
    }
  }

  private LanguageModel load(Path folder, SyntheticLanguageModel synthetic) {
    return DecoderSnapshot.of(folder).load(synthetic.vocabulary(), new float[0][],
        new StageSettings(modelOptions.device(), modelOptions.precision(), modelOptions.quantization(),
            modelOptions.cachePrecision(), bytes -> {}));
  }

  private void model(PrintWriter out, Path path) {
    row(out, "load, files in the page cache",
        Timing.of(seconds, 1, 3, () -> loader.apply(modelOptions, path).close()).millis());
    try (GillModel model = loader.apply(modelOptions, path)) {
      language(out, model.stages().languageModel(), 0, 0);
      BufferedImage picture = picture();
      RespondOptions words = RespondOptions.builder().maxTokens(DECODED).maxImages(0).build();
      row(out, "turn: image and question in, text out",
          Timing.of(seconds, () -> turn(model, picture, words)).millis());
      if (model.capabilities().generates()) {
        diffusion(out, model, picture);
      }
      if (turns > 0) {
        RespondOptions few = RespondOptions.builder()
            .maxTokens(4).minWordTokens(1).imageBias(1e6)
            .diffusion(DiffusionOptions.builder().steps(2).build()).build();
        memory(out, () -> turn(model, picture, few)); // retrieves or generates an image if the model can
      }
    }
  }

  private void language(PrintWriter out, LanguageModel model, double bytes, long weights) {
    int[] prompt = prompt(model);
    try (LanguageContext context = model.open()) {
      Timing prefill = Timing.of(seconds, 1, 3, () -> {
        context.truncate(0);
        context.append(List.of(new LanguageInput.Tokens(prompt)));
      });
      row(out, "prefill, " + PREFILL + " tokens", prefill.millis());
      if (weights > 0) {
        row(out, "  rate of its multiplications", prefill.rate(2.0 * PREFILL * weights, "GFLOP/s"));
      }
      Timing decode = Timing.of(seconds, 8, DECODED, () -> {
        if (context.length() >= PREFILL + 2 * DECODED) {
          context.truncate(PREFILL);
        }
        context.append(List.of(new LanguageInput.Tokens(new int[] {prompt[1]})));
      });
      row(out, "decode, per token", decode.millis());
      if (bytes > 0) {
        row(out, String.format(Locale.ROOT, "  weights read per token, %.2f GB", bytes / 1e9),
            decode.rate(bytes, "GB/s"));
      }
    }
    row(out, "turn: " + PREFILL + " tokens in, " + DECODED + " out, no image",
        Timing.of(seconds, 1, 3, () -> languageTurn(model)).millis());
  }

  private static int languageTurn(LanguageModel model) {
    try (LanguageContext context = model.open()) {
      float[] logits = context.append(List.of(new LanguageInput.Tokens(prompt(model)))).logits();
      for (int i = 1; i < DECODED; i++) {
        int best = 0;
        for (int j = 1; j < logits.length; j++) {
          best = logits[j] > logits[best] ? j : best;
        }
        logits = context.append(List.of(new LanguageInput.Tokens(new int[] {best}))).logits();
      }
      return context.length();
    }
  }

  /** Distinct tokens, as far as the vocabulary allows. */
  private static int[] prompt(LanguageModel model) {
    int[] ids = new int[PREFILL];
    Arrays.setAll(ids, i -> (100 + 37 * i) % model.vocabularySize());
    return ids;
  }

  private static Reply turn(GillModel model, BufferedImage picture, RespondOptions options) {
    return model.respond(question(picture), options);
  }

  private static Conversation question(BufferedImage picture) {
    return Conversation.builder().image(picture).text("What is in this picture?").build();
  }

  /** Times the denoising steps of one image; the first step is a warm-up. Then times several images at a time. */
  private void diffusion(PrintWriter out, GillModel model, BufferedImage picture) {
    List<Long> ends = new ArrayList<>();
    long[] done = new long[1];
    RespondOptions painting = RespondOptions.builder()
        .maxTokens(2)
        .imagePolicy(ImagePolicy.GENERATE)
        .sampler((logits, random) -> model.stages().tokenizer().imageTokenIds()[0])
        .diffusion(DiffusionOptions.builder().steps(Math.max(3, steps)).build())
        .build();
    RespondOptions options = painting.toBuilder()
        .listener(new GillListener() {
          @Override
          public void onDiffusionStep(int step, int of) {
            ends.add(System.nanoTime());
          }

          @Override
          public void onImage(Reply.ImagePart image) {
            done[0] = System.nanoTime();
          }
        })
        .build();
    turn(model, picture, options);
    long[] each = new long[ends.size() - 1];
    Arrays.setAll(each, i -> ends.get(i + 1) - ends.get(i));
    row(out, "diffusion step, with guidance", Timing.sorted(each).millis());
    row(out, "  then autoencoder and ranking", Timing.sorted(done[0] - ends.get(ends.size() - 1)).millis());
    row(out, "turn with an image", Timing.of(0, 0, 1, () -> turn(model, picture, painting)).millis());
    row(out, PICTURES_AT_A_TIME + " such turns at a time", Timing.of(0, 0, 1, () -> {
      List<CompletableFuture<Reply>> replies = Stream.generate(() -> model.respondAsync(question(picture), painting))
          .limit(PICTURES_AT_A_TIME).toList();
      replies.forEach(CompletableFuture::join);
    }).millis());
  }

  /** Reports memory after a tenth of the turns and after all of them: the difference is what turns retain. */
  private void memory(PrintWriter out, Callable<?> turn) {
    int settle = Math.max(1, turns / 10);
    run(turn, settle);
    Memory before = Memory.now();
    run(turn, turns - settle);
    Memory after = Memory.now();
    row(out, "memory after " + settle + " turns", before.toString());
    row(out, "memory after " + turns + " turns", after.toString());
  }

  private static void run(Callable<?> turn, int times) {
    for (int i = 0; i < times; i++) {
      try {
        turn.call();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Memory of this process; the resident memory includes the Java heap at its grown size. */
  private record Memory(Optional<String> resident, long heap, long tensors) {
    static Memory now() {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return new Memory(
          Doctor.procLine("/proc/self/status", "VmRSS").map(text -> text.replaceAll("\\D", "")),
          runtime.totalMemory() - runtime.freeMemory(),
          Tensor.live());
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s resident, Java heap %.1f MB used, %d tensors",
          resident.map(kib -> String.format(Locale.ROOT, "%.1f MB", Long.parseLong(kib) * 1.024e-3)).orElse("unknown"),
          heap / 1e6, tensors);
    }
  }

  static BufferedImage picture() {
    BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        image.setRGB(x, y, (x * y) & 0xffffff);
      }
    }
    return image;
  }
}
