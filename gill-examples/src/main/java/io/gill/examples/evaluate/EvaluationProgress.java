package io.gill.examples.evaluate;

import io.gill.examples.Printable;
import io.gill.examples.TimeLeft;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Prints the progress of answering or scoring items with an estimate of the time left, at most once in ten seconds.
 * Thread-safe.
 */
final class EvaluationProgress {
  private static final long INTERVAL = 10_000_000_000L;
  private static final int LISTED = 10;

  private final PrintWriter out;
  private final LongSupplier nanos;
  private final String prefix;
  private int all;
  private int before;
  private int done;
  private int skipped;
  private long start;
  private long last;

  /** Creates the progress of a run. */
  EvaluationProgress(PrintWriter out, LongSupplier nanos) {
    this(out, nanos, "");
  }

  private EvaluationProgress(PrintWriter out, LongSupplier nanos, String prefix) {
    this.out = out;
    this.nanos = nanos;
    this.prefix = prefix;
  }

  /** Starts the progress of a measure. */
  static EvaluationProgress ofMeasure(String name, int items, PrintWriter out, LongSupplier nanos) {
    EvaluationProgress progress = new EvaluationProgress(out, nanos, name + ": ");
    progress.start(0, items);
    return progress;
  }

  synchronized void start(int finished, int items) {
    before = finished;
    all = items;
    start = nanos.getAsLong();
    last = start;
    say(finished == 0 ? items + " items" : finished + " of " + items + " items were finished before");
  }

  synchronized void finished() {
    done++;
    report();
  }

  synchronized void skipped(String id, String reason) {
    skipped++;
    if (skipped <= LISTED) {
      say("skipped " + Printable.of(id) + ": " + Printable.of(reason));
    }
    report();
  }

  private void report() {
    long now = nanos.getAsLong();
    int handled = done + skipped;
    if (now - last < INTERVAL || before + handled >= all) {
      return;
    }
    last = now;
    double rate = handled / ((now - start) / 1e9);
    say(String.format(Locale.ROOT, "%d of %d items, %.2f items/s, %s left", before + handled, all, rate,
        TimeLeft.of(Math.round((all - before - handled) / rate))));
  }

  private void say(String line) {
    out.println(prefix + line);
    out.flush();
  }
}
