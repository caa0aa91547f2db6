package io.gill.image;

import org.jspecify.annotations.Nullable;

/** A decoded picture as it is stored, and its EXIF block where the file has one. */
final class Decoded {
  final Pixels pixels;
  final byte @Nullable [] exif;

  Decoded(Pixels pixels, byte @Nullable [] exif) {
    this.pixels = pixels;
    this.exif = exif;
  }
}
