package io.gill.stage;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/** The frozen vision encoder with its image processor: images in, pooled output out. */
@FunctionalInterface
public interface VisionEncoder extends AutoCloseable {
  /**
   * Encodes images in one batch. A prompt's images come in batches of 8 at most.
   *
   * @param images any sizes and colour models
   * @return (images, P): {@code pooler_output}
   */
  float[][] encode(List<BufferedImage> images);

  /**
   * The size that images have inside the encoder. Generated images are resized to it before they are ranked.
   *
   * @return the size in pixels; empty, the default, if the encoder takes images as they are
   */
  default Optional<Dimension> imageSize() {
    return Optional.empty();
  }

  @Override
  default void close() {}
}
