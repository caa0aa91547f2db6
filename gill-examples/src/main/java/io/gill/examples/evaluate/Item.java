package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.GillException;
import io.gill.RespondOptions.TextCut;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An item of a benchmark: what a model is asked once.
 *
 * @param id identifies the item in its benchmark
 * @param group items of a group are sampled together, such as the rotations of a question; their noise is the same. An
 *     item without a group, an empty text, is in every sample
 * @param category what the benchmark groups its scores by; empty if it does not
 * @param prompt reads what the model reads
 * @param request what the model is asked for
 * @param shown what a report shows of the item
 */
record Item(String id, String group, String category, Prompt prompt, Request request, Shown shown) {
  /**
   * Reads the wanted picture.
   *
   * @throws GillException if there is none, or it cannot be read
   */
  BufferedImage wantedPicture() {
    return BenchmarkPictures.read(
        shown.picture().get().orElseThrow(() -> new GillException("the wanted picture is missing")));
  }

  /** Reads the user's turns; the model answers each, and the last answer counts. */
  @FunctionalInterface
  interface Prompt {
    /**
     * Reads the pictures.
     *
     * @return at least one turn
     * @throws GillException if a picture cannot be read
     */
    List<List<Content>> turns();
  }

  /** What a model is asked for. */
  sealed interface Request {}

  /**
   * A text.
   *
   * @param cut where the text is cut, unless the model's default is later or the command line says otherwise
   */
  record AnyText(TextCut cut) implements Request {}

  /**
   * A picture.
   *
   * @param file path of the answer in the run's folder
   * @param script the script whose settings the published style has
   * @param words what the picture should show: the last text that the model reads
   */
  record AnyPicture(String file, PublishedScript script, String words) implements Request {}

  /**
   * One of several answers: the one that the model finds most likely, by its mean log-probability per token.
   *
   * @param answers the answers; the letters A, B, … name them
   */
  record Choice(List<String> answers) implements Request {}

  /**
   * Ranks of several answers by their likelihood, as text: the rank of each, separated by spaces.
   *
   * @param answers the answers
   */
  record Ranking(List<String> answers) implements Request {}

  /** The embedding of a requested picture, for a search, as text. */
  record QueryEmbedding() implements Request {}

  /** The decision whether to retrieve or generate the requested picture, as text. */
  record Decided() implements Request {}

  /** The embedding of the only picture of the only turn, as text. */
  record PictureEmbedding() implements Request {}

  /**
   * What a report shows.
   *
   * @param question what the model reads, as text
   * @param expected a correct answer; empty if there is none, or a picture is wanted
   * @param picture finds the picture that is asked about or wanted
   */
  record Shown(String question, String expected, Supplier<Optional<Path>> picture) {}
}
