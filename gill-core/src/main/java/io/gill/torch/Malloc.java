package io.gill.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * Makes the C library keep memory that libtorch frees, for the next operation. By default, glibc returns blocks of some
 * megabytes to the system, which clears each of their pages again when it is next used. In a virtual machine, where a
 * page took 16 µs, that was a fifth of the time to read a prompt.
 */
final class Malloc {
  /** Largest block that is kept: glibc's own limit, as larger ones are mapped from the system in any case. */
  private static final int LARGEST_KEPT = 32 << 20;

  /** Number of free bytes that each arena keeps. A computing thread has an arena of its own. */
  private static final int KEPT = 256 << 20;

  // from malloc.h
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_MMAP_THRESHOLD = -3;

  private Malloc() {}

  /** Sets the limits where the C library has them, unless the user exported some. */
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
}
