package io.gill.examples.server;

import com.google.common.base.CharMatcher;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import io.gill.image.PixelBudget;
import java.awt.image.BufferedImage;
import java.util.Base64;

/** Decodes the pictures of one request within a common limit of pixels. */
final class PictureReader {
  private static final CharMatcher LINE_BREAKS = CharMatcher.anyOf("\r\n");

  private final int most;
  private final Cache<HashCode, BufferedImage> known;
  private final PixelBudget pixels;

  PictureReader(int mostPixels) {
    this(mostPixels, knownPictures());
  }

  /**
   * @param known the pictures of earlier requests, by the hash of their bytes: a model that keeps the caches of
   *     conversations recognises only the same object
   */
  PictureReader(int mostPixels, Cache<HashCode, BufferedImage> known) {
    most = mostPixels;
    this.known = known;
    pixels = new PixelBudget(ImageReadOptions.untrusted().toBuilder().maxPixels(mostPixels).build(), mostPixels);
  }

  /** Returns an empty cache that holds a picture as long as something else does, such as a conversation. */
  static Cache<HashCode, BufferedImage> knownPictures() {
    return CacheBuilder.newBuilder().weakValues().build();
  }

  /** Decodes a {@code data:} URL, the only kind that is accepted: the server fetches nothing. */
  BufferedImage dataUrl(String at, String url) {
    if (!url.regionMatches(true, 0, "data:", 0, 5)) {
      throw ApiException.bad(at, "invalid_image_url",
          at + " is no data: URL: this server fetches nothing, send the picture as data:image/png;base64,…");
    }
    return base64(at, Images.base64Of(url).orElseThrow(() -> ApiException.bad(
        at, "invalid_image_url", at + " is not encoded in base64: use data:image/png;base64,…")));
  }

  BufferedImage base64(String at, String data) {
    byte[] encoded;
    try {
      encoded = Base64.getDecoder().decode(LINE_BREAKS.removeFrom(data));
    } catch (IllegalArgumentException e) {
      throw ApiException.bad(at, "invalid_base64", at + " is not valid base64");
    }
    return bytes(at, encoded);
  }

  BufferedImage bytes(String at, byte[] encoded) {
    if (pixels.isSpent()) {
      throw tooLarge(at);
    }
    HashCode hash = Hashing.sha256().hashBytes(encoded);
    BufferedImage same = known.getIfPresent(hash);
    if (same != null) {
      if (!pixels.spend(same)) {
        throw tooLarge(at);
      }
      return same;
    }
    try {
      BufferedImage image = pixels.read(encoded, at);
      known.put(hash, image);
      return image;
    } catch (GillException e) {
      throw ApiException.bad(at, "invalid_image", String.valueOf(e.getMessage()));
    }
  }

  private ApiException tooLarge(String at) {
    return ApiException.bad(at, "image_too_large", "the pictures are over the limit of " + most + " pixels in all");
  }
}
