package io.gill.testsupport;

import java.nio.file.Files;
import java.nio.file.Path;

/** Locates the reference data of the published implementations (gill-core/src/test/reference). */
public final class Reference {
  private static final Path ROOT = find();

  private Reference() {}

  /** Returns the path of a file or folder of the reference data. */
  public static Path path(String first, String... more) {
    Path path = ROOT.resolve(Path.of(first, more));
    if (!Files.exists(path)) {
      throw new IllegalStateException("no reference data at " + path);
    }
    return path;
  }

  private static Path find() {
    String configured = System.getProperty("gill.reference");
    if (configured != null) {
      return Path.of(configured);
    }
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      Path candidate = dir.resolve("gill-core/src/test/reference");
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    throw new IllegalStateException("run the tests inside a checkout, or pass -Dgill.reference=<folder>");
  }
}
