package io.gill.image;

import com.google.common.base.Throwables;
import io.gill.GillException;
import io.gill.image.webp.WebpException;
import io.gill.weights.RegularFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads, converts, resizes and writes images. Pixels equal Pillow's, on which the published models were trained:
 * samples as stored, colour profiles ignored.
 *
 * <p>Reads PNG, JPEG, BMP, GIF and WebP (the first frame of an animation), detected by content rather than by name. The
 * claims of a file are checked before memory is allocated for them, and every problem is reported as a
 * {@link GillException} that names the file. Thread-safe. Settings, plug-ins and the disk cache of ImageIO are not
 * used.
 */
public final class Images {
  private static final String DATA = "data:";
  private static final String BASE64 = ";base64,";

  private Images() {}

  /**
   * Reads an image with {@link ImageReadOptions#defaults()}.
   *
   * @param file path of the file
   * @return the image, in the sample layout of the file; see {@link #toRgb}
   * @throws GillException if the file cannot be read, is not an image, is damaged or exceeds a limit
   */
  public static BufferedImage read(Path file) {
    return read(file, ImageReadOptions.defaults());
  }

  /**
   * Reads an image.
   *
   * @param file path of the file
   * @param options orientation and limits
   * @return the image, in the sample layout of the file; see {@link #toRgb}
   * @throws GillException if the file cannot be read, is not an image, is damaged or exceeds a limit
   */
  public static BufferedImage read(Path file, ImageReadOptions options) {
    byte[] data;
    try (InputStream in = Files.newInputStream(RegularFile.require(file))) {
      // Reading one byte more than allowed detects a larger file; a size queried beforehand could change.
      data = in.readNBytes((int) options.maxBytes() + 1);
    } catch (NoSuchFileException e) {
      throw new GillException(file + ": no such file", e);
    } catch (IOException e) {
      throw new GillException(file + ": cannot be read: " + e.getMessage(), e);
    }
    return read(data, file.toString(), options);
  }

  /**
   * Returns the data of a {@code data:} URL: {@code data:image/png;base64,…}.
   *
   * @param url any text
   * @return its base64, not decoded; empty if this is no {@code data:} URL in base64
   */
  public static Optional<String> base64Of(String url) {
    int comma = url.indexOf(',');
    boolean encoded = url.regionMatches(true, 0, DATA, 0, DATA.length())
        && comma >= 0 && url.regionMatches(true, comma + 1 - BASE64.length(), BASE64, 0, BASE64.length());
    return encoded ? Optional.of(url.substring(comma + 1)) : Optional.empty();
  }

  /**
   * Reads an image from memory with {@link ImageReadOptions#defaults()}.
   *
   * @param data the encoded image
   * @param name name of the image in messages
   * @return the image, in the sample layout of the file; see {@link #toRgb}
   * @throws GillException if the data is not an image, is damaged or exceeds a limit
   */
  public static BufferedImage read(byte[] data, String name) {
    return read(data, name, ImageReadOptions.defaults());
  }

  /**
   * Reads an image from memory.
   *
   * @param data the encoded image
   * @param name name of the image in messages
   * @param options orientation and limits
   * @return the image, in the sample layout of the file; see {@link #toRgb}
   * @throws GillException if the data is not an image, is damaged or exceeds a limit
   */
  public static BufferedImage read(byte[] data, String name, ImageReadOptions options) {
    if (data.length > options.maxBytes()) {
      throw new GillException(name + ": over the limit of " + options.maxBytes() + " bytes for an encoded image");
    }
    ImageFormat format = ImageFormat.of(data);
    if (format == null) {
      String other = ImageFormat.unsupported(data);
      if (other != null) {
        throw new GillException(name + ": is " + other + ", which is not supported: convert it to JPEG or PNG");
      }
      throw new GillException(name + ": not a PNG, JPEG, GIF, BMP or WebP image: " + opening(data));
    }
    try {
      Decoded decoded = format.decode(data, options);
      Pixels pixels = decoded.pixels;
      int orientation = options.applyOrientation() ? Orientation.of(decoded.exif) : 1;
      if (orientation != 1) {
        options.checkMemory(3L * pixels.data.length);
      }
      return Orientation.apply(pixels, orientation).toImage();
    } catch (BadImageException | WebpException e) {
      throw new GillException(name + ": " + e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(name, data, e);
    } catch (IOException | RuntimeException e) {
      if (Throwables.getCausalChain(e).stream().anyMatch(OutOfMemoryError.class::isInstance)) {
        throw tooLarge(name, data, e); // the JDK's PNG reader wraps it
      }
      // Decoders report damage with all kinds of exceptions; callers get one.
      throw new GillException(name + ": corrupt or truncated " + format.label + ": " + oneLine(e), e);
    }
  }

  private static GillException tooLarge(String name, byte[] data, Throwable cause) {
    return new GillException(name + ": too little memory to decode an image of " + data.length
        + " bytes: give Java a larger heap (-Xmx), or read fewer images at a time", cause);
  }

  private static String oneLine(Throwable e) {
    String message = e.getMessage();
    String line = message == null ? "" : message.lines().findFirst().orElse("");
    return line.isEmpty() ? e.getClass().getSimpleName() : line.length() <= 200 ? line : line.substring(0, 200) + "…";
  }

  private static String opening(byte[] data) {
    if (data.length == 0) {
      return "it is empty";
    }
    int shown = Math.min(data.length, 16);
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < shown; i++) {
      if ((data[i] < ' ' && data[i] != '\n' && data[i] != '\r' && data[i] != '\t') || data[i] == 0x7f) {
        for (int j = 0; j < shown; j++) {
          hex.append(String.format(Locale.ROOT, " %02x", data[j]));
        }
        return "starts with" + hex;
      }
    }
    String text = new String(data, 0, shown, StandardCharsets.US_ASCII);
    return "starts with '" + text.strip().replaceAll("\\s+", " ") + "'";
  }

  /**
   * Converts an image to RGB like Pillow's {@code convert("RGB")}: alpha is dropped rather than composited, palettes
   * are looked up, 16-bit grey is clipped at 255, other 16-bit samples are reduced to their high byte, CMYK becomes
   * (255 − C)(255 − K) / 255, and profiles are ignored.
   *
   * @param image any image
   * @return the image as {@link BufferedImage#TYPE_3BYTE_BGR}; the argument itself if it already has this type
   * @throws GillException if there is too little memory to convert the image
   */
  public static BufferedImage toRgb(BufferedImage image) {
    try {
      return image.getType() == BufferedImage.TYPE_3BYTE_BGR ? image : Pixels.of(image).toRgb().toImage();
    } catch (OutOfMemoryError e) {
      throw noRoom("convert", image, e);
    }
  }

  /**
   * Converts an image's transparency to a mask as {@link io.gill.DiffusionOptions#mask()} takes it. Masks of OpenAI's
   * interface are transparent where a picture is to be painted.
   *
   * @param image any image
   * @return an image of one 8-bit sample, white where the image is transparent and black where it is opaque; empty if
   *     the image has no alpha
   */
  public static Optional<BufferedImage> transparency(BufferedImage image) {
    if (!image.getColorModel().hasAlpha()) {
      return Optional.empty();
    }
    BufferedImage mask = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        mask.getRaster().setSample(x, y, 0, 255 - (image.getRGB(x, y) >>> 24));
      }
    }
    return Optional.of(mask);
  }

  /** Reports an image that does not fit into the heap, which is no reason to end a program. */
  static GillException noRoom(String what, BufferedImage image, OutOfMemoryError cause) {
    return new GillException("too little memory to " + what + " an image of " + image.getWidth() + "×"
        + image.getHeight() + " pixels: give Java a larger heap (-Xmx), or smaller images", cause);
  }

  /**
   * Resizes an image like Pillow's {@code Image.resize((width, height))}, with equal results: bicubic (a = −1/2) with
   * antialiasing in 8-bit fixed point, nearest neighbour for palettes and black and white, and alpha premultiplied
   * during the operation.
   *
   * @param image any image
   * @param width the new width
   * @param height the new height
   * @return the resized image with the same kind of samples; the argument itself if it already has this size
   * @throws GillException if the image is too elongated to resize, or there is too little memory
   */
  public static BufferedImage resize(BufferedImage image, int width, int height) {
    checkSize(width, height);
    if (width == image.getWidth() && height == image.getHeight()) {
      return image;
    }
    try {
      return new Resampler(ResampleFilter.BICUBIC).resize(Pixels.of(image), width, height).toImage();
    } catch (OutOfMemoryError e) {
      throw noRoom("resize", image, e);
    } catch (ArithmeticException e) {
      throw new GillException("an image of " + image.getWidth() + "×" + image.getHeight()
          + " pixels is too elongated to resize to " + width + "×" + height, e);
    }
  }

  /**
   * Reduces an image to a longest side.
   *
   * @param image any image
   * @param longestSide maximum width and height, pixels
   * @return the reduced image with the same kind of samples; the argument itself if it is small enough
   * @throws GillException as {@link #resize} does
   */
  public static BufferedImage reduced(BufferedImage image, int longestSide) {
    double factor = (double) longestSide / Math.max(image.getWidth(), image.getHeight());
    return factor >= 1 ? image : resize(image, Math.max(1, (int) Math.round(image.getWidth() * factor)),
        Math.max(1, (int) Math.round(image.getHeight() * factor)));
  }

  /**
   * Resizes an image until it covers a size and crops it to that size around its centre. Equals {@link #resize}
   * followed by the crop, but computes only the pixels inside it.
   *
   * @param image any image; converted as {@link #toRgb} does
   * @param width the new width
   * @param height the new height
   * @return the resized image as {@link BufferedImage#TYPE_3BYTE_BGR}
   * @throws GillException if there is too little memory
   */
  public static BufferedImage cover(BufferedImage image, int width, int height) {
    checkSize(width, height);
    double scale = Math.max(width / (double) image.getWidth(), height / (double) image.getHeight());
    long fullWidth = Math.max(width, (long) Math.rint(image.getWidth() * scale));
    long fullHeight = Math.max(height, (long) Math.rint(image.getHeight() * scale));
    try {
      return new Resampler(ResampleFilter.BICUBIC).window(Pixels.of(image).toRgb(), fullWidth, fullHeight,
          (fullWidth - width) / 2, (fullHeight - height) / 2, width, height).toImage();
    } catch (OutOfMemoryError e) {
      throw noRoom("resize", image, e);
    }
  }

  private static void checkSize(int width, int height) {
    if (width < 1 || height < 1 || (long) width * height > Integer.MAX_VALUE / 4) {
      throw new IllegalArgumentException("cannot resize to " + width + "×" + height);
    }
  }

  /**
   * Writes a PNG with text chunks, such as the parameters the image was generated with.
   *
   * @param image any image; CMYK is written as RGB
   * @param text keywords (1 to 79 Latin-1 characters) and their texts; written as tEXt chunks if Latin-1 suffices, else
   *     as iTXt
   * @return the file
   * @throws IllegalArgumentException if a keyword is invalid, or PNG does not support the image's samples
   */
  public static byte[] toPng(BufferedImage image, Map<String, String> text) {
    return PngText.write(image, text);
  }

  /**
   * Reads the texts in a PNG's tEXt, zTXt and iTXt chunks. Compressed texts are limited to 1 MiB each and 16 MiB in
   * total.
   *
   * @param png the file
   * @return texts by keyword, in file order
   * @throws GillException if the data is not a PNG, is damaged, or exceeds a limit
   */
  public static Map<String, String> pngText(byte[] png) {
    return PngText.read(png);
  }
}
