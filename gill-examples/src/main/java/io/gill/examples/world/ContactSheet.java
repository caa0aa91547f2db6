package io.gill.examples.world;

import io.gill.examples.Output;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;

/** A sheet of many small pictures for inspection. */
public final class ContactSheet {
  private static final int GAP = 2;
  private static final int ZOOM = 2;

  private ContactSheet() {}

  /**
   * Writes a sheet.
   *
   * @param file a PNG file; its folder is created if missing
   * @param images at least one picture, all of the same size; each is drawn at twice its size
   * @param columns number of pictures per row
   * @throws io.gill.GillException if writing fails
   */
  public static void write(Path file, List<BufferedImage> images, int columns) {
    int width = ZOOM * images.get(0).getWidth() + GAP;
    int height = ZOOM * images.get(0).getHeight() + GAP;
    int rows = (images.size() + columns - 1) / columns;
    BufferedImage sheet = new BufferedImage(columns * width, rows * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    for (int i = 0; i < images.size(); i++) {
      graphics.drawImage(
          images.get(i), i % columns * width, i / columns * height, width - GAP, height - GAP, null);
    }
    graphics.dispose();
    Output.picture(file, sheet);
  }
}
