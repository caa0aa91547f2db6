package io.gill.examples;

import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A line that shows how far something is. A terminal's line is redrawn and cleared at the end. Where the output is
 * redirected, the text is written every ten seconds and at the end.
 */
final class StatusLine {
  private static final long INTERVAL = 10_000_000_000L;

  private final PrintWriter out;
  private final BooleanSupplier terminal;
  private final LongSupplier nanos;
  private @Nullable Boolean redrawn;
  private @Nullable String shown;
  private long written;

  /**
   * @param terminal tells whether {@code out} is a terminal; asked once, when there is something to show
   * @param nanos a clock
   */
  StatusLine(PrintWriter out, BooleanSupplier terminal, LongSupplier nanos) {
    this.out = out;
    this.terminal = terminal;
    this.nanos = nanos;
  }

  /** Shows a text in place of the last one. */
  void show(String text) {
    if (isRedrawn()) {
      out.print("\r" + text + "\u001B[K");
      out.flush();
    } else if (shown == null) {
      written = nanos.getAsLong();
    } else if (nanos.getAsLong() - written >= INTERVAL) {
      written = nanos.getAsLong();
      out.println(text);
      out.flush();
    }
    shown = text;
  }

  /** Ends the line, if there is one. */
  void end() {
    if (shown == null) {
      return;
    }
    if (isRedrawn()) {
      out.print("\r\u001B[K");
    } else {
      out.println(shown);
    }
    out.flush();
    shown = null;
  }

  private boolean isRedrawn() {
    if (redrawn == null) {
      redrawn = terminal.getAsBoolean();
    }
    return redrawn;
  }
}
