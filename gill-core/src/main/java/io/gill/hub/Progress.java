package io.gill.hub;

import java.time.Duration;

/** Adds up bytes of all files, and passes calls to a listener one at a time. */
final class Progress implements FetchListener {
  private final FetchListener listener;
  private final long total;
  private long done;

  Progress(FetchListener listener, long total) {
    this.listener = listener;
    this.total = total;
  }

  /** Counts bytes of a file; fewer than none if they have to be fetched again. */
  synchronized void add(String file, long bytes) {
    done += bytes;
    listener.onProgress(file, done, total);
  }

  @Override
  public synchronized void onProgress(String file, long now, long all) {
    listener.onProgress(file, now, all);
  }

  @Override
  public synchronized void onRetry(String problem, Duration pause) {
    listener.onRetry(problem, pause);
  }
}
