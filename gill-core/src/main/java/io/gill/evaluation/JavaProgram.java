package io.gill.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of official scorers, which the user supplies, in JVMs of their own. */
final class JavaProgram {
  /** How many seconds a program may take to load its data, or for all captions. */
  static final long SECONDS = TimeUnit.MINUTES.toSeconds(10);

  /** How many seconds a process may take to end. */
  static final long PATIENCE = 5;

  /** Numbers have decimal points in every country. */
  private static final List<String> OPTIONS = List.of("-Xmx2G", "-Duser.language=en", "-Duser.country=US");

  private JavaProgram() {}

  /** Starts a JVM with up to 2 GB of memory, given its other arguments. */
  static Process start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS").forEach(builder.environment()::remove);
    return builder.start();
  }

  /** Reads or writes in a thread of its own: a program waits while nobody reads what it writes. */
  static void inThread(Runnable body) {
    Thread thread = new Thread(body, "scorer");
    thread.setDaemon(true);
    thread.start();
  }

  static void end(Process process) {
    process.destroyForcibly().onExit().completeOnTimeout(process, PATIENCE, TimeUnit.SECONDS).join();
  }
}
