package io.gill.examples;

import io.gill.hub.FetchListener;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows the progress of a fetch: a bar that is redrawn on a terminal, and a line for every tenth where the output is
 * redirected.
 */
final class FetchLine implements FetchListener {
  private static final int WIDTH = 30;
  private static final long INTERVAL = 200_000_000;
  private static final int SHOWN_NAME = 40;

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanos;
  private long start;
  private long first = -1;
  private long last;
  private int tenths;

  FetchLine(PrintWriter out, boolean terminal, LongSupplier nanos) {
    this.out = out;
    this.terminal = terminal;
    this.nanos = nanos;
  }

  @Override
  public void onProgress(String file, long done, long total) {
    if (total == 0) {
      return; // only empty files
    }
    long now = nanos.getAsLong();
    if (first < 0) {
      first = done; // fetched by an earlier run
      start = now;
      last = now - INTERVAL;
    }
    int tenth = (int) (10 * (double) done / total);
    if (terminal ? now - last < INTERVAL && done < total : tenth <= tenths) {
      return;
    }
    last = now;
    tenths = tenth;
    String text = text(done, total, (now - start) / 1e9) + "  " + shortened(file);
    out.print(terminal ? "\r" + bar(done, total) + " " + text + "\u001B[K" : text + System.lineSeparator());
    if (terminal && done == total) {
      out.println();
    }
    out.flush();
  }

  private static String bar(long done, long total) {
    int filled = (int) (WIDTH * ((double) done / total));
    return "[" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "]";
  }

  private String text(long done, long total, double seconds) {
    StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%3.0f %%  %s of %s",
        Math.floor(100.0 * done / total), Fetch.size(done), Fetch.size(total)));
    if (seconds >= 1 && done > first) {
      double rate = (done - first) / seconds;
      text.append(String.format(Locale.ROOT, ", %s/s", Fetch.size(Math.round(rate))));
      if (done < total) {
        text.append(", ").append(TimeLeft.of(Math.round((total - done) / rate))).append(" left");
      }
    }
    return text.toString();
  }

  private static String shortened(String file) {
    String text = Printable.of(file);
    return text.length() <= SHOWN_NAME ? text : "…" + text.substring(text.length() - SHOWN_NAME + 1);
  }

  @Override
  public void onRetry(String problem, Duration pause) {
    out.printf(Locale.ROOT, "%s%s; trying again in %.0f s%n", terminal ? "\r\u001B[K" : "", Printable.of(problem),
        Math.ceil(pause.toMillis() / 1000.0));
    out.flush();
  }
}
