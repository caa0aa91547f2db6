package io.gill;

/**
 * Hears of a reply as it comes. All methods are called on the thread that computes, in this order:
 *
 * <pre>{@code
 * onPrompt  ( onText | onImageWanted ( onDiffusionStep* ) onImage )*  onReply
 * }</pre>
 *
 * <p>A call that is cancelled while an image is searched for or made has no {@code onImage} for it; {@code onReply}
 * follows, and the reply has no such part either. One that is cancelled before the prompt has been read has
 * {@code onReply} alone.
 *
 * <p>Every stage ends with an event: tokenizing, encoding images and reading the prompt with {@code onPrompt}, a token
 * with the {@code onText} of the text that it makes certain, the decision with {@code onImageWanted}, and retrieval,
 * diffusion and ranking with {@code onImage}.
 *
 * <p>An implementation must be fast, since it delays the computation, and must not throw: an exception ends the call and
 * reaches its caller. After a failure {@code onReply} does not come. Closing the model, its stages or the session that is
 * answering, or asking that session again, throws {@link IllegalStateException}: cancel the call, and close when it has
 * returned.
 */
public interface GillListener {
  /**
   * The prompt has been read.
   *
   * @param positions how many positions it takes
   * @param reused how many of them were already in the session's cache
   */
  default void onPrompt(int positions, int reused) {}

  /**
   * A piece of visible text. All pieces between two images, put together, are that {@link Reply.TextPart}.
   *
   * @param piece never empty
   */
  default void onText(String piece) {}

  /**
   * The model wants an image here.
   *
   * @param decision what will be done
   */
  default void onImageWanted(Reply.Decision decision) {}

  /**
   * A diffusion step is done.
   *
   * @param step from 1
   * @param steps how many there are
   */
  default void onDiffusionStep(int step, int steps) {}

  /**
   * An image is ready.
   *
   * @param image retrieved and generated images with their scores, or why there are none
   */
  default void onImage(Reply.ImagePart image) {}

  /**
   * The reply is complete.
   *
   * @param reply what the call returns
   */
  default void onReply(Reply reply) {}
}
