package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import io.gill.testsupport.JavaProcess;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** The choice is made once a process, from its environment: each case is a process of its own. */
final class ThreadingTest {
  private static final int CORES = Math.min(Runtime.getRuntime().availableProcessors(), Loader.totalCores());

  @Test
  void usesEveryCoreWhereNothingIsExported() throws Exception {
    assertThat(probe(Map.of())).isEqualTo(CORES + " passive");
  }

  @Test
  void leavesTheNumberToTheUserButLetsIdleThreadsSleep() throws Exception {
    assertThat(probe(Map.of("OMP_NUM_THREADS", "3"))).isEqualTo("3 passive");
  }

  @Test
  void usesOneThreadWhereTheUserKeepsIdleOnesSpinning() throws Exception {
    assertThat(probe(Map.of("OMP_WAIT_POLICY", "active"))).isEqualTo("1 active");
  }

  private static String probe(Map<String, String> environment) throws IOException, InterruptedException {
    ProcessBuilder builder = JavaProcess.of(Probe.class, List.of());
    builder.environment().keySet().removeIf(name -> name.startsWith("OMP_") || name.startsWith("GOMP_"));
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return JavaProcess.outputOf(builder).strip();
  }

  /** Prints how many threads an operation uses, and the policy that native libraries find in the environment. */
  static final class Probe {
    public static void main(String[] args) {
      int threads = NativeReport.create().threads();
      String policy = NativeLibrary.getProcess().getFunction("getenv").invokeString(
          new Object[] {"OMP_WAIT_POLICY"}, false);
      System.out.println(threads + " " + policy);
    }
  }
}
