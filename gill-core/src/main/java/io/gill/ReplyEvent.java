package io.gill;

import java.util.Objects;

/**
 * An event of a reply that is generated: what {@link GillModel#stream} and {@link Session#stream} publish, in this
 * order:
 *
 * <pre>{@code
 * ( Text | ImageBegins DiffusionStep* Image )*  Done
 * }</pre>
 *
 * <p>New versions may add kinds of events.
 */
public sealed interface ReplyEvent {
  /**
   * A piece of text. The pieces between two images add up to that {@link Reply.TextPart}.
   *
   * @param text text, never empty
   */
  record Text(String text) implements ReplyEvent {
    /**
     * Rejects null.
     *
     * @param text text, never empty
     */
    public Text {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * The model asks for an image at this place.
   *
   * @param decision whether the image is retrieved or generated
   */
  record ImageBegins(Reply.Decision decision) implements ReplyEvent {
    /**
     * Rejects null.
     *
     * @param decision whether the image is retrieved or generated
     */
    public ImageBegins {
      Objects.requireNonNull(decision, "decision");
    }
  }

  /**
   * A diffusion step has ended.
   *
   * @param step step number, from 1
   * @param steps total number of steps
   */
  record DiffusionStep(int step, int steps) implements ReplyEvent {}

  /**
   * An image is ready.
   *
   * @param image retrieved and generated images with their scores, or why there are none
   */
  record Image(Reply.ImagePart image) implements ReplyEvent {
    /**
     * Rejects null.
     *
     * @param image retrieved and generated images
     */
    public Image {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * The reply is complete. The last event.
   *
   * @param reply the whole reply; its {@link Reply#finish()} says why it ended
   */
  record Done(Reply reply) implements ReplyEvent {
    /**
     * Rejects null.
     *
     * @param reply the whole reply
     */
    public Done {
      Objects.requireNonNull(reply, "reply");
    }
  }
}
