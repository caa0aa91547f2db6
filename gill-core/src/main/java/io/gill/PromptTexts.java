package io.gill;

import io.gill.stage.Tokenizer;
import java.util.Arrays;

/** Tokenizes the texts of a prompt, literally or with their markers as special tokens. */
final class PromptTexts {
  private PromptTexts() {}

  static int[] encode(Tokenizer tokenizer, String text, boolean addBos, boolean markersInText) {
    if (markersInText) {
      return tokenizer.encodeWithMarkers(text, addBos);
    }
    int[] ids = tokenizer.encode(text, addBos);
    int[] images = tokenizer.imageTokenIds();
    for (int id : ids) {
      if (Arrays.stream(images).anyMatch(image -> image == id)) {
        throw new GillException(tokenizer.getClass().getName() + " encoded an ordinary text to the [IMG] token " + id
            + ": encode must read markers as text, unlike encodeWithMarkers");
      }
    }
    return ids;
  }
}
