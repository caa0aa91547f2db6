package io.gill.examples.soak;

import io.gill.GillException;
import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.LuceneIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** An index keeps working while threads search and change it and are interrupted at random moments. */
final class IndexThreads implements Promise {
  private final boolean lucene;

  IndexThreads(boolean lucene) {
    this.lucene = lucene;
  }

  @Override
  public String name() {
    return lucene ? "threads/lucene-index" : "threads/exact-index";
  }

  @Override
  public String text() {
    return "An index keeps working and loses nothing while threads search, change and interrupt it";
  }

  @Override
  public Duration timeLimit() {
    return Duration.ofMinutes(1);
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    Random random = attempt.random();
    try (ImageIndex index = lucene ? LuceneIndex.create(attempt.file("index"), IndexFiles.DIMENSION, 0)
        : ExactIndex.create(attempt.file("index"), IndexFiles.DIMENSION, 0)) {
      index.add(IndexFiles.images(0, 60));
      index.commit();
      if (random.nextBoolean()) {
        interruptedAtTheEndOfAnIteration(index);
      }
      busy(index, random);
      int size = (int) index.size();
      index.add(IndexFiles.images(100_000, 100_010));
      index.commit();
      BrokenPromise.unless(index.size() == size + 10,
          "the index has " + index.size() + " images after 10 were added to " + size);
      int found = index.search(IndexFiles.vector(4), size + 100, Set.of()).size();
      BrokenPromise.unless(found == size + 10, found + " of " + (size + 10) + " images are found");
    }
    try (ImageIndex index = ImageIndex.open(attempt.file("index"))) {
      IntStream.range(100_000, 100_010).forEach(id ->
          BrokenPromise.unless(index.find("" + id).isPresent(), id + " was committed and is lost"));
    }
  }

  /** The iterating thread releases the files that an iteration reads, while it is interrupted. */
  private static void interruptedAtTheEndOfAnIteration(ImageIndex index) throws Exception {
    AtomicBoolean did = new AtomicBoolean();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    index.forEach(image -> {
      if (!did.getAndSet(true)) {
        Thread other = new Thread(() -> {
          try {
            index.delete(IntStream.range(0, 60).mapToObj(i -> "" + i).toList());
            index.add(IndexFiles.images(60, 120));
            index.commit();
            index.search(IndexFiles.vector(1), 1, Set.of());
          } catch (Exception | Error e) {
            failures.add(e);
          }
        });
        other.start();
        try {
          other.join();
        } catch (InterruptedException e) {
          throw new BrokenPromise("interrupted too early", e);
        }
        Thread.currentThread().interrupt();
      }
    });
    BrokenPromise.unless(Thread.interrupted(), "an iteration has cleared the interrupt");
    if (!failures.isEmpty()) {
      throw new BrokenPromise("a change during an iteration failed", failures.peek());
    }
  }

  private static void busy(ImageIndex index, Random random) throws Exception {
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int from = 1000 + 1000 * i;
      boolean writer = i == 0;
      threads.add(new Thread(() -> {
        try {
          for (int round = 0; round < 12; round++) {
            if (writer) {
              index.add(IndexFiles.images(from + 3 * round, from + 3 * round + 3));
              index.delete(List.of("" + (from + 3 * round)));
              index.commit();
            } else {
              index.search(IndexFiles.vector(round), 5, Set.of());
              index.forEach(image -> {});
              index.find("7");
            }
          }
        } catch (GillException e) {
          if (!Thread.currentThread().isInterrupted()) {
            failures.add(e);
          }
        } catch (RuntimeException | Error e) {
          failures.add(e);
        }
      }));
    }
    threads.forEach(Thread::start);
    for (int i = 0; i < 4; i++) {
      Thread.sleep(random.nextInt(15));
      threads.get(random.nextInt(threads.size())).interrupt();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (!failures.isEmpty()) {
      throw new BrokenPromise("a concurrent search or change failed", failures.peek());
    }
  }
}
