package io.gill.examples;

import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Session;
import io.gill.opt.OptModel;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures what a model costs on this machine. Every figure is the median of several runs after one to warm up. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures the machine, and a model's loading, prefill, decoding and turns.",
    footer = "Measure on an idle machine: a second busy process changes these figures by up to a hundred times.")
final class Bench implements Callable<Integer> {
  private static final int RUNS = 7;
  private static final int MEGABYTE = 1 << 20;

  /** Takes results, so that the compiler cannot leave their computation out. */
  private static long sink;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", description = "Measure this model too.")
  private @Nullable Path directory;

  @Option(
      names = "--shape",
      paramLabel = "NAME",
      converter = SyntheticOpt.Converter.class,
      description = "Measure a language model of this shape with random weights: 125m, 350m or 1.3b.")
  private @Nullable SyntheticOpt shape;

  @Option(names = "--turns", paramLabel = "N", description = "How many turns in one process (0): memory must stay flat.")
  private int turns;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    double bandwidth = machine(out);
    if (shape != null) {
      Path folder = Files.createTempDirectory("gill-bench");
      try {
        shape.write(folder);
        try (OptModel model = OptModel.load(folder, shape.vocabulary(), new float[0][], modelOptions.device(),
            modelOptions.precision())) {
          language(out, shape.name(), model, shape.bytes(modelOptions.precision()), bandwidth);
        }
      } finally {
        shape.delete(folder);
      }
    }
    if (directory != null) {
      model(out, directory);
    }
    return CommandLine.ExitCode.OK;
  }

  /** What the machine can do: reading memory, a one-row linear, attention with and without care for BLAS' threads. */
  private static double machine(PrintWriter out) {
    long[] memory = new long[64 * MEGABYTE / 4];
    double read = gigabytes(8L * memory.length, median(RUNS, () -> sink += sum(memory)));
    row(out, "memory, read by two threads", read, "GB/s");
    int rows = 16384;
    int columns = 4096;
    try (Scope owner = Scope.owner()) {
      Tensor weight = Scope.compute("measuring", () -> owner.keep(Tensor.of(new float[rows * columns], rows, columns)));
      float[] x = new float[columns];
      double linear = gigabytes(4L * rows * columns, median(RUNS, () -> Scope.compute("measuring", () ->
          Tensor.of(x, 1, columns).linear(weight, null).elementCount())));
      row(out, "linear, one row × (16384, 4096)ᵀ, fp32", linear, "GB/s of weights");
      Tensor q = Scope.compute("measuring", () -> owner.keep(Tensor.of(new float[2 * 8 * 1024 * 40], 2, 8, 1024, 40)));
      double flops = 2.0 * 2 * 2 * 8 * 1024 * 1024 * 40;
      Runnable attention = () -> Scope.compute("measuring", () -> q.attention(q, q, null, false, 0.15).elementCount());
      row(out, "attention (2, 8, 1024, 40), fp32", flops / median(RUNS, attention) / 1e9, "GFLOP/s");
      double[] unguarded = new double[1];
      Torch.withUnguardedAttention(() -> unguarded[0] = flops / median(RUNS, attention) / 1e9);
      row(out, "the same, BLAS threads let loose", unguarded[0], "GFLOP/s");
    }
    return read;
  }

  private static long sum(long[] memory) {
    int half = memory.length / 2;
    return IntStream.range(0, 2).parallel().mapToLong(part -> {
      long a = 0;
      long b = 0;
      long c = 0;
      long d = 0;
      for (int i = part * half; i < (part + 1) * half; i += 4) { // four sums in flight
        a += memory[i];
        b += memory[i + 1];
        c += memory[i + 2];
        d += memory[i + 3];
      }
      return a + b + c + d;
    }).sum();
  }

  private static void language(PrintWriter out, String name, OptModel model, long bytes, double bandwidth) {
    int[] prompt = IntStream.range(0, 64).map(i -> 4 + i * 37 % 1000).toArray();
    double prefill = median(RUNS, () -> {
      try (LanguageContext context = model.open()) {
        context.append(List.of(new Tokens(prompt)));
      }
    });
    row(out, name + ", prefill of 64 positions", prefill * 1e3, "ms");
    try (LanguageContext context = model.open()) {
      context.append(List.of(new Tokens(prompt)));
      double token = median(5 * RUNS, () -> {
        context.append(List.of(new Tokens(new int[] {5})));
        context.truncate(prompt.length);
      });
      row(out, name + ", one token with a cache of 64", token * 1e3, "ms");
      row(out, name + ", weights read for it", gigabytes(bytes, token), "GB/s");
      row(out, name + ", time over reading them once", token / (bytes / (bandwidth * 1e9)), "×");
    }
  }

  private void model(PrintWriter out, Path model) throws IOException {
    row(out, "load", median(3, () -> modelOptions.load(model).close()) * 1e3, "ms");
    try (GillModel loaded = modelOptions.load(model)) {
      RespondOptions text = RespondOptions.builder().maxTokens(16).maxImages(0).textCut(RespondOptions.TextCut.LINE).build();
      Conversation question = Conversation.of("What is this?");
      row(out, "a turn of text, up to 16 tokens", median(RUNS, () -> loaded.respond(question, text)) * 1e3, "ms");
      if (loaded.capabilities().generates()) {
        RespondOptions image = RespondOptions.builder()
            .maxTokens(2).imagePolicy(ImagePolicy.GENERATE)
            .sampler((logits, random) -> loaded.stages().tokenizer().imageTokenIds()[0])
            .diffusion(DiffusionOptions.DEFAULT.withSteps(20))
            .build();
        row(out, "an image, 20 steps", median(3, () -> loaded.respond(question, image)) * 1e3, "ms");
      }
      if (turns > 0) {
        soak(out, loaded);
      }
    }
  }

  /** Turns of one process, each with an image read and, where the model can, one made. */
  private void soak(PrintWriter out, GillModel model) throws IOException {
    BufferedImage picture =
        new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
    RespondOptions options = RespondOptions.builder()
        .maxTokens(4).minWordTokens(1).imageBias(1e6).diffusion(DiffusionOptions.DEFAULT.withSteps(2)).build();
    long tensors = 0;
    for (int i = 0; i < turns; i++) {
      try (Session session = model.session()) {
        Reply reply = session.respond(
            List.of(new Conversation.Image(picture), new Conversation.Text("turn " + i)), options);
        if (reply.tokens().isEmpty()) {
          throw new GillException("turn " + i + " said nothing");
        }
      }
      if (i == Math.max(0, turns / 10 - 1)) {
        tensors = Tensor.live();
        row(out, "resident memory after " + (i + 1) + " turns", residentMegabytes(), "MB");
      }
    }
    row(out, "resident memory after " + turns + " turns", residentMegabytes(), "MB");
    row(out, "tensors that live now and did not then", (double) (Tensor.live() - tensors), "");
  }

  /** From Linux' /proc; NaN elsewhere. */
  private static double residentMegabytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return Double.NaN;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(Double.NaN);
  }

  private static double gigabytes(long bytes, double seconds) {
    return bytes / seconds / 1e9;
  }

  /** Seconds. */
  private static double median(int runs, Runnable work) {
    work.run();
    double[] seconds = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      work.run();
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(seconds);
    return seconds[runs / 2];
  }

  private static void row(PrintWriter out, String what, double value, String unit) {
    out.println(String.format(Locale.ROOT, "%-48s %10.2f %s", what, value, unit));
    out.flush();
  }
}
