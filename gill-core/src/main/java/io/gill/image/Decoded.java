package io.gill.image;

import org.jspecify.annotations.Nullable;

/** A decoded image as stored, and the file's EXIF block, if any. */
final class Decoded {
  final Pixels pixels;
  final byte @Nullable [] exif;

  Decoded(Pixels pixels, byte @Nullable [] exif) {
    this.pixels = pixels;
    this.exif = exif;
  }
}
