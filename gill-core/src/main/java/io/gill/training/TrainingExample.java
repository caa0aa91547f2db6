package io.gill.training;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A text and its picture. Context and text are tokenized as published: {@code [IMG0]}, {@code </s>} and other markers
 * in them become their tokens, so that a context can contain a picture shown by the model. Markers in captions of
 * unknown origin corrupt the example, so remove them before training.
 *
 * @param context text before the learned text, which is read but not learned; may be empty
 * @param text the learned text: a caption or a turn of a dialogue
 * @param image the picture file
 * @param target the file of its generation target, which is the conditioning for the text; read only if the use
 *     requires it
 * @param use the losses it takes part in
 * @param origin its source, for messages: {@code captions.tsv:12}
 */
public record TrainingExample(String context, String text, Path image, Path target, Use use, String origin) {
  /** The losses that an example takes part in. */
  public enum Use {
    /** All losses: the text describes and requests the picture. */
    ALL,
    /** Only captioning: the text is about the picture. */
    CAPTION,
    /** Only retrieval and generation: the text requests the picture. */
    PICTURE;

    /**
     * Returns whether captioning learns from the example.
     *
     * @return true for {@link #ALL} and {@link #CAPTION}
     */
    public boolean captions() {
      return this != PICTURE;
    }

    /**
     * Returns whether retrieval and generation learn from the example.
     *
     * @return true for {@link #ALL} and {@link #PICTURE}
     */
    public boolean pictures() {
      return this != CAPTION;
    }
  }

  /**
   * Rejects null.
   *
   * @param context text before the learned text
   * @param text the learned text
   * @param image the picture file
   * @param target the file of its generation target
   * @param use the losses it takes part in
   * @param origin its source, for messages
   */
  public TrainingExample {
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(use, "use");
    Objects.requireNonNull(origin, "origin");
  }
}
