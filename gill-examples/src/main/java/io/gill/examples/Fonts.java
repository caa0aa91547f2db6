package io.gill.examples;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Checks for fonts: Java takes its fonts from the system, and slim container images have none. */
public final class Fonts {
  private Fonts() {}

  /**
   * Checks whether Java can draw text, and prints a line if it cannot.
   *
   * @param figure the figure that is not drawn without fonts
   * @param out receives the line
   * @return whether text can be drawn
   */
  public static boolean found(Path figure, PrintWriter out) {
    Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      graphics.getFontMetrics();
      return true;
    } catch (InternalError | LinkageError e) { // on the first call and on every later one
      out.println(figure + " was not drawn: Java finds no font here; install fontconfig and a font");
      out.flush();
      return false;
    } finally {
      graphics.dispose();
    }
  }
}
