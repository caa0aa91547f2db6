package io.gill.stage;

import java.awt.image.BufferedImage;
import java.util.List;

/** The frozen image encoder: CLIP's pooled output, its image processor included. */
@FunctionalInterface
public interface VisionEncoder extends AutoCloseable {
  /**
   * Encodes images in one batch. A prompt's images come in batches of 8 at most.
   *
   * @param images any sizes and colour models
   * @return (images, P): {@code pooler_output}
   */
  float[][] encode(List<BufferedImage> images);

  @Override
  default void close() {}
}
