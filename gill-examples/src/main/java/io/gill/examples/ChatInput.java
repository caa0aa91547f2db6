package io.gill.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Where the user's messages come from. */
@FunctionalInterface
interface ChatInput {
  /** Asks for a line. Returns null at the end of the input. */
  @Nullable String next(String prompt) throws IOException;

  /** Reads lines that were typed or redirected, without editing. */
  static ChatInput lines(BufferedReader in, PrintWriter out) {
    return prompt -> {
      out.print(prompt);
      out.flush();
      String line = in.readLine();
      if (line == null) {
        out.println();
        out.flush();
      }
      return line;
    };
  }
}
