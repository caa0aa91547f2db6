package io.gill.training;

import com.google.common.primitives.Ints;
import io.gill.stage.Tokenizer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The tokens of an example: the beginning token, the context, the text and the [IMG] tokens, then padding.
 *
 * @param ids {@code max_len} ids
 * @param length number of ids without padding
 * @param beginning number of beginning tokens; 0 for families without one
 * @param context number of ids at the start that are read, but not learned
 */
@SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
record TokenizedText(int[] ids, int length, int beginning, int context) {
  /**
   * Tokenizes as published: long text is truncated, [IMG] tokens overwrite its end, and markers in the texts become
   * their tokens.
   *
   * <p>Context and text are tokenized separately, as in a conversation. If the context leaves no room for the text,
   * only the end of the context is kept.
   */
  static TokenizedText of(Tokenizer tokenizer, String context, String text, int maxLength) {
    int[] images = tokenizer.imageTokenIds();
    String marked = text + String.join("",
        IntStream.range(0, images.length).mapToObj(i -> "[IMG" + i + "]").toList());
    int[] answer = tokenizer.encodeWithMarkers(marked, false);
    if (context.isEmpty()) {
      int[] begun = tokenizer.encodeWithMarkers(marked, true);
      return fit(tokenizer, begun, begun.length - answer.length, 0, maxLength);
    }
    int[] question = tokenizer.encodeWithMarkers(context, false);
    int[] begun = tokenizer.encodeWithMarkers(context, true);
    int beginning = begun.length - question.length;
    int room = Math.max(0, maxLength - beginning - answer.length);
    int dropped = Math.max(0, question.length - room);
    int[] ids = Ints.concat(Arrays.copyOf(begun, beginning),
        Arrays.copyOfRange(question, dropped, question.length), answer);
    return fit(tokenizer, ids, beginning, ids.length - answer.length, maxLength);
  }

  private static TokenizedText fit(Tokenizer tokenizer, int[] ids, int beginning, int context, int maxLength) {
    int[] images = tokenizer.imageTokenIds();
    int length = Math.min(ids.length, maxLength);
    int[] fitted = Arrays.copyOf(ids, maxLength);
    Arrays.fill(fitted, length, maxLength, tokenizer.padId());
    int last = fitted[maxLength - 1];
    if (last != tokenizer.padId() && last != images[images.length - 1]) {
      System.arraycopy(images, 0, fitted, maxLength - images.length, images.length);
    }
    return new TokenizedText(fitted, length, beginning, context);
  }
}
