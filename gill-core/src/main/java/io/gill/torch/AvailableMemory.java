package io.gill.torch;

import io.gill.GillException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rejects weights that do not fit into memory before they are read. Otherwise the system would kill the process. */
public final class AvailableMemory {
  /** Smaller weights are not worth the question. */
  private static final long SMALL = 1L << 28;

  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path CONTROL_GROUPS = Path.of("/sys/fs/cgroup");
  private static final Path OWN_GROUPS = Path.of("/proc/self/cgroup");
  private static final Pattern AVAILABLE = Pattern.compile("(?m)^(MemAvailable|SwapFree):\\s+(\\d{1,15}) kB$");

  private AvailableMemory() {}

  /**
   * Checks that weights fit.
   *
   * @param what the file, for the message
   * @param needed size of the private copies, in bytes
   * @param advice what needs less
   * @throws GillException if this machine or container has less
   */
  static void require(Path what, long needed, String advice) {
    if (needed > SMALL) {
      require(what, needed, bytes(), advice);
    }
  }

  static void require(Path what, long needed, long available, String advice) {
    if (needed > available) {
      throw new GillException(String.format(Locale.ROOT, "%s needs %.1f GB of memory, but %.1f GB are available: %s",
          what, needed / 1e9, available / 1e9, advice));
    }
  }

  /**
   * Returns how much memory this process can still use.
   *
   * @return the free and reclaimable memory and swap space of the machine or the container, whichever has less, in
   *     bytes; elsewhere than on Linux, all memory of the machine
   */
  public static long bytes() {
    return bytes(true);
  }

  /**
   * Returns whether copies fit without swapping, and leave a quarter of their size for caches and activations.
   *
   * @param needed size of what is loaded anyway, in bytes
   * @param copies size of the copies, in bytes
   */
  static boolean hasRoomFor(long needed, long copies) {
    return bytes(false) > needed + copies * 5 / 4;
  }

  private static long bytes(boolean swap) {
    long least = Long.MAX_VALUE;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
      least = system.getTotalMemorySize() + (swap ? system.getTotalSwapSpaceSize() : 0);
    }
    try {
      least = Math.min(least, available(Files.readString(MEMINFO), swap));
      return Math.min(least, new ControlGroup(CONTROL_GROUPS, Files.readString(OWN_GROUPS)).available());
    } catch (IOException e) {
      return least;
    }
  }

  /** Returns the sum of the lines about memory that can be had, or the largest number if there are none. */
  static long available(String meminfo, boolean swap) {
    long kibibytes = 0;
    Matcher lines = AVAILABLE.matcher(meminfo);
    while (lines.find()) {
      kibibytes += swap || lines.group(1).equals("MemAvailable") ? Long.parseLong(lines.group(2)) : 0;
    }
    return kibibytes == 0 ? Long.MAX_VALUE : kibibytes * 1024;
  }
}
