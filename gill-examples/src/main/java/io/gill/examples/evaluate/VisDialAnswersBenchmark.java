package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.GillException;
import io.gill.evaluation.VisDialAnswers;
import io.gill.examples.evaluate.Item.Ranking;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The candidate answers of VisDial, ranked by their likelihood. NDCG needs the dense annotations. */
final class VisDialAnswersBenchmark implements ResultFileBenchmark {
  private final Map<String, VisDialAnswers.Question> questions = new LinkedHashMap<>();
  private final Map<String, List<Double>> relevance;
  private final List<Item> items;

  VisDialAnswersBenchmark(DataFolder data, String split) {
    VisDialAnswers.questions(data.file("visdial_1.0_" + split + ".json"))
        .forEach(question -> questions.put(question.id(), question));
    String dense = "visdial_1.0_" + split + "_dense_annotations.json";
    relevance = data.optionalFile(dense).map(VisDialAnswers::relevance).orElse(Map.of());
    relevance.forEach((id, values) -> {
      VisDialAnswers.Question question = questions.get(id);
      int candidates = question == null ? 0 : question.options().size();
      if (candidates != values.size()) {
        throw new GillException(data.file(dense) + " judges " + values.size() + " candidate answers of round " + id
            + ", which has " + candidates + ": check that it is of the same split");
      }
    });
    items = questions.values().stream().map(question -> item(question, data, split)).toList();
  }

  private static Item item(VisDialAnswers.Question question, DataFolder data, String split) {
    String picture = String.format(Locale.ROOT, "VisualDialog_%s2018/VisualDialog_%s2018_%012d", split, split,
        question.imageId());
    return new Item(question.id(), Long.toString(question.imageId()), "",
        () -> List.of(List.of(Content.of(PictureBenchmark.shown(data.picture(picture), Style.PUBLISHED)),
            Content.of(question.prompt()))),
        new Ranking(question.options()),
        new Shown(question.prompt(),
            question.correct().isPresent() ? question.options().get(question.correct().getAsInt()) : "",
            () -> data.optionalPicture(picture)));
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void writeResults(Path folder, Runner.Finished run) {
    Map<String, List<Integer>> ranks = new LinkedHashMap<>();
    run.outcomes().forEach((id, outcome) -> ranks.put(id, AnswerRanks.of(outcome, question(id).options().size())));
    VisDialAnswers.writeResults(folder.resolve("ranks.json"), List.copyOf(questions.values()), ranks);
  }

  private VisDialAnswers.Question question(String id) {
    return Objects.requireNonNull(questions.get(id));
  }

  @Override
  public Map<String, String> results(Path file) {
    Map<String, String> answers = new LinkedHashMap<>();
    VisDialAnswers.results(file).forEach((id, ranks) -> {
      VisDialAnswers.Question question = questions.get(id);
      if (question != null && question.options().size() != ranks.size()) {
        throw new GillException(file + " ranks " + ranks.size() + " candidate answers of round " + id + ", which has "
            + question.options().size() + ": check that it is of the same split");
      }
      answers.put(id, AnswerRanks.text(ranks));
    });
    return answers;
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    List<Scored> gains = new ArrayList<>();
    List<Scored> correct = new ArrayList<>();
    for (Finished one : finished) {
      VisDialAnswers.Question question = question(one.item().id());
      List<Integer> ranks = AnswerRanks.of(one.outcome(), question.options().size());
      List<Double> judged = relevance.getOrDefault(question.id(), List.of());
      if (judged.stream().anyMatch(value -> value > 0)) {
        gains.add(new Scored(one.item(), one.outcome(), VisDialAnswers.ndcg(ranks, judged)));
      }
      question.correct().ifPresent(index -> correct.add(new Scored(one.item(), one.outcome(), ranks.get(index))));
    }
    List<Measure> measures = new ArrayList<>(Scores.means("NDCG", gains, scoring.seed()));
    measures.addAll(Ranks.measures(correct, scoring.seed()));
    List<String> notes = new ArrayList<>();
    if (gains.isEmpty()) {
      notes.add("NDCG is not computed: these rounds have no dense annotations.");
    }
    if (correct.isEmpty()) {
      notes.add("The answers of this split are not published.");
    } else {
      notes.add(String.format(Locale.ROOT, "The mean rank of the given answers is %.2f.",
          correct.stream().mapToDouble(Scored::score).average().orElseThrow()));
    }
    return new Scores(correct.isEmpty() ? "" : "MRR", Ranks.reciprocal(correct), measures, notes);
  }
}
