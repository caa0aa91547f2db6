package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.evaluation.CocoCaptions;
import io.gill.evaluation.FewShotImages;
import io.gill.evaluation.PromptPart;
import io.gill.evaluation.VisDial;
import io.gill.evaluation.Vist;
import io.gill.examples.evaluate.Item.AnyPicture;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A benchmark of generated pictures: VIST, VisDial, few-shot pictures (T2IFMIT), pictures of COCO's captions (FID). */
final class PictureBenchmark implements Benchmark {
  /** GILL's scripts squash a picture to this square instead of cropping it. */
  private static final int SQUARE = 224;

  private final List<Item> items = new ArrayList<>();
  private final DataFolder data;
  private final Style style;
  private final Set<String> files = new HashSet<>();
  private final Map<String, String> labels = new HashMap<>();
  private @Nullable Path queries; // of few-shot pictures

  private PictureBenchmark(DataFolder data, Style style) {
    this.data = data;
    this.style = style;
  }

  /** Stories; a context is a number of captions, counted from the end, with or without "+pictures". */
  static PictureBenchmark vist(DataFolder data, List<String> contexts, Style style) {
    PictureBenchmark benchmark = new PictureBenchmark(data, style);
    List<Vist.Story> stories =
        Vist.stories(data.file("val_formatted.json", "val.story-in-sequence.json"));
    for (String context : contexts) {
      StoryContext part = StoryContext.of(context);
      for (Vist.Story story : stories) {
        benchmark.add(story.id(), context, () -> part.prompt(story), "images/", story.target());
      }
    }
    return benchmark;
  }

  /** Dialogues; a context is a number of rounds. */
  static PictureBenchmark visDial(DataFolder data, List<String> contexts) {
    PictureBenchmark benchmark = new PictureBenchmark(data, Style.PUBLISHED);
    List<VisDial.Dialogue> dialogues = VisDial.dialogues(data.file("visdial_1.0_val.json"));
    for (String context : contexts) {
      int rounds = number(context);
      for (VisDial.Dialogue dialogue : dialogues) {
        benchmark.add(Long.toString(dialogue.imageId()), context,
            () -> List.of(new PromptPart.Text(dialogue.prompt(rounds))), "VisualDialog_val2018/VisualDialog_val2018_",
            String.format(Locale.ROOT, "%012d", dialogue.imageId()));
      }
    }
    return benchmark;
  }

  /** Requests for a class of pictures; a context is a number of examples of each class. */
  static PictureBenchmark fewShot(DataFolder data, List<String> contexts, Style style) {
    PictureBenchmark benchmark = new PictureBenchmark(data, style);
    Path file = data.file("open_t2i_mi/query.json", "query.json");
    benchmark.queries = file;
    List<FewShotImages.Query> queries = FewShotImages.queries(file);
    List<List<List<PromptPart>>> prompts =
        FewShotImages.prompts(file, queries, contexts.stream().map(PictureBenchmark::number).toList());
    for (int i = 0; i < contexts.size(); i++) {
      for (int j = 0; j < queries.size(); j++) {
        FewShotImages.Query query = queries.get(j);
        List<PromptPart> prompt = prompts.get(i).get(j);
        List<String> examples = query.support().getOrDefault(query.label(), List.of());
        benchmark.add(query.id(), contexts.get(i), () -> prompt, "", examples.get(examples.size() - 1));
        benchmark.labels.put(id(query.id(), contexts.get(i)), query.answer());
      }
    }
    return benchmark;
  }

  /** Captions of COCO. */
  static PictureBenchmark coco(DataFolder data, String split, Style style) {
    PictureBenchmark benchmark = new PictureBenchmark(data, style);
    for (CocoCaptions.Caption caption : CocoCaptions.captions(data.file("captions_" + split + ".json"))) {
      benchmark.add(Long.toString(caption.id()), "", () -> List.of(new PromptPart.Text(caption.caption())),
          split + "/", String.format(Locale.ROOT, "COCO_%s_%012d", split, caption.imageId()));
    }
    return benchmark;
  }

  /** Reads a context that is a number. */
  static int number(String context) {
    try {
      return Integer.parseUnsignedInt(context);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + context + "' is not a context of this benchmark: give numbers as --help "
          + "shows", e);
    }
  }

  private static String id(String id, String context) {
    return context.isEmpty() ? id : context + "/" + id;
  }

  /**
   * Adds an item. The file is named after the wanted picture, as the official scripts do, if only it is named so.
   *
   * @param id identifies the item in its context
   * @param context the context; empty if there is none
   * @param parts what the model reads
   * @param prefix what precedes the names of pictures in their paths
   * @param target the name of the wanted picture
   */
  private void add(String id, String context, Supplier<List<PromptPart>> parts, String prefix, String target) {
    String where = "pictures/" + (context.isEmpty() ? "" : fileName(context) + "/");
    String file = where + fileName(target) + ".png";
    if (!files.add(file)) {
      file = where + fileName(target) + "-" + fileName(id) + ".png";
      files.add(file);
    }
    List<PromptPart> known;
    try {
      known = parts.get();
    } catch (GillException | IllegalArgumentException e) {
      known = List.of(); // too short for this context; skipped when it is asked
    }
    items.add(new Item(id(id, context), id, context, () -> {
      data.picture(prefix + target);
      try {
        return Turns.of(parts.get(), name -> picture(prefix + name), style);
      } catch (IllegalArgumentException e) {
        throw new GillException(String.valueOf(e.getMessage()), e);
      }
    }, new AnyPicture(file, script(), Turns.lastText(known)),
        new Shown(Turns.text(known), "", () -> data.optionalPicture(prefix + target))));
  }

  /** Returns a file name for text that may have any characters. */
  private static String fileName(String text) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || c == '-' || c == '+' || c == '_');
      name.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%04x", (int) c));
    }
    return name.toString();
  }

  private BufferedImage picture(String name) {
    Path file = data.picture(name);
    return script().squashes() ? shown(file, style) : BenchmarkPictures.read(file);
  }

  private PublishedScript script() {
    return queries == null ? PublishedScript.GILL : PublishedScript.VL_ICL;
  }

  /** Reads a picture for a model, as GILL's scripts do. */
  static BufferedImage shown(Path file, Style style) {
    BufferedImage image = BenchmarkPictures.read(file);
    boolean squashed = style == Style.PUBLISHED && image.getWidth() != image.getHeight();
    return squashed ? Images.resize(image, SQUARE, SQUARE) : image;
  }

  @Override
  public List<Item> items() {
    return items;
  }

  /** The pictures are the results: they have the official names. Few-shot pictures have result files, too. */
  @Override
  public void writeResults(Path folder, Runner.Finished run) {
    if (queries == null) {
      return;
    }
    Map<String, Map<String, String>> pictures = new LinkedHashMap<>();
    for (Item item : items) {
      Outcome outcome = run.outcomes().get(item.id());
      if (outcome != null) {
        pictures.computeIfAbsent(item.category(), context -> new HashMap<>())
            .put(item.group(), folder.resolve(outcome.picture()).toAbsolutePath().toString());
      }
    }
    pictures.forEach((shots, made) -> FewShotImages.writeResults(
        folder.resolve("results/open_t2i_mi/gill_" + number(shots) + "-shot.json"), queries, made));
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    List<String> notes = new ArrayList<>();
    List<Measure> measures = new ArrayList<>();
    List<Scored> first = List.of();
    String name = "";
    Judge judge = scoring.judge();
    if (judge != null && !labels.isEmpty()) {
      name = "accuracy";
      first = scored(name, judge.name(), finished, scoring, notes, (made, item) ->
          judge.contains(made, labels.getOrDefault(item.id(), "")) ? 1 : 0);
      measures.addAll(Scores.means(name, first, scoring.seed()));
    }
    for (PictureMetric metric : scoring.metrics()) {
      List<Scored> scored = scored(metric.name(), metric.scorer(), finished, scoring, notes, (made, item) ->
          metric.compares().applyAsDouble(made, item));
      measures.addAll(Scores.means(metric.name(), scored, scoring.seed()));
      if (name.isEmpty()) {
        name = metric.name() + (metric.higherIsBetter() ? "" : " (negative)");
        first = metric.higherIsBetter() ? scored : scored.stream()
            .map(one -> new Scored(one.item(), one.outcome(), -one.score())).toList();
      }
    }
    PictureFeatures inception = scoring.inception();
    if (inception != null) {
      try (PictureDistance distance = PictureDistance.open(inception, scoring)) {
        distance.measure(finished, measures, notes);
      }
    }
    if (measures.isEmpty()) {
      notes.add("Nothing was scored: name a metric, such as --clip.");
    }
    return new Scores(name, first, measures, notes.stream().distinct().toList());
  }

  private interface PictureScore {
    double of(BufferedImage made, Item item);
  }

  private List<Scored> scored(String measure, String scorer, List<Finished> finished, Scoring scoring,
      List<String> notes, PictureScore score) {
    List<Scored> scored = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    try (KeptScores kept = KeptScores.open(scoring.folder(), measure, scorer)) {
      EvaluationProgress progress = scoring.progress().start(measure, finished.size());
      for (Finished one : finished) {
        Item item = one.item();
        try {
          scored.add(new Scored(item, one.outcome(), kept.of(one, labels.getOrDefault(item.id(), ""),
              () -> score.of(one.outcome().readPicture(scoring.folder()), item))));
        } catch (GillException e) {
          if (Thread.currentThread().isInterrupted()) {
            throw e;
          }
          problems.add(item.id() + ": " + e.getMessage());
        }
        progress.finished();
      }
    }
    if (!problems.isEmpty()) {
      notes.add(problems.size() + " items are not scored; the first, " + problems.get(0));
    }
    return scored;
  }
}
