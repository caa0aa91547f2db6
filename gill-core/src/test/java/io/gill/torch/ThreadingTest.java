package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.NativeLibrary;
import io.gill.GillException;
import io.gill.testsupport.JavaProcess;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the choice for machines of every size and, in separate processes, that libtorch uses it. */
final class ThreadingTest {
  private static final Map<String, String> NOTHING = Map.of();
  private static final Map<String, String> ACTIVE = Map.of("OMP_WAIT_POLICY", "active");

  @ParameterizedTest(name = "{0} processors, {1} cores: {2} threads")
  @CsvSource({
    "1, 1, 1",
    "2, 1, 1", // one core with two hyper-threads
    "2, 2, 2",
    "1, 64, 1", // a container's limit
    "8, 64, 8",
    "128, 64, 64",
    "64, 64, 64",
    "4, 0, 1", // the number of cores is unknown
  })
  void usesTheAvailableCoresWhereIdleThreadsSleep(int processors, int cores, int threads) {
    assertThat(Threading.choice(NOTHING, processors, cores, true)).hasValue(threads);
    assertThat(Threading.choice(Map.of("OMP_WAIT_POLICY", " PASSIVE "), processors, cores, false)).hasValue(threads);
    assertThat(Threading.choice(Map.of("OMP_NUM_THREADS", ""), processors, cores, true)).hasValue(threads);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "2, 2", "64, 64", "128, 64"})
  void usesOneThreadWhereIdleOnesSpin(int processors, int cores) {
    assertThat(Threading.choice(ACTIVE, processors, cores, true)).hasValue(1);
    assertThat(Threading.choice(Map.of("OMP_WAIT_POLICY", "?"), processors, cores, true)).hasValue(1);
    assertThat(Threading.choice(NOTHING, processors, cores, false)).as("no setenv").hasValue(1);
  }

  @ParameterizedTest
  @CsvSource({"1, true", "1, false", "64, true", "64, false"})
  void leavesTheNumberThatTheUserExported(int cores, boolean policySet) {
    for (String threads : List.of("1", "3", "4,2")) {
      Map<String, String> exported = Map.of("OMP_NUM_THREADS", threads);
      assertThat(Threading.choice(exported, cores, cores, policySet)).isEqualTo(OptionalInt.empty());
    }
  }

  @Test
  void aSystemPropertySetsTheNumber() throws Exception {
    assertThat(Threading.asked(null, 4)).isEmpty();
    assertThat(Threading.asked(" 4 ", 4)).hasValue(4);
    for (String wrong : List.of("0", "5", "-1", "two", "")) {
      assertThatThrownBy(() -> Threading.asked(wrong, 4)).isInstanceOf(GillException.class).hasMessage(
          "the system property gill.threads is '" + wrong + "', but this process has 4 processors: set a number from 1"
              + " to 4, or leave it out");
    }
    assertThat(probe(Map.of("OMP_NUM_THREADS", "3"), "-Dgill.threads=1")).isEqualTo("1 passive");
  }

  @Test
  void spinningThreadsAreAlone() throws Exception {
    assertThat(probe(ACTIVE)).isEqualTo("1 active");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void idleThreadsSleep() throws Exception {
    int cores = Math.min(Runtime.getRuntime().availableProcessors(), Loader.totalCores());
    assertThat(probe(NOTHING)).isEqualTo(cores + " passive");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void idleThreadsSleepWhereTheUserExportedTheirNumberToo() throws Exception {
    assertThat(probe(Map.of("OMP_NUM_THREADS", "3"))).isEqualTo("3 passive");
  }

  private static String probe(Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    ProcessBuilder builder = JavaProcess.of(Probe.class, List.of(options));
    builder.environment().keySet().removeIf(name -> name.startsWith("OMP_") || name.startsWith("GOMP_"));
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return JavaProcess.outputOf(builder).strip();
  }

  /** Prints the number of threads of an operation and the policy in the environment of native libraries. */
  static final class Probe {
    public static void main(String[] args) {
      int threads = NativeReport.create().threads();
      String policy = NativeLibrary.getProcess().getFunction("getenv").invokeString(
          new Object[] {"OMP_WAIT_POLICY"}, false);
      System.out.println(threads + " " + policy);
    }
  }
}
