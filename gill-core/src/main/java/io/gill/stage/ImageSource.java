package io.gill.stage;

import java.awt.image.BufferedImage;
import java.io.IOException;

/** Fetches a retrieved image. The default reads files; nothing is fetched from a network unless the application does. */
@FunctionalInterface
public interface ImageSource {
  /**
   * Fetches one image.
   *
   * @param uri as the index has it: a path relative to the model directory, an absolute path, a URL
   * @return the image
   * @throws IOException if it is not there or cannot be read: the reply then takes the next best, as far as
   *     {@link io.gill.RespondOptions#topK} says, and gives the message where it finds none
   */
  BufferedImage fetch(String uri) throws IOException;
}
