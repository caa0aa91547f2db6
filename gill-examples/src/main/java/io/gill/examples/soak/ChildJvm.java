package io.gill.examples.soak;

import io.gill.examples.Main;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts this program again in another JVM. */
final class ChildJvm {
  private ChildJvm() {}

  /** The folder for temporary files of a child JVM. */
  static Path temporary(Path folder) {
    return folder.resolve("tmp");
  }

  /**
   * Returns the folder whose caches receive the natives. Where the user's home cannot be written, they would go to each
   * child's own temporary folder.
   */
  private static Path home(Path folder) {
    Path home = Path.of(System.getProperty("user.home"));
    return Files.isWritable(home) ? home : folder.resolveSibling("home");
  }

  /**
   * Starts a child JVM.
   *
   * @param folder for temporary files, reports of crashes and the standard error
   */
  static Process start(Path folder, List<String> jvmOptions, List<String> arguments) throws IOException {
    Files.createDirectories(temporary(folder));
    Files.createDirectories(home(folder));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("-Djava.io.tmpdir=" + temporary(folder));
    command.add("-Duser.home=" + home(folder));
    command.add("-XX:ErrorFile=" + folder.resolve("hs_err.log"));
    command.add("-XX:-CreateCoredumpOnCrash");
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    String modules = System.getProperty("jdk.module.path", "");
    if (modules.isEmpty()) {
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    } else {
      command.addAll(List.of("-p", modules, "--add-modules", "ALL-MODULE-PATH",
          "-m", "io.gill.examples/" + Main.class.getName()));
    }
    command.add(SoakChild.NAME);
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectError(Redirect.appendTo(folder.resolve("stderr.txt").toFile())).start();
  }

  /** Ends a process after this time. The watching thread ends with the process. */
  static void limit(Process process, long millis) {
    Thread watch = new Thread(() -> {
      try {
        if (!process.waitFor(millis, java.util.concurrent.TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
      }
    }, "limit of a child");
    watch.setDaemon(true);
    watch.start();
  }
}
