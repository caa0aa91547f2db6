package io.gill.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Reads a file that lines are appended to. */
final class CompleteLines {
  private CompleteLines() {}

  /** Returns the lines without what follows the last line break, which a kill or a full disk left. */
  static List<String> read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8).lines().toList();
  }
}
