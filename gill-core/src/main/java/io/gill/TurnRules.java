package io.gill;

import io.gill.stage.VisionEncoder;
import java.awt.Dimension;
import java.util.Optional;

/** Rules of a turn on which this library and the published code differ. */
enum TurnRules {
  /** This library's own rules. */
  DEFAULT,
  /** The rules of the published {@code generate_for_images_and_texts}, including its quirks, for comparison. */
  PUBLISHED;

  /** The published code resizes to the input size of CLIP ViT-L/14, whatever the encoder. */
  private static final Dimension PUBLISHED_SIZE = new Dimension(224, 224);

  /** Whether decoding stops when nothing more can become visible. The published loop runs all its steps. */
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

  /** Whether unreadable images count as retrieved, and three images are fetched whatever number is requested. */
  boolean countsUnreadableImages() {
    return this == PUBLISHED;
  }

  /** Size to which generated images are resized before ranking; empty if they are encoded unresized. */
  Optional<Dimension> rankingSize(VisionEncoder encoder) {
    return this == PUBLISHED ? Optional.of(PUBLISHED_SIZE) : encoder.imageSize();
  }
}
