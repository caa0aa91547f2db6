package io.gill.stage;

import java.awt.image.BufferedImage;
import java.io.IOException;

/** Fetches retrieved images. The default reads files; only an application's own source accesses a network. */
@FunctionalInterface
public interface ImageSource {
  /**
   * Fetches an image.
   *
   * @param uri location as stored in the index: a path relative to the model directory, an absolute path or a URL
   * @return the image
   * @throws IOException if the image is missing or unreadable. The reply then takes the next best match, up to
   *     {@link io.gill.RespondOptions#topK}, and reports the message if no match is readable
   */
  BufferedImage fetch(String uri) throws IOException;
}
