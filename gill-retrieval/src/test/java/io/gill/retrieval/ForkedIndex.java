package io.gill.retrieval;

import io.gill.GillException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What another process does to an index, and prints. */
final class ForkedIndex {
  private ForkedIndex() {}

  public static void main(String[] arguments) {
    Path path = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "open" -> open(path);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void open(Path path) {
    try (ImageIndex index = ImageIndex.open(path)) {
      System.out.println("opened " + index.size());
    } catch (GillException e) {
      System.out.println(String.valueOf(e.getMessage()).contains("open already") ? "refused" : "" + e);
    }
  }

  static ProcessBuilder process(Class<?> main, List<String> options, Object... arguments) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  static List<String> outputOf(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out.lines().toList();
  }

  static List<String> outputOf(Object... arguments) throws IOException, InterruptedException {
    return outputOf(process(ForkedIndex.class, List.of("-Xmx256m"), arguments));
  }
}
