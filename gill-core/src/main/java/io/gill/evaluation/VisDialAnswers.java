package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Visual Dialog 1.0 as its challenge evaluates it: the model sees the picture and the dialogue before a question, and
 * ranks 100 candidate answers by their likelihood, as Koh et al. did for FROMAGe (arXiv 2301.13823).
 */
public final class VisDialAnswers {
  private VisDialAnswers() {}

  /**
   * A question with its candidate answers.
   *
   * @param imageId id of the picture
   * @param round the round of the dialogue, from 1
   * @param prompt the dialogue up to the answer, {@code Q: …?\nA: …\nQ: …?\nA:}
   * @param options the candidate answers; 100 in the benchmark
   * @param correct index of the given answer; empty in the test split
   */
  public record Question(long imageId, int round, String prompt, List<String> options, OptionalInt correct) {
    /**
     * Copies the list.
     *
     * @param imageId id of the picture
     * @param round the round of the dialogue, from 1
     * @param prompt the dialogue up to the answer
     * @param options the candidate answers
     * @param correct index of the given answer; empty in the test split
     */
    public Question {
      options = List.copyOf(options);
    }

    /**
     * Identifies the question.
     *
     * @return the picture's id and the round
     */
    public String id() {
      return imageId + "/" + round;
    }
  }

  /**
   * Reads the questions with candidate answers: all rounds, or the last one of each dialogue in the test split.
   *
   * @param file such as {@code visdial_1.0_val.json}
   * @return the questions, in the order of the file
   * @throws GillException if the file is damaged, two dialogues are about the same picture, or an index has no text
   */
  public static List<Question> questions(Path file) {
    List<String> questions = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    JsonRecords.texts(file, "data/questions", questions::add);
    JsonRecords.texts(file, "data/answers", answers::add);
    Map<Long, List<Question>> dialogues = new LinkedHashMap<>();
    JsonRecords.list(file, "data/dialogs", item -> {
      long imageId = item.integer("image_id");
      item.addTo(dialogues, imageId, questions(imageId, item.records("dialog"), questions, answers));
    });
    return dialogues.values().stream().flatMap(List::stream).toList();
  }

  private static List<Question> questions(
      long imageId, List<JsonRecord> rounds, List<String> questions, List<String> answers) {
    List<Question> asked = new ArrayList<>();
    StringBuilder prompt = new StringBuilder();
    for (int i = 0; i < rounds.size(); i++) {
      JsonRecord round = rounds.get(i);
      prompt.append(i == 0 ? "Q: " : "\nQ: ").append(round.entry("question", questions)).append("?\nA:");
      if (round.has("answer_options")) {
        List<String> options = round.entries("answer_options", answers);
        OptionalInt correct = OptionalInt.empty();
        if (round.has("gt_index")) {
          long index = round.integer("gt_index");
          if (index < 0 || index >= options.size()) {
            throw round.invalid("'gt_index' is " + index + " of " + options.size() + " candidate answers");
          }
          correct = OptionalInt.of((int) index);
        }
        asked.add(new Question(imageId, i + 1, prompt.toString(), options, correct));
      }
      if (i < rounds.size() - 1) {
        prompt.append(' ').append(round.entry("answer", answers));
      }
    }
    return asked;
  }

  /**
   * Reads how relevant each candidate answer is, which people judged for one round of each dialogue.
   *
   * @param file such as {@code visdial_1.0_val_dense_annotations.json}
   * @return relevance of each candidate, from 0 to 1, by {@linkplain Question#id id} of the question
   * @throws GillException if the file is damaged, two records are about the same round, or a relevance is not from 0
   *     to 1
   */
  public static Map<String, List<Double>> relevance(Path file) {
    Map<String, List<Double>> relevance = new LinkedHashMap<>();
    JsonRecords.list(file, "", item -> {
      // The file of the training split names the list differently.
      List<Double> values = item.numbers(item.has("gt_relevance") ? "gt_relevance" : "relevance");
      if (values.stream().anyMatch(value -> !(value >= 0 && value <= 1))) {
        throw item.invalid("a relevance is not from 0 to 1");
      }
      item.addTo(relevance, item.integer("image_id") + "/" + item.integer("round_id"), values);
    });
    return relevance;
  }

  /**
   * Ranks candidates by their scores. The first of several equal ones ranks first.
   *
   * @param scores score of each candidate; higher is better
   * @return rank of each candidate, from 1
   * @throws IllegalArgumentException if a score is NaN
   */
  public static List<Integer> ranks(List<Double> scores) {
    if (scores.stream().anyMatch(score -> Double.isNaN(score))) {
      throw new IllegalArgumentException("a candidate's score is NaN");
    }
    List<Integer> order = IntStream.range(0, scores.size()).boxed()
        .sorted(Comparator.comparing(scores::get, Comparator.reverseOrder())).toList();
    List<Integer> ranks = new ArrayList<>(Collections.nCopies(scores.size(), 0));
    for (int i = 0; i < order.size(); i++) {
      ranks.set(order.get(i), i + 1);
    }
    return ranks;
  }

  /**
   * Returns the normalised discounted cumulative gain as the challenge defines it: over as many first candidates as
   * are relevant at all.
   *
   * @param ranks rank of each candidate, from 1
   * @param relevance relevance of each candidate; at least one is above 0
   * @return from 0 to 1
   * @throws IllegalArgumentException if the lists differ in length, the ranks are not 1, 2, …, or nothing is relevant
   */
  public static double ndcg(List<Integer> ranks, List<Double> relevance) {
    requirePermutation(ranks);
    if (ranks.size() != relevance.size()) {
      throw new IllegalArgumentException(ranks.size() + " ranks do not fit " + relevance.size() + " relevances");
    }
    int relevant = (int) relevance.stream().filter(value -> value > 0).count();
    if (relevant == 0) {
      throw new IllegalArgumentException("no candidate is relevant");
    }
    double gain = 0;
    for (int i = 0; i < ranks.size(); i++) {
      gain += ranks.get(i) <= relevant ? discounted(relevance.get(i), ranks.get(i)) : 0;
    }
    List<Double> best = relevance.stream().sorted(Comparator.reverseOrder()).toList();
    double most = 0;
    for (int i = 0; i < relevant; i++) {
      most += discounted(best.get(i), i + 1);
    }
    return gain / most;
  }

  private static double discounted(double relevance, int rank) {
    return relevance * Math.log(2) / Math.log(rank + 1.0);
  }

  /**
   * Reads the file that the challenge's server reads.
   *
   * @param file such as {@code ranks.json}
   * @return rank of each candidate by {@linkplain Question#id id} of the question, in the order of the file
   * @throws GillException if the file is damaged, ranks a round twice, or its ranks are not 1, 2, …
   */
  public static Map<String, List<Integer>> results(Path file) {
    Map<String, List<Integer>> ranks = new LinkedHashMap<>();
    JsonRecords.list(file, "", item -> {
      List<Double> numbers = item.numbers("ranks");
      if (numbers.stream().anyMatch(number -> number != Math.rint(number))) {
        throw item.invalid("a rank is not an integer");
      }
      List<Integer> given = numbers.stream().map(Double::intValue).toList();
      try {
        requirePermutation(given);
      } catch (IllegalArgumentException e) {
        throw item.invalid(String.valueOf(e.getMessage()));
      }
      item.addTo(ranks, item.integer("image_id") + "/" + item.integer("round_id"), given);
    });
    return ranks;
  }

  private static void requirePermutation(List<Integer> ranks) {
    if (!ranks.stream().sorted().toList().equals(IntStream.rangeClosed(1, ranks.size()).boxed().toList())) {
      throw new IllegalArgumentException("the ranks are not the numbers from 1 to " + ranks.size());
    }
  }

  /**
   * Writes the file that the challenge's server reads.
   *
   * @param file path of the file, such as {@code ranks.json}
   * @param questions the questions
   * @param ranks rank of each candidate by {@linkplain Question#id id}; questions without ranks are left out
   * @throws IllegalArgumentException if ranks are not the numbers from 1 to the number of candidates
   * @throws GillException if it cannot be written
   */
  public static void writeResults(Path file, List<Question> questions, Map<String, List<Integer>> ranks) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (Question question : questions) {
      List<Integer> given = ranks.get(question.id());
      if (given != null) {
        requirePermutation(given);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("image_id", question.imageId());
        entry.put("round_id", question.round());
        entry.put("ranks", given);
        entries.add(entry);
      }
    }
    ResultFile.writeList(file, entries);
  }
}
