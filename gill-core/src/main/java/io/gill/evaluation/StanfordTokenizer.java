package io.gill.evaluation;

import com.google.common.base.Splitter;
import io.gill.GillException;
import io.gill.weights.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The tokenizer of the official COCO scorer: that of Stanford CoreNLP 3.4.1, in a process of its own. It is not part of
 * gill, since its licence (GPL) would extend to applications: the user supplies the {@code stanford-corenlp-3.4.1.jar}
 * of coco-caption or pycocoevalcap. {@link PtbTokenizer} needs no program, and gives the same words for almost all
 * captions. Thread-safe.
 */
public final class StanfordTokenizer {
  private static final List<String> ARGUMENTS =
      List.of("edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase");

  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

  private final Path program;
  private final long seconds;

  private StanfordTokenizer(Path program, long seconds) {
    this.program = program;
    this.seconds = seconds;
  }

  /**
   * Checks that the program is there. No process runs yet.
   *
   * @param program the {@code stanford-corenlp-3.4.1.jar} of coco-caption or pycocoevalcap
   * @return the tokenizer
   * @throws GillException if the file is missing
   */
  public static StanfordTokenizer of(Path program) {
    return of(program, JavaProgram.SECONDS);
  }

  /**
   * Checks that the program is there.
   *
   * @param seconds how long the program may run
   */
  static StanfordTokenizer of(Path program, long seconds) {
    Path jar = program.toAbsolutePath();
    if (!Files.exists(RegularFile.require(jar))) {
      throw new GillException("the tokenizer " + jar + " does not exist: it is stanford-corenlp-3.4.1.jar of "
          + "pycocoevalcap");
    }
    return new StanfordTokenizer(jar, seconds);
  }

  /**
   * Splits all captions. The program runs twice, as in the official scorer: for the references and for the candidates.
   * A letter with a stop at the end of a caption depends on the next caption; a caption that occurs twice is split as
   * at its first occurrence.
   *
   * @param items one item per picture, in the order of the scorer
   * @return returns the words of each of these captions, for {@link CaptionMetrics#score(List, Function)}; throws
   *     {@link IllegalArgumentException} for another text
   * @throws GillException if the program fails, or if the thread is interrupted
   */
  public Function<String, List<String>> tokenizer(List<CaptionItem> items) {
    Map<String, List<String>> words = new HashMap<>();
    add(items.stream().flatMap(item -> item.references().stream()).toList(), words);
    add(items.stream().map(CaptionItem::candidate).toList(), words);
    return caption -> {
      List<String> split = words.get(caption);
      if (split == null) {
        throw new IllegalArgumentException("this caption was not given to the tokenizer: " + caption);
      }
      return split;
    };
  }

  private void add(List<String> captions, Map<String, List<String>> words) {
    List<String> lines = captions.isEmpty() ? List.of() : run(captions);
    for (int i = 0; i < lines.size(); i++) {
      words.putIfAbsent(captions.get(i),
          WORDS.splitToStream(lines.get(i)).filter(word -> !PtbTokenizer.REMOVED.contains(word)).toList());
    }
  }

  /** Returns a line of words for each caption. */
  private List<String> run(List<String> captions) {
    Process process = start();
    try {
      CompletableFuture<String> output = read(process.getInputStream());
      CompletableFuture<String> complaint = read(process.getErrorStream());
      JavaProgram.inThread(() -> write(process, captions));
      List<String> lines = List.of(output.get(seconds, TimeUnit.SECONDS).split("\r?\n", -1));
      if (!process.waitFor(JavaProgram.PATIENCE, TimeUnit.SECONDS) || process.exitValue() != 0) {
        String reason = complaint.completeOnTimeout("", JavaProgram.PATIENCE, TimeUnit.SECONDS).join();
        throw new GillException("the tokenizer " + program + " failed"
            + reason.lines().findFirst().map(line -> ": " + line).orElse(""));
      }
      if (lines.size() != captions.size()) {
        throw new GillException("the tokenizer " + program + " gives " + lines.size() + " lines for " + captions.size()
            + " captions: use stanford-corenlp-3.4.1.jar of pycocoevalcap");
      }
      return lines;
    } catch (TimeoutException e) {
      throw new GillException("the tokenizer " + program + " has not finished after " + seconds + " seconds", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GillException("the tokenization of captions was interrupted", e);
    } finally {
      JavaProgram.end(process);
    }
  }

  private Process start() {
    List<String> arguments = new ArrayList<>(List.of("-cp", program.toString()));
    arguments.addAll(ARGUMENTS);
    try {
      return JavaProgram.start(arguments);
    } catch (IOException e) {
      throw new GillException("cannot run the tokenizer " + program + ": " + e.getMessage(), e);
    }
  }

  /** Writes the captions as lines. */
  private static void write(Process process, List<String> captions) {
    try (Writer lines = process.outputWriter(StandardCharsets.UTF_8)) {
      lines.write(String.join("\n", captions.stream().map(caption -> caption.replaceAll("\\R", " ")).toList()));
    } catch (IOException e) {
      // The process has ended, and its exit code says why.
    }
  }

  private static CompletableFuture<String> read(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    JavaProgram.inThread(() -> {
      try (stream) {
        text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
      } catch (IOException e) {
        text.complete(""); // the process was ended
      }
    });
    return text;
  }
}
