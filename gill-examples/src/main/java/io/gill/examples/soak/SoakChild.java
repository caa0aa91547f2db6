package io.gill.examples.soak;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The part of the soak that runs in a child JVM: cases that may crash and work that is killed. Not for users. */
@Command(name = SoakChild.NAME, hidden = true, description = "A part of soak.")
public final class SoakChild implements Callable<Integer> {
  static final String NAME = "soak-child";

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(index = "0")
  private String task = "";

  @Parameters(index = "1..*")
  private List<String> arguments = List.of();

  @Option(names = "--promise")
  private String promise = "";

  @Option(names = "--seed")
  private long seed;

  @Option(names = "--first")
  private long first;

  @Option(names = "--millis")
  private long millis;

  @Option(names = "--work")
  private Path work = Path.of("");

  @Option(names = "--corpus")
  private @Nullable Path corpus;

  /** Creates the part of {@link Soak}. */
  public SoakChild() {}

  @Override
  public Integer call() throws Exception {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    if (!task.equals("cases")) {
      Actors.run(task, arguments, out);
      return CommandLine.ExitCode.OK;
    }
    Harness.Observer observer = new Harness.Observer() {
      @Override
      public void began(Promise one, long number) {
        say(Isolated.BEGAN + number);
      }

      @Override
      public void ended(Promise one, long number, @Nullable String failure) {
        say(failure == null ? Isolated.PASSED + number : Isolated.FAILED + failure);
      }

      private void say(String line) {
        out.println(line);
        out.flush();
      }
    };
    Promise one = Promises.all(corpus).stream().filter(each -> each.name().equals(promise)).findFirst().orElseThrow();
    try (Harness harness = new Harness(seed, work, observer)) {
      harness.startAt(one, first);
      harness.slice(new Tally(one), Duration.ofMillis(millis));
    }
    one.close();
    return CommandLine.ExitCode.OK;
  }
}
