package io.gill.examples.evaluate;

import java.util.List;
import java.util.Optional;

/**
 * A published figure of GILL with OPT-6.7b and Stable Diffusion 1.5, shown beside a run's.
 *
 * @param kind the benchmark
 * @param measure the measure
 * @param category the category; empty for all items
 * @param value the value
 * @param source where it was published
 */
record PaperFigure(Kind kind, String measure, String category, double value, String source) {
  private static final String PAPER = "Koh et al. 2023, arXiv 2305.17216";
  private static final String OTHERS = "tables of other papers; no primary source is known";
  private static final String CLIP = "CLIP similarity";
  private static final String LPIPS = "LPIPS";

  private static final List<PaperFigure> ALL = List.of(
      new PaperFigure(Kind.VIST, CLIP, "1", 0.581, PAPER),
      new PaperFigure(Kind.VIST, CLIP, "5", 0.612, PAPER),
      new PaperFigure(Kind.VIST, CLIP, "5+pictures", 0.641, PAPER),
      new PaperFigure(Kind.VIST, LPIPS, "1", 0.702, PAPER),
      new PaperFigure(Kind.VIST, LPIPS, "5", 0.696, PAPER),
      new PaperFigure(Kind.VIST, LPIPS, "5+pictures", 0.693, PAPER),
      new PaperFigure(Kind.VIST_RETRIEVAL, "R@1", "5+pictures", 0.203, PAPER),
      new PaperFigure(Kind.VIST_RETRIEVAL, "R@5", "5+pictures", 0.450, PAPER),
      new PaperFigure(Kind.VIST_RETRIEVAL, "R@10", "5+pictures", 0.537, PAPER),
      new PaperFigure(Kind.VISDIAL, CLIP, "1", 0.528, PAPER),
      new PaperFigure(Kind.VISDIAL, CLIP, "5", 0.621, PAPER),
      new PaperFigure(Kind.VISDIAL, CLIP, "10", 0.645, PAPER),
      new PaperFigure(Kind.DECISIONS, "macro-F1", "", 0.54, PAPER),
      new PaperFigure(Kind.COCO_FID, "FID", "", 12.2, PAPER),
      new PaperFigure(Kind.VQAV2, "accuracy", "", 0.3178, PAPER),
      new PaperFigure(Kind.MMBENCH, "circular accuracy", "", 0.382, OTHERS),
      new PaperFigure(Kind.MMMU, "accuracy", "", 0.288, OTHERS),
      new PaperFigure(Kind.T2IFMIT, "accuracy", "1", 0.16, OTHERS));

  /** Returns the figure that a measure is compared with. */
  static Optional<PaperFigure> of(Kind kind, Scores.Measure measure) {
    return ALL.stream()
        .filter(figure -> figure.kind == kind && figure.measure.equals(measure.name())
            && figure.category.equals(measure.category()))
        .findFirst();
  }
}
