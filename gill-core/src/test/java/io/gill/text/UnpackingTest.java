package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillException;
import io.gill.testsupport.JavaProcess;
import io.gill.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests errors if native libraries cannot be unpacked. A file in place of the folder stops every user, including root.
 */
final class UnpackingTest {
  @TempDir private Path folder;

  /** Prints how the natives fail to load. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] args) {
      say(Torch::ensureLoaded);
      Vocabulary vocabulary = new Vocabulary(List.of("a"), Map.of("a", 0), List.of());
      say(() -> Bpe.load(vocabulary, new Bpe.Family(null, null, "a")).close());
    }

    private static void say(Runnable load) {
      try {
        load.run();
        System.out.println("loaded");
      } catch (GillException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void anErrorNamesTheFolderAndWhatToDo() throws Exception {
    Path file = Files.createFile(folder.resolve("no-folder"));
    ProcessBuilder builder = JavaProcess.of(Probe.class, List.of("-Djna.tmpdir=" + folder, "-Duser.home=" + file,
        "-Djava.io.tmpdir=" + file, "-Dorg.bytedeco.javacpp.cachedir=" + file));
    builder.environment().put("ENGINE_CACHE_DIR", file.toString());

    assertThat(JavaProcess.outputOf(builder).lines()).satisfiesExactly(
        torch -> assertThat(torch).startsWith("libtorch's native library could not be unpacked (")
            .contains("temporary folder can be written").endsWith("is named with -Dorg.bytedeco.javacpp.cachedir"),
        tokenizer -> assertThat(tokenizer).startsWith("the native tokenizer library")
            .contains(file.toString()).contains("ENGINE_CACHE_DIR").contains("be writable"));
  }
}
