package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** VQAv2: reads the official questions and annotations, writes and scores the official result file. */
public final class VqaV2 {
  private VqaV2() {}

  /**
   * A question about a picture of COCO.
   *
   * @param id id of the question
   * @param imageId id of the picture
   * @param question the question
   */
  public record Question(long id, long imageId, String question) {
    /**
     * Returns the text after the picture.
     *
     * @return the prompt
     */
    public String prompt() {
      return "Q: " + question + " A:";
    }

    /**
     * Returns the picture's file name in COCO's folder.
     *
     * @param split the split, such as {@code "val2014"}
     * @return the name
     */
    public String fileName(String split) {
      return CocoCaptions.fileName(split, imageId);
    }
  }

  /**
   * The answers of people.
   *
   * @param questionId id of the question
   * @param questionType its first words, such as {@code "is the"}
   * @param answerType {@code "yes/no"}, {@code "number"} or {@code "other"}
   * @param answers the answers
   */
  public record Annotation(long questionId, String questionType, String answerType, List<String> answers) {
    /**
     * Copies the list.
     *
     * @param questionId id of the question
     * @param questionType its first words, such as {@code "is the"}
     * @param answerType {@code "yes/no"}, {@code "number"} or {@code "other"}
     * @param answers the answers
     */
    public Annotation {
      answers = List.copyOf(answers);
    }
  }

  /**
   * Accuracy by question type and by answer type.
   *
   * @param byQuestionType accuracy of all questions and of each question type
   * @param byAnswerType accuracy of all questions and of each answer type
   */
  public record Scores(Accuracy byQuestionType, Accuracy byAnswerType) {}

  /**
   * Reads questions.
   *
   * @param file such as {@code v2_OpenEnded_mscoco_val2014_questions.json}
   * @return the questions, in the order of the file
   * @throws GillException if the file is damaged, or two questions have the same id
   */
  public static List<Question> questions(Path file) {
    Map<Long, Question> questions = new LinkedHashMap<>();
    JsonRecords.list(file, "questions", item -> {
      long id = item.integer("question_id");
      item.addTo(questions, id, new Question(id, item.integer("image_id"), item.text("question")));
    });
    return List.copyOf(questions.values());
  }

  /**
   * Reads annotations.
   *
   * @param file such as {@code v2_mscoco_val2014_annotations.json}
   * @return the annotations, in the order of the file
   * @throws GillException if the file is damaged, or two annotations belong to the same question
   */
  public static List<Annotation> annotations(Path file) {
    Map<Long, Annotation> annotations = new LinkedHashMap<>();
    JsonRecords.list(file, "annotations", item -> {
      List<String> answers = item.records("answers").stream().map(answer -> answer.text("answer")).toList();
      if (answers.isEmpty()) {
        throw item.invalid("'answers' is empty");
      }
      long id = item.integer("question_id");
      item.addTo(annotations, id,
          new Annotation(id, item.text("question_type"), item.text("answer_type"), answers));
    });
    return List.copyOf(annotations.values());
  }

  /**
   * Writes the official result file.
   *
   * @param file path of the file
   * @param answers answer by id of the question
   */
  public static void writeResults(Path file, Map<Long, String> answers) {
    ResultFile.writeList(file, ResultFile.entries("question_id", "answer", answers));
  }

  /**
   * Reads a result file.
   *
   * @param file the official result file
   * @return answer by id of the question, in the order of the file
   * @throws GillException if the file is damaged, or answers a question twice
   */
  public static Map<Long, String> results(Path file) {
    Map<Long, String> answers = new LinkedHashMap<>();
    JsonRecords.list(file, "", item -> item.addTo(answers, item.integer("question_id"), item.text("answer")));
    return answers;
  }

  /**
   * Scores a result file, which must answer exactly the annotated questions.
   *
   * @param results the official result file
   * @param annotations the official annotations
   * @return the scores
   * @throws GillException if a file is damaged, or an answer or a question is missing
   */
  public static Scores score(Path results, Path annotations) {
    Map<Long, String> answers = results(results);
    List<GradedAnswer> byQuestion = new ArrayList<>();
    List<GradedAnswer> byAnswer = new ArrayList<>();
    for (Annotation annotation : annotations(annotations)) {
      String answer = answers.remove(annotation.questionId());
      if (answer == null) {
        throw new GillException(results + " has no answer to question " + annotation.questionId()
            + " of " + annotations + ": check that both are of the same split");
      }
      double score = VqaAccuracy.score(answer, annotation.answers());
      String id = Long.toString(annotation.questionId());
      byQuestion.add(new GradedAnswer(id, annotation.questionType(), score));
      byAnswer.add(new GradedAnswer(id, annotation.answerType(), score));
    }
    if (!answers.isEmpty()) {
      throw new GillException(results + " answers question " + answers.keySet().iterator().next()
          + ", which is not in " + annotations + ": check that both are of the same split");
    }
    if (byQuestion.isEmpty()) {
      throw new GillException(annotations + " has no annotations");
    }
    return new Scores(Accuracy.of(byQuestion), Accuracy.of(byAnswer));
  }
}
