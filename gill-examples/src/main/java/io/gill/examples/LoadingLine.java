package io.gill.examples;

import io.gill.LoadListener;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Shows progress if loading takes longer than a second, until everything is loaded. */
final class LoadingLine implements LoadListener {
  private static final long MB = 1_000_000;
  private static final long GB = 1_000 * MB;
  private static final long INTERVAL = 1_000_000_000;

  private final StatusLine line;
  private final LongSupplier nanos;
  private long last;
  private boolean shown;

  LoadingLine(StatusLine line, LongSupplier nanos) {
    this.line = line;
    this.nanos = nanos;
    last = nanos.getAsLong();
  }

  @Override
  public void onProgress(Part part, long done, long total) {
    boolean due = nanos.getAsLong() - last >= INTERVAL;
    if (due || (shown && done == total)) {
      last = nanos.getAsLong();
      shown = true;
      boolean large = total >= GB;
      double unit = large ? GB : MB;
      line.show(String.format(Locale.ROOT, "loading the %-15s %5.1f of %.1f %s",
          part.name().toLowerCase(Locale.ROOT).replace('_', ' '), done / unit, total / unit, large ? "GB" : "MB"));
    }
    if (done == total) {
      line.end();
    }
  }
}
