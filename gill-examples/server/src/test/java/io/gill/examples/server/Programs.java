package io.gill.examples.server;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Programs that some tests need. Without them a test is skipped, but fails where the environment variable {@code CI} is
 * set, since jobs that install programs must not skip their tests.
 */
final class Programs {
  private Programs() {}

  /** Returns the first of some programs that is on the path. */
  static Path require(String... names) {
    return find(names).orElseGet(() -> missing("not on the path: " + String.join(" or ", names)));
  }

  private static Optional<Path> find(String... names) {
    return Stream.of(names)
        .flatMap(name -> Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable).findFirst();
  }

  /** Ends a test that lacks something. */
  static <T> T missing(String what) {
    return System.getenv().getOrDefault("CI", "").isEmpty() ? abort(what) : fail(what);
  }
}
