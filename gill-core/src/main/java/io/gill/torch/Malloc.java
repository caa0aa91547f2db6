package io.gill.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Settings of the C library's memory. They make new memory cheap, since the system clears each page when it is first
 * used. In a virtual machine, where a page took 5 to 50 µs, that was a fifth of the time to read a prompt and nearly
 * all the time to convert weights.
 */
final class Malloc {
  /** Largest block that is kept: glibc's own limit, as larger ones are mapped from the system in any case. */
  private static final int LARGEST_KEPT = 32 << 20;

  /** Number of free bytes that each arena keeps. A computing thread has an arena of its own. */
  private static final int KEPT = 256 << 20;

  // from malloc.h
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_MMAP_THRESHOLD = -3;

  /** The system's setting for pages of 2 MB. The one in brackets is chosen. */
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  private Malloc() {}

  /**
   * Makes libtorch ask for pages of 2 MB for tensors of at least this size, unless the user exported a choice. Takes
   * effect if libtorch has allocated nothing yet.
   */
  static void useHugePages() {
    try {
      if (Files.readString(HUGE_PAGES).contains("[madvise]")) { // otherwise asking changes nothing, or is warned about
        NativeEnvironment.setDefault("THP_MEM_ALLOC_ENABLE", "1");
      }
    } catch (IOException e) {
      // not Linux
    }
  }

  /**
   * Makes glibc keep blocks of some megabytes that libtorch frees, which it would return to the system, unless the user
   * exported other limits.
   */
  static void keepFreedMemory() {
    if (!Platform.isLinux() || System.getenv().keySet().stream().anyMatch(name -> name.startsWith("MALLOC_"))) {
      return;
    }
    try {
      Function mallopt = NativeLibrary.getProcess().getFunction("mallopt");
      mallopt.invokeInt(new Object[] {M_MMAP_THRESHOLD, LARGEST_KEPT});
      mallopt.invokeInt(new Object[] {M_TRIM_THRESHOLD, KEPT});
    } catch (LinkageError e) {
      // another C library, or JNA cannot be loaded: only speed depends on it
    }
  }

  /** Returns freed memory to the system: what a closed model leaves may be what another one needs. */
  static void returnFreedMemory() {
    if (!Platform.isLinux()) {
      return;
    }
    try {
      NativeLibrary.getProcess().getFunction("malloc_trim").invokeInt(new Object[] {0L});
    } catch (LinkageError e) {
      // another C library, or JNA cannot be loaded
    }
  }
}
