package io.gill.evaluation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Accuracy of a short answer to a question of VQAv2, with the official normalisation. */
public final class VqaAccuracy {
  private static final Set<String> ARTICLES = Set.of("a", "an", "the");
  private static final List<String> NUMBERS = List.of(
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten");
  private static final String PUNCTUATION = ";/[]\"{}()=+\\_-><@`,?!";
  private static final Pattern COMMA_IN_NUMBER = Pattern.compile("\\p{Nd},\\p{Nd}");

  /** The official expression; its first part has no effect. */
  private static final Pattern STOP = Pattern.compile("\\.(?!\\p{Nd})");

  /** The official script passes a flag as the number of replacements. */
  private static final int MAX_STOPS = 32;

  /** Contracted words. The script restores them if an apostrophe is missing. */
  private static final String CONTRACTED = """
      ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
      he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't
      not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll
      somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd
      there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll
      what're what's what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's
      won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've""";

  private static final Map<String, String> CONTRACTIONS = contractions();
  private static final int ENOUGH = 3;

  private VqaAccuracy() {}

  /**
   * Scores an answer: the mean, over all references, of min(1, m/3), where m is the number of other references that
   * equal the answer.
   *
   * @param answer the model's answer
   * @param references the answers of people, ten in VQAv2
   * @return the accuracy, from 0 to 1
   * @throws IllegalArgumentException if there are no references
   */
  public static double score(String answer, List<String> references) {
    Items.requireSome(references);
    List<String> correct = references.stream().map(VqaAccuracy::oneLine).toList();
    String given = oneLine(answer);
    if (new HashSet<>(correct).size() > 1) {
      correct = correct.stream().map(VqaAccuracy::normalize).toList();
      given = normalize(given);
    }
    long matches = 0;
    for (String reference : correct) {
      matches += reference.equals(given) ? 1 : 0;
    }
    double sum = 0;
    for (String reference : correct) {
      long others = matches - (reference.equals(given) ? 1 : 0);
      sum += Math.min(1, (double) others / ENOUGH);
    }
    return sum / correct.size();
  }

  /**
   * Normalises an answer: removes punctuation and articles, writes numbers up to ten as digits and restores missing
   * apostrophes. {@link #score} does this only if the references differ.
   *
   * @param answer an answer without line breaks
   * @return the normalised answer, in lower case
   */
  public static String normalize(String answer) {
    List<String> words = new ArrayList<>();
    for (String word : PythonText.words(withoutPunctuation(answer).toLowerCase(Locale.ROOT))) {
      String digits = word.equals("none") ? "0" : NUMBERS.contains(word) ? "" + NUMBERS.indexOf(word) : word;
      if (!ARTICLES.contains(digits)) {
        words.add(CONTRACTIONS.getOrDefault(digits, digits));
      }
    }
    return String.join(" ", words);
  }

  private static String withoutPunctuation(String text) {
    boolean removes = COMMA_IN_NUMBER.matcher(text).find();
    String result = text;
    for (int i = 0; i < PUNCTUATION.length(); i++) {
      String mark = PUNCTUATION.substring(i, i + 1);
      boolean atWordEnd = text.contains(mark + " ") || text.contains(" " + mark);
      result = result.replace(mark, removes || atWordEnd ? "" : " ");
    }
    Matcher stops = STOP.matcher(result);
    StringBuilder kept = new StringBuilder();
    for (int i = 0; i < MAX_STOPS && stops.find(); i++) {
      stops.appendReplacement(kept, "");
    }
    return stops.appendTail(kept).toString();
  }

  private static String oneLine(String answer) {
    return PythonText.strip(answer.replace('\n', ' ').replace('\t', ' '));
  }

  private static Map<String, String> contractions() {
    Map<String, String> result = new HashMap<>();
    for (String word : CONTRACTED.split("\\s+", -1)) {
      for (int i = word.indexOf('\''); i >= 0; i = word.indexOf('\'', i + 1)) {
        result.put(word.substring(0, i) + word.substring(i + 1), word);
      }
    }
    result.put("somebody'd", "somebodyd"); // the reverse, as in the official script
    return Map.copyOf(result);
  }
}
