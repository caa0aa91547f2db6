package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.JavaProcess;
import java.io.File;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chat on the module path; all other tests run on the class path. */
class ModulePathTest {
  @TempDir private Path folder;

  @Test
  void aPictureIsAskedForAndGeneratedWhereAllIsModules() throws Exception {
    Path script = Files.writeString(folder.resolve("script.json"), "[[{\"text\": \"draw a large red circle\"}]]");
    Path transcript = folder.resolve("transcript.html");
    String path = System.getProperty("java.class.path");
    Path[] entries = Arrays.stream(path.split(File.pathSeparator)).map(Path::of).filter(Files::exists)
        .filter(entry -> !entry.toString().matches(".*(test-classes|-tests\\.jar)")).toArray(Path[]::new);
    String natives = ModuleFinder.of(entries).findAll().stream().map(module -> module.descriptor().name())
        .filter(name -> name.matches("org\\.bytedeco\\.\\w+\\..+")).collect(Collectors.joining(","));
    Process process = JavaProcess.tool("java", List.of(
        "--module-path", Arrays.stream(entries).map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
        "--add-modules", natives, "--module", "io.gill.examples/" + Main.class.getName(),
        "chat", "--script", script.toString(), "--transcript", transcript.toString()))
        .redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(out).isZero();
    assertThat(Files.readString(transcript)).contains("red circle").contains("data:image/png");
  }
}
