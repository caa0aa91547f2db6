package io.gill.evaluation;

import com.google.common.base.Splitter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What METEOR counts in a caption, in the order of its program: lengths of caption and reference, their function words,
 * for each of four stages the matches of content and of function words in both, chunks, and matched words in both.
 */
final class MeteorStatistics {
  private static final int COUNT = 23;
  private static final int FIRST_MATCHES = 4;
  private static final int CHUNKS = 20;
  private static final Splitter NUMBERS = Splitter.on(' ').omitEmptyStrings();

  private final double[] counts;

  private MeteorStatistics(double[] counts) {
    this.counts = counts;
  }

  /**
   * Reads statistics.
   *
   * @throws IllegalArgumentException if the text is not 23 numbers
   */
  static MeteorStatistics parse(String text) {
    double[] counts = NUMBERS.splitToStream(text).limit(COUNT + 1L).mapToDouble(Double::parseDouble).toArray();
    if (counts.length != COUNT || !Arrays.stream(counts).allMatch(Double::isFinite)) {
      throw new IllegalArgumentException("these are not " + COUNT + " numbers");
    }
    return new MeteorStatistics(counts);
  }

  /** Adds statistics as the program does: a caption that equals its reference has no chunk. */
  static MeteorStatistics sum(List<MeteorStatistics> some) {
    double[] sum = new double[COUNT];
    for (MeteorStatistics one : some) {
      for (int i = 0; i < COUNT; i++) {
        sum[i] += i == CHUNKS && one.isPerfect() ? 0 : one.counts[i];
      }
    }
    return new MeteorStatistics(sum);
  }

  private boolean isPerfect() {
    double[] matches = new double[2]; // of the caption, of the reference
    for (int i = FIRST_MATCHES; i < CHUNKS; i++) {
      matches[i % 2] += counts[i];
    }
    return matches[0] == counts[0] && matches[1] == counts[1] && counts[CHUNKS] == 1;
  }

  @Override
  public String toString() {
    return Arrays.stream(counts).mapToObj(Double::toString).collect(Collectors.joining(" "));
  }
}
