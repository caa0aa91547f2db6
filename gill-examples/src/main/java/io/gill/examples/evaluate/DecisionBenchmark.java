package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.GillException;
import io.gill.evaluation.Interval;
import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import io.gill.training.DecisionData;
import io.gill.training.DecisionOptions;
import io.gill.training.DecisionTrainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decisions between retrieval and generation on annotated PartiPrompts (paper, table 6). The first prompts train the
 * decision model; the others validate it.
 */
final class DecisionBenchmark implements Benchmark {
  static final String VALIDATION = "validation";

  private static final String RETRIEVE = "ret";
  private static final String GENERATE = "gen";

  private final List<Item> items = new ArrayList<>();
  private final int undecided;

  DecisionBenchmark(DataFolder data, String split) {
    Path file = data.file("PartiPromptsDecisionsConfident.tsv", "PartiPromptsAllDecisions_Alignment.tsv",
        "PartiPromptsAllDecisions_Realism.tsv");
    DecisionData table = DecisionData.read(file);
    undecided = table.undecided() + table.skipped().size();
    List<DecisionData.Prompt> prompts = table.prompts();
    int first = Math.min(DecisionOptions.defaults().trainingPrompts(), prompts.size());
    int from = switch (split) {
      case VALIDATION -> first;
      case "training", "all" -> 0;
      default -> throw new GillException(
          "'" + split + "' is not a split of decisions: name validation, training or all");
    };
    int to = split.equals("training") ? first : prompts.size();
    if (from == to) {
      throw new GillException(file + " has " + prompts.size() + " usable prompts, which are all for training: "
          + "name --split training or all");
    }
    for (int i = from; i < to; i++) {
      DecisionData.Prompt prompt = prompts.get(i);
      String id = Integer.toString(i);
      items.add(new Item(id, id, "", () -> List.of(List.of(Content.of(prompt.text()))), new Item.Decided(),
          new Item.Shown(prompt.text(), prompt.retrieve() ? RETRIEVE : GENERATE, Optional::empty)));
    }
  }

  /** Returns the answer that a decision is. */
  static String answer(boolean retrieve) {
    return retrieve ? RETRIEVE : GENERATE;
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    List<Scored> scored = finished.stream().map(one -> new Scored(one.item(), one.outcome(),
        one.outcome().answer().equals(one.item().shown().expected()) ? 1 : 0)).toList();
    List<Measure> measures = new ArrayList<>();
    Interval interval = Interval.of(finished, DecisionBenchmark::macroF1, scoring.seed());
    measures.add(new Measure("macro-F1", "", finished.size(), macroF1(finished), Optional.of(interval)));
    measures.addAll(Scores.means("accuracy", scored, scoring.seed()));
    return new Scores("accuracy", scored, measures, undecided == 0 ? List.of()
        : List.of(undecided + " rows of the table are left out: people disagree, find both equally good, or the row is "
            + "malformed."));
  }

  private static double macroF1(List<Finished> finished) {
    return DecisionTrainer.macroF1(
        classes(finished.stream().map(one -> one.outcome().answer()).toList()),
        classes(finished.stream().map(one -> one.item().shown().expected()).toList()));
  }

  private static long[] classes(List<String> answers) {
    return answers.stream().mapToLong(answer -> answer.equals(RETRIEVE) ? 1 : 0).toArray();
  }
}
