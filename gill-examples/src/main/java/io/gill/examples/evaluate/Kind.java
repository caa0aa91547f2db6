package io.gill.examples.evaluate;

import io.gill.examples.Choice;
import java.util.List;

/** The benchmarks. */
enum Kind {
  VQAV2("val2014", List.of()),
  COCO_CAPTIONS("test", List.of()),
  COCO_FID("val2014", List.of()),
  SEED_BENCH("", List.of()),
  MMBENCH("DEV_EN", List.of()),
  MMMU("validation", List.of()),
  VIST("", List.of("1", "5", "5+pictures")),
  VIST_RETRIEVAL("", List.of("1", "5", "5+pictures")),
  VISDIAL("", List.of("1", "5", "10")),
  VISDIAL_ANSWERS("val", List.of()),
  T2IFMIT("", List.of("0", "1", "2", "4", "8")),
  DECISIONS(DecisionBenchmark.VALIDATION, List.of());

  private static final int CAPTIONS_OF_FID = 30_000;

  private final String split;
  @SuppressWarnings("ImmutableEnumChecker") // an immutable list
  private final List<String> contexts;

  Kind(String split, List<String> contexts) {
    this.split = split;
    this.contexts = contexts;
  }

  /** Returns the name of the folder that world-benchmarks writes the data to. */
  String folder() {
    return switch (this) {
      case VIST_RETRIEVAL -> VIST.toString();
      case VISDIAL_ANSWERS -> VISDIAL.toString();
      default -> toString();
    };
  }

  /** Returns whether the published prompt is a dialogue already, which makes a style meaningless. */
  boolean isDialogue() {
    return this == VISDIAL || this == VISDIAL_ANSWERS;
  }

  /** Returns the default split; empty if there is only one. */
  String split() {
    return split;
  }

  /** Returns the published contexts; empty if there is nothing to choose. */
  List<String> contexts() {
    return contexts;
  }

  /** Returns the published number of items; 0 for all. */
  int limit() {
    return this == COCO_FID ? CAPTIONS_OF_FID : 0;
  }

  Benchmark open(DataFolder data, String chosenSplit, List<String> chosenContexts, Style style) {
    return switch (this) {
      case VQAV2 -> new VqaBenchmark(data, chosenSplit, style);
      case COCO_CAPTIONS -> new CaptionBenchmark(data, chosenSplit, style);
      case COCO_FID -> PictureBenchmark.coco(data, chosenSplit, style);
      case SEED_BENCH -> new ChoiceBenchmark(data, style);
      case MMBENCH -> new MmBenchBenchmark(data, chosenSplit, style);
      case MMMU -> new MmmuBenchmark(data, chosenSplit);
      case VIST -> PictureBenchmark.vist(data, chosenContexts, style);
      case VIST_RETRIEVAL -> new VistRetrievalBenchmark(data, chosenContexts, style);
      case VISDIAL -> PictureBenchmark.visDial(data, chosenContexts);
      case VISDIAL_ANSWERS -> new VisDialAnswersBenchmark(data, chosenSplit);
      case T2IFMIT -> PictureBenchmark.fewShot(data, chosenContexts, style);
      case DECISIONS -> new DecisionBenchmark(data, chosenSplit);
    };
  }

  @Override
  public String toString() {
    return Choice.name(this);
  }
}
