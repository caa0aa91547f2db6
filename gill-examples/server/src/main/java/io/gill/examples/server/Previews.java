package io.gill.examples.server;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Takes a number of previews, evenly spread over the steps of each picture.
 *
 * @param count maximum number of previews; 0 for none
 */
record Previews(int count) {
  /** Maximum number of previews that a request may ask for. */
  static final int MOST = 10;

  /** Returns the preview of the first picture if one is due after this step. The last step has none. */
  Optional<BufferedImage> after(int step, int steps, Supplier<List<BufferedImage>> preview) {
    // of count + 1 equal parts of the steps, another one is complete
    boolean due = step < steps && (long) step * (count + 1) / steps > (step - 1L) * (count + 1) / steps;
    return due ? preview.get().stream().findFirst() : Optional.empty();
  }
}
