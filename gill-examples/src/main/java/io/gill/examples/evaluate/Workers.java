package io.gill.examples.evaluate;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import io.gill.GillException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Threads that take items in turn. */
final class Workers {
  private Workers() {}

  /**
   * Works on all items. After a failure, the other threads end after their current item.
   *
   * @param items the items
   * @param parallel number of items at a time, from 1
   * @param work what to do with an item; called by several threads
   * @param interrupted what the exception says if this thread is interrupted
   * @throws GillException if this thread is interrupted
   */
  static void run(Collection<Item> items, int parallel, Consumer<Item> work, String interrupted) {
    Queue<Item> left = new ConcurrentLinkedQueue<>(items);
    ExecutorService threads = Executors.newFixedThreadPool(parallel);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < parallel; i++) {
        running.add(threads.submit(() -> work(left, work)));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      Throwable failure = Objects.requireNonNull(e.getCause());
      Throwables.throwIfUnchecked(failure);
      throw new IllegalStateException(failure);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      threads.shutdownNow();
      throw new GillException(interrupted, e);
    } finally {
      left.clear();
      threads.shutdown();
      Uninterruptibles.awaitTerminationUninterruptibly(threads); // they end after their current item
    }
  }

  private static void work(Queue<Item> left, Consumer<Item> work) {
    try {
      for (Item item = left.poll(); item != null; item = left.poll()) {
        work.accept(item);
      }
    } catch (RuntimeException | Error e) {
      left.clear(); // the other threads end, too
      throw e;
    }
  }
}
