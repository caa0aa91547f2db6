package io.gill.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * How many threads one operation uses.
 *
 * <p>libtorch's kernels run on OpenMP threads, matrix products on OpenBLAS' own. An OpenMP thread that has nothing to do
 * spins for some milliseconds by default, on the core that an OpenBLAS thread needs: with two threads on two cores,
 * decoding a token of OPT-125m took 120 ms like that, 27 ms with one thread, and 17 ms with two where idle threads
 * sleep. The wait policy is read from the environment, once, when the OpenMP library is loaded, so it is set there
 * first; what the user exported is left alone.
 */
final class Threading {
  private static final String WAIT_POLICY = "OMP_WAIT_POLICY";

  private Threading() {}

  /** Loads libtorch, sets the number of its threads, and returns it. */
  static int choose() {
    boolean sleep = idleThreadsSleep(); // where the user has chosen the number, too: those spin no less
    if (sleep && System.getenv("OMP_NUM_THREADS") == null) {
      torch.set_num_threads(Math.max(1, Math.min(Runtime.getRuntime().availableProcessors(), Loader.totalCores())));
    }
    return torch.get_num_threads(); // else the binding's own choice, one thread, which is never the slowest
  }

  /** Makes idle OpenMP threads sleep, unless the user has decided that already. */
  private static boolean idleThreadsSleep() {
    String policy = System.getenv(WAIT_POLICY);
    if (policy != null) {
      return policy.equalsIgnoreCase("passive");
    }
    if (Platform.isWindows()) {
      return false; // setenv is POSIX
    }
    try {
      Function setenv = NativeLibrary.getProcess().getFunction("setenv");
      return setenv.invokeInt(new Object[] {WAIT_POLICY, "passive", 0}) == 0;
    } catch (LinkageError e) {
      return false; // a platform that JNA does not know, or a temporary folder that must not hold libraries
    }
  }
}
