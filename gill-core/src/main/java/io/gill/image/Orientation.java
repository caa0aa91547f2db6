package io.gill.image;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import org.jspecify.annotations.Nullable;

/** The EXIF orientation, which defines how to rotate or mirror a stored image for display. */
final class Orientation {
  private Orientation() {}

  /** Returns the orientation in an EXIF block, 1..8; 1 if it is missing or unreadable. */
  static int of(byte @Nullable [] exif) {
    if (exif == null) {
      return 1;
    }
    try {
      Metadata metadata = new Metadata();
      new ExifReader().extract(new ByteArrayReader(exif), metadata);
      ExifIFD0Directory main = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
      Integer value = main == null ? null : main.getInteger(ExifDirectoryBase.TAG_ORIENTATION);
      return value == null || value < 1 || value > 8 ? 1 : value;
    } catch (RuntimeException e) {
      // A damaged EXIF block does not mean that the image is damaged.
      return 1;
    }
  }

  /** Rotates or mirrors an image for display. */
  static Pixels apply(Pixels source, int orientation) {
    if (orientation == 1) {
      return source;
    }
    boolean turned = orientation >= 5;
    int w = source.width;
    int h = source.height;
    int width = turned ? h : w;
    int height = turned ? w : h;
    int n = source.mode.bytes;
    byte[] data = new byte[source.data.length];
    for (int y = 0, to = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int fromX = switch (orientation) {
          case 2, 3 -> w - 1 - x;
          case 4 -> x;
          case 5, 6 -> y;
          default -> w - 1 - y;
        };
        int fromY = switch (orientation) {
          case 2 -> y;
          case 3, 4 -> h - 1 - y;
          case 5, 8 -> x;
          default -> h - 1 - x;
        };
        int from = (fromY * w + fromX) * n;
        for (int b = 0; b < n; b++) {
          data[to++] = source.data[from + b];
        }
      }
    }
    return new Pixels(source.mode, width, height, data, source.palette);
  }
}
