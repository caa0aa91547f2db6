package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WorkerThreadsTest {
  @Test
  void everyPartRunsOnceForEveryCaller() throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int caller = 0; caller < 4; caller++) {
        all.add(callers.submit(() -> {
          for (int parts = 1; parts < 200; parts++) {
            AtomicIntegerArray runs = new AtomicIntegerArray(parts);
            WorkerThreads.run(parts, runs::incrementAndGet);
            for (int part = 0; part < parts; part++) {
              assertThat(runs.get(part)).isEqualTo(1);
            }
          }
        }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void theCallerReceivesAFailureAfterAllPartsHaveEnded() {
    AtomicIntegerArray running = new AtomicIntegerArray(1);
    for (int round = 0; round < 50; round++) {
      assertThatThrownBy(() -> WorkerThreads.run(20, part -> {
        running.incrementAndGet(0);
        try {
          if (part % 7 == 3) {
            throw new IllegalArgumentException("part");
          }
        } finally {
          running.decrementAndGet(0);
        }
      })).isInstanceOf(IllegalArgumentException.class).hasMessage("part");
      assertThat(running.get(0)).isZero();
    }
  }

  @Test
  void anInterruptedCallerStillWaits() {
    AtomicIntegerArray runs = new AtomicIntegerArray(1);
    Thread.currentThread().interrupt();
    WorkerThreads.run(100, part -> runs.incrementAndGet(0));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(runs.get(0)).isEqualTo(100);
  }

  /** Threads spin, yield and sleep while they wait: for work and for parts that others work on. */
  @Test
  @Timeout(60)
  void noWorkIsLostHoweverLongItTakes() {
    for (long micros : new long[] {0, 3, 100, 200, 300, 2000}) {
      for (int round = 0; round < 40; round++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(1);
        boolean interrupted = round % 4 == 3;
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        WorkerThreads.run(3, part -> {
          LockSupport.parkNanos(micros * 1000);
          runs.incrementAndGet(0);
        });
        assertThat(Thread.interrupted()).isEqualTo(interrupted);
        assertThat(runs.get(0)).isEqualTo(3);
        LockSupport.parkNanos(micros * 1000);
      }
    }
  }

  @Test
  void operatorsOfTheCallerUseItsThreadsAgainAfterwards() {
    Scope.compute("a test", () -> {
      int before = torch.get_num_threads();
      int[] inside = new int[1];
      WorkerThreads.runWithoutOpenMp(1, part -> inside[0] = torch.get_num_threads());
      assertThat(inside[0]).isEqualTo(1);
      assertThat(torch.get_num_threads()).isEqualTo(before);
      return before;
    });
  }

  @Test
  @Timeout(60)
  void anInterruptDoesNotKeepAWorkerAwake() {
    WorkerThreads.run(100, part -> {});
    List<Thread> workers = Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("gill-worker")).toList();
    workers.forEach(Thread::interrupt);
    for (Thread worker : workers) {
      while (worker.isInterrupted() || worker.getState() != Thread.State.WAITING) {
        Thread.onSpinWait(); // until it sleeps again
      }
    }
    AtomicIntegerArray runs = new AtomicIntegerArray(1);
    WorkerThreads.run(100, part -> runs.incrementAndGet(0));
    assertThat(runs.get(0)).isEqualTo(100);
  }

  @Test
  void aWorkerStartsNoThreadsOfItsOwn() {
    Scope.compute("a test", () -> {
      Set<Integer> numbers = ConcurrentHashMap.newKeySet();
      Thread caller = Thread.currentThread();
      while (numbers.isEmpty() && Torch.threads() > 1) {
        WorkerThreads.run(100, part -> {
          if (Thread.currentThread() != caller) {
            numbers.add(torch.get_num_threads());
          }
        });
      }
      assertThat(numbers).allMatch(number -> number == 1);
      return 0;
    });
  }

  @Test
  void concurrentComputationsShareTheThreads() {
    Scope.compute("a test", () -> {
      int alone = torch.get_num_threads();
      assertThat(alone).isEqualTo(Torch.threads());
      int together = CompletableFuture
          .supplyAsync(() -> Scope.compute("a test", () -> torch.get_num_threads())).join();
      assertThat(together).isEqualTo(Math.max(1, Torch.threads() / 2));
      return 0;
    });
  }
}
