package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.stage.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tokenizes the texts of a prompt, literally or with their markers as special tokens. */
final class PromptTexts {
  private PromptTexts() {}

  /** Rejects a prompt that is known to take too many positions. */
  @FunctionalInterface
  interface Limit {
    /**
     * Checks a number of positions.
     *
     * @param positions positions of the texts so far
     * @param atLeast "at least " if there may be more, or empty
     */
    void check(long positions, String atLeast);
  }

  /** Tokenizes all texts of a prompt, and no text that is too long by its number of characters. */
  static List<int[]> encode(Tokenizer tokenizer, List<Content> prompt, boolean bosBeforeEveryText,
      boolean markersInText, Limit limit) {
    List<int[]> tokens = new ArrayList<>();
    long positions = 0;
    boolean bos = true;
    for (Content content : prompt) {
      int[] ids;
      if (content instanceof Text text) {
        if (!markersInText) { // a marker absorbs any number of blanks
          limit.check(positions + text.text().length() / tokenizer.longestToken(), "at least ");
        }
        ids = encode(tokenizer, text.text(), bos, markersInText);
        bos = bosBeforeEveryText;
      } else if (content instanceof Spoken spoken) {
        ids = spoken.tokens().stream().mapToInt(Integer::intValue).toArray();
      } else {
        continue;
      }
      tokens.add(ids);
      positions += ids.length;
      limit.check(positions, "");
    }
    return tokens;
  }

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
