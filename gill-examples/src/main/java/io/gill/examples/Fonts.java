package io.gill.examples;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Whether a figure can be written on: Java takes its fonts from the system, and slim container images have none. */
public final class Fonts {
  private Fonts() {}

  /**
   * Says so if they are missing.
   *
   * @param figure what is not drawn then
   * @param out where that is said
   * @return whether text can be drawn
   */
  public static boolean found(Path figure, PrintWriter out) {
    Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      graphics.getFontMetrics();
      return true;
    } catch (InternalError | LinkageError e) { // the first time, and ever after
      out.println(figure + " was not drawn: Java finds no font here; install fontconfig and a font");
      out.flush();
      return false;
    } finally {
      graphics.dispose();
    }
  }
}
