package io.gill.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The limit that a container, or another control group of Linux, sets to this process's memory.
 *
 * @param root where the control groups are mounted
 * @param own the content of {@code /proc/self/cgroup}
 */
record ControlGroup(Path root, String own) {
  private static final Pattern LINE = Pattern.compile("(?m)^\\d+:(memory|):(/.*)$");
  private static final Pattern CACHE = Pattern.compile("(?m)^(?:total_)?(?:in)?active_file (\\d{1,18})$");

  /** Names of the files in the current and in the first version of control groups. */
  private static final List<String> LIMITS = List.of("memory.max", "memory.limit_in_bytes");

  private static final List<String> USED = List.of("memory.current", "memory.usage_in_bytes");

  /** Returns the free and reclaimable memory of the group and the groups around it; the largest number if unlimited. */
  long available() {
    long least = Long.MAX_VALUE;
    Matcher groups = LINE.matcher(own);
    while (groups.find()) {
      Path top = groups.group(1).isEmpty() ? root : root.resolve("memory");
      Path folder = top.resolve(groups.group(2).substring(1)).normalize();
      // inside a container, its own group is mounted at the top
      Path inside = folder.startsWith(top) ? folder : top;
      for (Path group = inside; group != null && group.startsWith(top); group = group.getParent()) {
        least = Math.min(least, available(group));
      }
    }
    return least;
  }

  private static long available(Path group) {
    for (int version = 0; version < LIMITS.size(); version++) {
      try {
        long limit = Long.parseLong(read(group, LIMITS.get(version)));
        long used = Long.parseLong(read(group, USED.get(version)));
        return Math.max(0, limit - used + cache(read(group, "memory.stat")));
      } catch (IOException | NumberFormatException e) {
        // another version, or "max"
      }
    }
    return Long.MAX_VALUE;
  }

  private static String read(Path group, String file) throws IOException {
    return Files.readString(group.resolve(file)).strip();
  }

  /** Returns the size of the files in memory, which the system drops when it needs room. */
  private static long cache(String statistics) {
    boolean hierarchy = statistics.contains("total_active_file"); // the first version lists the group alone, too
    long bytes = 0;
    Matcher lines = CACHE.matcher(statistics);
    while (lines.find()) {
      bytes += !hierarchy || lines.group().startsWith("total_") ? Long.parseLong(lines.group(1)) : 0;
    }
    return bytes;
  }
}
