package io.gill;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Supplier;

/**
 * Receives events while a reply is generated: of one call ({@link RespondOptions#listener()}) or of all calls of a
 * model ({@link GillModel.Builder#addListener}), which then come from several threads at a time. All methods are called
 * on the computing thread, in this order:
 *
 * <pre>{@code
 * onRequest  onPrompt  ( onText | onImageWanted ( onDiffusionStep* ) onImage )*  onReply
 * }</pre>
 *
 * <p>If the call is cancelled while an image is retrieved or generated, {@code onReply} follows without
 * {@code onImage}, and the reply has no such part. If it is cancelled before the prompt has been read, {@code onReply}
 * follows {@code onRequest}.
 *
 * <p>Every stage ends with an event. {@code onPrompt} follows tokenization, image encoding and the prompt,
 * {@code onText} follows the token that makes its text final, {@code onImageWanted} follows the decision, and
 * {@code onImage} follows retrieval, diffusion and ranking.
 *
 * <p>An implementation must be fast, since it delays the computation, and must not throw: an exception ends the call
 * and reaches its caller. After a failure, {@code onFailure} takes the place of {@code onReply}. Closing the model, its
 * stages or the session in use, or calling that session again, throws {@link IllegalStateException}. Cancel the call
 * instead, and close after it has returned.
 */
public interface GillListener {
  /**
   * Called when a reply is asked for, before it waits for other calls.
   *
   * @param conversation the turns that the model reads
   * @param options options of the reply
   */
  default void onRequest(Conversation conversation, RespondOptions options) {}

  /**
   * Called when the prompt has been read.
   *
   * @param positions number of positions the prompt takes
   * @param reused number of those already in the session's cache
   */
  default void onPrompt(int positions, int reused) {}

  /**
   * Called for each piece of visible text. The pieces between two images add up to that {@link Reply.TextPart}.
   *
   * @param piece text, never empty
   */
  default void onText(String piece) {}

  /**
   * Called when the model asks for an image at this place.
   *
   * @param decision whether the image is retrieved or generated
   */
  default void onImageWanted(Reply.Decision decision) {}

  /**
   * Called after a diffusion step.
   *
   * @param step step number, from 1
   * @param steps total number of steps
   */
  default void onDiffusionStep(int step, int steps) {}

  /**
   * Called after a diffusion step, with a preview of the images. The default calls {@link #onDiffusionStep(int, int)},
   * so that a listener implements one of the two.
   *
   * @param step step number, from 1
   * @param steps total number of steps
   * @param preview computes the images after this step, or an approximation; early ones are mostly noise. Each may take
   *     as long as the step did, and may be computed when it is taken from the list. Both can be used within this call
   *     only. Empty if the generator has no previews
   */
  default void onDiffusionStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
    onDiffusionStep(step, steps);
  }

  /**
   * Called when an image is ready.
   *
   * @param image retrieved and generated images with their scores, or why there are none
   */
  default void onImage(Reply.ImagePart image) {}

  /**
   * Called when the reply is complete.
   *
   * @param reply the value the call returns
   */
  default void onReply(Reply reply) {}

  /**
   * Called when a call fails after {@link #onRequest}, also if a listener throws there. Other causes: a stage throws, or
   * too many calls wait.
   *
   * @param failure what the caller receives
   */
  default void onFailure(Throwable failure) {}
}
