package io.gill.examples.evaluate;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Path;

/** Identifies files of pictures, for what was computed from them. */
final class PictureFiles {
  private PictureFiles() {}

  /** Returns the folder of a run for what was computed from its pictures. */
  static Path folder(Path run) {
    return run.resolve("scoring");
  }

  /**
   * Returns the SHA-256 of a file.
   *
   * @throws GillException if it cannot be read
   */
  static HashCode hash(Path file) {
    try {
      return MoreFiles.asByteSource(file).hash(Hashing.sha256());
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
