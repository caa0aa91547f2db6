package io.gill.spring;

import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import io.gill.image.PixelBudget;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.springframework.ai.content.Media;
import org.springframework.util.MimeTypeUtils;

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

  BufferedImage read(Media media) {
    if (!media.getMimeType().getType().equals("image")) {
      throw new IllegalArgumentException("gill reads images only, not media of type " + media.getMimeType());
    }
    Object data = media.getData();
    if (data instanceof byte[] bytes) {
      return unspent().read(bytes, "an image of the request");
    }
    String url = data.toString();
    if (url.regionMatches(true, 0, "file:", 0, 5)) {
      if (!fileUrls) {
        throw new IllegalArgumentException("images of file: URLs are not read: pass bytes or a Resource, or set"
            + " gill.file-urls=true if whoever sends messages may read this machine's pictures");
      }
      return unspent().read(Path.of(URI.create(url)));
    }
    String base64 = Images.base64Of(url).orElseThrow(() -> new IllegalArgumentException(
        "an image of the request is neither bytes nor a data: URL in base64; other URLs are not fetched"));
    return unspent().read(Base64.getMimeDecoder().decode(base64), "an image of the request");
  }

  private PixelBudget unspent() {
    if (pixels.isSpent()) {
      throw new IllegalArgumentException("the request's images have more than 100 million pixels in all: send fewer");
    }
    return pixels;
  }

  static Media media(BufferedImage image) {
    return Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(png(image)).build();
  }

  static byte[] png(BufferedImage image) {
    return Images.toPng(image, Map.of());
  }
}
