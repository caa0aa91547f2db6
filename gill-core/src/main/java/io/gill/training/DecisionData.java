package io.gill.training;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Prompts for which people judged whether a generated or a retrieved image fits better (paper, section 3.3). Immutable.
 *
 * @param prompts the prompts that people agree on, in the order of the table
 * @param skipped malformed rows
 * @param undecided number of rows left out because people disagree or find both images equally good
 */
public record DecisionData(List<Prompt> prompts, List<SkippedExample> skipped, int undecided) {
  private static final String GENERATE = "gen";
  private static final String RETRIEVE = "ret";
  private static final String SAME = "same";

  /**
   * A prompt and the kind of image that fits it better.
   *
   * @param text the prompt
   * @param retrieve whether a retrieved image fits better
   */
  public record Prompt(String text, boolean retrieve) {}

  /**
   * Copies the lists.
   *
   * @param prompts the prompts that people agree on, in the order of the table
   * @param skipped malformed rows
   * @param undecided number of rows left out because people disagree or find both images equally good
   */
  public DecisionData {
    prompts = List.copyOf(prompts);
    skipped = List.copyOf(skipped);
  }

  /**
   * Reads the annotated PartiPrompts. Columns are separated by tabs and named in the first line. The column
   * {@code Prompt} holds the prompt. The last column is either {@code Decisions}, five votes of {@code gen},
   * {@code ret} and {@code same} separated by commas, or {@code Decision}, the result of the votes. Votes are decisive
   * if at least four agree, or three with at most one vote for the opposite.
   *
   * @param table the file
   * @return the prompts
   * @throws GillException if it cannot be read, has other columns, or no prompt is usable
   */
  public static DecisionData read(Path table) {
    try (TableLines lines = new TableLines(table)) {
      return read(table, lines);
    }
  }

  private static DecisionData read(Path table, TableLines lines) {
    String names = lines.header();
    if (names.isEmpty()) {
      throw new GillException(table + " is empty: its first line must name the columns");
    }
    List<String> header = List.of(names.split("\t", -1));
    int prompt = header.indexOf("Prompt");
    String last = header.get(header.size() - 1);
    boolean votes = last.equals("Decisions");
    if (prompt < 0 || !(votes || last.equals("Decision"))) {
      throw new GillException(
          table + ": the first line must name a column Prompt, and Decision or Decisions as the last");
    }
    List<Prompt> prompts = new ArrayList<>();
    List<SkippedExample> skipped = new ArrayList<>();
    int undecided = 0;
    for (Optional<TableLines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
      String[] cells = line.get().text().split("\t", -1);
      String origin = table.getFileName() + ":" + line.get().number();
      if (!line.get().problem().isEmpty()) {
        skipped.add(new SkippedExample(origin, line.get().problem()));
        continue;
      }
      if (cells.length != header.size()) {
        skipped.add(new SkippedExample(
            origin, "it has " + cells.length + " columns, and the first line " + header.size()));
        continue;
      }
      String cell = cells[cells.length - 1].strip();
      String decision = votes ? agreed(cell) : cell;
      if (decision == null || !List.of(GENERATE, RETRIEVE, SAME).contains(decision)) {
        skipped.add(new SkippedExample(origin, "its last column is '" + cell + "', but must hold gen, ret or same"));
      } else if (decision.equals(SAME)) {
        undecided++;
      } else {
        prompts.add(new Prompt(cells[prompt], decision.equals(RETRIEVE)));
      }
    }
    if (prompts.isEmpty()) {
      throw new GillException(table + " has no prompt that people agree on");
    }
    return new DecisionData(prompts, skipped, undecided);
  }

  /** Returns the result of the votes, or null if one of them is invalid. */
  private static @Nullable String agreed(String cell) {
    List<String> votes = Arrays.stream(cell.split(",", -1)).map(String::strip).toList();
    int generate = count(votes, GENERATE);
    int retrieve = count(votes, RETRIEVE);
    if (generate + retrieve + count(votes, SAME) != votes.size()) {
      return null;
    }
    if (generate >= 4 || (generate == 3 && retrieve <= 1)) {
      return GENERATE;
    }
    return retrieve >= 4 || (retrieve == 3 && generate <= 1) ? RETRIEVE : SAME;
  }

  private static int count(List<String> votes, String vote) {
    return (int) votes.stream().filter(vote::equals).count();
  }
}
