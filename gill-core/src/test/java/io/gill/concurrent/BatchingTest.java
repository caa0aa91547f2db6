package io.gill.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchingTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<List<Integer>> batches = new CopyOnWriteArrayList<>();
  private final CountDownLatch firstRuns = new CountDownLatch(1);
  private final CountDownLatch firstMayEnd = new CountDownLatch(1);
  private final Batching<Integer, Integer> batching = new Batching<>(4, this::twice);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** Doubles numbers; 0 waits, and a negative one fails. */
  private List<Integer> twice(List<Integer> inputs) {
    batches.add(inputs);
    if (inputs.contains(0)) {
      firstRuns.countDown();
      await(firstMayEnd);
    }
    inputs.stream().filter(input -> input < 0).findFirst().ifPresent(input -> {
      throw new IllegalArgumentException("negative: " + input);
    });
    return inputs.stream().map(input -> 2 * input).toList();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts a batch of 0 alone and, while it runs, asks for these inputs in this order. */
  private List<Future<Integer>> whileTheFirstRuns(int... inputs) throws Exception {
    List<Future<Integer>> results = new ArrayList<>();
    results.add(threads.submit(() -> batching.call(0)));
    firstRuns.await();
    for (int i = 0; i < inputs.length; i++) {
      int input = inputs[i];
      results.add(threads.submit(() -> batching.call(input)));
      while (batching.waiting() < i + 1) {
        Thread.onSpinWait();
      }
    }
    firstMayEnd.countDown();
    return results;
  }

  @Test
  void whatComesMeanwhileIsComputedTogetherInOrder() throws Exception {
    List<Future<Integer>> results = whileTheFirstRuns(1, 2, 3, 4, 5, 6);
    for (int i = 0; i < 7; i++) {
      assertThat(results.get(i).get()).isEqualTo(2 * i);
    }
    assertThat(batches).containsExactly(List.of(0), List.of(1, 2, 3, 4), List.of(5, 6));
  }

  @Test
  void theFailureOfOneIsNotThatOfTheOthers() throws Exception {
    List<Future<Integer>> results = whileTheFirstRuns(1, -7, 3);
    assertThat(results.get(1).get()).isEqualTo(2);
    assertThat(results.get(3).get()).isEqualTo(6);
    assertThatThrownBy(() -> results.get(2).get()).isInstanceOf(ExecutionException.class)
        .hasRootCauseInstanceOf(IllegalArgumentException.class).hasRootCauseMessage("negative: -7");
    assertThat(batching.call(4)).isEqualTo(8);
  }

  @Test
  void anInterruptedThreadGetsItsOutputAndStaysInterrupted() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    Future<Boolean> interrupted = threads.submit(() -> {
      Thread.currentThread().interrupt();
      started.countDown();
      return batching.call(21) == 42 && Thread.currentThread().isInterrupted();
    });
    started.await();
    assertThat(interrupted.get()).isTrue();
    assertThat(batches).containsExactly(List.of(21));
  }
}
