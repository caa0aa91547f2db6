package io.gill.hub;

import java.time.Duration;

/**
 * Receives progress while files are fetched. Calls come from several threads, one at a time. An implementation should
 * return quickly and must not throw.
 */
@FunctionalInterface
public interface FetchListener {
  /**
   * Called when bytes have arrived.
   *
   * @param file the file they belong to, as {@code organisation/name/path}
   * @param done number of bytes so far, of all files; includes those that an earlier run has fetched
   * @param total number of bytes of all files that were not in the cache, at least {@code done}
   */
  void onProgress(String file, long done, long total);

  /**
   * Called before a pause, after which a failed request is repeated.
   *
   * @param problem one line: what failed
   * @param pause time until the next attempt
   */
  default void onRetry(String problem, Duration pause) {}
}
