package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.JavaProcess;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private static final String EVENT = "jdk.FileForce";

  /** Observes forced writes with Java's flight recorder, since no test can cut the power. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC}) // Windows cannot open folders
  void theFileAndThenItsFolderReachTheDisk(@TempDir Path folder) throws Exception {
    Path settings = Files.writeString(folder.resolve("settings.jfc"), "<configuration version='2.0'><event name='"
        + EVENT + "'><setting name='enabled'>true</setting><setting name='threshold'>0 ms</setting></event>"
        + "</configuration>");
    Path recording = folder.resolve("recording.jfr");
    Path file = folder.toRealPath().resolve("new folder/file");
    JavaProcess.outputOf(JavaProcess.of(
        Writer.class, List.of("-XX:StartFlightRecording:settings=" + settings + ",filename=" + recording), file));
    String events = JavaProcess.outputOf(
        JavaProcess.tool("jfr", List.of("print", "--events", EVENT, recording.toString())));
    assertThat(file).hasContent("all of it");
    assertThat(events.indexOf("path = \"" + file + ".")).isPositive()
        .isLessThan(events.indexOf("path = \"" + file.getParent() + "\""));
  }

  /** Writes a file. */
  static final class Writer {
    public static void main(String[] arguments) {
      AtomicFile.write(Path.of(arguments[0]), ByteBuffer.wrap("all of it".getBytes(StandardCharsets.UTF_8)));
    }
  }
}
