package io.gill.spring;

import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.springframework.ai.content.Media;
import org.springframework.util.MimeTypeUtils;

/** Decodes the pictures of one request within a common limit of pixels, and encodes those of replies. */
final class Pictures {
  private static final String BASE64 = ";base64,";

  private long pixelsLeft = 100_000_000;

  BufferedImage read(Media media) {
    if (!media.getMimeType().getType().equals("image")) {
      throw new IllegalArgumentException("gill reads images only, not media of type " + media.getMimeType());
    }
    Object data = media.getData();
    if (data instanceof byte[] bytes) {
      return counted(Images.read(bytes, "an image of the request", limit()));
    }
    String url = data.toString();
    if (url.regionMatches(true, 0, "file:", 0, 5)) {
      return counted(Images.read(Path.of(URI.create(url)), limit()));
    }
    int comma = url.indexOf(',');
    if (!url.regionMatches(true, 0, "data:", 0, 5) || comma < 0
        || !url.regionMatches(true, comma + 1 - BASE64.length(), BASE64, 0, BASE64.length())) {
      throw new IllegalArgumentException(
          "an image of the request is neither bytes, a file: URL nor a data: URL in base64;"
              + " other URLs are not fetched");
    }
    byte[] bytes = Base64.getMimeDecoder().decode(url.substring(comma + 1));
    return counted(Images.read(bytes, "an image of the request", limit()));
  }

  private ImageReadOptions limit() {
    if (pixelsLeft < 1) {
      throw new IllegalArgumentException("the request's images have more than 100 million pixels in all: send fewer");
    }
    ImageReadOptions options = ImageReadOptions.untrusted();
    return options.toBuilder().maxPixels(Math.min(options.maxPixels(), pixelsLeft)).build();
  }

  private BufferedImage counted(BufferedImage image) {
    pixelsLeft -= (long) image.getWidth() * image.getHeight();
    return image;
  }

  static Media media(BufferedImage image) {
    return Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(png(image)).build();
  }

  static byte[] png(BufferedImage image) {
    return Images.toPng(image, Map.of());
  }
}
