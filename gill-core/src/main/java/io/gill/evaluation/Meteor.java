package io.gill.evaluation;

import io.gill.GillException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * METEOR (Denkowski and Lavie 2014), computed by its authors' Java program as the official COCO scorer does. The
 * program is not part of gill: the user supplies {@code meteor-1.5.jar} of its release, beside the release's folder
 * {@code data}. It runs in a process of its own, with up to 2 GB of memory. Thread-safe.
 */
public final class Meteor {
  private static final String MEMORY = "-Xmx2G";

  /** The program reads lines from the standard input, and normalises texts in English. */
  private static final List<String> ARGUMENTS = List.of("-", "-", "-stdio", "-l", "en", "-norm");

  private static final String SEPARATOR = " ||| ";

  /** How much of a wrong answer an error shows. */
  private static final int SHOWN = 40;

  private final Path program;

  private Meteor(Path program) {
    this.program = program;
  }

  /**
   * Checks that a file is a Java program. No process runs yet.
   *
   * @param program {@code meteor-1.5.jar} of METEOR's release
   * @return the metric
   * @throws GillException if the file is missing or is no Java program
   */
  public static Meteor of(Path program) {
    try (JarFile jar = new JarFile(program.toFile())) {
      Manifest manifest = jar.getManifest();
      if (manifest == null || manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS) == null) {
        throw new GillException(program + " is no Java program: use meteor-1.5.jar of METEOR's release");
      }
    } catch (IOException e) {
      throw new GillException("cannot read METEOR's program " + program + ": " + e.getMessage(), e);
    }
    return new Meteor(program);
  }

  /**
   * Scores captions in English.
   *
   * @param items one item per picture
   * @return the score of all captions together, which is not the mean, and of each; from 0 to 1
   * @throws IllegalArgumentException if there are no items, or two have the same id
   * @throws GillException if the program fails
   */
  public MetricScore score(List<CaptionItem> items) {
    Items.requireDistinct(items, CaptionItem::id);
    try (Run run = new Run()) {
      StringBuilder all = new StringBuilder("EVAL");
      for (CaptionItem item : items) {
        StringBuilder line = new StringBuilder("SCORE");
        item.references().forEach(reference -> line.append(SEPARATOR).append(words(reference)));
        run.write(line.append(SEPARATOR).append(words(item.candidate())));
        all.append(SEPARATOR).append(run.read());
      }
      run.write(all);
      List<Double> scores = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        scores.add(run.number());
      }
      return new MetricScore(run.number(), scores);
    } catch (IOException e) {
      throw new GillException("cannot run METEOR's program " + program + ": " + e.getMessage(), e);
    }
  }

  /** Joins the words of a caption. None is the separator of captions, since each bar is a word. */
  private static String words(String caption) {
    return String.join(" ", PtbTokenizer.tokenize(caption));
  }

  /** A process of the program, which answers line by line. */
  private final class Run implements AutoCloseable {
    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;
    private final CompletableFuture<String> complaint;

    Run() throws IOException {
      List<String> command = new ArrayList<>(List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(), MEMORY, "-jar",
          program.toAbsolutePath().toString()));
      command.addAll(ARGUMENTS);
      process = new ProcessBuilder(command).start();
      requests = process.outputWriter(StandardCharsets.UTF_8);
      answers = process.inputReader(StandardCharsets.UTF_8);
      complaint = CompletableFuture.supplyAsync(this::complaint, reader -> new Thread(reader, "meteor").start());
    }

    /** Reads all that the program complains of, so that it never waits, and returns the first line. */
    private String complaint() {
      try (BufferedReader errors = process.errorReader(StandardCharsets.UTF_8)) {
        String first = errors.readLine();
        errors.transferTo(Writer.nullWriter());
        return first == null ? "" : ": " + first;
      } catch (IOException e) {
        return ""; // the process was ended
      }
    }

    void write(StringBuilder line) {
      try {
        requests.append(line).append('\n').flush();
      } catch (IOException e) {
        throw ended();
      }
    }

    String read() {
      try {
        String answer = answers.readLine();
        if (answer != null) {
          return answer.strip();
        }
      } catch (IOException e) {
        throw ended();
      }
      throw ended();
    }

    double number() {
      String answer = read();
      try {
        return Double.parseDouble(answer);
      } catch (NumberFormatException e) {
        throw new GillException("METEOR's program " + program + " answers '"
            + answer.substring(0, Math.min(SHOWN, answer.length())) + "' in place of a score", e);
      }
    }

    private GillException ended() {
      process.destroy();
      return new GillException("METEOR's program " + program + " ended early" + complaint.join()
          + "; the folder data of its release must lie beside it");
    }

    @Override
    public void close() {
      process.destroy();
    }
  }
}
