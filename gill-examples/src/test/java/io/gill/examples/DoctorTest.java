package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.Reference;
import org.junit.jupiter.api.Test;

class DoctorTest {
  @Test
  void saysWhatRunsHereAndWhatIsMissing() {
    Run run = Run.of(Main.commandLine(new Doctor()), "doctor", "--model", Reference.path("model-a").toString(),
        "--no-generation");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).containsSubsequence("Java ", "CPU ", "Memory ", "libtorch ", "kernels for ", "natives ",
        "CUDA ", "Model ", "can ", "answer, read images, retrieve images", "note ");
    if (System.getProperty("os.name").equals("Linux")) {
      assertThat(run.out()).contains("libcuda.so.1: ", "libcublas.so.13: ", "libcudnn.so.9: ", "libnccl.so.2: ");
    }
  }

  @Test
  void aModelThatDoesNotLoadIsAnErrorAfterTheReport() {
    Run run = Run.of(Main.commandLine(new Doctor()), "doctor", "--model", "nowhere");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).contains("libtorch ");
    assertThat(run.err().lines()).singleElement().asString().startsWith("error: nowhere is not a directory");
  }
}
