package io.gill.examples.claim;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.History;
import io.gill.Precision;
import io.gill.RespondOptions;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.FewStepGenerator;
import io.gill.examples.Fonts;
import io.gill.examples.Output;
import io.gill.examples.Printable;
import io.gill.examples.world.ContactSheet;
import io.gill.examples.world.SceneScore;
import io.gill.examples.world.TestTalk;
import io.gill.examples.world.TestTalkReader;
import io.gill.examples.world.TestTalkSampler;
import io.gill.smallworld.SmallWorld;
import io.gill.weights.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the paper's claim at a small scale: more context helps GILL but not a generator that reads only text. */
@Command(
    name = "claim",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = "Compares the small world's model with its image generator alone, on scenes that neither has seen, "
        + "and writes claim.md (the tables), claim.png (the figure) and pictures.png (wanted, gill, generator with the "
        + "last turn, with all the text, with the caption). Free talk is measured with the model's own default "
        + "options; talks.png is its figure, talks-pictures.png shows some dialogues (wanted, gill).")
public final class Claim implements Callable<Integer> {
  private static final int LONGEST = 6;
  private static final int SHOWN = 3;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", description = "The model directory; the bundled model by default.")
  private @Nullable Path directory;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "The folder for the results.")
  private Path output = Path.of("");

  @Option(names = "--seed", paramLabel = "N", description = "Seed of scenes and dialogues.")
  private long seed = 1;

  @Option(names = "--count", paramLabel = "N",
      description = "Dialogues of each length, and half of the requests for decisions.")
  private int count = 100;

  @Option(names = "--questions", paramLabel = "N", description = "Number of questions, and of descriptions.")
  private int questions = 300;

  @Option(names = "--pool", paramLabel = "N", description = "Number of pictures to search.")
  private int pool = 1000;

  @Option(names = "--guidance", paramLabel = "W", description = "Scale of classifier-free guidance.")
  private double guidanceScale = DiffusionOptions.defaults().guidanceScale();

  @Option(names = "--talks", paramLabel = "N",
      description = "Number of generated dialogues of free talk, and maximum number of those written by hand; 0 leaves "
          + "both out.")
  private int talks = 300;

  @Option(names = "--exchanges", paramLabel = "N",
      description = "Number of earlier exchanges that the model reads in free talk; its own default if not given.")
  private @Nullable Integer exchanges;

  @Option(names = "--play", paramLabel = "N",
      description = "Play only this hand-written dialogue, from 1, print it and write talk.png (wanted, gill).")
  private @Nullable Integer play;

  private final StringBuilder page = new StringBuilder();

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    PrintWriter out = line.getOut();
    if (count < 1 || questions < 1 || pool < 1) {
      throw new CommandLine.ParameterException(line, "--count, --questions and --pool must be at least 1");
    }
    if (talks < 0 || (exchanges != null && exchanges < 0)) {
      throw new CommandLine.ParameterException(line, "--talks and --exchanges must be at least 0");
    }
    List<TestTalk> handWritten = TestTalkReader.handWritten();
    if (play != null && (play < 1 || play > handWritten.size())) {
      throw new CommandLine.ParameterException(line, "--play must be between 1 and " + handWritten.size());
    }
    Path dir = directory == null ? SmallWorld.directory() : directory;
    Files.createDirectories(output);
    try (GillModel model = GillModel.load(dir);
        StableDiffusion generator = StableDiffusion.load(dir.resolve("sd"), Device.CPU, Precision.FLOAT32)) {
      Talks freeTalk = new Talks(model, generator, options(model.defaults()), seed);
      if (play != null) {
        play(freeTalk, handWritten.get(play - 1), out);
        return CommandLine.ExitCode.OK;
      }
      DiffusionOptions diffusion = DiffusionOptions.builder().guidanceScale(guidanceScale).build();
      Measurements measurements = new Measurements(model, generator, diffusion, seed);
      say(out, "Held-out scenes, seed %d, guidance scale %.1f.", seed, guidanceScale);
      pictures(measurements, out);
      others(measurements, out);
      if (talks > 0) {
        talks(freeTalk, handWritten, out);
      }
      steps(dir, generator, out);
    }
    AtomicFile.write(output.resolve("claim.md"), ByteBuffer.wrap(page.toString().getBytes(StandardCharsets.UTF_8)));
    return CommandLine.ExitCode.OK;
  }

  private void pictures(Measurements measurements, PrintWriter out) throws IOException {
    say(out, "");
    say(out, "| turns | gill | generator, last turn | generator, all text | generator, the caption |");
    say(out, "|--:|--:|--:|--:|--:|");
    List<Measurements.Pictures> rows = new ArrayList<>();
    for (int turns = 1; turns <= LONGEST; turns++) {
      Measurements.Pictures row = measurements.pictures(turns, count, SHOWN);
      rows.add(row);
      say(out, "| %d | %.1f %% | %.1f %% | %.1f %% | %.1f %% |", turns, percent(row.gill()), percent(row.lastTurn()),
          percent(row.allText()), percent(row.caption()));
    }
    say(out, "");
    say(out, "Right attributes of the last picture (shape, colour, size, position, background; an extra thing counts");
    say(out, "as one wrong attribute), %d dialogues of each length.", count);
    if (Fonts.found(output.resolve("claim.png"), out)) {
      draw(rows);
    }
    List<BufferedImage> last = new ArrayList<>();
    rows.forEach(row -> last.addAll(row.last()));
    ContactSheet.write(output.resolve("pictures.png"), last, rows.get(0).last().size());
  }

  private void others(Measurements measurements, PrintWriter out) {
    say(out, "");
    say(out, "| measured | result |");
    say(out, "|:--|--:|");
    Map<Integer, Double> retrieval = measurements.retrieval(pool, 1, 5, 10);
    retrieval.forEach((limit, share) -> say(out, "| retrieval R@%d among %,d | %.1f %% |", limit, pool, 100 * share));
    say(out, "| questions answered (%d) | %.1f %% |", questions, 100 * measurements.questions(questions));
    SceneScore described = measurements.descriptions(questions);
    say(out, "| attributes right in descriptions (%d) | %.1f %% |", questions, percent(described));
    Measurements.Decisions decisions = measurements.decisions(2 * count);
    say(out, "| decisions, macro-F1 (%d, %d for retrieval) | %.2f |", decisions.count(),
        decisions.retrieve(), decisions.model());
    say(out, "| … always generate | %.2f |", decisions.alwaysGenerate());
    say(out, "| … always retrieve | %.2f |", decisions.alwaysRetrieve());
  }

  private RespondOptions options(RespondOptions defaults) {
    return exchanges == null
        ? defaults
        : defaults.toBuilder().history(History.lastTurns(2 * exchanges + 1)).build(); // and the user's last turn
  }

  private void talks(Talks freeTalk, List<TestTalk> handWritten, PrintWriter out) {
    say(out, "");
    TalkReport.head().forEach(line -> say(out, "%s", line));
    TalkScores all = new TalkScores();
    Map<String, TalkScores> sets = new LinkedHashMap<>();
    List<List<TalkReply>> replies = talks("by hand", spread(handWritten, talks), freeTalk, sets, all, out);
    List<TestTalk> generated = IntStream.range(0, talks)
        .mapToObj(i -> TestTalkSampler.sample(Measurements.seed("talks", seed, i), 1 + i % TestTalk.MAX_TURNS))
        .toList();
    talks("generated", generated, freeTalk, sets, all, out);
    say(out, "");
    TalkReport.others(sets).forEach(line -> say(out, "%s", line));
    say(out, "");
    say(out, "%d dialogues by hand and %d generated, of 1 to %d turns, with the model's own default options%s. The",
        replies.size(), generated.size(), TestTalk.MAX_TURNS,
        exchanges == null ? "" : " and " + exchanges + " earlier exchanges");
    say(out, "generator alone painted for every fourth of these turns.");
    TalkScores several = new TalkScores();
    spread(TestTalkReader.severalPictures(), talks).forEach(talk -> several.add(freeTalk.play(talk)));
    say(out, "");
    say(out, "Replies of several pictures: %s attributes right, stray words in %s replies.",
        TalkReport.counted(several.several()), TalkReport.counted(several.strayWords()));
    if (Fonts.found(output.resolve("talks.png"), out)) {
      TalkReport.figure(all).ifPresent(figure -> write(figure, "talks.png"));
      List<List<TalkReply>> longer = replies.stream().filter(talk -> talk.size() >= LONGEST).toList();
      TalkSheet.write(output.resolve("talks-pictures.png"), spread(longer.isEmpty() ? replies : longer, SHOWN));
    }
  }

  private List<List<TalkReply>> talks(String name, List<TestTalk> set, Talks freeTalk, Map<String, TalkScores> sets,
      TalkScores all, PrintWriter out) {
    TalkScores scores = new TalkScores();
    List<List<TalkReply>> replies = freeTalk.measure(set, all, scores);
    sets.put(name, scores);
    TalkReport.pictures(name, scores).forEach(line -> say(out, "%s", line));
    return replies;
  }

  /** Returns a limited number of elements, evenly spread over the list. */
  private static <T> List<T> spread(List<T> list, int most) {
    int count = Math.min(most, list.size());
    return IntStream.range(0, count).mapToObj(i -> list.get((int) ((long) i * list.size() / count))).toList();
  }

  private void play(Talks freeTalk, TestTalk talk, PrintWriter out) {
    List<TalkReply> replies = freeTalk.play(talk);
    for (TalkReply reply : replies) {
      out.println("you:  " + Asking.written(reply.turn().user()));
      String pictures = reply.pictures().stream().map(TalkReply::read).collect(Collectors.joining());
      out.println("gill: " + Printable.of(reply.text()) + pictures);
      out.println(reply.isRight() ? "      (right)" : "      (wrong; wanted: " + reply.turn().wanted() + ")");
    }
    out.flush();
    if (Fonts.found(output.resolve("talk.png"), out)) {
      TalkSheet.write(output.resolve("talk.png"), List.of(replies));
    }
  }

  private void steps(Path dir, StableDiffusion generator, PrintWriter out) {
    List<MappedRequests.Request> requests;
    try (MappedRequests model = MappedRequests.load(dir)) {
      requests = FewSteps.requests(model, seed, 2 * count);
    }
    if (requests.isEmpty()) {
      return;
    }
    try (StableDiffusion distilled = Files.exists(FewStepGenerator.adapters(dir))
        ? FewStepGenerator.load(dir, Device.CPU, Precision.FLOAT32)
        : null) {
      List<FewSteps.Row> rows =
          FewSteps.measure(requests, FewSteps.settings(generator, distilled, guidanceScale));
      say(out, "");
      say(out, "| scheduler | steps | guidance | attributes right | time of a picture |");
      say(out, "|:--|--:|--:|--:|--:|");
      for (FewSteps.Row row : rows) {
        DiffusionOptions options = row.setting().options();
        say(out, "| %s | %d | %s | %.1f %% | %.3f s |", row.setting().name(), options.steps(),
            options.guidanceScale() > 1 ? String.format(Locale.ROOT, "%.1f", options.guidanceScale()) : "none",
            percent(row.score()), row.seconds());
      }
      say(out, "");
      say(out, "Pictures of the same %d requests of GILL's mapper, from dialogues of 1 to 3 turns; median times.",
          requests.size());
    }
  }

  private void say(PrintWriter out, String format, Object... values) {
    String line = String.format(Locale.ROOT, format, values);
    page.append(line).append('\n');
    out.println(line);
    out.flush();
  }

  private static double percent(SceneScore score) {
    return 100 * score.accuracy();
  }

  private void draw(List<Measurements.Pictures> rows) throws IOException {
    XYChart chart = ShareChart.of("Held-out scenes", "turns of the dialogue");
    series(chart, "gill", rows, Measurements.Pictures::gill);
    series(chart, "generator, last turn", rows, Measurements.Pictures::lastTurn);
    series(chart, "generator, all text", rows, Measurements.Pictures::allText);
    series(chart, "generator, the caption", rows, Measurements.Pictures::caption);
    write(BitmapEncoder.getBufferedImage(chart), "claim.png");
  }

  private static void series(
      XYChart chart, String name, List<Measurements.Pictures> rows, Function<Measurements.Pictures, SceneScore> score) {
    double[] turns = new double[rows.size()];
    double[] values = new double[rows.size()];
    for (int i = 0; i < turns.length; i++) {
      turns[i] = i + 1;
      values[i] = percent(score.apply(rows.get(i)));
    }
    chart.addSeries(name, turns, values);
  }

  private void write(BufferedImage image, String name) {
    Output.picture(output.resolve(name), image);
  }
}
