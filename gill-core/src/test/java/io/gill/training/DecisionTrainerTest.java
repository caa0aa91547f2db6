package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.projection.DecisionClassifier;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import io.gill.training.DecisionData.Prompt;
import io.gill.weights.PyTorchFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecisionTrainerTest {
  private static final DecisionOptions SHORT =
      DecisionOptions.builder().steps(300).learningRate(1e-2).trainingPrompts(40).seed(7).build();

  @TempDir Path folder;

  /** Votes are counted as by the published script; the first rows are its own. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "ret,gen,gen,same,gen|gen", "ret,ret,ret,ret,same|ret", "gen,gen,gen,gen,gen|gen", "gen,ret,gen,ret,same|same",
    "ret,gen,gen,ret,ret|same", "gen,gen,gen,gen,ret|gen", "same,gen,ret,ret,ret|ret", "gen,gen,gen,ret,ret|same",
    "same,ret,same,same,ret|same", "same,same,same,same,same|same", "gen,gen,same,same,gen|gen"
  })
  void votesComeToWhatThePublishedScriptSays(String votes, String decision) throws IOException {
    String other = "Prompt\tCategory\tDecisions\nfirst\tx\tgen,gen,gen,gen,gen\nprompt\tx\t" + votes + "\n";
    DecisionData data = DecisionData.read(Files.writeString(folder.resolve("votes.tsv"), other));
    assertThat(data.skipped()).isEmpty();
    if (decision.equals("same")) {
      assertThat(data.undecided()).isEqualTo(1);
      assertThat(data.prompts()).containsExactly(new Prompt("first", false));
    } else {
      assertThat(data.prompts())
          .containsExactly(new Prompt("first", false), new Prompt("prompt", decision.equals("ret")));
    }
  }

  @Test
  void decisionsAreReadAndMalformedRowsListed() throws IOException {
    Path file = Files.writeString(folder.resolve("decided.tsv"),
        "Prompt\tCategory\tChallenge\tNote\tDecision\nbond\tAbstract\tBasic\t\tgen\nair\tAbstract\tBasic\t\tsame\n"
            + "a tree\tAbstract\tret\nlife\tAbstract\tBasic\t\tret\nwood\tAbstract\tBasic\t\tmaybe\n");
    DecisionData data = DecisionData.read(file);
    assertThat(data.prompts()).containsExactly(new Prompt("bond", false), new Prompt("life", true));
    assertThat(data.undecided()).isEqualTo(1);
    assertThat(data.skipped()).extracting(SkippedExample::origin).containsExactly("decided.tsv:4", "decided.tsv:6");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Prompt\tVotes\nx\tgen\n", "Text\tDecision\nx\tgen\n", "Prompt\tDecision\nx\tsame\n"})
  void aTableWithoutColumnsOrDecisionsIsRefused(String table) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.tsv"), table);
    assertThatThrownBy(() -> DecisionData.read(file)).isInstanceOf(GillException.class).hasMessageContaining("bad.tsv");
  }

  @Test
  void whatCanBeSeparatedIsLearnedAndWrittenAsPublished() {
    Random random = new Random(3);
    List<Prompt> prompts = new ArrayList<>();
    float[][] hidden = new float[60][16];
    for (int i = 0; i < hidden.length; i++) {
      boolean retrieve = i % 3 == 0;
      prompts.add(new Prompt("prompt " + i, retrieve));
      for (int k = 0; k < 16; k++) {
        hidden[i][k] = (float) (random.nextGaussian() + (k < 4 ? (retrieve ? 2 : -2) : 0));
      }
    }
    long before = Tensor.live();
    Path file = folder.resolve("decision_model.pth.tar");
    List<DecisionMetrics> heard = new ArrayList<>();
    DecisionReport report = DecisionTrainer.train(hidden, prompts, SHORT, file, new DecisionListener() {
      @Override
      public void onEvaluation(DecisionMetrics metrics) {
        heard.add(metrics);
      }
    });
    assertThat(Tensor.live()).isEqualTo(before);
    assertThat(report.evaluations()).isEqualTo(heard);
    assertThat(heard).extracting(DecisionMetrics::step).containsExactly(1L, 101L, 201L, 300L);
    DecisionMetrics end = heard.get(3);
    assertThat(end.loss()).isLessThan(0.5 * heard.get(0).loss());
    assertThat(end.trainingF1()).isGreaterThan(0.95);
    assertThat(end.validationF1()).isGreaterThan(0.9);

    try (PyTorchFile written = PyTorchFile.open(file)) {
      assertThat(written.hasStateDict()).isTrue();
      assertThat(written.names()).containsExactly("1.weight", "1.bias");
    }
    try (DecisionClassifier classifier = DecisionClassifier.load(file, 16, Device.CPU, Precision.FLOAT32)) {
      int right = 0;
      for (int i = 40; i < 60; i++) {
        right += classifier.decide(hidden[i]).retrieve() > 0.5 == prompts.get(i).retrieve() ? 1 : 0;
      }
      assertThat(right).isGreaterThanOrEqualTo(18);
    }
  }

  @Test
  void theSameSeedGivesTheSameModel() throws IOException {
    float[][] hidden = {{1, 2, 3}, {3, 2, 1}, {0, 1, 0}};
    List<Prompt> prompts = List.of(new Prompt("a", true), new Prompt("b", false), new Prompt("c", true));
    Path one = folder.resolve("one");
    Path other = folder.resolve("other");
    DecisionTrainer.train(hidden, prompts, SHORT, one, new DecisionListener() {});
    DecisionReport report = DecisionTrainer.train(hidden, prompts, SHORT, other, new DecisionListener() {});
    assertThat(Files.mismatch(one, other)).isEqualTo(-1);
    assertThat(report.evaluations().get(0).validationF1()).isNaN(); // all prompts are for training
  }

  @Test
  void aModelReadsThePromptsUpToTheFirstImageToken() {
    DecisionData data = new DecisionData(
        List.of(new Prompt("a red cube", false), new Prompt("the Eiffel Tower", true)), List.of(), 0);
    Path file = folder.resolve("decision_model.pth.tar");
    List<Integer> read = new ArrayList<>();
    DecisionOptions options = SHORT.toBuilder().steps(400).build();
    DecisionReport report = DecisionTrainer.train(Reference.path("model-a"), data, options, file,
        new DecisionListener() {
          @Override
          public void onPrompt(int done, int all) {
            read.add(done);
          }
        });
    assertThat(read).containsExactly(1, 2);
    assertThat(report.evaluations().get(report.evaluations().size() - 1).trainingF1()).isEqualTo(1);
    DecisionClassifier.load(file, 24, Device.CPU, Precision.FLOAT32).close();
  }

  @ParameterizedTest
  @CsvSource({"NaN, 1e-3, step 1: the loss is NaN", "50, 3e37, step 2: the loss is"})
  void aLossThatIsNoNumberEndsTrainingAndLeavesTheFile(float value, double rate, String message) throws IOException {
    Path file = folder.resolve("decision_model.pth.tar");
    Files.writeString(file, "before");
    DecisionOptions options =
        DecisionOptions.builder().steps(3).learningRate(rate).dropout(0).trainingPrompts(2).seed(1).build();
    List<Prompt> prompts = List.of(new Prompt("a", true), new Prompt("b", false));
    assertThatThrownBy(() -> DecisionTrainer.train(
        new float[][] {{1, value}, {2, 1}}, prompts, options, file, new DecisionListener() {}))
        .isInstanceOf(GillException.class).hasMessageContaining(message);
    assertThat(file).hasContent("before");
  }

  @Test
  void anInfiniteLearningRateIsRefused() {
    DecisionOptions.Builder options = DecisionOptions.builder().learningRate(Double.POSITIVE_INFINITY);
    assertThatThrownBy(options::build)
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("learningRate Infinity");
  }

  /** Class 0: 3 right, 1 wrong; class 1: 1 right, 2 wrong. F1 is 6/9 and 2/5. */
  @Test
  void macroF1IsTheMeanOfBothClasses() {
    long[] decided = {0, 0, 0, 1, 1, 0, 0};
    long[] labels = {0, 0, 0, 0, 1, 1, 1};
    assertThat(DecisionTrainer.macroF1(decided, labels)).isCloseTo((2.0 / 3 + 0.4) / 2, within(1e-12));
    assertThat(DecisionTrainer.macroF1(new long[] {1, 1}, new long[] {1, 1})).isEqualTo(1);
  }
}
