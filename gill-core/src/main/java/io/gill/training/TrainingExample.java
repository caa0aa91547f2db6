package io.gill.training;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A text and its picture. Context and text are tokenized as published: {@code [IMG0]}, {@code </s>} and other markers
 * in them become their tokens, so that a context can hold a picture that the model has shown. Markers in captions of
 * unknown origin spoil what is learned from their example; remove them before training.
 *
 * @param context what stands before the text and is read, but not learned; may be empty
 * @param text what is learned: a caption, or a turn of a dialogue
 * @param image the picture file
 * @param target the file of its generation target, the conditioning that the text shall be mapped to; read only where
 *     the use asks for it
 * @param use what it is learned for
 * @param origin where it comes from, for messages: {@code captions.tsv:12}
 */
public record TrainingExample(String context, String text, Path image, Path target, Use use, String origin) {
  /** Which losses an example takes part in. */
  public enum Use {
    /** All of them: the text describes the picture, and asks for it. */
    ALL,
    /** Captioning alone: the text is spoken about the picture. */
    CAPTION,
    /** Retrieval and generation alone: the text asks for the picture. */
    PICTURE;

    /**
     * Whether captioning learns from it.
     *
     * @return true for {@link #ALL} and {@link #CAPTION}
     */
    public boolean captions() {
      return this != PICTURE;
    }

    /**
     * Whether retrieval and generation learn from it.
     *
     * @return true for {@link #ALL} and {@link #PICTURE}
     */
    public boolean pictures() {
      return this != CAPTION;
    }
  }

  /**
   * Checks that nothing is missing.
   *
   * @param context what stands before the text and is read, but not learned
   * @param text what is learned
   * @param image the picture file
   * @param target the file of its generation target, the conditioning that the text shall be mapped to
   * @param use what it is learned for
   * @param origin where it comes from, for messages
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
