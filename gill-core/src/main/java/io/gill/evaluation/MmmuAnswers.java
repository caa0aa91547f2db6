package io.gill.evaluation;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads answers to questions of MMMU from free text and grades them, as the official script does. A response without a
 * recognisable choice counts as a random one, drawn from a generator with seed 42, so that predictions depend on the
 * order of the calls. Not thread-safe.
 */
public final class MmmuAnswers {
  private static final long SEED = 42;
  private static final String TRIMMED = ",.!?;:'";
  private static final int MAX_WORDS = 5;
  private static final List<String> INDICATORS =
      List.of("could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ");
  private static final Set<String> TRIVIAL = Set.of(":", ",", ".", "!", "?", ";", "'");

  /** As Python's {@code \b} after a digit: no letter, digit or underscore follows. */
  private static final String END = "(?![\\p{L}\\p{N}_])";

  private static final List<Pattern> NUMBERS = List.of(
      pattern("-?(?<![\\p{L}\\p{N}_])\\d{1,3}(?:,\\d{3}" + END + ")++"),
      pattern("-?\\d+(?:\\.\\d+)?[eE][+-]?\\d+"),
      pattern("-?(?:\\d+\\.\\d+|\\.\\d+|\\d+" + END + ")(?![eE][+-]?\\d+)(?![,\\d])"));

  /** Digits as Python's {@code float} reads them. */
  private static final String DIGITS = "\\d++(?:_\\d++)*+";

  private static final Pattern FLOAT = pattern("[+-]?(?:(?:" + DIGITS + "(?:\\.(?:" + DIGITS + ")?)?|\\." + DIGITS
      + ")(?:e[+-]?" + DIGITS + ")?|inf|infinity|nan)");

  private final PythonRandom random = new PythonRandom(SEED);

  /** Compiles an expression whose digits are those of all scripts, as in Python. */
  private static Pattern pattern(String expression) {
    return Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS);
  }

  /** Creates a reader whose random choices start anew. */
  public MmmuAnswers() {}

  /**
   * Returns the choice that a response names: a letter in brackets, then a letter between spaces, then the text of an
   * option if the response has more than five words. The last occurrence wins. If there is none, the choice is random.
   *
   * @param response the model's response
   * @param options the texts of options A, B, …; up to 26
   * @return the letter of an option
   * @throws IllegalArgumentException if there are no options, or more than 26
   */
  public String choice(String response, List<String> options) {
    if (options.isEmpty() || options.size() > 26) {
      throw new IllegalArgumentException("a question has 1 to 26 options, not " + options.size());
    }
    String text = " " + trimmed(response) + " ";
    String lower = text.toLowerCase(Locale.ROOT);
    int best = last(options.size(), i -> text.lastIndexOf("(" + letter(i) + ")"));
    if (best < 0) {
      best = last(options.size(), i -> text.lastIndexOf(" " + letter(i) + " "));
    }
    if (best < 0 && PythonText.words(text).size() > MAX_WORDS) {
      best = last(options.size(), i -> lower.lastIndexOf(options.get(i).toLowerCase(Locale.ROOT)));
    }
    return letter(best < 0 ? random.below(options.size()) : best);
  }

  /**
   * Grades the response to an open question. The response is correct if one of its key parts contains the text of an
   * answer, or one of its numbers equals an answer, rounded to two decimals.
   *
   * @param response the model's response
   * @param answers the accepted answers
   * @return whether the response is correct
   * @throws IllegalArgumentException if there are no answers
   */
  public static boolean isCorrect(String response, List<String> answers) {
    Items.requireSome(answers);
    List<Object> accepted = new ArrayList<>();
    answers.forEach(answer -> accepted.addAll(normalized(answer)));
    for (Object given : parsed(response)) {
      for (Object answer : accepted) {
        if (matches(given, answer)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean matches(Object given, Object answer) {
    if (given instanceof String text && answer instanceof String part) {
      return text.contains(part);
    }
    return given instanceof Double a && answer instanceof Double b && a.doubleValue() == b.doubleValue();
  }

  private static String trimmed(String response) {
    String text = response;
    for (int i = 0; i < TRIMMED.length(); i++) {
      text = stripped(text, TRIMMED.charAt(i));
    }
    return text;
  }

  private static String stripped(String text, char mark) {
    int start = 0;
    int end = text.length();
    while (start < end && text.charAt(start) == mark) {
      start++;
    }
    while (end > start && text.charAt(end - 1) == mark) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Returns the index with the largest position, or −1 if all positions are negative. */
  private static int last(int count, IntUnaryOperator position) {
    int best = -1;
    int largest = -1;
    for (int i = 0; i < count; i++) {
      int at = position.applyAsInt(i);
      if (at > largest) {
        largest = at;
        best = i;
      }
    }
    return best;
  }

  private static String letter(int index) {
    return String.valueOf((char) ('A' + index));
  }

  /** Returns texts and rounded numbers. */
  static Set<Object> parsed(String response) {
    List<String> keys = keys(stripped(PythonText.strip(response), '.').toLowerCase(Locale.ROOT));
    Set<Object> parsed = new LinkedHashSet<>();
    for (String key : keys) {
      parsed.addAll(normalized(key));
      for (Pattern pattern : NUMBERS) {
        Matcher matcher = pattern.matcher(key);
        while (matcher.find()) {
          parsed.addAll(normalized(matcher.group()));
        }
      }
    }
    return parsed;
  }

  /** Returns the shortest text after an indicator in each line; the whole response if there is none. */
  private static List<String> keys(String response) {
    List<String> keys = new ArrayList<>();
    String[] lines = response.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      List<String> indicators = new ArrayList<>(INDICATORS);
      if (i == lines.length - 1) {
        indicators.add("=");
      }
      String shortest = "";
      for (String indicator : indicators) {
        int at = lines[i].lastIndexOf(indicator);
        if (at >= 0) {
          String tail = PythonText.strip(lines[i].substring(at + indicator.length()));
          shortest = shortest.isEmpty() || PythonText.length(tail) < PythonText.length(shortest) ? tail : shortest;
        }
      }
      if (!shortest.isEmpty() && !TRIVIAL.contains(shortest)) {
        keys.add(shortest);
      }
    }
    return keys.isEmpty() ? List.of(response) : keys;
  }

  private static List<Object> normalized(String text) {
    String lower = PythonText.strip(text).toLowerCase(Locale.ROOT);
    String number = PythonText.strip(lower.replace(",", ""));
    if (FLOAT.matcher(number).matches()) {
      return List.of(rounded(number));
    }
    return PythonText.length(lower) == 1 ? List.of(" " + lower, lower + " ") : List.of(lower);
  }

  private static Double rounded(String number) {
    if (number.contains("n")) { // infinity, NaN
      return number.contains("inf") ? number.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY
          : Double.NaN;
    }
    StringBuilder plain = new StringBuilder();
    number.codePoints().filter(c -> c != '_').forEach(c ->
        plain.appendCodePoint(Character.isDigit(c) ? '0' + Character.digit(c, 10) : c));
    double value = Double.parseDouble(plain.toString());
    return Double.isInfinite(value) ? value
        : new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN).doubleValue();
  }
}
