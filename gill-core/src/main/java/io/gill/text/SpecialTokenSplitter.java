package io.gill.text;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Splits a text at its special tokens. If several start at the same position, the longest wins. */
final class SpecialTokenSplitter {
  private final Map<String, SpecialToken> tokens = new LinkedHashMap<>();
  private final Map<String, Integer> ids;
  private final Pattern pattern;

  /**
   * @param tokens the special tokens, at least one; of two with the same content the later one wins
   * @param ids ids by content; may have further entries
   */
  SpecialTokenSplitter(Collection<SpecialToken> tokens, Map<String, Integer> ids) {
    tokens.forEach(token -> this.tokens.put(token.content(), token));
    this.ids = ids;
    this.pattern = Pattern.compile(
        this.tokens.keySet().stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .collect(Collectors.joining("|")));
  }

  /** Encodes text without special tokens. */
  @FunctionalInterface
  interface Words {
    /**
     * Encodes a part of a text.
     *
     * @param words the part, not empty
     * @param begins whether the whole text starts with it
     * @return the ids
     */
    int[] encode(String words, boolean begins);
  }

  /** Returns the id of a token. */
  int id(String content) {
    return lookUp(ids, content);
  }

  /** Appends the ids of a text: those of its special tokens, and those from {@code words} for the rest. */
  void encode(String text, Words words, ImmutableIntArray.Builder out) {
    Matcher matcher = pattern.matcher(text);
    int from = 0;
    boolean stripLeft = false;
    while (matcher.find()) {
      SpecialToken token = lookUp(tokens, matcher.group());
      String before = Unicode.strip(text.substring(from, matcher.start()), stripLeft, token.stripsLeft());
      between(before, from == 0, words, out);
      out.add(id(token.content()));
      from = matcher.end();
      stripLeft = token.stripsRight();
    }
    between(Unicode.strip(text.substring(from), stripLeft, false), from == 0, words, out);
  }

  /**
   * Inserts a character after the first one of each matching token, so that the text contains none of these tokens.
   * Tokens of one character stay.
   */
  String escape(String text, char escape, Predicate<SpecialToken> condition) {
    String escaped = text;
    for (String before = ""; !before.equals(escaped); ) {
      before = escaped;
      escaped = pattern.matcher(before).replaceAll(match -> {
        String token = match.group();
        int first = token.offsetByCodePoints(0, 1);
        boolean escapes = first < token.length() && condition.test(lookUp(tokens, token));
        return Matcher.quoteReplacement(
            escapes ? token.substring(0, first) + escape + token.substring(first) : token);
      });
    }
    return escaped;
  }

  private static void between(String text, boolean begins, Words words, ImmutableIntArray.Builder out) {
    if (!text.isEmpty()) {
      for (int id : words.encode(text, begins)) {
        out.add(id);
      }
    }
  }

  private static <T> T lookUp(Map<String, T> map, String key) {
    T value = map.get(key);
    if (value == null) {
      throw new IllegalStateException("no special token " + key);
    }
    return value;
  }
}
