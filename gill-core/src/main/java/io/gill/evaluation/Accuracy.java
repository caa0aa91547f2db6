package io.gill.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Accuracy over a set of questions.
 *
 * @param overall mean score of all questions, from 0 to 1
 * @param byCategory mean score of each category's questions, in the order of their first question
 */
public record Accuracy(double overall, Map<String, Double> byCategory) {
  /**
   * Copies the map.
   *
   * @param overall mean score of all questions, from 0 to 1
   * @param byCategory mean score of each category's questions, in the order of their first question
   */
  public Accuracy {
    byCategory = Collections.unmodifiableMap(new LinkedHashMap<>(byCategory));
  }

  /**
   * Averages grades.
   *
   * @param answers one per question
   * @return the accuracy
   * @throws IllegalArgumentException if there are no answers, or two have the same id
   */
  public static Accuracy of(List<GradedAnswer> answers) {
    Items.requireDistinct(answers, GradedAnswer::id);
    Map<String, List<Double>> scores = new LinkedHashMap<>();
    for (GradedAnswer answer : answers) {
      scores.computeIfAbsent(answer.category(), category -> new ArrayList<>()).add(answer.score());
    }
    Map<String, Double> means = new LinkedHashMap<>();
    scores.forEach((category, list) -> means.put(category, MetricScore.mean(list).value()));
    return new Accuracy(MetricScore.mean(answers.stream().map(GradedAnswer::score).toList()).value(), means);
  }

  /**
   * Averages grades as MMBench's circular evaluation does. Rows whose index is equal modulo 1,000,000 ask the same
   * question with its options rotated; the question is correct if every row is.
   *
   * @param rows one per row, with the row's index as id
   * @return the accuracy over questions; a question has the category of its first row
   * @throws IllegalArgumentException if there are no rows, two have the same id, or an id is not an index
   */
  public static Accuracy circular(List<GradedAnswer> rows) {
    Items.requireDistinct(rows, GradedAnswer::id);
    Map<Long, GradedAnswer> questions = new LinkedHashMap<>();
    for (GradedAnswer row : rows) {
      questions.merge(question(row.id()), row, (first, next) ->
          new GradedAnswer(first.id(), first.category(), Math.min(first.score(), next.score())));
    }
    return of(List.copyOf(questions.values()));
  }

  private static long question(String id) {
    try {
      return Long.remainderUnsigned(Long.parseUnsignedLong(id), MmBench.ROTATION);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("an index of MMBench is a number, not " + id, e);
    }
  }
}
