package io.gill;

/**
 * Receives progress while a model is loaded. Called on the loading thread after each tensor, so that an implementation
 * should return quickly. What it throws ends loading: all files are closed and all memory is freed.
 */
@FunctionalInterface
public interface LoadListener {
  /** A part of a model. Parts are loaded in this order. */
  enum Part {
    /** The vision encoder. */
    VISION_ENCODER,
    /** The image generator. */
    IMAGE_GENERATOR,
    /** The language model. */
    LANGUAGE_MODEL
  }

  /**
   * Called after a tensor was loaded, and at the end of each part. Small parts and stages given by hand do not count.
   *
   * @param part the part it belongs to
   * @param done number of bytes read or mapped so far, of all parts
   * @param total number of bytes of all parts, at least {@code done}
   */
  void onProgress(Part part, long done, long total);
}
