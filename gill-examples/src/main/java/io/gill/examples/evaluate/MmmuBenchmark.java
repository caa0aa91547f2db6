package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.RespondOptions.TextCut;
import io.gill.evaluation.Mmmu;
import io.gill.examples.evaluate.Item.AnyText;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** MMMU. Without published answers, as in its test split, predictions are written and not scored. */
final class MmmuBenchmark implements ResultFileBenchmark {
  private final Map<String, Mmmu.Question> questions = new LinkedHashMap<>();
  private final List<Item> items = new ArrayList<>();

  MmmuBenchmark(DataFolder data, String split) {
    for (Path file : data.files(split, ".parquet")) {
      for (Mmmu.Question question : Mmmu.questions(file)) {
        if (questions.put(question.id(), question) != null) {
          throw new GillException(file + ": the question " + question.id() + " is in another file, too");
        }
        items.add(item(file, question));
      }
    }
  }

  private static Item item(Path file, Mmmu.Question question) {
    String id = question.id();
    return new Item(id, id, question.subject(),
        () -> Turns.of(question.prompt(), name -> BenchmarkPictures.read(
            Mmmu.picture(file, id, name), name + " of question " + id), Style.PUBLISHED),
        new AnyText(TextCut.LINE),
        new Shown(Turns.text(question.prompt()), String.join(", ", question.answers()), Optional::empty));
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void writeResults(Path folder, Runner.Finished run) {
    Map<String, String> responses = new LinkedHashMap<>();
    run.outcomes().forEach((id, outcome) -> responses.put(id, outcome.answer()));
    List<Mmmu.Question> all = List.copyOf(questions.values());
    Mmmu.writeResponses(folder, all, responses);
    Mmmu.writeResults(folder.resolve("total_val_output.json"), Mmmu.predictions(all, responses));
  }

  private static Map<String, String> responses(List<Finished> finished) {
    Map<String, String> responses = new LinkedHashMap<>();
    finished.forEach(one -> responses.put(one.item().id(), one.outcome().answer()));
    return responses;
  }

  @Override
  public Map<String, String> results(Path file) {
    return Mmmu.results(file);
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    return scores(finished, Mmmu.predictions(List.copyOf(questions.values()), responses(finished)), scoring)
        .with("A response that names no option counts as a random one, as in the official script.");
  }

  /** The file has predictions: what names no option is wrong. */
  @Override
  public Scores scoreResults(List<Finished> finished, Scoring scoring) {
    return scores(finished, responses(finished), scoring);
  }

  private Scores scores(List<Finished> finished, Map<String, String> predictions, Scoring scoring) {
    List<Scored> scored = new ArrayList<>();
    for (Finished one : finished) {
      Mmmu.Question question = Objects.requireNonNull(questions.get(one.item().id()));
      if (!question.answers().isEmpty()) {
        double score = Mmmu.grade(question, Objects.requireNonNull(predictions.get(question.id()))).score();
        scored.add(new Scored(one.item(), one.outcome(), score));
      }
    }
    List<String> notes = scored.size() == finished.size() ? List.of()
        : List.of(finished.size() - scored.size() + " questions have no published answer and are not scored.");
    return new Scores("accuracy", scored, measures(scored, scoring.seed()), notes);
  }

  /** Returns the accuracy of all questions, of each domain and of its subjects, in the official order. */
  private static List<Measure> measures(List<Scored> scored, long seed) {
    List<Measure> measures = new ArrayList<>();
    if (scored.isEmpty()) {
      return measures;
    }
    measures.add(Scores.mean("accuracy", "", scored, seed));
    Set<String> others = new LinkedHashSet<>();
    scored.forEach(one -> others.add(one.item().category()));
    Mmmu.subjectsByDomain().forEach((domain, subjects) -> {
      add(measures, "Overall-" + domain, subjects, scored, seed);
      subjects.forEach(subject -> add(measures, subject, List.of(subject), scored, seed));
      others.removeAll(subjects);
    });
    others.forEach(subject -> add(measures, subject, List.of(subject), scored, seed));
    return measures;
  }

  private static void add(
      List<Measure> measures, String category, List<String> subjects, List<Scored> scored, long seed) {
    List<Scored> part = scored.stream().filter(one -> subjects.contains(one.item().category())).toList();
    if (!part.isEmpty()) {
      measures.add(Scores.mean("accuracy", category, part, seed));
    }
  }
}
