package io.gill.image;

import io.gill.image.ImageProcessorConfig.Normalization;
import io.gill.image.ImageProcessorConfig.ShortestEdge;
import io.gill.image.ImageProcessorConfig.Size;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * CLIP's preprocessing, equal to transformers' {@code CLIPImageProcessor} on Pillow and NumPy: resize the shorter edge,
 * crop the centre, rescale to 0..1, normalise. Only the pixels in the result are computed. Images of any size work,
 * including heights 1 and 3, which the original mistakes for channel axes. Immutable and thread-safe.
 */
public final class ImageProcessor {
  private final ImageProcessorConfig config;
  private final Resampler resampler;
  private final Size output;

  /** Normalised value of each of the 256 levels of red, green and blue. */
  private final float[][] values;

  private ImageProcessor(ImageProcessorConfig config) {
    this.config = config;
    resampler = new Resampler(ResampleFilter.of(config.resample()));
    output = config.crop() != null ? config.crop() : (Size) Objects.requireNonNull(config.resize());
    values = values(config);
  }

  /**
   * Creates a processor from a configuration.
   *
   * @param config the configuration
   * @return the processor
   */
  public static ImageProcessor of(ImageProcessorConfig config) {
    return new ImageProcessor(config);
  }

  /**
   * Creates a processor from a configuration file.
   *
   * @param preprocessorConfigJson a {@code preprocessor_config.json}
   * @return the processor
   * @throws io.gill.GillException if the file cannot be read or has an invalid value
   */
  public static ImageProcessor of(Path preprocessorConfigJson) {
    return of(ImageProcessorConfig.read(preprocessorConfigJson));
  }

  /**
   * Returns the height of all results.
   *
   * @return height in pixels, H
   */
  public int height() {
    return output.height();
  }

  /**
   * Returns the width of all results.
   *
   * @return width in pixels, W
   */
  public int width() {
    return output.width();
  }

  /**
   * Computes the vision encoder's input.
   *
   * @param image any image
   * @return {@code pixel_values}, (3, H, W) row-major, channels red, green, blue
   * @throws io.gill.GillException if there is too little memory to resize the image
   */
  public float[] pixelValues(BufferedImage image) {
    try {
      return values(image);
    } catch (OutOfMemoryError e) {
      throw Images.noRoom("resize", image, e);
    }
  }

  /**
   * Computes the vision encoder's input for a batch.
   *
   * @param images any images
   * @return {@code pixel_values}, (images, 3, H, W) row-major, channels red, green, blue
   * @throws io.gill.GillException if there is too little memory to resize an image
   */
  public float[] pixelValues(List<BufferedImage> images) {
    int length = 3 * height() * width();
    float[] values = new float[Math.multiplyExact(images.size(), length)];
    for (int i = 0; i < images.size(); i++) {
      System.arraycopy(pixelValues(images.get(i)), 0, values, i * length, length);
    }
    return values;
  }

  private float[] values(BufferedImage image) {
    Pixels source = Pixels.of(image).toRgb();
    long fullWidth = source.width;
    long fullHeight = source.height;
    if (config.resize() instanceof ShortestEdge edge) {
      long shorter = Math.min(fullWidth, fullHeight);
      long longer = edge.length() * Math.max(fullWidth, fullHeight) / shorter;
      boolean upright = fullWidth <= fullHeight;
      fullWidth = upright ? edge.length() : longer;
      fullHeight = upright ? longer : edge.length();
    } else if (config.resize() instanceof Size size) {
      fullWidth = size.width();
      fullHeight = size.height();
    }
    // The part of the resized image inside the crop, and its position there.
    int width = (int) Math.min(fullWidth, output.width());
    int height = (int) Math.min(fullHeight, output.height());
    Pixels part = resampler.window(
        source, fullWidth, fullHeight, (fullWidth - width) / 2, (fullHeight - height) / 2, width, height);
    return normalized(part, (output.width() - width + 1) / 2, (output.height() - height + 1) / 2);
  }

  private float[] normalized(Pixels part, int left, int top) {
    int area = output.width() * output.height();
    float[] result = new float[3 * area];
    for (int channel = 0; channel < 3; channel++) {
      float[] value = values[channel];
      // Padding precedes normalisation: it is black, not zero.
      if (part.width < output.width() || part.height < output.height()) {
        Arrays.fill(result, channel * area, (channel + 1) * area, value[0]);
      }
      for (int y = 0; y < part.height; y++) {
        int from = 3 * y * part.width + 2 - channel;
        int to = channel * area + (top + y) * output.width() + left;
        for (int x = 0; x < part.width; x++, from += 3) {
          result[to + x] = value[part.data[from] & 0xff];
        }
      }
    }
    return result;
  }

  /** Rescales in double precision, rounds to float and normalises in float, as NumPy does. */
  private static float[][] values(ImageProcessorConfig config) {
    float[][] values = new float[3][256];
    Normalization normalization = config.normalization();
    for (int channel = 0; channel < 3; channel++) {
      for (int level = 0; level < 256; level++) {
        float value = (float) (level * config.rescaleFactor());
        if (normalization != null) {
          value = (value - normalization.mean().get(channel).floatValue())
              / normalization.std().get(channel).floatValue();
        }
        values[channel][level] = value;
      }
    }
    return values;
  }
}
