package io.gill;

import java.util.Objects;

/**
 * What a model is. Immutable.
 *
 * @param name name of the model directory; "gill" for a model without one
 * @param maxPositions maximum number of positions of a conversation and its reply: tokens of text, visual tokens of
 *     images and [IMG] tokens
 * @param vocabularySize number of tokens, including [IMG] tokens
 * @param visualTokens positions that an image of the conversation takes; 0 if the model reads no images
 * @param imageTokens positions that an image of a reply takes: the number of [IMG] tokens
 * @param capabilities what it can do
 */
public record ModelInfo(String name, int maxPositions, int vocabularySize, int visualTokens, int imageTokens,
    Capabilities capabilities) {
  /**
   * Rejects null and escapes the name to one line.
   *
   * @param name name of the model directory
   * @param maxPositions maximum number of positions of a conversation and its reply
   * @param vocabularySize number of tokens
   * @param visualTokens positions that an image of the conversation takes
   * @param imageTokens positions that an image of a reply takes
   * @param capabilities what it can do
   */
  public ModelInfo {
    name = OneLine.of(Objects.requireNonNull(name, "name"));
    Objects.requireNonNull(capabilities, "capabilities");
  }
}
