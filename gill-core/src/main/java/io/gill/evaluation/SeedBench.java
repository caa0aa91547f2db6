package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * SEED-Bench, versions 1 and 2: reads the official questions, writes and scores the official result file. A model
 * predicts the choice whose text has the lowest loss.
 */
public final class SeedBench {
  private static final List<String> LETTERS = List.of("A", "B", "C", "D");

  /** Versions 1 and 2 name the types of questions about pictures differently. */
  private static final Set<String> ABOUT_PICTURES = Set.of("image", "Single Image", "Multiple Images");

  private SeedBench() {}

  /**
   * A multiple-choice question.
   *
   * @param id id of the question
   * @param type id of the question type; types 1 to 9 of version 1 are about single pictures
   * @param question the question
   * @param choices the texts of choices A to D
   * @param answer the correct letter
   * @param dataType such as {@code "image"} in version 1, {@code "Single Image"} in version 2
   * @param dataIds names of the pictures
   */
  public record Question(
      String id, long type, String question, List<String> choices, String answer, String dataType,
      List<String> dataIds) {
    /**
     * Copies the lists.
     *
     * @param id id of the question
     * @param type id of the question type; types 1 to 9 of version 1 are about single pictures
     * @param question the question
     * @param choices the texts of choices A to D
     * @param answer the correct letter
     * @param dataType such as {@code "image"} in version 1, {@code "Single Image"} in version 2
     * @param dataIds names of the pictures
     */
    public Question {
      choices = List.copyOf(choices);
      dataIds = List.copyOf(dataIds);
    }

    /**
     * Returns whether the question is about pictures, and about neither a video nor texts with pictures between.
     *
     * @return whether {@link #dataIds} names one or more pictures
     */
    public boolean isAboutPictures() {
      return ABOUT_PICTURES.contains(dataType);
    }
  }

  /**
   * Reads questions.
   *
   * @param file {@code SEED-Bench.json} or {@code SEED-Bench_v2_level1_2_3.json}
   * @return the questions, in the order of the file
   * @throws GillException if the file is damaged, two questions have the same id, or one about pictures names none
   */
  public static List<Question> questions(Path file) {
    Map<String, Question> questions = new LinkedHashMap<>();
    JsonRecords.list(file, "questions", item -> {
      String answer = item.text("answer");
      if (!LETTERS.contains(answer)) {
        throw item.invalid("'answer' is " + answer + ", not one of A to D");
      }
      Question question = new Question(item.id("question_id"), item.integer("question_type_id"),
          item.text("question"),
          List.of(item.id("choice_a"), item.id("choice_b"), item.id("choice_c"), item.id("choice_d")), answer,
          item.text("data_type"), item.texts("data_id"));
      if (question.isAboutPictures() && (question.dataIds().isEmpty() || question.dataIds().contains(""))) {
        throw item.invalid("'data_id' is empty");
      }
      item.addTo(questions, question.id(), question);
    });
    return List.copyOf(questions.values());
  }

  /**
   * Writes the official result file, one line per question.
   *
   * @param file path of the file
   * @param predictions letter by id of the question
   */
  public static void writeResults(Path file, Map<String, String> predictions) {
    ResultFile.writeLines(file, ResultFile.entries("question_id", "prediction", predictions));
  }

  /**
   * Reads a result file.
   *
   * @param file the official result file, with one line per question
   * @return letter by id of the question, in the order of the file
   * @throws GillException if the file is damaged, or answers a question twice
   */
  public static Map<String, String> results(Path file) {
    Map<String, String> predictions = new LinkedHashMap<>();
    JsonRecords.lines(file, item -> item.addTo(predictions, item.id("question_id"), item.text("prediction")));
    return predictions;
  }

  /**
   * Scores a result file, which must answer exactly the questions.
   *
   * @param results the official result file, with one line per question
   * @param questions the questions
   * @return accuracy of all questions and of each question type
   * @throws GillException if the file is damaged, or a prediction or a question is missing
   */
  public static Accuracy score(Path results, List<Question> questions) {
    return score(results(results), questions);
  }

  /**
   * Scores predictions, which must answer exactly the questions.
   *
   * @param predictions letter by id of the question
   * @param questions the questions
   * @return accuracy of all questions and of each question type
   * @throws GillException if a prediction or a question is missing
   */
  public static Accuracy score(Map<String, String> predictions, List<Question> questions) {
    Map<String, String> left = new LinkedHashMap<>(predictions);
    List<GradedAnswer> answers = new ArrayList<>();
    for (Question question : questions) {
      String prediction = left.remove(question.id());
      if (prediction == null) {
        throw new GillException("question " + question.id() + " of SEED-Bench has no prediction");
      }
      answers.add(GradedAnswer.choice(
          question.id(), Long.toString(question.type()), prediction, question.answer()));
    }
    if (!left.isEmpty()) {
      throw new GillException("the prediction of question " + left.keySet().iterator().next()
          + " has no question: check that both are of the same split");
    }
    return Accuracy.of(answers);
  }
}
