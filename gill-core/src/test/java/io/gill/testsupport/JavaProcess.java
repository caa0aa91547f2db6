package io.gill.testsupport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts processes with the JDK that runs the test. */
public final class JavaProcess {
  private JavaProcess() {}

  /** Starts a main class on the class path of the tests. */
  public static ProcessBuilder of(Class<?> main, List<String> options, Object... arguments) {
    List<String> command = new ArrayList<>(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
    return tool("java", command);
  }

  /** Starts a program of the JDK that shares the standard error of this process. */
  public static ProcessBuilder tool(String name, List<String> arguments) {
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", name).toString()));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  /** Returns the output of a process until it ends. */
  public static String outputOf(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException(builder.command() + " does not end");
    }
    return out;
  }
}
