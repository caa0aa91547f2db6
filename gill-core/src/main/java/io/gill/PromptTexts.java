package io.gill;

import io.gill.stage.Tokenizer;
import java.util.Arrays;

/** Reads the texts of a prompt: literally, or with the markers that stand in them. */
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
        throw new GillException(tokenizer.getClass().getName() + " made the [IMG] token " + id
            + " of an ordinary text: its encode must read markers as text, which encodeWithMarkers need not");
      }
    }
    return ids;
  }
}
