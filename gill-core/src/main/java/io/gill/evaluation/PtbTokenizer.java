package io.gill.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits captions into lower-case words as the official COCO scorer does: the Penn Treebank rules of Stanford's
 * tokenizer, followed by removal of punctuation. Stanford's own tokenizer is not used because its licence (GPL) would
 * extend to applications. The rules cover captions in English; the tests compare them with recorded output of version
 * 3.4.1. A letter with a stop at the end of a text keeps it, where Stanford's tokenizer looks at the next caption.
 * Thread-safe.
 */
public final class PtbTokenizer {
  /** Tokens that the scorer removes. It compares with capitals, so that lower-case brackets such as -lrb- stay. */
  static final Set<String> REMOVED =
      Set.of("''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";");

  private static final Map<String, String> SYMBOLS = Map.ofEntries(
      Map.entry("(", "-lrb-"), Map.entry(")", "-rrb-"), Map.entry("[", "-lsb-"), Map.entry("]", "-rsb-"),
      Map.entry("{", "-lcb-"), Map.entry("}", "-rcb-"), Map.entry("\u20AC", "$"), Map.entry("\u00A3", "#"),
      Map.entry("\u00A2", "cents"), Map.entry("\u2026", "..."), Map.entry("\u2013", "--"), Map.entry("\u2014", "--"),
      Map.entry("\u201C", "``"), Map.entry("\u201D", "''"), Map.entry("\u00AB", "``"), Map.entry("\u00BB", "''"),
      Map.entry("\u2018", "`"), Map.entry("\u2019", "'"), Map.entry("\u00BD", "1/2"), Map.entry("\u00BC", "1/4"),
      Map.entry("\u00BE", "3/4"), Map.entry("\u2153", "1/3"), Map.entry("\u2154", "2/3"));

  private static final Map<String, Integer> TWO_WORDS = Map.ofEntries(
      Map.entry("cannot", 3), Map.entry("gonna", 3), Map.entry("wanna", 3), Map.entry("gotta", 3),
      Map.entry("lemme", 3), Map.entry("gimme", 3));

  private static final String APOSTROPHE = "['\u2019]";
  private static final String LETTER = "[\\p{L}\\p{M}]";
  private static final String WORD_CHARACTER = "[\\p{L}\\p{M}\\p{Nd}_]";

  /** A word; letters may be joined by a single stop or mark, as in a.b and a!b. */
  private static final String WORD = LETTER + WORD_CHARACTER + "*+(?:[.!?]" + LETTER + WORD_CHARACTER + "*+){0,200}+";

  /** Abbreviations that keep their stop. */
  private static final String ABBREVIATION = "(?i:mr|mrs|ms|drs?|prof|rev|gen|sen|rep|gov|lt|col|capt|sgt|maj|pres"
      + "|jr|sr|ste?|ave|ft|mt|co|inc|corp|ltd|etc|vs|e\\.g|i\\.e|a\\.m|p\\.m|jan|feb|aug|sept?|oct|nov|dec|calif|conn)"
      + "\\.(?!" + WORD_CHARACTER + ")"
      + "|(?:Mon|Tues?|Wed|Thurs?|Fri|Fla|Mass|Pa|Ill|Wash|Ph\\.D)\\.(?!" + WORD_CHARACTER + ")";

  /** Words before which a letter with a stop ends its sentence: those of 6,000 that Stanford's tokenizer treats so. */
  private static final String SENTENCE_START = "(?:A|About|According|Additionally|After|An|As|At|But|Earlier|He|Her"
      + "|Here|However|If|In|It|Last|Many|More|Now|Once|One|Other|Our|She|Since|So|Some|Such|That|The|Their|Then|There"
      + "|These|They|This|We|When|While|What|Yet|You)";

  /** The first alternative that matches wins. Groups repeat at most 200 times, since each repetition needs stack. */
  private static final Pattern TOKEN = Pattern.compile(String.join("|",
      "(?<url>https?://\\S*[^\\s.,;:!?\"')]"
          + "|(?:www\\.)?(?:[\\w-]{1,63}\\.){1,20}(?:com|net|org|edu)\\b(?:/\\S*[^\\s.,;:!?\"')])?)",
      "(?<mail>[\\w.+-]{1,64}@[\\w-]+(?:\\.[\\w-]+){1,200})",
      "(?<tag></?[A-Za-z][^<>\\r\\n]*>)",
      "(?<dollars>(?:US|C|A)\\$)",
      "(?<entity>&(?:amp|lt|gt|quot|nbsp|mdash);)",
      "(?<phone>\\(\\d{3}\\)\\s?\\d{3}-?\\d{4}\\b)",
      "(?<fraction>\\d+ [1-9]/\\d(?!\\w))",
      "(?<smiley>(?<!\\w)[:;=]-?(?:[()]|D(?!\\w)))",
      "(?<hash>(?:(?<!#)#|(?<!\\w)@)" + LETTER + WORD_CHARACTER + "*)",
      "(?<initials>" + LETTER + "(?:\\." + LETTER + "){1,200}\\."
          + "|[A-Za-z]\\.(?=\\s+[^\\s.?!]|$)(?!\\s+" + SENTENCE_START + "\\b)(?<![\\p{L}\\p{Nd}'\u2019]..))",
      "(?<abbreviation>" + ABBREVIATION + "|(?i:no)\\.(?=\\s*\\d))",
      "(?<company>[A-Z]+(?:[&+][A-Z]+){1,200}(?!" + LETTER + "))",
      "(?<contraction>" + LETTER + "+?(?=(?:n" + APOSTROPHE + "t|N" + APOSTROPHE + "T)(?!" + LETTER + ")))",
      "(?<not>(?i:n" + APOSTROPHE + "t)(?!" + LETTER + "))",
      "(?<it>" + APOSTROPHE + "(?i:t)(?=(?i:is|was)\\b))",
      "(?<suffix>" + APOSTROPHE + "(?i:s|m|d|re|ve|ll|em|n|cause|til)(?!" + WORD_CHARACTER + "))",
      "(?<joined>(?i:[a-hj-xz]" + APOSTROPHE + "(?!(?:re|ve|ll)\\b)" + LETTER + "{2,}|ma" + APOSTROPHE + "am|you"
          + APOSTROPHE + "all))",
      "(?<yall>(?i:y" + APOSTROPHE + "(?=" + LETTER + ")))",
      "(?<stem>(?=[\\p{Nd}_]*+" + LETTER + ")" + WORD_CHARACTER + "++(?=" + APOSTROPHE + "(?i:s|m|d|re|ve|ll|n)(?!"
          + LETTER + ")))",
      "(?<year>'\\d\\d(?:s|(?!" + WORD_CHARACTER + ")))",
      "(?<slashes>[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2})",
      "(?<hyphens>[\\p{L}\\p{M}\\p{Nd}_]+(?:\\.[A-Za-z]+){0,200}(?:-[\\p{L}\\p{M}\\p{Nd}_]+){1,200})",
      "(?<language>[cC]\\+\\+)",
      "(?<version>" + WORD_CHARACTER + "*\\d(?:\\.\\d+){0,200}\\." + LETTER + WORD_CHARACTER + "*)",
      "(?<ratio>\\d{1,4}/\\d{1,4}(?:/\\d{2,4})?(?!" + WORD_CHARACTER + "|[.:,/-]\\d))",
      "(?<parts>\\d+(?:[.:,]\\d+){1,200}(?:-\\d+){1,200}(?!" + WORD_CHARACTER + "))",
      "(?<number>[-+]?\\d*(?:[.:,]\\d+){1,200}|[-+]?\\d+(?!" + WORD_CHARACTER + "))",
      "(?<mixed>\\p{Nd}+" + LETTER + WORD_CHARACTER + "*)",
      "(?<word>" + WORD + ")",
      "(?<hashes>##+)",
      "(?<dots>\\.\\.\\.+)",
      "(?<marks>[?!]{2,})",
      "(?<dashes>--{1,3}(?!-)|-{5,})",
      "(?<double>``|'')",
      "(?<other>\\S)"));

  private PtbTokenizer() {}

  /**
   * Returns the words of a caption, in lower case and without punctuation.
   *
   * @param caption a text in English; line breaks count as spaces
   * @return the words; empty if there are none
   */
  public static List<String> tokenize(String caption) {
    return tokens(caption).stream().filter(token -> !REMOVED.contains(token)).toList();
  }

  /** Returns all tokens, in lower case. */
  static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    while (matcher.find()) {
      String token = matcher.group();
      if (matcher.group("tag") != null) {
        tokens.add(unbroken(token).toLowerCase(Locale.ROOT));
      } else if (matcher.group("other") != null) {
        tokens.add(symbol(text, matcher.start(), token));
      } else if (matcher.group("entity") != null) {
        tokens.addAll(entity(token));
      } else if (matcher.group("dots") != null) {
        tokens.add("...");
      } else if (matcher.group("dashes") != null) {
        tokens.add(token.length() < 5 ? "--" : token);
      } else {
        addWord(tokens, unbroken(brackets(token)).toLowerCase(Locale.ROOT).replace('\u2019', '\''));
      }
    }
    return tokens;
  }

  private static void addWord(List<String> tokens, String word) {
    Integer split = TWO_WORDS.get(word);
    if (split != null) {
      tokens.add(word.substring(0, split));
      tokens.add(word.substring(split));
    } else {
      tokens.add(word);
    }
  }

  /** Writes the brackets of smileys and telephone numbers as names. */
  private static String brackets(String token) {
    return token.replace("(", "-lrb-").replace(")", "-rrb-");
  }

  /** Keeps the parts of a token together. */
  private static String unbroken(String token) {
    return token.replace(' ', '\u00A0');
  }

  private static List<String> entity(String token) {
    return switch (token) {
      case "&amp;" -> List.of("&");
      case "&lt;" -> List.of("<");
      case "&gt;" -> List.of(">");
      case "&quot;" -> List.of("''");
      case "&mdash;" -> List.of("--");
      default -> List.of();
    };
  }

  private static String symbol(String text, int start, String token) {
    int next = start + 1;
    if (token.equals("\"")) {
      return next < text.length() && Character.isLetterOrDigit(text.charAt(next)) ? "``" : "''";
    }
    if (token.equals("'")) {
      return next < text.length() && Character.isLetter(text.charAt(next)) ? "`" : "'";
    }
    return SYMBOLS.getOrDefault(token, token);
  }
}
