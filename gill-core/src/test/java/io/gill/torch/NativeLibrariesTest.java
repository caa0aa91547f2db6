package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.JavaProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeLibrariesTest {
  @TempDir private Path folder;

  /** Unpacks the libraries on the class path. */
  static final class Unpacking {
    private Unpacking() {}

    public static void main(String[] args) throws IOException {
      System.out.print(NativeLibraries.unpack());
    }
  }

  /** The system's loader would map the truncated file and end the JVM with a signal. */
  @Test
  void halfALibraryThatAKillHasLeftIsReplacedBeforeAnythingIsLoaded() throws Exception {
    String platform = Loader.getPlatform();
    String torch = "org/bytedeco/pytorch/" + platform + "/";
    String blas = "org/bytedeco/openblas/" + platform + "/";
    Path jar = folder.resolve("natives.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : List.of(torch + System.mapLibraryName("jnitorch"), torch + "libtorch_cpu.so",
          torch + "lib/libother.so", torch + "torch.h", blas + System.mapLibraryName("jniopenblas_nolapack"),
          blas + "libopenblas.so.0")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(new byte[1000]);
      }
    }
    Path cached = folder.resolve("cache/natives.jar");
    Files.createDirectories(cached.resolve(torch));
    Path half = Files.write(cached.resolve(torch + "libtorch_cpu.so"), new byte[400]);

    ProcessBuilder builder = JavaProcess.tool("java", List.of("-Dorg.bytedeco.javacpp.cachedir=" + cached.getParent(),
        "-cp", jar + File.pathSeparator + System.getProperty("java.class.path"), Unpacking.class.getName()));

    assertThat(JavaProcess.outputOf(builder)).isEqualTo("true");
    assertThat(half).hasSize(1000);
    assertThat(cached.resolve(blas + "libopenblas.so.0")).hasSize(1000);
    assertThat(cached.resolve(torch).toFile().list()).containsExactly("libtorch_cpu.so");
  }
}
