package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final double LIMIT = 1e-6;

  @Test
  void accuracyOfVqaEqualsTheOfficialScript() throws Exception {
    JsonNode golden = Golden.read("metrics.json").get("vqa");
    List<GradedAnswer> byQuestion = new ArrayList<>();
    List<GradedAnswer> byAnswer = new ArrayList<>();
    for (JsonNode question : golden.get("questions")) {
      List<String> references = new ArrayList<>();
      question.get("answers").forEach(answer -> references.add(answer.get("answer").asText()));
      double score = VqaAccuracy.score(question.get("candidate").asText(), references);
      String id = question.get("question_id").asText();
      byQuestion.add(new GradedAnswer(id, question.get("question_type").asText(), score));
      byAnswer.add(new GradedAnswer(id, question.get("answer_type").asText(), score));
    }
    assertThat(byQuestion.stream().mapToDouble(answer -> 100 * answer.score()).toArray())
        .containsExactly(Golden.numbers(golden.get("per_question")), within(LIMIT));
    JsonNode expected = golden.get("accuracy");
    check(Accuracy.of(byQuestion), expected.get("overall"), expected.get("perQuestionType"));
    check(Accuracy.of(byAnswer), expected.get("overall"), expected.get("perAnswerType"));
  }

  @Test
  void answersOfVqaAreNormalisedAsByTheOfficialScript() throws Exception {
    for (JsonNode answer : Golden.read("metrics.json").get("vqa").get("processed")) {
      String text = answer.get("text").asText();
      assertThat(VqaAccuracy.normalize(text)).as(text).isEqualTo(answer.get("out").asText());
    }
  }

  @Test
  void contractionsGetTheirApostrophes() {
    assertThat(VqaAccuracy.normalize("couldnt've yall'd've theyre 'ow'sat somebody'd Im"))
        .isEqualTo("couldn't've y'all'd've they're 'ow's'at somebodyd im");
  }

  @Test
  void choicesOfMmmuEqualTheOfficialScript() throws Exception {
    JsonNode golden = Golden.read("mmmu.json");
    MmmuAnswers answers = new MmmuAnswers(); // one generator for all, as in the script
    for (String set : new String[] {"", "_3"}) {
      List<String> options = new ArrayList<>();
      golden.get("choices" + set).forEach(option -> options.add(option.asText()));
      for (JsonNode item : golden.get("multiple_choice" + set)) {
        String response = item.get("response").asText();
        assertThat(answers.choice(response, options)).as(response).isEqualTo(item.get("prediction").asText());
      }
    }
  }

  @Test
  void openAnswersOfMmmuAreGradedAsByTheOfficialScript() throws Exception {
    for (JsonNode item : Golden.read("mmmu.json").get("open")) {
      JsonNode answer = item.get("answer");
      List<String> accepted = answer.isArray() ? Golden.strings(answer) : List.of(answer.asText());
      assertThat(MmmuAnswers.isCorrect(item.get("response").asText(), accepted)).as("%s", item)
          .isEqualTo(item.get("correct").asBoolean());
    }
  }

  /** Expected values are those of the official functions in Python 3.11. */
  @Test
  void whiteSpaceIsThatOfPython() {
    assertThat(VqaAccuracy.normalize("a\u00a0red\u2003cat\u001fthe\u0085tree")).isEqualTo("red cat tree");
    assertThat(VqaAccuracy.score("\u00a0red\u0085\u202f", List.of("red", "red", "\u3000red", "red\u2007")))
        .isEqualTo(1);
    assertThat(VqaAccuracy.normalize("red\u200bcat\ufeff")).as("these are none").isEqualTo("red\u200bcat\ufeff");
    assertThat(new MmmuAnswers().choice("I\u00a0see\u00a0a\u2003red\u00a0circle\u00a0there", List.of("star", "circle")))
        .as("six words").isEqualTo("B");
    assertThat(MmmuAnswers.isCorrect("it is b\u00a0", List.of("b"))).isTrue();
    assertThat(MmmuAnswers.parsed("\u2003\ud83d\ude00\u2003")).as("one character")
        .containsExactlyInAnyOrder(" \ud83d\ude00", "\ud83d\ude00 ");
  }

  /** Expected values are those of the official functions in Python 3.11. */
  @Test
  void digitsAreThoseOfPython() {
    assertThat(VqaAccuracy.normalize("\u0663,\u0664 .\u0665")).isEqualTo("\u0663\u0664 .\u0665");
    assertThat(MmmuAnswers.isCorrect("\u0663.\u0665", List.of("3.5"))).isTrue();
    assertThat(MmmuAnswers.isCorrect("1000", List.of("1_000"))).isTrue();
    assertThat(MmmuAnswers.isCorrect("5\u00b2", List.of("5"))).as("no number ends before a letter or digit").isFalse();
    assertThat(MmmuAnswers.parsed("it is 1,234,567\u00e9")).containsExactlyInAnyOrder("1,234,567\u00e9", 1234.0);
    assertThat(MmmuAnswers.parsed("it is 1__0")).containsExactlyInAnyOrder("1__0", 0.0);
  }

  @Test
  void randomNumbersEqualPythons() throws Exception {
    JsonNode golden = Golden.read("mmmu.json").get("random");
    PythonRandom random = new PythonRandom(42);
    for (JsonNode choice : golden.get("choice_of_4_seed_42")) {
      assertThat(random.choice(List.of("A", "B", "C", "D"))).isEqualTo(choice.asText());
    }
    PythonRandom large = new PythonRandom((1L << 40) + 5);
    for (JsonNode bits : golden.get("bits_seed_2_40_5")) {
      assertThat(large.bits(32)).isEqualTo(bits.asLong());
    }
  }

  @Test
  void circularAccuracyNeedsEveryRotation() {
    List<GradedAnswer> rows = List.of(
        GradedAnswer.choice("241", "logic", "A", "A"), GradedAnswer.choice("1000241", "logic", "B", "B"),
        GradedAnswer.choice("252", "ocr", "C", "C"), GradedAnswer.choice("1000252", "ocr", "C", "D"),
        GradedAnswer.choice("3000252", "ocr", "A", "A"));
    assertThat(Accuracy.circular(rows)).isEqualTo(new Accuracy(0.5, Map.of("logic", 1.0, "ocr", 0.0)));
    assertThat(Accuracy.of(rows).overall()).isCloseTo(0.8, within(LIMIT));
    assertThatThrownBy(() -> Accuracy.circular(List.of(GradedAnswer.choice("x", "ocr", "C", "C"))))
        .hasMessage("an index of MMBench is a number, not x");
  }

  @Test
  void recallCountsCorrectPicturesAmongTheFirst() {
    assertThat(Recall.rank(new float[] {0.1f, 0.9f, 0.5f}, 2)).isEqualTo(2);
    assertThat(Recall.rank(new float[] {0.5f, 0.5f}, 0)).as("a tie").isEqualTo(2);
    assertThat(Recall.at(List.of(1, 3, 11, 6), 5)).isEqualTo(0.5);
    assertThatThrownBy(() -> Recall.rank(new float[] {0, Float.NaN}, 0)).hasMessage("the score of picture 1 is NaN");
    assertThatThrownBy(() -> Recall.at(List.of(), 5)).hasMessage("there are no items to score");
  }

  @Test
  void invalidGradesAreRejected() {
    GradedAnswer answer = new GradedAnswer("q1", "ocr", 1);
    assertThatThrownBy(() -> Accuracy.of(List.of(answer, answer))).hasMessage("two items have the id q1");
    assertThatThrownBy(() -> new GradedAnswer("q1", "ocr", Double.NaN))
        .hasMessage("question q1 has the score NaN, which is not from 0 to 1");
    assertThatThrownBy(() -> VqaAccuracy.score("yes", List.of())).hasMessage("there are no items to score");
    assertThatThrownBy(() -> new MmmuAnswers().choice("A", List.of()))
        .hasMessage("a question has 1 to 26 options, not 0");
  }

  private static void check(Accuracy actual, JsonNode overall, JsonNode byCategory) {
    assertThat(100 * actual.overall()).isCloseTo(overall.asDouble(), within(LIMIT));
    Map<String, Double> expected = new LinkedHashMap<>();
    byCategory.fields().forEachRemaining(entry -> expected.put(entry.getKey(), entry.getValue().asDouble()));
    assertThat(actual.byCategory().keySet()).isEqualTo(expected.keySet());
    expected.forEach((category, value) ->
        assertThat(100 * actual.byCategory().get(category)).as(category).isCloseTo(value, within(LIMIT)));
  }
}
