package io.gill.evaluation;

import java.util.List;
import java.util.function.Function;

/**
 * Scores captions with BLEU, ROUGE-L and CIDEr-D as the official COCO scorer does. CIDEr-D weights words by how rare
 * they are in all references, so that scores of different sets of pictures are not comparable.
 */
public final class CaptionMetrics {
  private CaptionMetrics() {}

  /**
   * Scores captions in English.
   *
   * @param items one item per picture
   * @return the scores
   * @throws IllegalArgumentException if there are no items, or two have the same id
   */
  public static CaptionScores score(List<CaptionItem> items) {
    return score(items, tokenizer());
  }

  /**
   * Scores captions that another tokenizer splits.
   *
   * @param items one item per picture
   * @param tokenizer returns a caption's words, to be compared letter by letter
   * @return the scores
   * @throws IllegalArgumentException if there are no items, or two have the same id
   */
  public static CaptionScores score(List<CaptionItem> items, Function<String, List<String>> tokenizer) {
    List<Words> words = words(items, tokenizer);
    return new CaptionScores(Bleu.score(words), RougeL.score(words), CiderD.score(words));
  }

  /**
   * Returns the 95 % intervals of BLEU, which is not a mean of the items' scores, by the percentile bootstrap.
   *
   * @param items one item per picture
   * @param tokenizer returns a caption's words
   * @param seed selects the resamples; the same seed and items give the same intervals
   * @return the intervals of BLEU-1 to BLEU-4
   * @throws IllegalArgumentException if there are no items, or two have the same id
   */
  public static List<Interval> bleuIntervals(
      List<CaptionItem> items, Function<String, List<String>> tokenizer, long seed) {
    return Bleu.intervals(words(items, tokenizer), seed);
  }

  /**
   * Returns the tokenizer of {@link #score(List)}: gill's reimplementation of the official scorer's. It gives the same
   * words for almost all captions; {@link StanfordTokenizer} runs the program.
   *
   * @return returns the words of a caption in English, in lower case and without punctuation
   */
  public static Function<String, List<String>> tokenizer() {
    return caption -> PtbTokenizer.tokenize(caption.replaceAll("\\R", " "));
  }

  private static List<Words> words(List<CaptionItem> items, Function<String, List<String>> tokenizer) {
    Items.requireDistinct(items, CaptionItem::id);
    return items.stream()
        .map(item -> new Words(
            tokenizer.apply(item.candidate()), item.references().stream().map(tokenizer).toList()))
        .toList();
  }

  /** The words of a candidate and of its references. */
  record Words(List<String> candidate, List<List<String>> references) {}
}
