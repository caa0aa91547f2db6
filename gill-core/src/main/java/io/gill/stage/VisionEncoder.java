package io.gill.stage;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/** The frozen vision encoder with its image processor: images in, pooled output out. */
@FunctionalInterface
public interface VisionEncoder extends AutoCloseable {
  /**
   * Encodes a batch of images. The images of a prompt come in batches of at most 8.
   *
   * @param images any sizes and colour models
   * @return (images, P): {@code pooler_output}
   */
  float[][] encode(List<BufferedImage> images);

  /**
   * Returns the size of the encoder's input. Generated images are resized to it before they are ranked.
   *
   * @return the size in pixels; empty, the default, if the encoder takes images of any size
   */
  default Optional<Dimension> imageSize() {
    return Optional.empty();
  }

  @Override
  default void close() {}
}
