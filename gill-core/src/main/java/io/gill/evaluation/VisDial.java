package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Visual Dialog 1.0 as GILL evaluates it: the model reads questions and answers about a hidden picture, without its
 * caption, and generates the picture.
 */
public final class VisDial {
  private VisDial() {}

  /**
   * A dialogue about a picture.
   *
   * @param imageId id of the picture
   * @param rounds questions and answers, in order
   */
  public record Dialogue(long imageId, List<Round> rounds) {
    /**
     * Copies the list.
     *
     * @param imageId id of the picture
     * @param rounds questions and answers, in order
     */
    public Dialogue {
      rounds = List.copyOf(rounds);
    }

    /**
     * Returns what the model reads.
     *
     * @param count number of rounds from the start: 1, 5 or 10 in the paper
     * @return the text
     * @throws IllegalArgumentException if the dialogue has fewer rounds, or the number is below 1
     */
    public String prompt(int count) {
      if (count < 1 || count > rounds.size()) {
        throw new IllegalArgumentException("the dialogue about picture " + imageId + " has " + rounds.size()
            + " rounds; " + count + " cannot be used");
      }
      return String.join("\n", rounds.subList(0, count).stream()
          .map(round -> "Q: " + round.question() + "?\nA: " + round.answer())
          .toList());
    }
  }

  /**
   * A question and its answer.
   *
   * @param question the question, without question mark
   * @param answer the answer
   */
  public record Round(String question, String answer) {}

  /**
   * Reads dialogues.
   *
   * @param file such as {@code visdial_1.0_val.json}
   * @return the dialogues, in the order of the file
   * @throws GillException if the file is damaged, two dialogues are about the same picture, or a round has no answer
   */
  public static List<Dialogue> dialogues(Path file) {
    List<String> questions = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    JsonRecords.texts(file, "data/questions", questions::add);
    JsonRecords.texts(file, "data/answers", answers::add);
    Map<Long, Dialogue> dialogues = new LinkedHashMap<>();
    JsonRecords.list(file, "data/dialogs", item -> {
      List<Round> rounds = new ArrayList<>();
      for (JsonRecord round : item.records("dialog")) {
        rounds.add(new Round(round.entry("question", questions), round.entry("answer", answers)));
      }
      long imageId = item.integer("image_id");
      item.addTo(dialogues, imageId, new Dialogue(imageId, rounds));
    });
    return List.copyOf(dialogues.values());
  }
}
