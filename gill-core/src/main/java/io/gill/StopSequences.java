package io.gill;

import java.util.List;
import java.util.OptionalInt;

/** Finds the first of several sequences in a growing text. */
record StopSequences(List<String> sequences) {
  /**
   * Returns the start of the first sequence that ends after {@code from}; of several at the same start it does not
   * matter which.
   */
  OptionalInt find(StringBuilder text, int from) {
    return sequences.stream()
        .mapToInt(sequence -> text.indexOf(sequence, Math.max(0, from - sequence.length() + 1)))
        .filter(start -> start >= 0)
        .min();
  }

  /** Returns the length of the longest end of the text that may turn out to begin a sequence. */
  int begun(CharSequence text) {
    return sequences.stream().mapToInt(sequence -> begun(text, sequence)).max().orElse(0);
  }

  private static int begun(CharSequence text, String sequence) {
    int length = Math.min(text.length(), sequence.length() - 1);
    while (length > 0 && !endsWith(text, sequence, length)) {
      length--;
    }
    return length;
  }

  private static boolean endsWith(CharSequence text, String sequence, int length) {
    for (int i = 0; i < length; i++) {
      if (text.charAt(text.length() - length + i) != sequence.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
