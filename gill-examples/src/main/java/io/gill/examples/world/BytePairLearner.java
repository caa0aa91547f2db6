package io.gill.examples.world;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.examples.Output;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns byte-level byte-pair vocabularies (Sennrich, Haddow and Birch 2016, algorithm 1) and writes them in the format
 * of the published models, for {@link io.gill.text.OptTokenizer} and {@link io.gill.text.ClipTokenizer}. Of equally
 * frequent pairs, the first in character order is merged, so that the same texts give the same files.
 */
public final class BytePairLearner {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The word pattern of GPT-2, which OPT shares. */
  private static final Pattern OPT_WORD = Pattern.compile(
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      Pattern.UNICODE_CHARACTER_CLASS);

  private static final Pattern CLIP_WORD = Pattern.compile(
      "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+", Pattern.UNICODE_CHARACTER_CLASS);

  private static final String END = "</w>";
  private static final List<String> ALPHABET = alphabet();

  private final Map<List<String>, Integer> words = new TreeMap<>(Comparator.comparing(Object::toString));
  private final List<String> tokens = new ArrayList<>();
  private final List<String> merges = new ArrayList<>();

  private BytePairLearner() {}

  /**
   * Learns a vocabulary like OPT's: {@code <s>}, {@code <pad>}, {@code </s>} and {@code <unk>} have ids 0 to 3,
   * followed by the bytes and the merged pairs.
   *
   * @param texts the texts to learn from
   * @param entries the maximum size of the vocabulary, at least 260; smaller if the texts have no more pairs
   * @param dir a folder, created if missing, for {@code vocab.json}, {@code merges.txt}, {@code tokenizer_config.json}
   *     and {@code special_tokens_map.json}
   * @return the size of the vocabulary
   * @throws IOException if writing fails
   */
  public static int writeOpt(Iterable<String> texts, int entries, Path dir) throws IOException {
    BytePairLearner learner = new BytePairLearner();
    for (String text : texts) {
      learner.count(text, OPT_WORD, "");
    }
    learner.tokens.addAll(List.of("<s>", "<pad>", "</s>", "<unk>"));
    learner.tokens.addAll(ALPHABET);
    learner.learn(entries);
    Map<String, Object> config = special("</s>", "</s>", "</s>", "<pad>");
    config.put("add_prefix_space", false);
    config.put("add_bos_token", true);
    config.put("tokenizer_class", "GPT2Tokenizer");
    learner.write(dir, special("</s>", "</s>", "</s>", "<pad>"), config);
    return learner.tokens.size();
  }

  /**
   * Learns a vocabulary like CLIP's: the bytes, the bytes that end a word, the merged pairs, and at the end
   * {@code <|startoftext|>} and {@code <|endoftext|>}.
   *
   * @param texts the texts to learn from; converted to lower case
   * @param entries the maximum size of the vocabulary, at least 514; smaller if the texts have no more pairs
   * @param dir a folder, created if missing, for the same files as {@link #writeOpt}
   * @param maxLength the maximum sequence length of the text encoder, 77 for published models
   * @return the size of the vocabulary
   * @throws IOException if writing fails
   */
  public static int writeClip(Iterable<String> texts, int entries, Path dir, int maxLength) throws IOException {
    BytePairLearner learner = new BytePairLearner();
    for (String text : texts) {
      learner.count(text.toLowerCase(Locale.ROOT), CLIP_WORD, END);
    }
    learner.tokens.addAll(ALPHABET);
    ALPHABET.forEach(letter -> learner.tokens.add(letter + END));
    learner.learn(entries - 2);
    String begin = "<|startoftext|>";
    String end = "<|endoftext|>";
    learner.tokens.addAll(List.of(begin, end));
    Map<String, Object> config = special(begin, end, end, end);
    config.put("model_max_length", maxLength);
    config.put("do_lower_case", true);
    config.put("tokenizer_class", "CLIPTokenizer");
    learner.write(dir, special(begin, end, end, end), config);
    return learner.tokens.size();
  }

  /** One character per byte, in GPT-2's order: printable Latin-1 as itself, the other bytes from U+0100 on. */
  private static List<String> alphabet() {
    List<String> letters = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      if (isPrintable(b)) {
        letters.add(letter(b));
      }
    }
    for (int b = 0; b < 256; b++) {
      if (!isPrintable(b)) {
        letters.add(letter(b));
      }
    }
    return letters;
  }

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
  }

  private static String letter(int b) {
    if (isPrintable(b)) {
      return Character.toString(b);
    }
    int before = 0;
    for (int other = 0; other < b; other++) {
      before += isPrintable(other) ? 0 : 1;
    }
    return Character.toString(0x100 + before);
  }

  private void count(String text, Pattern word, String end) {
    Matcher matcher = word.matcher(text);
    while (matcher.find()) {
      List<String> letters = new ArrayList<>();
      for (byte b : matcher.group().getBytes(StandardCharsets.UTF_8)) {
        letters.add(letter(b & 0xFF));
      }
      letters.set(letters.size() - 1, letters.get(letters.size() - 1) + end);
      words.merge(List.copyOf(letters), 1, Integer::sum);
    }
  }

  private record Pair(String left, String right) {}

  private void learn(int entries) {
    if (entries < tokens.size()) {
      throw new IllegalArgumentException("the vocabulary needs room for its " + tokens.size() + " basic tokens");
    }
    List<List<String>> forms = new ArrayList<>(words.keySet());
    List<Integer> counts = new ArrayList<>(words.values());
    while (tokens.size() < entries) {
      Map<Pair, Integer> pairs = new LinkedHashMap<>();
      for (int i = 0; i < forms.size(); i++) {
        List<String> form = forms.get(i);
        for (int j = 0; j + 1 < form.size(); j++) {
          pairs.merge(new Pair(form.get(j), form.get(j + 1)), counts.get(i), Integer::sum);
        }
      }
      if (pairs.isEmpty()) {
        return;
      }
      Comparator<Map.Entry<Pair, Integer>> order = Map.Entry.comparingByValue();
      Pair best = pairs.entrySet().stream()
          .max(order.thenComparing(
              entry -> entry.getKey().left() + " " + entry.getKey().right(), Comparator.reverseOrder()))
          .orElseThrow()
          .getKey();
      merges.add(best.left() + " " + best.right());
      tokens.add(best.left() + best.right());
      forms.replaceAll(form -> join(form, best));
    }
  }

  private static List<String> join(List<String> form, Pair pair) {
    List<String> joined = new ArrayList<>();
    for (int i = 0; i < form.size(); i++) {
      boolean both = i + 1 < form.size() && form.get(i).equals(pair.left()) && form.get(i + 1).equals(pair.right());
      joined.add(both ? pair.left() + pair.right() : form.get(i));
      i += both ? 1 : 0;
    }
    return joined;
  }

  private static Map<String, Object> special(String begin, String end, String unknown, String pad) {
    Map<String, Object> tokens = new LinkedHashMap<>();
    tokens.put("bos_token", special(begin));
    tokens.put("eos_token", special(end));
    tokens.put("unk_token", special(unknown));
    tokens.put("pad_token", special(pad));
    return tokens;
  }

  private static Map<String, Object> special(String content) {
    Map<String, Object> token = new LinkedHashMap<>();
    token.put("content", content);
    token.put("lstrip", false);
    token.put("normalized", true);
    token.put("rstrip", false);
    token.put("single_word", false);
    return token;
  }

  private void write(Path dir, Map<String, Object> special, Map<String, Object> config) throws IOException {
    Map<String, Integer> ids = new LinkedHashMap<>();
    tokens.forEach(token -> ids.put(token, ids.size()));
    Output.text(dir.resolve("vocab.json"), JSON.writeValueAsString(ids));
    Output.text(dir.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", merges) + "\n");
    Output.text(dir.resolve("special_tokens_map.json"), JSON.writeValueAsString(special));
    Output.text(dir.resolve("tokenizer_config.json"), JSON.writeValueAsString(config));
  }
}
