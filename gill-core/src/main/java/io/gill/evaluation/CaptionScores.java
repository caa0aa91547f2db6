package io.gill.evaluation;

import java.util.List;

/**
 * Scores of generated captions, as the official COCO scorer computes them.
 *
 * @param bleu BLEU-1 to BLEU-4, from 0 to 1
 * @param rougeL ROUGE-L, from 0 to 1
 * @param cider CIDEr-D, from 0 to 10
 */
public record CaptionScores(List<MetricScore> bleu, MetricScore rougeL, MetricScore cider) {
  /**
   * Copies the list.
   *
   * @param bleu BLEU-1 to BLEU-4, from 0 to 1
   * @param rougeL ROUGE-L, from 0 to 1
   * @param cider CIDEr-D, from 0 to 10
   */
  public CaptionScores {
    bleu = List.copyOf(bleu);
  }
}
