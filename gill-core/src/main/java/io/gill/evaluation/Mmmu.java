package io.gill.evaluation;

import io.gill.GillException;
import io.gill.parquet.ParquetTable;
import io.gill.weights.RegularFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * MMMU: reads the official Parquet files, writes the published prompt, and writes and scores the official result file.
 * Parquet requires {@code org.duckdb:duckdb_jdbc}, an optional dependency.
 */
public final class Mmmu {
  private static final String MULTIPLE_CHOICE = "multiple-choice";
  private static final int MOST_OPTIONS = 26;

  /** The answer of questions whose answer is not published. */
  private static final String UNKNOWN = "?";

  private static final List<String> COLUMNS = List.of("id", "question", "options", "answer", "question_type");

  /** Far above the texts and pictures of the benchmark. */
  private static final int LONGEST_TEXT = 100_000;

  private static final int LARGEST_PICTURE = 64 << 20;

  private static final Pattern ID = Pattern.compile("[^_]+_(?<subject>.+)_[^_]+", Pattern.DOTALL);
  private static final Pattern PICTURE = Pattern.compile("<image (\\d+)>");
  private static final String FIRST_PICTURE = "image_1";

  private static final Map<String, List<String>> DOMAINS = domains();

  private Mmmu() {}

  /**
   * A question.
   *
   * @param id such as {@code validation_Accounting_1}
   * @param text the question; {@code <image 1>} marks the place of a picture
   * @param options the texts of options A, B, …; empty if the question is open
   * @param answers the accepted answers: a letter, or texts if the question is open; empty if they are not published
   */
  public record Question(String id, String text, List<String> options, List<String> answers) {
    /**
     * Copies the lists.
     *
     * @param id such as {@code validation_Accounting_1}
     * @param text the question; {@code <image 1>} marks the place of a picture
     * @param options the texts of options A, B, …; empty if the question is open
     * @param answers the accepted answers: a letter, or texts if the question is open; empty if they are not published
     * @throws IllegalArgumentException if the id names no subject, or there are more than 26 options
     */
    public Question {
      options = List.copyOf(options);
      answers = List.copyOf(answers);
      if (!ID.matcher(id).matches()) {
        throw new IllegalArgumentException("the id " + id + " has not the form split_Subject_number");
      }
      if (options.size() > MOST_OPTIONS) {
        throw new IllegalArgumentException("question " + id + " has " + options.size() + " options, more than 26");
      }
    }

    /**
     * Returns the subject, such as {@code Accounting}.
     *
     * @return the id without the split and the number
     */
    public String subject() {
      return ID.matcher(id).replaceFirst("${subject}");
    }

    /**
     * Returns what the model reads, as the official script words it for LLaVA 1.5. A picture stands where the question
     * or an option first mentions it. The first picture precedes a question that mentions none.
     *
     * @return the parts; pictures are named after their columns, such as {@code image_1}
     */
    public List<PromptPart> prompt() {
      StringBuilder prompt = new StringBuilder(text).append('\n');
      for (int i = 0; i < options.size(); i++) {
        prompt.append('(').append(letter(i)).append(") ").append(options.get(i)).append('\n');
      }
      if (!options.isEmpty()) {
        prompt.append('\n');
      }
      prompt.append(options.isEmpty() ? "Answer the question using a single word or phrase."
          : "Answer with the option's letter from the given choices directly.");
      return parts(prompt.toString());
    }
  }

  private static List<PromptPart> parts(String prompt) {
    List<PromptPart> parts = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    int end = 0;
    Matcher matcher = PICTURE.matcher(prompt);
    while (matcher.find()) {
      if (seen.add(matcher.group(1))) {
        addText(parts, prompt.substring(end, matcher.start()));
        parts.add(new PromptPart.Picture("image_" + matcher.group(1)));
        end = matcher.end();
      }
    }
    addText(parts, prompt.substring(end));
    if (seen.isEmpty()) {
      parts.add(0, new PromptPart.Picture(FIRST_PICTURE));
    }
    return parts;
  }

  private static void addText(List<PromptPart> parts, String text) {
    if (!text.isBlank()) {
      parts.add(new PromptPart.Text(text));
    }
  }

  private static String letter(int index) {
    return String.valueOf((char) ('A' + index));
  }

  /**
   * Reads the questions of a file, without their pictures.
   *
   * @param file a Parquet file, such as {@code Accounting/validation-00000-of-00001.parquet}
   * @return the questions, in the order of the file
   * @throws GillException if DuckDB is missing, the file is damaged or lacks a column, two questions have the same id,
   *     or a question has no valid options or answer
   */
  public static List<Question> questions(Path file) {
    Map<String, Question> questions = new LinkedHashMap<>();
    try (ParquetTable table = open(file)) {
      Map<String, String> columns = table.columns();
      for (String column : COLUMNS) {
        if (!columns.containsKey(column)) {
          throw new GillException(file + " has no column '" + column + "': check that this is a file of MMMU");
        }
      }
      List<String> cut = COLUMNS.stream()
          .map(column -> "substr(CAST(" + column + " AS VARCHAR), 1, " + (LONGEST_TEXT + 1) + ")").toList();
      try (PreparedStatement statement = table.statement("SELECT " + String.join(", ", cut) + ParquetTable.FROM);
          ResultSet rows = statement.executeQuery()) {
        for (int i = 0; rows.next(); i++) {
          Question question = question(new Row(file + ", row " + i, rows));
          if (questions.put(question.id(), question) != null) {
            throw new GillException(file + ", row " + i + ": a second question with the id " + question.id());
          }
        }
      } catch (SQLException e) {
        throw table.unreadable(e);
      }
    }
    return List.copyOf(questions.values());
  }

  private record Row(String where, ResultSet cells) {
    String text(int column) throws SQLException {
      @Nullable String text = cells.getString(column + 1);
      if (text == null || text.length() > LONGEST_TEXT) {
        throw invalid("'" + COLUMNS.get(column) + "' is " + (text == null ? "missing" : "too long"));
      }
      return text;
    }

    GillException invalid(String problem) {
      return new GillException(where + ": " + problem);
    }
  }

  private static Question question(Row row) throws SQLException {
    List<String> options = List.of();
    List<String> answers = List.of();
    String answer = row.text(3);
    if (row.text(4).equals(MULTIPLE_CHOICE)) {
      options = PythonList.of(row.text(2)).filter(list -> !list.isEmpty() && list.size() <= MOST_OPTIONS)
          .orElseThrow(() -> row.invalid("'options' is not a list of 1 to 26 texts"));
      if (!answer.equals(UNKNOWN)) {
        if (answer.length() != 1 || answer.charAt(0) < 'A' || answer.charAt(0) >= 'A' + options.size()) {
          throw row.invalid("'answer' is no letter of the " + options.size() + " options");
        }
        answers = List.of(answer);
      }
    } else if (!answer.equals(UNKNOWN)) {
      answers = PythonList.of(answer).filter(list -> !list.isEmpty()).orElse(List.of(answer));
    }
    try {
      return new Question(row.text(0), row.text(1), options, answers);
    } catch (IllegalArgumentException e) {
      throw row.invalid(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Reads a picture of a question. Thread-safe.
   *
   * @param file the question's file
   * @param id id of the question
   * @param name the picture's column, such as {@code image_1}
   * @return the encoded picture
   * @throws GillException if the file is damaged, or the question has no such picture or one of more than 64 MiB
   */
  public static byte[] picture(Path file, String id, String name) {
    String what = file + ", question " + id + ": the picture '" + name + "'";
    if (!name.matches("image_\\d+")) {
      throw new GillException(what + " is not a column");
    }
    try (ParquetTable table = open(file)) {
      if (!String.valueOf(table.columns().get(name)).startsWith("STRUCT(bytes BLOB")) {
        throw new GillException(what + " is not a column of pictures");
      }
      String bytes = name + ".bytes";
      try (PreparedStatement statement = table.statement("SELECT CASE WHEN octet_length(" + bytes + ") <= "
          + LARGEST_PICTURE + " THEN " + bytes + " END, octet_length(" + bytes + ")" + ParquetTable.FROM
          + " WHERE id = ? LIMIT 1")) {
        statement.setString(2, id);
        try (ResultSet rows = statement.executeQuery()) {
          byte @Nullable [] picture = rows.next() ? rows.getBytes(1) : null;
          if (picture == null) {
            throw new GillException(what + " is missing or too large");
          }
          return picture;
        }
      } catch (SQLException e) {
        throw table.unreadable(e);
      }
    }
  }

  private static ParquetTable open(Path file) {
    if (!Files.exists(RegularFile.require(file))) {
      throw new GillException(file + " does not exist");
    }
    return ParquetTable.open(file);
  }

  /**
   * Reads the model's responses as the official script does: the letter that a response names, drawn at random with
   * seed 42 if it names none, and the response itself if the question is open.
   *
   * @param questions the questions, whose order determines the random letters
   * @param responses response by id; questions without one are left out
   * @return prediction by id, in the order of the questions
   */
  public static Map<String, String> predictions(List<Question> questions, Map<String, String> responses) {
    MmmuAnswers answers = new MmmuAnswers();
    Map<String, String> predictions = new LinkedHashMap<>();
    for (Question question : questions) {
      String response = responses.get(question.id());
      if (response != null) {
        predictions.put(question.id(),
            question.options().isEmpty() ? response : answers.choice(response, question.options()));
      }
    }
    return predictions;
  }

  /**
   * Writes the result file that the official {@code main_eval_only.py} reads.
   *
   * @param file path of the file, such as {@code total_val_output.json}
   * @param predictions prediction by id
   * @throws GillException if it cannot be written
   */
  public static void writeResults(Path file, Map<String, String> predictions) {
    ResultFile.writeIndented(file, predictions);
  }

  /**
   * Writes the responses as the official {@code main_parse_and_eval.py} reads them: in a folder of each subject, a file
   * {@code output.json} with the questions that have a response.
   *
   * @param folder the folder of the subjects' folders, which are created
   * @param questions the questions; subjects are written in their order
   * @param responses response by id; questions without one are left out
   * @throws GillException if a subject cannot be the name of a folder, and nothing is written; or if a file cannot be
   *     written
   */
  public static void writeResponses(Path folder, List<Question> questions, Map<String, String> responses) {
    Map<String, List<Map<String, Object>>> subjects = new LinkedHashMap<>();
    for (Question question : questions) {
      String response = responses.get(question.id());
      if (response != null) {
        subjects.computeIfAbsent(question.subject(), subject -> new ArrayList<>()).add(answered(question, response));
      }
    }
    for (String subject : subjects.keySet()) {
      if (!subject.matches("\\w+")) { // the name of a folder comes from a stranger's file
        throw new GillException("the subject '" + subject + "' cannot be a folder: only letters, digits and _ are");
      }
    }
    subjects.forEach((subject, answered) ->
        ResultFile.writeIndented(folder.resolve(subject).resolve("output.json"), answered));
  }

  private static Map<String, Object> answered(Question question, String response) {
    Map<String, Object> entry = new LinkedHashMap<>();
    List<String> answers = question.answers();
    entry.put("id", question.id());
    entry.put("question_type", question.options().isEmpty() ? "short-answer" : MULTIPLE_CHOICE);
    entry.put("answer", answers.isEmpty() ? UNKNOWN : answers.size() == 1 ? answers.get(0) : answers);
    if (!question.options().isEmpty()) {
      Map<String, String> options = new LinkedHashMap<>();
      for (int i = 0; i < question.options().size(); i++) {
        options.put(letter(i), question.options().get(i));
      }
      entry.put("all_choices", List.copyOf(options.keySet()));
      entry.put("index2ans", options);
    }
    entry.put("response", response);
    return entry;
  }

  /**
   * Grades a prediction as the official script does.
   *
   * @param question a question whose answers are published
   * @param prediction the letter, or the response to an open question
   * @return the grade, 0 or 1, with the subject as category
   * @throws IllegalArgumentException if the answers are not published
   */
  public static GradedAnswer grade(Question question, String prediction) {
    Items.requireSome(question.answers());
    boolean correct = question.options().isEmpty() ? MmmuAnswers.isCorrect(prediction, question.answers())
        : question.answers().contains(prediction);
    return new GradedAnswer(question.id(), question.subject(), correct ? 1 : 0);
  }

  /**
   * Reads a result file.
   *
   * @param file the official result file that {@link #writeResults} writes
   * @return prediction by id of the question, in the order of the file
   * @throws GillException if the file is damaged
   */
  public static Map<String, String> results(Path file) {
    Map<String, String> predictions = new LinkedHashMap<>();
    JsonRecords.members(file, (id, member) -> predictions.put(id, member.text("value")));
    return predictions;
  }

  /**
   * Scores a result file.
   *
   * @param results the official result file
   * @param questions the questions that it answers
   * @return accuracy of all questions and of each subject
   * @throws GillException if the file is damaged, or a prediction or a question is missing
   */
  public static Accuracy score(Path results, List<Question> questions) {
    Map<String, String> left = results(results);
    List<GradedAnswer> answers = new ArrayList<>();
    for (Question question : questions) {
      @Nullable String prediction = left.remove(question.id());
      if (prediction == null) {
        throw new GillException(results + " has no prediction for the question " + question.id());
      }
      answers.add(grade(question, prediction));
    }
    if (!left.isEmpty()) {
      throw new GillException(results + " answers the question " + left.keySet().iterator().next()
          + ", which is not there: check that both are of the same split");
    }
    return Accuracy.of(answers);
  }

  /**
   * Returns the domains of the official report.
   *
   * @return the subjects by domain, in the official order
   */
  public static Map<String, List<String>> subjectsByDomain() {
    return DOMAINS;
  }

  private static Map<String, List<String>> domains() {
    Map<String, List<String>> domains = new LinkedHashMap<>();
    domains.put("Art and Design", List.of("Art", "Art_Theory", "Design", "Music"));
    domains.put("Business", List.of("Accounting", "Economics", "Finance", "Manage", "Marketing"));
    domains.put("Science", List.of("Biology", "Chemistry", "Geography", "Math", "Physics"));
    domains.put("Health and Medicine", List.of("Basic_Medical_Science", "Clinical_Medicine",
        "Diagnostics_and_Laboratory_Medicine", "Pharmacy", "Public_Health"));
    domains.put("Humanities and Social Science", List.of("History", "Literature", "Sociology", "Psychology"));
    domains.put("Tech and Engineering", List.of("Agriculture", "Architecture_and_Engineering", "Computer_Science",
        "Electronics", "Energy_and_Power", "Materials", "Mechanical_Engineering"));
    return Collections.unmodifiableMap(domains);
  }
}
