package io.gill.examples;

import io.gill.GillModel;
import io.gill.testing.FakeModel;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine;

/**
 * One run of the programs.
 *
 * @param err without the line that shows progress where loading takes more than a second
 */
record Run(int exit, String out, String err) {
  /** Runs a chat with a fake model that gives these answers. */
  static Run chat(UnaryOperator<String> answers, String typed, String... args) {
    return chat(FakeModel.builder(answers), typed, args);
  }

  static Run chat(GillModel.Builder model, String typed, String... args) {
    String[] all = new String[args.length + 3];
    all[0] = "chat";
    all[1] = "--model";
    all[2] = "some-model";
    System.arraycopy(args, 0, all, 3, args.length);
    return of(
        Main.commandLine(new Chat((options, path) -> model.build(), new BufferedReader(new StringReader(typed)),
            Optional::empty)), all);
  }

  static Run of(CommandLine line, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    // Subcommands exist already: picocli sets the writers on each of them.
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exit = Main.run(line, args);
    return new Run(exit, out.toString(), err.toString().replaceAll("\\r?loading the [^\\r\\n]*(\\r?\\n)?", ""));
  }
}
