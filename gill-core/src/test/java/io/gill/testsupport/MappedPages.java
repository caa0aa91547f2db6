package io.gill.testsupport;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this process has mapped of a file, as Linux counts it. Other systems skip the test. */
public final class MappedPages {
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final Pattern LINE = Pattern.compile("([0-9a-f]+-[0-9a-f]+ .*)|(\\w+): +(\\d+) kB");

  private MappedPages() {}

  /** Returns the bytes of all mappings of a file. */
  public static long mapped(Path file) {
    return sum(file, "Size");
  }

  /** Returns the bytes of a file that count as memory of this process. */
  public static long resident(Path file) {
    return sum(file, "Rss");
  }

  private static long sum(Path file, String field) {
    assumeTrue(Files.isReadable(MAPPINGS), "only Linux has " + MAPPINGS);
    try {
      String path = file.toRealPath().toString();
      boolean inFile = false;
      long sum = 0;
      for (String line : Files.readAllLines(MAPPINGS)) {
        Matcher matcher = LINE.matcher(line);
        if (matcher.matches() && matcher.group(1) != null) {
          inFile = line.endsWith(path);
        } else if (inFile && matcher.matches() && matcher.group(2).equals(field)) {
          sum += 1024 * Long.parseLong(matcher.group(3));
        }
      }
      return sum;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
