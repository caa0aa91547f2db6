package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.RespondOptions.TextCut;
import io.gill.evaluation.CaptionItem;
import io.gill.evaluation.CaptionMetrics;
import io.gill.evaluation.CaptionScores;
import io.gill.evaluation.CocoCaptions;
import io.gill.evaluation.Interval;
import io.gill.evaluation.Meteor;
import io.gill.evaluation.MetricScore;
import io.gill.examples.evaluate.Item.AnyText;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** COCO captions of Karpathy's split. */
final class CaptionBenchmark implements ResultFileBenchmark {
  /** What a user says in place of the published prompt. */
  private static final String QUESTION = "What do you see?";

  private final String split;
  private final Map<String, CocoCaptions.Picture> pictures;
  private final List<Item> items;

  CaptionBenchmark(DataFolder data, String split, Style style) {
    this.split = split;
    pictures = CocoCaptions.karpathy(data.file("dataset_coco.json"), split).stream().collect(Collectors.toMap(
        picture -> Long.toString(picture.id()), picture -> picture, (a, b) -> a, LinkedHashMap::new));
    String text = style == Style.PUBLISHED ? CocoCaptions.PROMPT : QUESTION;
    items = pictures.entrySet().stream()
        .map(picture -> item(picture.getKey(), picture.getValue(), text, data)).toList();
  }

  private static Item item(String id, CocoCaptions.Picture picture, String text, DataFolder data) {
    return new Item(id, id, "",
        () -> List.of(List.of(Content.of(BenchmarkPictures.read(data.picture(picture.file()))), Content.of(text))),
        new AnyText(TextCut.SENTENCE),
        new Shown(text, String.join("\n", picture.captions()), () -> data.optionalPicture(picture.file())));
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void writeResults(Path folder, Runner.Finished run) {
    CocoCaptions.writeResults(folder.resolve("captions_" + split + "_gill_results.json"),
        Outcome.answers(run.outcomes()));
  }

  @Override
  public Map<String, String> results(Path file) {
    return ResultFileBenchmark.byItem(CocoCaptions.results(file));
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    List<CaptionItem> captions = finished.stream()
        .map(one -> new CaptionItem(one.item().id(), one.outcome().answer(),
            Objects.requireNonNull(pictures.get(one.item().id())).captions()))
        .toList();
    Function<String, List<String>> tokenizer = scoring.captions().tokenizer(captions);
    CaptionScores scores = CaptionMetrics.score(captions, tokenizer);
    List<Measure> measures = new ArrayList<>();
    List<Interval> intervals = CaptionMetrics.bleuIntervals(captions, tokenizer, scoring.seed());
    for (int n = 1; n <= scores.bleu().size(); n++) {
      measures.add(measure("BLEU-" + n, scores.bleu().get(n - 1), intervals.get(n - 1)));
    }
    Meteor meteor = scoring.captions().meteor();
    if (meteor != null) {
      Meteor.WithInterval scored = meteor.scoreWithInterval(captions, tokenizer, scoring.seed());
      measures.add(measure("METEOR", scored.score(), scored.interval()));
    }
    measures.add(measure("ROUGE-L", scores.rougeL(), scoring.seed()));
    measures.add(measure("CIDEr-D", scores.cider(), scoring.seed()));
    List<Scored> items = new ArrayList<>();
    for (int i = 0; i < finished.size(); i++) {
      items.add(new Scored(finished.get(i).item(), finished.get(i).outcome(), scores.cider().items().get(i)));
    }
    List<String> notes = new ArrayList<>(List.of(
        "CIDEr-D weights words by all references of these pictures: compare only runs on the same pictures."));
    if (meteor == null) {
      notes.add("METEOR needs its program: --meteor.");
    }
    return new Scores("CIDEr-D", items, measures, notes);
  }

  private static Measure measure(String name, MetricScore score, long seed) {
    return measure(name, score, Interval.ofMean(score.items(), seed));
  }

  private static Measure measure(String name, MetricScore score, Interval interval) {
    return new Measure(name, "", score.items().size(), score.value(), Optional.of(interval));
  }
}
