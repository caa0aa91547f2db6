package io.gill.evaluation;

/**
 * How correct an answer is.
 *
 * @param id identifies the question
 * @param category what the benchmark groups its questions by, such as a question type
 * @param score from 0, wrong, to 1, correct
 */
public record GradedAnswer(String id, String category, double score) {
  /**
   * Checks the score.
   *
   * @param id identifies the question
   * @param category what the benchmark groups its questions by, such as a question type
   * @param score from 0, wrong, to 1, correct
   * @throws IllegalArgumentException if the score is not a number from 0 to 1
   */
  public GradedAnswer {
    if (!(score >= 0 && score <= 1)) {
      throw new IllegalArgumentException("question " + id + " has the score " + score + ", which is not from 0 to 1");
    }
  }

  /**
   * Grades a choice.
   *
   * @param id identifies the question
   * @param category what the benchmark groups its questions by
   * @param predicted the model's choice, such as {@code "A"}
   * @param correct the correct choice
   * @return the grade, 0 or 1
   */
  public static GradedAnswer choice(String id, String category, String predicted, String correct) {
    return new GradedAnswer(id, category, predicted.equals(correct) ? 1 : 0);
  }
}
