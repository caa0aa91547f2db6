package io.gill.torch;

import com.google.common.primitives.Ints;
import io.gill.GillException;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the number of threads of a computation.
 *
 * <p>libtorch's kernels run on OpenMP threads, and matrix products on {@link WorkerThreads}. By default an idle OpenMP
 * thread spins for some milliseconds on the core that a worker needs. OpenMP reads the wait policy from the environment
 * once, when its library is loaded, so this class sets it there first. A policy that the user exported is kept.
 */
final class Threading {
  private static final String WAIT_POLICY = "OMP_WAIT_POLICY";
  private static final String NUM_THREADS = "OMP_NUM_THREADS";

  /** The system property that sets the number of threads, before any variable. */
  private static final String THREADS = "gill.threads";

  /** Number of threads that compute at the moment. */
  private static final AtomicInteger COMPUTING = new AtomicInteger();

  private Threading() {}

  /**
   * Gives a computation its share of the threads, so that concurrent computations do not compete: each of libtorch's
   * kernels would otherwise use all of them. A long computation adapts whenever it starts a new part.
   *
   * @param counts whether this thread starts to compute, and {@link #reserve} has not counted it
   */
  static void enter(boolean counts) {
    int computing = counts ? COMPUTING.incrementAndGet() : COMPUTING.get();
    int share = Math.max(1, Torch.threads() / Math.max(1, computing));
    if (torch.get_num_threads() != share) {
      torch.set_num_threads(share);
    }
  }

  static void exit(boolean counts) {
    if (counts) {
      COMPUTING.decrementAndGet();
    }
  }

  /** Counts computations before they start, so that the first does not take all threads. */
  static void reserve(int computations) {
    COMPUTING.addAndGet(computations);
  }

  static void release(int computations) {
    COMPUTING.addAndGet(-computations);
  }

  /** Loads libtorch, sets the number of its threads, and returns it. */
  static int choose() {
    // even if the user chose the number: their threads spin, too
    boolean sleep = NativeEnvironment.setDefault(WAIT_POLICY, "passive");
    int processors = Runtime.getRuntime().availableProcessors();
    OptionalInt asked = asked(System.getProperty(THREADS), processors);
    OptionalInt chosen =
        asked.isPresent() ? asked : choice(System.getenv(), processors, Loader.totalCores(), sleep);
    chosen.ifPresent(torch::set_num_threads);
    return torch.get_num_threads();
  }

  /**
   * Returns the number of threads that the system property asks for.
   *
   * @param property its value, or null
   * @param processors number available to this process
   * @throws GillException if it is no number of threads that this process can use
   */
  static OptionalInt asked(@Nullable String property, int processors) {
    if (property == null) {
      return OptionalInt.empty();
    }
    Integer threads = Ints.tryParse(property.strip());
    if (threads == null || threads < 1 || threads > processors) {
      throw new GillException("the system property " + THREADS + " is '" + property + "', but this process "
          + "has " + processors + " processors: set a number from 1 to " + processors + ", or leave it out");
    }
    return OptionalInt.of(threads);
  }

  /**
   * Returns the number of threads to set, or empty if the user exported one. The binding's default, the number of
   * physical cores, is never used: it ignores a container's limit, and spinning threads compete for those cores.
   *
   * @param processors number available to this process, including hyper-threads
   * @param cores number of physical cores of the machine
   * @param policySet whether the environment now asks idle threads to sleep or contains the user's own policy
   */
  static OptionalInt choice(Map<String, String> environment, int processors, int cores, boolean policySet) {
    if (!environment.getOrDefault(NUM_THREADS, "").isBlank()) {
      return OptionalInt.empty();
    }
    String policy = environment.get(WAIT_POLICY);
    boolean sleep = policy == null ? policySet : policy.strip().equalsIgnoreCase("passive");
    return OptionalInt.of(sleep ? Math.max(1, Math.min(processors, cores)) : 1);
  }
}
