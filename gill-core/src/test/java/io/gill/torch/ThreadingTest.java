package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

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
    assertThat(threads(Map.of())).isEqualTo(CORES);
  }

  @Test
  void leavesTheNumberToTheUser() throws Exception {
    assertThat(threads(Map.of("OMP_NUM_THREADS", "3"))).isEqualTo(3);
  }

  @Test
  void usesOneThreadWhereTheUserKeepsIdleOnesSpinning() throws Exception {
    assertThat(threads(Map.of("OMP_WAIT_POLICY", "active"))).isOne();
  }

  private static int threads(Map<String, String> environment) throws IOException, InterruptedException {
    ProcessBuilder builder = JavaProcess.of(Probe.class, List.of());
    builder.environment().keySet().removeIf(name -> name.startsWith("OMP_") || name.startsWith("GOMP_"));
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return Integer.parseInt(JavaProcess.outputOf(builder).strip());
  }

  /** Prints how many threads an operation uses. */
  static final class Probe {
    public static void main(String[] args) {
      System.out.println(NativeReport.create().threads());
    }
  }
}
