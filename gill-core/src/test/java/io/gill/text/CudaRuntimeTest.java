package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Platform;
import io.gill.testsupport.JavaProcess;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A CUDA runtime that does not work, as on a machine whose driver does not suit it. */
final class CudaRuntimeTest {
  @TempDir private Path folder;

  /** Loads a tokenizer and prints what it finds. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] args) {
      Vocabulary vocabulary = new Vocabulary(List.of("a"), Map.of("a", 0), List.of());
      Bpe.load(vocabulary, new Bpe.Family(null, null, "a")).close();
      System.out.println("loaded " + System.getProperty("ai.djl.util.cuda.fork"));
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "DJL looks for another name there")
  void tokenizersDoNotLookForCuda() throws Exception {
    Path library = folder.resolve(System.mapLibraryName("cudart")); // any library that lacks CUDA's functions
    String name = "/com/sun/jna/" + Platform.RESOURCE_PREFIX + "/"
        + System.mapLibraryName("jnidispatch").replace(".dylib", ".jnilib");
    try (InputStream in = Platform.class.getResourceAsStream(name)) {
      Files.copy(in, library);
    }
    String out = JavaProcess.outputOf(
        JavaProcess.of(Probe.class, List.of("-Djna.library.path=" + folder)).redirectErrorStream(true));
    assertThat(out).contains("loaded null").doesNotContain("CUDA", "cuda", "GPU");
  }
}
