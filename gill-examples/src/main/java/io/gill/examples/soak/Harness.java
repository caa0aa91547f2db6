package io.gill.examples.soak;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs cases in this process, checks their limits of time and memory, and looks for leaked resources. */
final class Harness implements AutoCloseable {
  /** Number of hung threads, which cannot be stopped, after which a promise is abandoned. */
  private static final int MAX_HANGS = 3;

  private static final int FRAMES = 12;
  private static final long LOOK_MILLIS = 200;

  private final long seed;
  private final Path work;
  private final Observer observer;
  private final int patience;
  private final Map<String, Place> places = new HashMap<>();
  private @Nullable Worker worker;

  Harness(long seed, Path work, Observer observer) {
    this(seed, work, observer, Held.PATIENCE);
  }

  Harness(long seed, Path work, Observer observer, int patience) {
    this.seed = seed;
    this.patience = patience;
    this.work = work;
    this.observer = observer;
  }

  /** Receives the start and the end of every case. */
  interface Observer {
    Observer NONE = new Observer() {};

    default void began(Promise promise, long number) {}

    default void ended(Promise promise, long number, @Nullable String failure) {}
  }

  /** The progress of a promise. */
  private static final class Place {
    private long next;
    private int hangs;
    private boolean begun;

    /** Number of open files that all slices together have left behind. */
    private long descriptors;
  }

  /** A thread that can be abandoned if it hangs. */
  private static final class Worker {
    private final ExecutorService executor;
    private volatile @Nullable Thread thread;

    Worker() {
      executor = Executors.newSingleThreadExecutor(body -> {
        Thread made = new Thread(null, body, "soak", 0);
        made.setDaemon(true);
        thread = made;
        return made;
      });
    }

    List<StackTraceElement> stack() {
      Thread running = thread;
      return running == null ? List.of() : Arrays.asList(running.getStackTrace());
    }
  }

  /** Runs cases for this time, at least one. */
  void slice(Tally tally, Duration time) throws InterruptedException {
    Promise promise = tally.promise();
    Place place = places.computeIfAbsent(promise.name(), name -> new Place());
    long start = System.nanoTime();
    long end = start + time.toNanos();
    @Nullable Held before = place.begun ? Held.now(work) : null;
    do {
      if (place.hangs >= MAX_HANGS) {
        break;
      }
      one(tally, place, place.next++);
      if (before == null) { // the first case loads classes and fills pools and caches
        System.gc();
        before = Held.now(work);
        place.begun = true;
      }
    } while (System.nanoTime() < end);
    if (before != null && place.hangs == 0) {
      leftBehind(tally, place, before);
    }
    tally.spent(System.nanoTime() - start);
  }

  private void leftBehind(Tally tally, Place place, Held before) throws InterruptedException {
    List<String> grown = before.grown(place.descriptors, work, patience);
    place.descriptors += Held.now(work).descriptors() - before.descriptors();
    if (!grown.isEmpty()) {
      report(tally, place.next - 1, "left behind after " + place.next + " cases: " + String.join(", ", grown));
      place.descriptors = 0; // reported once
    }
  }

  /** Runs one case. */
  void one(Tally tally, long number) throws InterruptedException {
    one(tally, places.computeIfAbsent(tally.promise().name(), name -> new Place()), number);
  }

  void startAt(Promise promise, long number) {
    places.computeIfAbsent(promise.name(), name -> new Place()).next = number;
  }

  private void one(Tally tally, Place place, long number) throws InterruptedException {
    Promise promise = tally.promise();
    observer.began(promise, number);
    @Nullable String failure = outcome(tally, place, number);
    if (failure == null) {
      tally.passed();
      observer.ended(promise, number, null);
    } else {
      report(tally, number, failure);
    }
  }

  private void report(Tally tally, long number, String failure) {
    tally.failed(new Tally.Failure(failure, Soak.reproduce(tally.promise(), seed, number)));
    observer.ended(tally.promise(), number, failure);
  }

  private @Nullable String outcome(Tally tally, Place place, long number) throws InterruptedException {
    Promise promise = tally.promise();
    Worker current = worker == null ? new Worker() : worker;
    worker = current;
    Future<Long> allocated = current.executor.submit(() -> attempt(promise, number));
    ProcessorTime time = ProcessorTime.of(Objects.requireNonNull(current.thread)); // started by the submission
    try {
      long bytes = within(promise.timeLimit(), time, allocated);
      return bytes <= promise.allocationLimit() ? null : String.format(
          "allocated %,d bytes; %,d are allowed", bytes, promise.allocationLimit());
    } catch (ExecutionException e) {
      return message(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      String where = current.stack().stream().limit(FRAMES).map(Object::toString).collect(Collectors.joining(" < "));
      allocated.cancel(true);
      current.executor.shutdownNow();
      worker = null;
      place.hangs++;
      return "did not end within " + promise.timeLimit().toSeconds() + " s of a processor: " + where;
    }
  }

  private static long within(Duration limit, ProcessorTime time, Future<Long> result)
      throws InterruptedException, ExecutionException, TimeoutException {
    while (true) {
      try {
        return result.get(Math.min(LOOK_MILLIS, limit.toMillis()), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (time.isOver(limit)) {
          throw e;
        }
      }
    }
  }

  private long attempt(Promise promise, long number) throws Exception {
    long bytes = measured(promise, number);
    // The excess may be classes and natives, which are loaded once.
    return bytes <= promise.allocationLimit() ? bytes : measured(promise, number);
  }

  private long measured(Promise promise, long number) throws Exception {
    Attempt attempt = Attempt.of(promise, seed, number, work);
    long before = allocatedBytes();
    try {
      promise.attempt(attempt);
    } finally {
      Thread.interrupted(); // a case may leave its thread interrupted
    }
    long bytes = allocatedBytes() - before;
    if (bytes <= promise.allocationLimit()) {
      Folders.delete(attempt.folder());
    }
    return bytes;
  }

  private static long allocatedBytes() {
    return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
        ? threads.getThreadAllocatedBytes(Thread.currentThread().getId()) : 0;
  }

  /** The failure and its place, in one line. */
  static String message(Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (@Nullable Throwable one = failure; one != null && text.length() < 2000; one = one.getCause()) {
      text.append(text.length() == 0 ? "" : " <- ").append(one instanceof BrokenPromise ? one.getMessage() : one);
      if (!(one instanceof BrokenPromise) && one.getStackTrace().length > 0) {
        text.append(Arrays.stream(one.getStackTrace()).limit(3).map(Object::toString)
            .collect(Collectors.joining(" < ", " (at ", ")")));
      }
    }
    return text.toString().replaceAll("\\s*\\R\\s*", " ");
  }

  @Override
  public void close() throws IOException {
    if (worker != null) {
      worker.executor.shutdownNow();
    }
  }
}
