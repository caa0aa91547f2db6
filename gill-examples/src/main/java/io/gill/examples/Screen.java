package io.gill.examples;

import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Where a chat is shown.
 *
 * @param out receives the conversation
 * @param err receives notes, errors and progress
 * @param redraws whether {@code err} is a terminal, whose lines can be redrawn
 * @param pictures shows a picture in place; does nothing where that is not possible
 */
record Screen(PrintWriter out, PrintWriter err, BooleanSupplier redraws, Consumer<BufferedImage> pictures) {
  /** Returns a screen without pictures whose lines are not redrawn. */
  static Screen plain(PrintWriter out, PrintWriter err) {
    return new Screen(out, err, () -> false, picture -> {});
  }

  StatusLine statusLine() {
    return new StatusLine(err, redraws, System::nanoTime);
  }
}
