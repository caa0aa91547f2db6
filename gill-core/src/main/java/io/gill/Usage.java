package io.gill;

import java.time.Duration;
import java.util.Objects;

/**
 * What a reply cost: positions of the language model, and time by stage. Immutable.
 *
 * @param promptTokens positions of the prompt: its tokens and the visual tokens of its images; 0 if the reply was
 *     cancelled before the prompt had been read
 * @param reusedTokens number of those that were already in the session's cache
 * @param generatedTokens tokens generated, including all [IMG] tokens and text that is not shown because it follows a
 *     cut or belongs to a stop sequence; the token that ended the reply is not counted
 * @param time time spent on each stage
 */
public record Usage(int promptTokens, int reusedTokens, int generatedTokens, Times time) {
  /** Usage of a reply that no model computed. */
  public static final Usage NONE = new Usage(0, 0, 0, Times.NONE);

  /**
   * Checks the numbers.
   *
   * @param promptTokens positions of the prompt
   * @param reusedTokens number of those that were already in the session's cache
   * @param generatedTokens tokens generated
   * @param time time spent on each stage
   * @throws IllegalArgumentException if a number is negative
   */
  public Usage {
    Arguments.within(0, Integer.MAX_VALUE, promptTokens, "promptTokens");
    Arguments.within(0, Integer.MAX_VALUE, reusedTokens, "reusedTokens");
    Arguments.within(0, Integer.MAX_VALUE, generatedTokens, "generatedTokens");
    Objects.requireNonNull(time, "time");
  }

  /**
   * Returns the number of positions that the reply and its prompt take.
   *
   * @return the sum of prompt and generated tokens
   */
  public int totalTokens() {
    return promptTokens + generatedTokens;
  }

  /**
   * Time by stage, without overlap. Listeners and waiting for other threads within a stage count as part of it.
   *
   * @param waiting from the call until the model began to compute: waiting for a thread and for other calls
   * @param vision encoding the images of the prompt
   * @param prompt tokenizing and reading the prompt, without its images' encoding
   * @param text generating tokens, with the decisions about images
   * @param retrieval searching and fetching images
   * @param generation generating and ranking images
   */
  public record Times(Duration waiting, Duration vision, Duration prompt, Duration text, Duration retrieval,
      Duration generation) {
    private static final Times NONE = new Times(
        Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /**
     * Rejects null.
     *
     * @param waiting from the call until the model began to compute
     * @param vision encoding the images of the prompt
     * @param prompt reading the prompt
     * @param text generating tokens
     * @param retrieval searching and fetching images
     * @param generation generating and ranking images
     */
    public Times {
      Objects.requireNonNull(waiting, "waiting");
      Objects.requireNonNull(vision, "vision");
      Objects.requireNonNull(prompt, "prompt");
      Objects.requireNonNull(text, "text");
      Objects.requireNonNull(retrieval, "retrieval");
      Objects.requireNonNull(generation, "generation");
    }

    /**
     * Returns the time from the call to the end of the reply.
     *
     * @return the sum of all stages
     */
    public Duration total() {
      return waiting.plus(vision).plus(prompt).plus(text).plus(retrieval).plus(generation);
    }
  }
}
