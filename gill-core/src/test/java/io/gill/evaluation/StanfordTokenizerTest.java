package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.TokenizerProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StanfordTokenizerTest {
  @TempDir private static Path folder;

  private static Path program = Path.of("");

  @BeforeAll
  static void write() throws IOException {
    program = TokenizerProgram.write(Files.createDirectory(folder.resolve("core é nlp")));
  }

  private static List<CaptionItem> items(String candidate, String... references) {
    return List.of(new CaptionItem("1", candidate, List.of(references)));
  }

  @Test
  void captionsAreSplitByTheProgram() {
    List<CaptionItem> items = List.of(new CaptionItem("1", "A red bus, at a café.", List.of("a bus", "The\r\nbus.")),
        new CaptionItem("2", "", List.of("A dog", "")));
    Function<String, List<String>> tokenizer = StanfordTokenizer.of(program).tokenizer(items);
    assertThat(tokenizer.apply("A red bus, at a café.")).containsExactly("a", "red", "bus", "at", "a", "café");
    assertThat(tokenizer.apply("The\r\nbus.")).as("one line").containsExactly("the", "bus");
    assertThat(tokenizer.apply("A dog")).containsExactly("a", "dog");
    assertThat(tokenizer.apply("")).isEmpty();
    assertThat(CaptionMetrics.score(items, tokenizer)).isEqualTo(CaptionMetrics.score(items));
    assertThatThrownBy(() -> tokenizer.apply("a cat")).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("this caption was not given to the tokenizer: a cat");
  }

  /** More than a pipe holds, in both directions. */
  @Test
  void manyCaptionsDoNotBlock() {
    String caption = "A long caption, of many words. ".repeat(10_000);
    assertThat(StanfordTokenizer.of(program).tokenizer(items(caption, "a")).apply(caption)).hasSize(60_000);
  }

  @Test
  void aProgramThatFailsIsNamedWithItsReason() {
    StanfordTokenizer tokenizer = StanfordTokenizer.of(program);
    assertThatThrownBy(() -> tokenizer.tokenizer(items("stop", "a dog"))).isInstanceOf(GillException.class)
        .hasMessage("the tokenizer " + program + " failed: PTBTokenizer tokenizes");
    assertThatThrownBy(() -> tokenizer.tokenizer(items("a dog", "drop", "a dog"))).isInstanceOf(GillException.class)
        .hasMessageContaining("use stanford-corenlp-3.4.1.jar of pycocoevalcap");
  }

  @Test
  void aProgramThatDoesNotFinishIsEnded() {
    StanfordTokenizer tokenizer = StanfordTokenizer.of(program, 1);
    assertThatThrownBy(() -> tokenizer.tokenizer(items("hush", "a dog"))).isInstanceOf(GillException.class)
        .hasMessage("the tokenizer " + program + " has not finished after 1 seconds");
    assertThat(ProcessHandle.current().children().flatMap(child -> child.info().commandLine().stream()))
        .noneMatch(command -> command.contains("stanford-corenlp"));
  }

  @Test
  void anInterruptEndsTheProgram() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> StanfordTokenizer.of(program).tokenizer(items("hush", "a dog")))
        .isInstanceOf(GillException.class).hasMessage("the tokenization of captions was interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aMissingFileIsFoundBeforeTheProgramRuns() {
    Path missing = folder.resolve("none.jar");
    assertThatThrownBy(() -> StanfordTokenizer.of(missing)).isInstanceOf(GillException.class)
        .hasMessage("the tokenizer " + missing + " does not exist: it is stanford-corenlp-3.4.1.jar of pycocoevalcap");
    assertThatThrownBy(() -> StanfordTokenizer.of(folder))
        .hasMessage(folder + " cannot be read: it is a folder, not a file");
  }
}
