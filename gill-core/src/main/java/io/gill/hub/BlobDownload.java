package io.gill.hub;

import io.gill.GillException;
import io.gill.concurrent.LockFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the content of one file. Several ranges are received at the same time and appended in their order, so that an
 * incomplete file never has a gap. From a server that ignores ranges, the whole file is received at once.
 */
final class BlobDownload {
  /** Number of ranges that are received at a time. */
  static final int CONNECTIONS = 8;

  private static final long POLL_MILLIS = 50;

  private final HubClient client;
  private final Backoff backoff;
  private final Progress progress;
  private final ExecutorService workers;
  private final int chunkBytes;
  private final HubFile file;

  /** Where the Hub's redirects have led. Such an address is valid for some time. */
  private volatile @Nullable URI storage;

  /**
   * Creates a download.
   *
   * @param workers at least {@link #CONNECTIONS} threads
   * @param chunkBytes length of a range
   */
  BlobDownload(HubClient client, Backoff backoff, Progress progress, ExecutorService workers, int chunkBytes,
      HubFile file) {
    this.client = client;
    this.backoff = backoff;
    this.progress = progress;
    this.workers = workers;
    this.chunkBytes = chunkBytes;
    this.file = file;
  }

  /** Fetches the file, unless it is complete or another process completes it meanwhile. */
  @SuppressWarnings("try") // the lock only has to be held
  void run(HubCache cache) throws IOException, InterruptedException {
    try (LockFile lock = waitFor(cache.lock(file))) {
      Path blob = cache.blob(file);
      if (HubCache.isComplete(blob, file)) {
        progress.add(file.name(), file.size());
        return;
      }
      try (IncompleteFile out = IncompleteFile.open(file, cache.incomplete(file))) {
        progress.add(file.name(), out.length());
        try {
          receiveRanges(out);
        } catch (RangeIgnored e) {
          receiveWhole(out);
        }
        out.finish(blob);
      }
    }
  }

  private static LockFile waitFor(Path path) throws InterruptedException {
    try {
      Files.createDirectories(path.getParent());
      LockFile lock = LockFile.tryLock(path);
      while (lock == null) {
        Thread.sleep(POLL_MILLIS);
        lock = LockFile.tryLock(path);
      }
      return lock;
    } catch (IOException e) {
      throw new GillException(path + " cannot be locked: " + e, e);
    }
  }

  private void receiveRanges(IncompleteFile out) throws IOException, InterruptedException {
    Deque<Future<Chunk>> running = new ArrayDeque<>();
    long next = out.length();
    try {
      while (out.missing() > 0) {
        while (next < file.size() && running.size() < CONNECTIONS) {
          Chunk chunk = new Chunk(file, next, (int) Math.min(chunkBytes, file.size() - next));
          running.add(workers.submit(() -> receive(chunk)));
          next += chunk.content().capacity();
        }
        Chunk chunk = running.remove().get();
        out.append(chunk.content());
        progress.add(file.name(), chunk.filled());
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      running.forEach(one -> one.cancel(true));
    }
  }

  private Chunk receive(Chunk chunk) throws IOException, InterruptedException {
    int failures = 0;
    while (!chunk.isComplete()) {
      int before = chunk.filled();
      try {
        request(chunk.range(), chunk);
        requireAll(chunk.isComplete());
      } catch (IOException e) {
        failures = backoff.waitAfter(chunk.filled() > before ? 0 : failures, e);
      }
    }
    return chunk;
  }

  private void receiveWhole(IncompleteFile out) throws IOException, InterruptedException {
    int failures = 0;
    while (out.missing() > 0) {
      long before = out.length();
      try {
        request("", new WholeFile(file, out, progress));
        requireAll(out.missing() == 0);
      } catch (IOException e) {
        failures = backoff.waitAfter(out.length() > before ? 0 : failures, e);
      }
    }
  }

  private void requireAll(boolean complete) throws IOException {
    if (!complete) {
      throw new IOException(file.name() + " was cut");
    }
  }

  private void request(String range, Receiver receiver) throws IOException, InterruptedException {
    URI known = storage;
    if (known != null) {
      try {
        client.get(known, range, receiver);
        return;
      } catch (HubException e) {
        if (e.isPassing() || e.status() / 100 != 4) {
          throw e;
        }
        storage = null; // it has expired
      }
    }
    HubClient.Response response = client.get(file.address(), range, receiver);
    requireSame(response.hub());
    storage = response.address();
  }

  /** Rejects another content than the listing's before all of it is fetched. */
  private void requireSame(HttpHeaders hub) throws HubException {
    String linked = hub.firstValue("x-linked-etag").orElse(file.id().hex()).replaceAll("^W/|\"", "");
    if (!linked.equals(file.id().hex())) {
      String shown = linked.matches("\\w{1,64}") ? linked : "of another file";
      throw new HubException("the server offers the content " + shown + " in place of " + file.id().hex());
    }
  }
}
