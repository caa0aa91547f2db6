package io.gill.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.Map;
import java.util.OptionalInt;
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
  private static final String NUM_THREADS = "OMP_NUM_THREADS";

  private Threading() {}

  /** Loads libtorch, sets the number of its threads, and returns it. */
  static int choose() {
    boolean sleep = makeIdleThreadsSleep(); // where the user has chosen the number, too: those spin no less
    choice(System.getenv(), Runtime.getRuntime().availableProcessors(), Loader.totalCores(), sleep)
        .ifPresent(torch::set_num_threads);
    return torch.get_num_threads();
  }

  /**
   * The number of threads to set, or empty if the user exported one. The binding's default, the machine's physical
   * cores, is never used: it ignores a container's limit, and spinning threads compete for those cores.
   *
   * @param processors available to this process, hyper-threads included
   * @param cores of the machine
   * @param policySet whether the environment of native code now asks idle threads to sleep, if the user did not choose
   */
  static OptionalInt choice(Map<String, String> environment, int processors, int cores, boolean policySet) {
    if (!environment.getOrDefault(NUM_THREADS, "").isBlank()) {
      return OptionalInt.empty();
    }
    String policy = environment.get(WAIT_POLICY);
    boolean sleep = policy == null ? policySet : policy.strip().equalsIgnoreCase("passive");
    return OptionalInt.of(sleep ? Math.max(1, Math.min(processors, cores)) : 1);
  }

  /** Asks OpenMP to let idle threads sleep, unless the user exported a policy; false if that cannot be asked. */
  private static boolean makeIdleThreadsSleep() {
    if (Platform.isWindows()) {
      return false; // setenv is POSIX
    }
    try {
      Function setenv = NativeLibrary.getProcess().getFunction("setenv");
      return setenv.invokeInt(new Object[] {WAIT_POLICY, "passive", 0}) == 0; // 0: keeps a value that is there
    } catch (LinkageError e) {
      return false; // a platform that JNA does not know, or a temporary folder that must not hold libraries
    }
  }
}
