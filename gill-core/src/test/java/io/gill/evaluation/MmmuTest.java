package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.evaluation.Mmmu.Question;
import io.gill.evaluation.PromptPart.Picture;
import io.gill.evaluation.PromptPart.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MmmuTest {
  private static final String ROWS = "SELECT * FROM (VALUES "
      + "('validation_Art_1', 'Who made <image 1>, not <image 2>?', "
      + "$$['Bosch', \"D'Ü\\xe9\", 'a\\\\x41b', '<image 3>']$$, "
      + "'B', 'multiple-choice', {'bytes': 'one'::BLOB, 'path': 'a.png'}, {'bytes': NULL::BLOB, 'path': NULL}), "
      + "('validation_Public_Health_2', 'How many?', '[]', $$['1,200', 'twelve hundred']$$, 'open', "
      + "{'bytes': 'two'::BLOB, 'path': 'b.png'}, NULL), "
      + "('validation_Art_3', 'Which?', $$['x', 'y']$$, '?', 'multiple-choice', NULL, NULL)) "
      + "t(id, question, options, answer, question_type, image_1, image_2)";

  @TempDir Path folder;

  @Test
  void questionsAndTheirPicturesAreReadFromParquet() throws Exception {
    Path file = parquet(ROWS);
    List<Question> questions = Mmmu.questions(file);
    assertThat(questions).containsExactly(
        new Question("validation_Art_1", "Who made <image 1>, not <image 2>?",
            List.of("Bosch", "D'Ü\u00e9", "a\\x41b", "<image 3>"), List.of("B")),
        new Question("validation_Public_Health_2", "How many?", List.of(), List.of("1,200", "twelve hundred")),
        new Question("validation_Art_3", "Which?", List.of("x", "y"), List.of()));
    assertThat(questions.get(1).subject()).isEqualTo("Public_Health");
    assertThat(Mmmu.picture(file, "validation_Art_1", "image_1")).asString().isEqualTo("one");
    assertThat(Mmmu.picture(file, "validation_Public_Health_2", "image_1")).asString().isEqualTo("two");
    for (String name : List.of("image_2", "image_9", "question", "image_1 FROM x")) {
      assertThatThrownBy(() -> Mmmu.picture(file, "validation_Art_1", name)).isInstanceOf(GillException.class)
          .hasMessageStartingWith(file + ", question validation_Art_1: the picture '" + name + "' is ");
    }
  }

  @Test
  void picturesStandWhereTheyAreMentionedFirst() {
    Question question = new Question("validation_Art_1", "Who made <image 1>, not <image 2>?",
        List.of("<image 3>", "that of <image 1>"), List.of("B"));
    assertThat(question.prompt()).containsExactly(new Text("Who made "), new Picture("image_1"), new Text(", not "),
        new Picture("image_2"), new Text("?\n(A) "), new Picture("image_3"), new Text("\n(B) that of <image 1>\n\n"
            + "Answer with the option's letter from the given choices directly."));
    assertThat(new Question("validation_Art_2", "How many?", List.of(), List.of("2")).prompt()).containsExactly(
        new Picture("image_1"),
        new Text("How many?\nAnswer the question using a single word or phrase."));
  }

  @Test
  void resultsAreWrittenAndScoredAsByTheOfficialScript() throws Exception {
    List<Question> questions = List.of(
        new Question("validation_Art_1", "?", List.of("red", "blue"), List.of("B")),
        new Question("validation_Art_Theory_1", "?", List.of("red", "blue"), List.of("B")),
        new Question("validation_Art_Theory_2", "?", List.of(), List.of("1,200")));
    Map<String, String> responses = new LinkedHashMap<>();
    responses.put("validation_Art_Theory_2", "So it is 1200.");
    responses.put("validation_Art_1", "The answer is (B).");
    responses.put("validation_Art_Theory_1", "A");
    Path file = folder.resolve("total_val_output.json");
    Mmmu.writeResults(file, Mmmu.predictions(questions, responses));
    assertThat(file).content().isEqualTo("{\n    \"validation_Art_1\": \"B\",\n"
        + "    \"validation_Art_Theory_1\": \"A\",\n"
        + "    \"validation_Art_Theory_2\": \"So it is 1200.\"\n}");
    assertThat(Mmmu.score(file, questions))
        .isEqualTo(new Accuracy(2 / 3.0, Map.of("Art", 1.0, "Art_Theory", 0.5)));
    assertThatThrownBy(() -> Mmmu.score(file, questions.subList(0, 2))).isInstanceOf(GillException.class)
        .hasMessageContaining("answers the question validation_Art_Theory_2, which is not there");
    Mmmu.writeResults(file, Map.of("validation_Art_1", "B"));
    assertThatThrownBy(() -> Mmmu.score(file, questions)).isInstanceOf(GillException.class)
        .hasMessageContaining("has no prediction for the question validation_Art_Theory_1");
    assertThat(Mmmu.subjectsByDomain().values().stream().flatMap(List::stream)).hasSize(30).doesNotHaveDuplicates();
  }

  @Test
  void responsesAreWrittenBySubject() {
    List<Question> questions = List.of(
        new Question("validation_Art_1", "?", List.of("30°", "blue"), List.of("B")),
        new Question("validation_Art_2", "?", List.of("red"), List.of()),
        new Question("validation_Music_1", "?", List.of(), List.of("2.83")),
        new Question("validation_Art_3", "?", List.of(), List.of("1,200", "twelve hundred")));
    Mmmu.writeResponses(folder, questions,
        Map.of("validation_Art_1", "It is \"B\".", "validation_Art_3", "1", "validation_Music_1", "0.5"));
    assertThat(folder.resolve("Art/output.json")).content().isEqualTo("""
        [
            {
                "id": "validation_Art_1",
                "question_type": "multiple-choice",
                "answer": "B",
                "all_choices": [
                    "A",
                    "B"
                ],
                "index2ans": {
                    "A": "30\\u00b0",
                    "B": "blue"
                },
                "response": "It is \\"B\\"."
            },
            {
                "id": "validation_Art_3",
                "question_type": "short-answer",
                "answer": [
                    "1,200",
                    "twelve hundred"
                ],
                "response": "1"
            }
        ]""");
    assertThat(folder.resolve("Music/output.json")).content().contains("\"answer\": \"2.83\"");
  }

  @Test
  void noSubjectLeavesTheFolder() {
    Path inner = folder.resolve("inner");
    List<Question> questions = List.of(new Question("validation_Art_1", "?", List.of(), List.of("1")),
        new Question("validation_../Art_2", "?", List.of(), List.of("1")));
    Map<String, String> responses = Map.of("validation_Art_1", "1", "validation_../Art_2", "1");
    assertThatThrownBy(() -> Mmmu.writeResponses(inner, questions, responses)).isInstanceOf(GillException.class)
        .hasMessageContaining("the subject '../Art' cannot be a folder");
    assertThat(inner).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "SELECT 'a_B_1' AS id, 'x' AS question | has no column 'options': check that this is a file of MMMU",
      "'a_B_1', 'x', 'x', 'A', 'multiple-choice' | row 0: 'options' is not a list of 1 to 26 texts",
      "'a_B_1', 'x', '[]', 'A', 'multiple-choice' | row 0: 'options' is not a list of 1 to 26 texts",
      "'a_B_1', 'x', '[1, 2]', 'C', 'multiple-choice' | row 0: 'answer' is no letter of the 2 options",
      "'a_B_1', NULL, '[1, 2]', 'B', 'multiple-choice' | row 0: 'question' is missing",
      "'a_B_1', repeat('x', 200000), '[1, 2]', 'B', 'multiple-choice' | row 0: 'question' is too long",
      "'a_1', 'x', '[1, 2]', 'B', 'multiple-choice' | row 0: the id a_1 has not the form split_Subject_number",
      "'a_B_1', 'x', '[1]', 'A', 'multiple-choice' FROM range(2) | row 1: a second question with the id a_B_1"})
  void anInvalidFileIsReportedByRow(String row, String message) throws Exception {
    Path file = parquet(row.startsWith("SELECT") ? row : "SELECT * FROM (SELECT " + row
        + ") t(id, question, options, answer, question_type)");
    assertThatThrownBy(() -> Mmmu.questions(file)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(file + "").hasMessageContaining(message).hasMessageNotContaining("\n");
  }

  @Test
  void aDamagedFileIsRejected() throws Exception {
    Path file = parquet(ROWS);
    byte[] whole = Files.readAllBytes(file);
    for (byte[] bytes : List.of(Arrays.copyOf(whole, whole.length - 9), new byte[0])) {
      Files.write(file, bytes);
      assertThatThrownBy(() -> Mmmu.questions(file)).isInstanceOf(GillException.class)
          .hasMessageStartingWith(file + " cannot be read: ").hasMessageNotContaining("\n");
    }
    Path absent = folder.resolve("absent.parquet");
    assertThatThrownBy(() -> Mmmu.questions(absent)).hasMessage(absent + " does not exist");
  }

  private Path parquet(String query) throws IOException, SQLException {
    Path file = folder.resolve("validation-00000-of-00001.parquet");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
    }
    return file;
  }
}
