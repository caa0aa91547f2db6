package io.gill.text;

import java.util.List;
import java.util.stream.Stream;

/**
 * The published {@code clean_up_tokenization_spaces}: ten replacements, each applied to the whole result of the
 * previous one, that remove the space before punctuation and English contractions. Here text is added piece by piece,
 * and each replacement holds back only text that may be the start of its pattern.
 */
final class CleanUp {
  private final List<Replacement> replacements =
      Stream.of(" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're").map(Replacement::new).toList();

  /** Adds a piece and returns the text that is now final. */
  String accept(String piece) {
    String text = piece;
    for (Replacement replacement : replacements) {
      if (text.isEmpty()) {
        break;
      }
      text = replacement.accept(text);
    }
    return text;
  }

  /** Returns the text that was held back. */
  String finish() {
    String text = "";
    for (Replacement replacement : replacements) {
      text = replacement.accept(text) + replacement.pending;
      replacement.pending.setLength(0);
    }
    return text;
  }

  private static final class Replacement {
    private final String pattern;
    private final String replacement;
    private final StringBuilder pending = new StringBuilder();

    Replacement(String pattern) {
      this.pattern = pattern;
      this.replacement = pattern.strip();
    }

    String accept(String piece) {
      pending.append(piece);
      StringBuilder out = new StringBuilder(pending.length());
      int from = 0;
      for (int at = pending.indexOf(pattern); at >= 0; at = pending.indexOf(pattern, from)) {
        out.append(pending, from, at).append(replacement);
        from = at + pattern.length();
      }
      int end = pending.length() - begun(from);
      out.append(pending, from, end);
      pending.delete(0, end);
      return out.toString();
    }

    /** Returns the length of the longest suffix of the pending text, after {@code from}, that starts the pattern. */
    private int begun(int from) {
      int length = Math.min(pattern.length() - 1, pending.length() - from);
      while (length > 0 && !pattern.startsWith(pending.substring(pending.length() - length))) {
        length--;
      }
      return length;
    }
  }
}
