package io.gill.examples;

import io.gill.GillException;
import io.gill.examples.claim.Claim;
import io.gill.examples.evaluate.Evaluate;
import io.gill.examples.evaluate.WorldBenchmarks;
import io.gill.examples.parity.Parity;
import io.gill.examples.soak.Soak;
import io.gill.examples.soak.SoakChild;
import io.gill.examples.train.TrainWorld;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** All programs in one. Exit codes: 0 success, 1 failure, 2 wrong usage. A failure is one line on standard error. */
@Command(
    name = "gill",
    description = "Talks with, serves, trains, evaluates and measures multimodal models.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = CommandLine.HelpCommand.class)
public final class Main implements Callable<Integer> {
  private static final String STACKTRACE = "--stacktrace";

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = STACKTRACE, scope = ScopeType.INHERIT, description = "Show the stack trace of a failure.")
  @SuppressWarnings("UnusedVariable") // read from the arguments, since a failure may precede parsing
  private boolean stacktrace;

  private Main() {}

  /**
   * Runs a program.
   *
   * @param args its name, then its arguments
   */
  public static void main(String[] args) {
    System.exit(run(
        commandLine(new Chat(), new Serve(), new Parity(), new Doctor(), new Bench(), new Train(), new Targets(),
            new TrainDecisions(), new TrainWorld(), new Claim(), new Evaluate(), new WorldBenchmarks(), new Search(),
            new BenchSearch(), new Fetch(), new Quantize(), new Prune(), new Embed(), new DrawPrompts(), new Soak(),
            new SoakChild()),
        args));
  }

  /**
   * Runs a program of another module with the messages, exit codes and {@code --stacktrace} of this one.
   *
   * @param program a picocli command
   * @param out receives its output
   * @param err receives the message of a failure
   * @param args its arguments
   * @return the exit code
   */
  public static int run(Callable<Integer> program, PrintWriter out, PrintWriter err, String... args) {
    String name = new CommandLine(program).getCommandName();
    CommandLine line = commandLine(program).setOut(out).setErr(err);
    return run(line, Stream.concat(Stream.of(name), Arrays.stream(args)).toArray(String[]::new));
  }

  static CommandLine commandLine(Object... programs) {
    CommandLine line = new CommandLine(new Main());
    Arrays.stream(programs).forEach(line::addSubcommand);
    String version = Main.class.getPackage().getImplementationVersion(); // from the jar's manifest
    String[] versions = {"gill " + (version == null ? "(not packaged)" : version)};
    line.getCommandSpec().version(versions);
    line.getSubcommands().values().forEach(program -> program.getCommandSpec().version(versions));
    line.setExecutionExceptionHandler((failure, command, parsed) -> {
      report(command.getErr(), failure, parsed.expandedArgs().contains(STACKTRACE));
      return CommandLine.ExitCode.SOFTWARE;
    });
    line.setParameterExceptionHandler((failure, args) -> {
      CommandLine command = failure.getCommandLine();
      command.getErr().println(
          "error: " + oneLine(failure.getMessage()) + " (see " + command.getCommandSpec().qualifiedName() + " --help)");
      command.getErr().flush();
      return CommandLine.ExitCode.USAGE;
    });
    return line;
  }

  static int run(CommandLine line, String... args) {
    try {
      return line.execute(args);
    } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
      report(line.getErr(), e, Arrays.asList(args).contains(STACKTRACE));
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private static void report(PrintWriter err, Throwable failure, boolean stacktrace) {
    err.println("error: " + message(failure));
    if (stacktrace) {
      failure.printStackTrace(err);
    }
    err.flush();
  }

  /**
   * Returns a failure in one line. An unexpected exception is named by its type, for a bug report.
   *
   * @param failure the failure
   * @return the line
   */
  public static String message(Throwable failure) {
    boolean meant = failure instanceof GillException
        || failure instanceof IllegalArgumentException
        || failure instanceof IllegalStateException;
    String message = failure.getMessage() == null ? "" : oneLine(failure.getMessage());
    if (meant && !message.isEmpty()) {
      return message;
    }
    String type = failure.getClass().getSimpleName();
    return message.isEmpty() ? type : type + ": " + message;
  }

  private static String oneLine(@Nullable String message) {
    return message == null ? "" : Printable.of(message.strip()).replaceAll("\\s*\\R\\s*", " ");
  }

  /** Prints the list of programs, since none was named. */
  @Override
  public Integer call() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    line.usage(line.getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
