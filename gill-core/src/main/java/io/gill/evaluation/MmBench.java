package io.gill.evaluation;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** MMBench: reads the official table and writes the published prompt. {@link Accuracy#circular} scores answers. */
public final class MmBench {
  /** Rotations of a question have indices that are equal modulo this number. */
  static final long ROTATION = 1_000_000;

  private static final List<String> LETTERS = List.of("A", "B", "C", "D");

  /** The short names of the groups of abilities in published tables. */
  private static final Map<String, String> ABBREVIATIONS = Map.of(
      "coarse_perception", "CP",
      "finegrained_perception (instance-level)", "FP-S",
      "finegrained_perception (cross-instance)", "FP-C",
      "logic_reasoning", "LR",
      "relation_reasoning", "RR",
      "attribute_reasoning", "AR");

  /** Words end at white space and at the punctuation that the official script removes. */
  private static final Splitter WORDS =
      Splitter.on(Pattern.compile(PythonText.SPACE + "|[.()\\[\\],:;!*#{}]")).omitEmptyStrings();

  /** Number of last words among which the only letter of a response must be. */
  private static final int LAST_WORDS = 4;

  /** A response longer than this multiple of the options' total length is not searched for their texts. */
  private static final int LONGEST_RESPONSE = 2;

  private static final Pattern ANSWER_IS = Pattern.compile(
      "answer" + PythonText.SPACE + "+is" + PythonText.SPACE + "+\\**([ABCD])", Pattern.CASE_INSENSITIVE);

  private static final String API_FAILURE = "Failed to obtain answer via API";

  private static final List<String> REFUSALS = List.of("Sorry, I can't help with images of people yet.",
      "I can't process this file.", "I'm sorry, but without the image provided", "Cannot determine the answer");

  /** The letter by which a model says that no option fits. */
  private static final String NO_OPTION = "Z";

  /** Texts that pandas, which reads the official table, takes for a missing value. */
  private static final Set<String> NOT_AVAILABLE = Set.of("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN",
      "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null");

  /** A longer cell is a picture, as in the official reader: no encoded picture is so short. */
  private static final int LONGEST_REFERENCE = 64;

  private MmBench() {}

  /**
   * A row: a multiple-choice question, or a rotation of one.
   *
   * @param index index of the row; rotations of a question are equal modulo 1,000,000
   * @param image the encoded picture
   * @param hint a hint, empty if there is none
   * @param question the question
   * @param options the texts of options A to D; empty for a letter without an option, and absent for the last ones
   * @param answer the correct letter, empty in the test split
   * @param category the ability that the question tests
   * @param l2Category the group of abilities that the category belongs to; empty if the table names none
   * @param split the split
   */
  @SuppressWarnings("ArrayRecordComponent") // encoded pictures are large, and nobody compares rows
  public record Row(
      long index, byte[] image, String hint, String question, List<String> options, String answer, String category,
      String l2Category, String split) {
    /**
     * Copies the list.
     *
     * @param index index of the row; rotations of a question are equal modulo 1,000,000
     * @param image the encoded picture
     * @param hint a hint, empty if there is none
     * @param question the question
     * @param options the texts of options A to D; empty for a letter without an option, and absent for the last ones
     * @param answer the correct letter, empty in the test split
     * @param category the ability that the question tests
     * @param l2Category the group of abilities that the category belongs to; empty if the table names none
     * @param split the split
     */
    public Row {
      options = List.copyOf(options);
    }

    /**
     * Returns what the rotations of a question have in common.
     *
     * @return the index modulo 1,000,000
     */
    public long questionIndex() {
      return Long.remainderUnsigned(index, ROTATION);
    }

    /**
     * Returns the name of the group of abilities in published tables.
     *
     * @return CP, FP-S, FP-C, LR, RR or AR for MMBench's own six groups; any other group's full name
     */
    public String l2Abbreviation() {
      return ABBREVIATIONS.getOrDefault(l2Category, l2Category);
    }

    /**
     * Returns the text after the picture.
     *
     * @return the prompt
     */
    public String prompt() {
      StringBuilder prompt = new StringBuilder();
      if (!hint.isEmpty()) {
        prompt.append("Hint: ").append(hint).append('\n');
      }
      prompt.append("Question: ").append(question).append("\nOptions:\n");
      for (String letter : letters(options)) {
        prompt.append(letter).append(". ").append(options.get(LETTERS.indexOf(letter))).append('\n');
      }
      return prompt.append("Please select the correct answer from the options above. \n").toString();
    }
  }

  /**
   * Returns the option that a response names, as VLMEvalKit's {@code can_infer} decides before it asks a language
   * model: the only letter of an option among the words, if it is one of the last four; else the letter after "answer
   * is"; else the only option whose text the response contains in any case, if the response is short.
   *
   * @param response the model's response
   * @param options the texts of options A to D; empty for a letter without an option, and absent for the last ones
   * @return the letter; empty if the response names no option or several
   */
  public static Optional<String> choice(String response, List<String> options) {
    List<String> letters = letters(options);
    Optional<String> named = byLetter(response, letters).or(() -> byText(response, options));
    return named.filter(letters::contains);
  }

  /** Returns the letters that have an option. */
  private static List<String> letters(List<String> options) {
    return LETTERS.subList(0, options.size()).stream()
        .filter(letter -> !options.get(LETTERS.indexOf(letter)).isEmpty()).toList();
  }

  /** Returns the named letter, or Z if the response says that no option fits. */
  private static Optional<String> byLetter(String response, List<String> letters) {
    if (response.contains(API_FAILURE)) {
      return Optional.empty();
    }
    if (REFUSALS.stream().anyMatch(response::contains)) {
      return Optional.of(NO_OPTION);
    }
    List<String> words = WORDS.splitToList(response);
    List<String> named = letters.stream().filter(words::contains).toList();
    if (named.size() == 1 && words.indexOf(named.get(0)) >= words.size() - LAST_WORDS) {
      return Optional.of(named.get(0));
    }
    if (named.isEmpty() && words.contains(NO_OPTION)) {
      return Optional.of(NO_OPTION);
    }
    Matcher answer = ANSWER_IS.matcher(response);
    return answer.find()
        ? Optional.of(answer.group(1).toUpperCase(Locale.ROOT)).filter(letters::contains) : Optional.empty();
  }

  private static Optional<String> byText(String response, List<String> options) {
    String lower = response.toLowerCase(Locale.ROOT);
    if (PythonText.length(lower) > LONGEST_RESPONSE * options.stream().mapToInt(PythonText::length).sum()) {
      return Optional.empty();
    }
    List<String> named = letters(options).stream()
        .filter(letter -> lower.contains(options.get(LETTERS.indexOf(letter)).toLowerCase(Locale.ROOT)))
        .toList();
    return named.size() == 1 ? Optional.of(named.get(0)) : Optional.empty();
  }

  /**
   * Reads rows one by one. Rows that share a picture contain the index of the row that has it; such pictures, and only
   * they, are kept in memory until the end.
   *
   * @param file such as {@code MMBench_DEV_EN.tsv}
   * @param each receives the rows, in the order of the file
   * @throws GillException if the file is damaged, two rows have the same index, or a row has no valid picture, options
   *     or answer
   */
  public static void read(Path file, Consumer<Row> each) {
    Map<Long, byte[]> shared = sharedPictures(file);
    Set<Long> seen = new HashSet<>();
    table(file, cells -> {
      Row row = row(cells, shared);
      if (!seen.add(row.index())) {
        throw cells.invalid("a second row with the index " + row.index());
      }
      each.accept(row);
    });
  }

  /** Returns the pictures that other rows refer to, by the index of their row. */
  private static Map<Long, byte[]> sharedPictures(Path file) {
    Set<Long> wanted = new HashSet<>();
    table(file, cells -> {
      if (isReference(cells)) {
        wanted.add(number(cells, "image"));
      }
    });
    Map<Long, byte[]> pictures = new HashMap<>();
    if (!wanted.isEmpty()) {
      table(file, cells -> {
        long index = number(cells, "index");
        if (wanted.contains(index) && !isReference(cells)) {
          pictures.put(index, decoded(cells));
        }
      });
    }
    return pictures;
  }

  /**
   * Writes a table that the official scorer reads: the questions without their pictures, and the replies in the column
   * {@code prediction}.
   *
   * @param file path of the file
   * @param rows the questions
   * @param replies reply by index of the row; rows without one are left out
   */
  public static void writeResults(Path file, List<Row> rows, Map<Long, String> replies) {
    Map<String, Function<Row, String>> columns = new LinkedHashMap<>();
    columns.put("index", row -> Long.toUnsignedString(row.index()));
    columns.put("question", Row::question);
    columns.put("hint", Row::hint);
    for (int i = 0; i < LETTERS.size(); i++) {
      int option = i;
      columns.put(LETTERS.get(i), row -> option < row.options().size() ? row.options().get(option) : "");
    }
    columns.put("answer", Row::answer);
    Map<String, Function<Row, String>> groups = new LinkedHashMap<>();
    groups.put("category", Row::category);
    groups.put("l2-category", Row::l2Category);
    groups.put("split", Row::split);
    groups.forEach((name, cell) -> { // the scorer skips an absent column, but not an empty one
      if (rows.stream().anyMatch(row -> !cell.apply(row).isEmpty())) {
        columns.put(name, cell);
      }
    });
    columns.put("prediction", row -> replies.getOrDefault(row.index(), ""));
    StringBuilder table = new StringBuilder(String.join("\t", columns.keySet())).append('\n');
    for (Row row : rows) {
      if (replies.containsKey(row.index())) {
        table.append(columns.values().stream().map(cell -> quoted(cell.apply(row))).collect(Collectors.joining("\t")))
            .append('\n');
      }
    }
    AtomicFile.write(file, StandardCharsets.UTF_8.encode(table.toString()));
  }

  /**
   * Reads a result file.
   *
   * @param file the official result file: a table with the columns {@code index} and {@code prediction}
   * @return reply by index of the row, in the order of the file
   * @throws GillException if the file is damaged, lacks a column, or answers a row twice
   */
  public static Map<Long, String> results(Path file) {
    Map<Long, String> replies = new LinkedHashMap<>();
    TableReader.read(file, List.of("index", "prediction"), cells -> {
      long index = number(cells, "index");
      if (replies.put(index, cells.text("prediction")) != null) {
        throw cells.invalid("a second prediction with the index " + index);
      }
    });
    return replies;
  }

  /** Quotes a cell as pandas does, only if it has a character that needs it. */
  private static String quoted(String cell) {
    boolean plain = CharMatcher.anyOf("\t\n\r\"").matchesNoneOf(cell);
    return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }

  private static void table(Path file, Consumer<TableReader.Row> each) {
    TableReader.read(file, List.of("index", "image", "question", "A", "B"), each);
  }

  private static Row row(TableReader.Row cells, Map<Long, byte[]> shared) {
    List<String> named = LETTERS.stream().filter(letter -> !cells.text(letter).isEmpty()).toList();
    String answer = available(cells, "answer");
    if (named.size() < 2) {
      throw cells.invalid("the question has fewer than two options");
    }
    if (!answer.isEmpty() && !named.contains(answer)) {
      throw cells.invalid("the answer '" + answer + "' is not one of the options");
    }
    List<String> options = LETTERS.stream().map(letter -> available(cells, letter)).toList();
    int count = options.size();
    while (count > 0 && options.get(count - 1).isEmpty()) {
      count--;
    }
    return new Row(number(cells, "index"), image(cells, shared), available(cells, "hint"), cells.text("question"),
        options.subList(0, count), answer, cells.text("category"), cells.text("l2-category"), cells.text("split"));
  }

  /** Returns a cell; empty if the official reader finds no value in it. */
  private static String available(TableReader.Row cells, String column) {
    return NOT_AVAILABLE.contains(cells.text(column)) ? "" : cells.text(column);
  }

  private static long number(TableReader.Row cells, String column) {
    try {
      return Long.parseUnsignedLong(cells.text(column));
    } catch (NumberFormatException e) {
      throw cells.invalid("the " + column + " '" + cells.text(column) + "' is not a number");
    }
  }

  private static boolean isReference(TableReader.Row cells) {
    String image = cells.text("image");
    if (image.isEmpty()) {
      throw cells.invalid("the question has no picture");
    }
    return image.length() <= LONGEST_REFERENCE;
  }

  private static byte[] image(TableReader.Row cells, Map<Long, byte[]> shared) {
    if (!isReference(cells)) {
      return decoded(cells);
    }
    byte[] image = shared.get(number(cells, "image"));
    if (image == null) {
      throw cells.invalid("the picture is that of row '" + cells.text("image") + "', which has none");
    }
    return image;
  }

  private static byte[] decoded(TableReader.Row cells) {
    try {
      return Base64.getDecoder().decode(cells.text("image"));
    } catch (IllegalArgumentException e) {
      throw cells.invalid("the picture is not base64");
    }
  }
}
