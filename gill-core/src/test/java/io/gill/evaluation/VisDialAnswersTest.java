package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gill.GillException;
import io.gill.evaluation.VisDialAnswers.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisDialAnswersTest {
  private static final String TEXTS =
      "],\"questions\":[\"is it big\",\"what is it\"],\"answers\":[\"a dog\",\"yes\",\"no\"]}}";

  @TempDir Path folder;

  @Test
  void questionsEndBeforeTheirAnswer() throws Exception {
    Path file = write("{\"split\":\"val\",\"data\":{\"dialogs\":[{\"image_id\":9,\"caption\":\"c\",\"dialog\":["
        + "{\"question\":1,\"answer\":0,\"answer_options\":[2,0],\"gt_index\":1},"
        + "{\"question\":0,\"answer\":1,\"answer_options\":[1,2],\"gt_index\":0}]}" + TEXTS);
    assertThat(VisDialAnswers.questions(file)).containsExactly(
        new Question(9, 1, "Q: what is it?\nA:", List.of("no", "a dog"), OptionalInt.of(1)),
        new Question(9, 2, "Q: what is it?\nA: a dog\nQ: is it big?\nA:", List.of("yes", "no"), OptionalInt.of(0)));
  }

  @Test
  void theTestSplitAsksTheLastQuestionOfADialogue() throws Exception {
    Path file = write("{\"split\":\"test\",\"data\":{\"dialogs\":[{\"image_id\":9,\"dialog\":["
        + "{\"question\":1,\"answer\":0},{\"question\":0,\"answer_options\":[1,2]}]}" + TEXTS);
    assertThat(VisDialAnswers.questions(file)).containsExactly(new Question(
        9, 2, "Q: what is it?\nA: a dog\nQ: is it big?\nA:", List.of("yes", "no"), OptionalInt.empty()));
  }

  @Test
  void damagedDialoguesAreRejected() throws Exception {
    assertInvalid("{\"question\":0,\"answer\":0,\"answer_options\":[3]}",
        "'answer_options' is 3, but the file has 3 such texts");
    assertInvalid("{\"question\":0,\"answer\":0,\"answer_options\":[\"x\"]}", "'answer_options' is not an integer");
    assertInvalid("{\"question\":0,\"answer\":0,\"answer_options\":[1],\"gt_index\":1}",
        "'gt_index' is 1 of 1 candidate answers");
    assertInvalid("{\"question\":0},{\"question\":0,\"answer_options\":[1]}", "'answer' is missing");
  }

  private void assertInvalid(String rounds, String message) throws IOException {
    Path file = write("{\"data\":{\"dialogs\":[{\"image_id\":9,\"dialog\":[" + rounds + "]}" + TEXTS);
    assertThatThrownBy(() -> VisDialAnswers.questions(file)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(file + ", record 0, entry 0 of 'dialog': ").hasMessageEndingWith(message);
  }

  @Test
  void denseAnnotationsAreReadByRound() throws Exception {
    Path file = write("[{\"image_id\":9,\"round_id\":2,\"gt_relevance\":[0,0.4]}]");
    assertThat(VisDialAnswers.relevance(file)).isEqualTo(Map.of("9/2", List.of(0.0, 0.4)));
    Path wrong = write("[{\"image_id\":9,\"round_id\":2,\"gt_relevance\":[1.5]}]");
    assertThatThrownBy(() -> VisDialAnswers.relevance(wrong))
        .hasMessage(wrong + ", record 0: a relevance is not from 0 to 1");
    Path text = write("[{\"image_id\":9,\"round_id\":2,\"gt_relevance\":[\"x\"]}]");
    assertThatThrownBy(() -> VisDialAnswers.relevance(text)).hasMessageContaining("'gt_relevance' is not a list of");
  }

  @Test
  void theGainOfTheFirstRelevantCandidatesIsNormalised() {
    List<Integer> ranks = VisDialAnswers.ranks(List.of(-1.0, -2.0, -5.0, -2.0));
    assertThat(ranks).containsExactly(1, 2, 4, 3);
    // Two are relevant. The first two have 0 / log2(2) + 0.5 / log2(3); the best two, 1 / log2(2) + 0.5 / log2(3).
    assertThat(VisDialAnswers.ndcg(ranks, List.of(0.0, 0.5, 1.0, 0.0))).isCloseTo(0.3154649 / 1.3154649, within(1e-6));
    assertThat(VisDialAnswers.ndcg(List.of(2, 1), List.of(0.5, 1.0))).isEqualTo(1);
    assertThatThrownBy(() -> VisDialAnswers.ndcg(List.of(1, 2), List.of(0.0, 0.0)))
        .hasMessage("no candidate is relevant");
    assertThatThrownBy(() -> VisDialAnswers.ndcg(List.of(1, 1), List.of(0.0, 1.0)))
        .hasMessage("the ranks are not the numbers from 1 to 2");
    assertThatThrownBy(() -> VisDialAnswers.ranks(List.of(Double.NaN))).hasMessage("a candidate's score is NaN");
  }

  @Test
  void theSubmissionHasTheRanksOfEachRound() throws IOException {
    Question question = new Question(185565, 3, "Q: x?\nA:", List.of("a", "b", "c"), OptionalInt.of(0));
    Question other = new Question(7, 1, "Q: x?\nA:", List.of("a"), OptionalInt.of(0));
    Path file = folder.resolve("ranks.json");
    VisDialAnswers.writeResults(file, List.of(other, question), Map.of("185565/3", List.of(3, 1, 2)));
    assertThat(file).hasContent("[{\"image_id\": 185565, \"round_id\": 3, \"ranks\": [3, 1, 2]}]");
    assertThat(VisDialAnswers.results(file)).isEqualTo(Map.of("185565/3", List.of(3, 1, 2)));
    Path half = write("[{\"image_id\":9,\"round_id\":2,\"ranks\":[1,1.5]}]");
    assertThatThrownBy(() -> VisDialAnswers.results(half)).hasMessage(half + ", record 0: a rank is not an integer");
    Path tied = write("[{\"image_id\":9,\"round_id\":2,\"ranks\":[1,1]}]");
    assertThatThrownBy(() -> VisDialAnswers.results(tied))
        .hasMessage(tied + ", record 0: the ranks are not the numbers from 1 to 2");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("visdial.json"), text);
  }
}
