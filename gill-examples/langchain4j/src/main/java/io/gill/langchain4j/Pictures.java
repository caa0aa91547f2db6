package io.gill.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import io.gill.GillException;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import io.gill.image.PixelBudget;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;

/** Decodes the pictures of one request within a common limit of pixels, and encodes those of replies. */
final class Pictures {
  private final PixelBudget pixels = new PixelBudget(ImageReadOptions.untrusted(), 100_000_000);
  private final boolean fileUrls;

  /**
   * @param fileUrls whether {@code file:} URLs are read
   */
  Pictures(boolean fileUrls) {
    this.fileUrls = fileUrls;
  }

  BufferedImage read(Image image) {
    if (image.base64Data() != null) {
      return base64(image.base64Data());
    }
    URI url = image.url();
    if (url == null) {
      throw new InvalidRequestException("an image has neither data nor a URL");
    }
    String scheme = String.valueOf(url.getScheme());
    if (scheme.equalsIgnoreCase("file")) {
      return file(url);
    }
    return base64(Images.base64Of(url.toString()).orElseThrow(() -> new UnsupportedFeatureException(
        "images of " + scheme + ": URLs are not fetched: pass base64 data or a data: URL in base64")));
  }

  private BufferedImage base64(String data) {
    try {
      return unspent().read(Base64.getMimeDecoder().decode(data), "an image of the request");
    } catch (IllegalArgumentException | GillException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private BufferedImage file(URI url) {
    if (!fileUrls) {
      throw new UnsupportedFeatureException("images of file: URLs are not read: pass base64 data, or create the model"
          + " withFileUrls() if whoever sends messages may read this machine's pictures");
    }
    try {
      return unspent().read(Path.of(url));
    } catch (IllegalArgumentException | GillException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private PixelBudget unspent() {
    if (pixels.isSpent()) {
      throw new InvalidRequestException("the request's images have more than 100 million pixels in all: send fewer");
    }
    return pixels;
  }

  /** Converts a mask of OpenAI's interface to one of gill. */
  static BufferedImage transparency(BufferedImage mask) {
    return Images.transparency(mask).orElseThrow(() -> new InvalidRequestException(
        "the mask has no transparency: make it transparent where the image is to be painted"));
  }

  static Image write(BufferedImage image) {
    return Image.builder().base64Data(Base64.getEncoder().encodeToString(Images.toPng(image, Map.of())))
        .mimeType("image/png").build();
  }
}
