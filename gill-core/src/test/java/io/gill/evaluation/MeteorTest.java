package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.MeteorProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MeteorTest {
  @TempDir
  private Path folder;

  private Path program = Path.of("");

  @BeforeEach
  void write() throws IOException {
    program = MeteorProgram.write(Files.createDirectory(folder.resolve("meteor é 1.5")));
  }

  private static CaptionItem item(String id, String candidate, String... references) {
    return new CaptionItem(id, candidate, List.of(references));
  }

  /** The program reads the words of the tokenizer, one line per caption, and all its statistics at the end. */
  @Test
  void captionsAreScoredByTheProgram() {
    MetricScore score = Meteor.of(program).score(List.of(
        item("1", "A red bus, parked at a café.", "a bus", "The bus."), item("2", "a dog", "a dog")));
    assertThat(score.items()).containsExactly(7 / 4.0, 1.0);
    assertThat(score.value()).isEqualTo(Stream.of(
        "SCORE ||| a bus ||| the bus ||| a red bus parked at a café", "SCORE ||| a dog ||| a dog")
        .flatMapToInt(String::codePoints).sum());
  }

  /** The interval is that of the score of summed statistics. */
  @Test
  void theScoreHasAnInterval() {
    List<CaptionItem> items = List.of(
        item("1", "a red bus", "a bus"), item("2", "a dog", "a dog on a hill"), item("3", "a cat", "a cat"));
    Meteor.WithInterval scored = Meteor.of(program).scoreWithInterval(items, CaptionMetrics.tokenizer(), 1);
    assertThat(scored.score()).isEqualTo(Meteor.of(program).score(items));
    assertThat(scored.interval()).isEqualTo(Interval.of(
        List.of(new double[] {3, 2}, new double[] {2, 5}, new double[] {2, 2}),
        some -> some.stream().mapToDouble(one -> one[0]).sum() / some.stream().mapToDouble(one -> one[1]).sum(), 1));
    assertThatThrownBy(() -> Meteor.of(program).scoreWithInterval(
        List.of(item("1", "babble", "a dog")), CaptionMetrics.tokenizer(), 1))
        .hasMessage("METEOR's program " + program + " answers 'babble' in place of a score");
  }

  /** Resamples of equal captions have the score of all, if statistics add up as in the program. */
  @ParameterizedTest
  @MethodSource
  @EnabledIfSystemProperty(named = "gill.meteor", matches = ".+/meteor-1.5.jar", disabledReason = "METEOR is not here")
  void statisticsAddUpAsInMeteor(String candidate, String reference) {
    List<CaptionItem> items = IntStream.range(0, 5)
        .mapToObj(i -> item(Integer.toString(i), candidate, reference, "an unlike sentence")).toList();
    Meteor.WithInterval scored = Meteor.of(Path.of(System.getProperty("gill.meteor")))
        .scoreWithInterval(items, CaptionMetrics.tokenizer(), 1);
    double value = scored.score().value();
    assertThat(scored.interval()).isEqualTo(new Interval(value, value));
  }

  static Stream<Arguments> statisticsAddUpAsInMeteor() {
    return Stream.of(Arguments.of("a red bus parks at the street", "the red bus is parked near a street"),
        Arguments.of("a dog runs", "a dog runs"), Arguments.of("a couch", "the sofa"), Arguments.of("no", "a plane"));
  }

  /** Otherwise a caption would become two lines, or a caption and a reference. */
  @Test
  void aCaptionIsOnePartOfALine() {
    MetricScore score = Meteor.of(program).score(List.of(
        item("1", "call (555)\n123-4567 now", "a ||| dog"), item("2", "see http://x|||y dog", "a <b ||| c> dog")));
    assertThat(score.items()).containsExactly(3 / 5.0, 3 / 3.0);
  }

  @Test
  void aProgramThatFailsIsNamedWithItsReason() {
    Meteor meteor = Meteor.of(program);
    assertThatThrownBy(() -> meteor.score(List.of(item("1", "a dog", "a dog"), item("2", "stop", "a dog"))))
        .isInstanceOf(GillException.class)
        .hasMessage("METEOR's program " + program + " ended early: Exception in thread \"main\" "
            + "java.lang.IllegalStateException: no paraphrases");
    assertThatThrownBy(() -> meteor.score(List.of(item("1", "babble", "a dog"))))
        .hasMessage("METEOR's program " + program + " answers 'babble' in place of a score");
    assertThat(meteor.score(List.of(item("1", "a dog", "a dog"))).items()).containsExactly(1.0);
  }

  /** METEOR's own release answers for one caption only. */
  @Test
  void aProgramThatIsSilentIsEnded() {
    Meteor meteor = Meteor.of(program, 1);
    assertThatThrownBy(() -> meteor.score(List.of(item("1", "hush", "a dog"))))
        .hasMessage("METEOR's program " + program + " has not answered for 1 seconds: use meteor-1.5.jar of "
            + "pycocoevalcap, as that of METEOR's release scores one caption only");
    assertThat(ProcessHandle.current().children().flatMap(child -> child.info().commandLine().stream()))
        .noneMatch(command -> command.contains("meteor-1.5.jar"));
  }

  @Test
  void anInterruptEndsTheProgram() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Meteor.of(program).score(List.of(item("1", "hush", "a dog"))))
        .hasMessage("the computation of METEOR was interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void missingFilesAreFoundBeforeTheProgramRuns() throws Exception {
    CaptionItem item = item("7", "a dog", "a dog");
    Meteor meteor = Meteor.of(program);
    assertThatThrownBy(() -> meteor.score(List.of())).hasMessage("there are no items to score");
    assertThatThrownBy(() -> meteor.score(List.of(item, item))).hasMessage("two items have the id 7");
    assertThatThrownBy(() -> Meteor.of(folder)).hasMessage(folder + " cannot be read: it is a folder, not a file");
    Path missing = folder.resolve("none.jar");
    String advice =
        " does not exist: METEOR needs meteor-1.5.jar of pycocoevalcap, and data/paraphrase-en.gz beside it";
    assertThatThrownBy(() -> Meteor.of(missing)).hasMessage("METEOR's file " + missing + advice);
    Path data = program.resolveSibling("data/paraphrase-en.gz");
    Files.delete(data);
    assertThatThrownBy(() -> Meteor.of(program)).hasMessage("METEOR's file " + data + advice);
  }
}
