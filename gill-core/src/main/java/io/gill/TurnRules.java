package io.gill;

import io.gill.stage.VisionEncoder;
import java.awt.Dimension;
import java.util.Optional;

/** How a reply is made where this library and the published code differ. */
enum TurnRules {
  /** This library's own rules. */
  DEFAULT,
  /** The published code's {@code generate_for_images_and_texts}, its oddities included, for comparison with it. */
  PUBLISHED;

  /** The published code resizes to the size of CLIP ViT-L/14, whatever the encoder. */
  private static final Dimension PUBLISHED_SIZE = new Dimension(224, 224);

  /** Whether decoding stops when nothing more can become visible. The published loop makes all its steps. */
  boolean stopsEarly() {
    return this == DEFAULT;
  }

  /** Whether the text after the last image is part of the reply. */
  boolean keepsTextAfterImages() {
    return this == DEFAULT;
  }

  /** Whether [IMG1]… stay in the text after an image: the published code cuts its texts one token after [IMG0]. */
  boolean leavesMarkersInText() {
    return this == PUBLISHED;
  }

  /** Whether unreadable images count as retrieved, and three are fetched whatever is asked for. */
  boolean countsUnreadableImages() {
    return this == PUBLISHED;
  }

  /** The size that generated images are resized to before they are ranked; empty if they are encoded as they are. */
  Optional<Dimension> rankingSize(VisionEncoder encoder) {
    return this == PUBLISHED ? Optional.of(PUBLISHED_SIZE) : encoder.imageSize();
  }
}
