package io.gill.evaluation;

import io.gill.GillException;
import io.gill.weights.RegularFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * METEOR (Denkowski and Lavie 2014), computed by its authors' Java program as the official COCO scorer does. The
 * program is not part of gill: the user supplies the {@code meteor-1.5.jar} of coco-caption or pycocoevalcap, which
 * scores many captions at once; that of METEOR's own release does not. The file {@code data/paraphrase-en.gz} lies
 * beside it. It runs in a process of its own, with up to 2 GB of memory. Thread-safe.
 */
public final class Meteor {
  /** The program reads lines from the standard input, and normalises texts in English. */
  private static final List<String> ARGUMENTS = List.of("-", "-", "-stdio", "-l", "en", "-norm", "-a");

  private static final String PARAPHRASES = "data/paraphrase-en.gz";

  private static final String SEPARATOR = " ||| ";

  /** How much of a wrong answer an error shows. */
  private static final int SHOWN = 40;

  private final Path program;
  private final Path paraphrases;
  private final long seconds;

  private Meteor(Path program, Path paraphrases, long seconds) {
    this.program = program;
    this.paraphrases = paraphrases;
    this.seconds = seconds;
  }

  /**
   * Checks that the program and its data are there. No process runs yet.
   *
   * @param program the {@code meteor-1.5.jar} of coco-caption or pycocoevalcap
   * @return the metric
   * @throws GillException if a file is missing
   */
  public static Meteor of(Path program) {
    return of(program, JavaProgram.SECONDS);
  }

  /**
   * Checks that the program and its data are there.
   *
   * @param seconds how long an answer may take
   */
  static Meteor of(Path program, long seconds) {
    Path jar = program.toAbsolutePath();
    Path paraphrases = jar.resolveSibling(PARAPHRASES);
    for (Path file : List.of(jar, paraphrases)) {
      if (!Files.exists(RegularFile.require(file))) {
        throw new GillException("METEOR's file " + file + " does not exist: METEOR needs meteor-1.5.jar of "
            + "pycocoevalcap, and " + PARAPHRASES + " beside it");
      }
    }
    return new Meteor(jar, paraphrases, seconds);
  }

  /**
   * Scores captions in English.
   *
   * @param items one item per picture
   * @return the score of all captions together, which is not the mean, and of each; from 0 to 1
   * @throws IllegalArgumentException if there are no items, or two have the same id
   * @throws GillException if the program fails, or if the thread is interrupted
   */
  public MetricScore score(List<CaptionItem> items) {
    Items.requireDistinct(items, CaptionItem::id);
    try (Run run = new Run()) {
      return run.score(run.statistics(items, CaptionMetrics.tokenizer()));
    } catch (IOException e) {
      throw cannotRun(e);
    }
  }

  /**
   * Scores captions in English, with the 95 % interval of the score of all by the percentile bootstrap. A resample's
   * score is that of the sum of its captions' statistics, as the program adds them up.
   *
   * @param items one item per picture
   * @param tokenizer returns a caption's words, such as {@link CaptionMetrics#tokenizer()}
   * @param seed selects the resamples; the same seed and items give the same interval
   * @return the scores and the interval
   * @throws IllegalArgumentException if there are no items, or two have the same id
   * @throws GillException if the program fails, or if the thread is interrupted
   */
  public WithInterval scoreWithInterval(
      List<CaptionItem> items, Function<String, List<String>> tokenizer, long seed) {
    Items.requireDistinct(items, CaptionItem::id);
    try (Run run = new Run()) {
      List<String> statistics = run.statistics(items, tokenizer);
      MetricScore score = run.score(statistics);
      List<MeteorStatistics> captions = statistics.stream().map(run::parsed).toList();
      return new WithInterval(score, Interval.of(captions, some -> run.score(MeteorStatistics.sum(some)), seed));
    } catch (IOException e) {
      throw cannotRun(e);
    }
  }

  /**
   * Scores with the interval of the score of all captions.
   *
   * @param score the scores
   * @param interval the 95 % interval of the score of all captions
   */
  public record WithInterval(MetricScore score, Interval interval) {}

  private GillException cannotRun(IOException e) {
    return new GillException("cannot run METEOR's program " + program + ": " + e.getMessage(), e);
  }

  /** Joins the words of a caption, on one line and without what separates captions. */
  private static String words(String caption, Function<String, List<String>> tokenizer) {
    return String.join(" ", tokenizer.apply(caption)).replaceAll("\\R", " ").replace("|||", "");
  }

  /** A process of the program, which answers line by line. */
  private final class Run implements AutoCloseable {
    private final Process process;
    private final Writer requests;

    /** Its lines; empty at the end of the output. */
    private final BlockingQueue<Optional<String>> answers = new LinkedBlockingQueue<>();

    /** The first line of its error output. */
    private final CompletableFuture<String> complaint = new CompletableFuture<>();

    Run() throws IOException {
      List<String> arguments = new ArrayList<>(List.of("-jar", program.toString()));
      arguments.addAll(ARGUMENTS);
      arguments.add(paraphrases.toString());
      process = JavaProgram.start(arguments);
      requests = process.outputWriter(StandardCharsets.UTF_8);
      JavaProgram.inThread(this::readAnswers);
      JavaProgram.inThread(this::readErrors);
    }

    private void readAnswers() {
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        lines.lines().forEach(line -> answers.add(Optional.of(line)));
      } catch (IOException | UncheckedIOException e) {
        // the process was ended
      } finally {
        answers.add(Optional.empty());
      }
    }

    private void readErrors() {
      try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
        String first = lines.readLine();
        complaint.complete(first == null ? "" : ": " + first);
        lines.transferTo(Writer.nullWriter());
      } catch (IOException e) {
        complaint.complete(""); // the process was ended
      }
    }

    /** Returns what the program says of each caption. */
    List<String> statistics(List<CaptionItem> items, Function<String, List<String>> tokenizer) {
      List<String> statistics = new ArrayList<>();
      for (CaptionItem item : items) {
        StringBuilder line = new StringBuilder("SCORE");
        item.references().forEach(reference -> line.append(SEPARATOR).append(words(reference, tokenizer)));
        write(line.append(SEPARATOR).append(words(item.candidate(), tokenizer)));
        statistics.add(read());
      }
      return statistics;
    }

    /** Returns the score of all captions, and of each. */
    MetricScore score(List<String> statistics) {
      write("EVAL" + SEPARATOR + String.join(SEPARATOR, statistics));
      List<Double> scores = new ArrayList<>();
      for (int i = 0; i < statistics.size(); i++) {
        scores.add(number());
      }
      return new MetricScore(number(), scores);
    }

    /** Returns the score of captions by the sum of their statistics. */
    double score(MeteorStatistics sum) {
      return score(List.of(sum.toString())).items().get(0);
    }

    MeteorStatistics parsed(String statistics) {
      try {
        return MeteorStatistics.parse(statistics);
      } catch (IllegalArgumentException e) {
        throw unexpected(statistics, "statistics", e);
      }
    }

    /** Writes a line, after the answers to the lines before were read. {@link #read} notices if the program ends. */
    void write(CharSequence line) {
      JavaProgram.inThread(() -> {
        try {
          requests.append(line).append('\n').flush();
        } catch (IOException e) {
          process.destroyForcibly(); // it reads no more
        }
      });
    }

    String read() {
      try {
        Optional<String> answer = answers.poll(seconds, TimeUnit.SECONDS);
        if (answer == null) {
          throw new GillException("METEOR's program " + program + " has not answered for " + seconds
              + " seconds: use meteor-1.5.jar of pycocoevalcap, as that of METEOR's release scores one caption only");
        }
        return answer.orElseThrow(this::ended).strip();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new GillException("the computation of METEOR was interrupted", e);
      }
    }

    double number() {
      String answer = read();
      try {
        return Double.parseDouble(answer);
      } catch (NumberFormatException e) {
        throw unexpected(answer, "a score", e);
      }
    }

    private GillException unexpected(String answer, String wanted, IllegalArgumentException cause) {
      return new GillException("METEOR's program " + program + " answers '"
          + answer.substring(0, Math.min(SHOWN, answer.length())) + "' in place of " + wanted, cause);
    }

    private GillException ended() {
      return new GillException("METEOR's program " + program + " ended early"
          + complaint.completeOnTimeout("", JavaProgram.PATIENCE, TimeUnit.SECONDS).join());
    }

    /** Ends the process. */
    @Override
    public void close() {
      JavaProgram.end(process);
    }
  }
}
