package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** MMBench: reads the official table and writes the published prompt. {@link Accuracy#circular} scores answers. */
public final class MmBench {
  private static final List<String> LETTERS = List.of("A", "B", "C", "D");

  private MmBench() {}

  /**
   * A row: a multiple-choice question, or a rotation of one.
   *
   * @param index index of the row; rotations of a question are equal modulo 1,000,000
   * @param image the encoded picture
   * @param hint a hint, empty if there is none
   * @param question the question
   * @param options the texts of options A, B, …; two to four
   * @param answer the correct letter, empty in the test split
   * @param category the ability that the question tests
   * @param split the split
   */
  @SuppressWarnings("ArrayRecordComponent") // encoded pictures are large, and nobody compares rows
  public record Row(
      long index, byte[] image, String hint, String question, List<String> options, String answer, String category,
      String split) {
    /**
     * Copies the list.
     *
     * @param index index of the row; rotations of a question are equal modulo 1,000,000
     * @param image the encoded picture
     * @param hint a hint, empty if there is none
     * @param question the question
     * @param options the texts of options A, B, …; two to four
     * @param answer the correct letter, empty in the test split
     * @param category the ability that the question tests
     * @param split the split
     */
    public Row {
      options = List.copyOf(options);
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
      for (int i = 0; i < options.size(); i++) {
        prompt.append(LETTERS.get(i)).append(". ").append(options.get(i)).append('\n');
      }
      return prompt.append("Please select the correct answer from the options above. \n").toString();
    }
  }

  /**
   * Reads rows one by one.
   *
   * @param file such as {@code MMBench_DEV_EN.tsv}
   * @param each receives the rows, in the order of the file
   * @throws GillException if the file is damaged, two rows have the same index, or a row has no valid picture, options
   *     or answer
   */
  public static void read(Path file, Consumer<Row> each) {
    Set<Long> seen = new HashSet<>();
    TableReader.read(file, List.of("index", "image", "question", "A", "B"), cells -> {
      Row row = row(cells);
      if (!seen.add(row.index())) {
        throw cells.invalid("a second row with the index " + row.index());
      }
      each.accept(row);
    });
  }

  private static Row row(TableReader.Row cells) {
    List<String> options = new ArrayList<>();
    for (String letter : LETTERS) {
      if (!cells.text(letter).isEmpty()) {
        options.add(cells.text(letter));
      }
    }
    String answer = cells.text("answer");
    if (options.size() < 2) {
      throw cells.invalid("the question has fewer than two options");
    }
    if (!answer.isEmpty() && !LETTERS.subList(0, options.size()).contains(answer)) {
      throw cells.invalid("the answer '" + answer + "' is not one of the options");
    }
    return new Row(index(cells), image(cells), cells.text("hint"), cells.text("question"), options, answer,
        cells.text("category"), cells.text("split"));
  }

  private static long index(TableReader.Row cells) {
    try {
      return Long.parseUnsignedLong(cells.text("index"));
    } catch (NumberFormatException e) {
      throw cells.invalid("the index '" + cells.text("index") + "' is not a number");
    }
  }

  private static byte[] image(TableReader.Row cells) {
    if (cells.text("image").isEmpty()) {
      throw cells.invalid("the question has no picture");
    }
    try {
      return Base64.getDecoder().decode(cells.text("image"));
    } catch (IllegalArgumentException e) {
      throw cells.invalid("the picture is not base64");
    }
  }
}
