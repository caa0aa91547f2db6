package io.gill.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import io.gill.GillException;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;

/** Decodes the pictures of one request within a common limit of pixels, and encodes those of replies. */
final class Pictures {
  private static final String BASE64 = ";base64,";

  private long pixelsLeft = 100_000_000;

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
    String text = url.toString();
    int comma = text.indexOf(',');
    if (!scheme.equalsIgnoreCase("data") || comma < 0
        || !text.regionMatches(true, comma + 1 - BASE64.length(), BASE64, 0, BASE64.length())) {
      throw new UnsupportedFeatureException("images of " + scheme
          + ": URLs are not fetched: pass base64 data, a data: URL in base64 or a file: URL");
    }
    return base64(text.substring(comma + 1));
  }

  private BufferedImage base64(String data) {
    try {
      return counted(Images.read(Base64.getMimeDecoder().decode(data), "an image of the request", limit()));
    } catch (IllegalArgumentException | GillException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private BufferedImage file(URI url) {
    try {
      return counted(Images.read(Path.of(url), limit()));
    } catch (IllegalArgumentException | GillException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private ImageReadOptions limit() {
    if (pixelsLeft < 1) {
      throw new InvalidRequestException("the request's images have more than 100 million pixels in all: send fewer");
    }
    ImageReadOptions options = ImageReadOptions.untrusted();
    return options.toBuilder().maxPixels(Math.min(options.maxPixels(), pixelsLeft)).build();
  }

  private BufferedImage counted(BufferedImage image) {
    pixelsLeft -= (long) image.getWidth() * image.getHeight();
    return image;
  }

  static Image write(BufferedImage image) {
    return Image.builder().base64Data(Base64.getEncoder().encodeToString(Images.toPng(image, Map.of())))
        .mimeType("image/png").build();
  }
}
