package io.gill.image;

import io.gill.image.ImageProcessorConfig.Size;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/**
 * SigLIP 2's NaFlex preprocessing, equal to transformers' {@code Siglip2ImageProcessor}: an image keeps its proportions
 * and is resized to the maximum number of patches. Immutable and thread-safe.
 */
public final class NaflexProcessor {
  private static final double PRECISION = 1e-5;

  private final ImageProcessorConfig config;
  private final int patchSize;
  private final int maxNumPatches;

  /** {@code patch_size}, {@code max_num_patches}, and values of a configuration for any size. */
  NaflexProcessor(ImageProcessorConfig config, int patchSize, int maxNumPatches) {
    this.config = config;
    this.patchSize = patchSize;
    this.maxNumPatches = maxNumPatches;
  }

  /**
   * An image split into patches.
   *
   * @param rows number of patches from top to bottom
   * @param columns number of patches from left to right
   * @param values (rows · columns, P · P · 3) row-major, P the edge of a patch in pixels
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  public record Patches(int rows, int columns, float[] values) {}

  /**
   * Reads a configuration.
   *
   * @param file a {@code preprocessor_config.json}
   * @return the processor
   * @throws io.gill.GillException if the file cannot be read or has an invalid value; the message names file, key and
   *     value
   */
  public static NaflexProcessor of(Path file) {
    return ImageProcessorConfig.readNaflex(file);
  }

  /**
   * Returns the edge of a patch in pixels.
   *
   * @return P
   */
  public int patchSize() {
    return patchSize;
  }

  /**
   * Resizes an image and splits it into patches.
   *
   * @param image any image
   * @return the patches
   */
  public Patches patches(BufferedImage image) {
    int height = image.getHeight();
    int width = image.getWidth();
    double low = PRECISION / 10;
    double high = 100;
    while (high - low >= PRECISION) {
      double scale = (low + high) / 2;
      if ((long) patches(height, scale) * patches(width, scale) <= maxNumPatches) {
        low = scale;
      } else {
        high = scale;
      }
    }
    int rows = patches(height, low);
    int columns = patches(width, low);
    Size size = new Size(rows * patchSize, columns * patchSize);
    return new Patches(rows, columns, cut(ImageProcessor.of(config.withSize(size)).pixelValues(image), rows, columns));
  }

  /** Returns the number of patches of an edge at a scale. */
  private int patches(int edge, double scale) {
    return Math.max(1, (int) Math.ceil(edge * scale / patchSize));
  }

  /** Splits pixels into patches: (3, rows · P, columns · P) → (rows · columns, P · P · 3). */
  private float[] cut(float[] pixels, int rows, int columns) {
    int area = rows * columns * patchSize * patchSize;
    float[] values = new float[pixels.length];
    int to = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        for (int y = row * patchSize; y < (row + 1) * patchSize; y++) {
          for (int x = column * patchSize; x < (column + 1) * patchSize; x++) {
            for (int channel = 0; channel < 3; channel++) {
              values[to++] = pixels[channel * area + y * columns * patchSize + x];
            }
          }
        }
      }
    }
    return values;
  }
}
