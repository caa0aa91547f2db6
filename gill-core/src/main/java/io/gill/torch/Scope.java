package io.gill.torch;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.gill.GillException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.InferenceMode;
import org.jspecify.annotations.Nullable;

/**
 * An owner of tensors. Native memory is invisible to the garbage collector, so every {@link Tensor} belongs to exactly
 * one scope and is freed when that scope closes.
 *
 * <p>There are two kinds. An <em>owner</em> ({@link #owner}) lives as long as a model or a cache and receives tensors
 * through {@link #keep}. A <em>computation</em> ({@link #compute}, {@link #tidy}) lives for one call on one thread: it
 * owns every tensor created inside that is neither returned nor kept, and libtorch records no gradients. A
 * <em>recorded</em> computation ({@link #record}) records gradients, for training.
 *
 * <p>A computation belongs to its thread. Any thread may read an owner, but only one at a time may add to it, free its
 * tensors or close it; a second thread is rejected.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();

  private final boolean recording;

  /** The thread that is changing what this scope owns. */
  private final AtomicReference<@Nullable Thread> changing = new AtomicReference<>();

  private final List<IValue> values = new ArrayList<>(0);
  private @Nullable Tensor head;
  private boolean closed;

  private Scope(boolean recording) {
    this.recording = recording;
  }

  /**
   * Creates a long-lived owner, independent of any thread.
   *
   * @return an empty owner, which the caller closes
   */
  public static Scope owner() {
    return new Scope(false);
  }

  /**
   * Runs a computation. All native memory it created and did not {@link #keep} is freed when it ends, also after an
   * exception. Inside {@link #record} it is part of the recorded computation.
   *
   * @param what description of the computation, for the message of a native failure: "encoding an image"
   * @param body the computation
   * @param <T> the type of the result; a {@link Tensor} only if an owner keeps it
   * @return the result of the body
   * @throws GillException instead of libtorch's exceptions, with their first line
   */
  @SuppressWarnings("try") // the guard acts by existing
  public static <T extends @Nullable Object> T compute(String what, Supplier<T> body) {
    Scope outer = CURRENT.get();
    return run(what, outer != null && outer.recording, outer == null, () -> {
      if (outer != null) {
        return body.get();
      }
      try (InferenceMode mode = new InferenceMode(true)) {
        return body.get();
      }
    });
  }

  /**
   * Runs a computation that records gradients for {@link Tensor#backward}: {@link #compute} for training.
   *
   * <p>Gradients may need old values. Operations whose name ends in {@code InPlace} therefore leave the memory
   * unchanged here and make the tensor refer to the result; earlier views of it keep the old values. Tensors created by
   * {@link #compute} outside this method cannot take part in gradients, so load frozen weights of a recorded
   * computation inside this method, too.
   *
   * @param what description of the computation, for the message of a native failure: "training"
   * @param body the computation
   * @param <T> the type of the result; a {@link Tensor} only if an owner keeps it
   * @return the result of the body
   * @throws IllegalStateException inside a computation that does not record
   * @throws GillException instead of libtorch's exceptions, with their first line
   */
  public static <T extends @Nullable Object> T record(String what, Supplier<T> body) {
    Scope outer = CURRENT.get();
    if (outer != null && !outer.recording) {
      throw new IllegalStateException("gradients cannot be recorded inside Scope.compute");
    }
    return run(what, true, outer == null, () -> {
      Torch.enterTraining();
      try {
        return recorded(body);
      } finally {
        Torch.exitTraining();
      }
    });
  }

  /**
   * Runs recorded computations at the same time, each on its share of the cores. Two small graphs with one core each
   * are faster than a graph of twice the size with both, whose operators make the cores wait for each other. All may
   * use the same parameters: libtorch adds up their gradients. The sum of two does not depend on their order; with
   * more, its last bit does.
   *
   * @param what description of the computations, for the message of a native failure: "training"
   * @param bodies the computations, which share no tensors but parameters
   * @param <T> the type of the results, no tensors
   * @return the results, in the order of the computations
   * @throws IllegalStateException inside another computation
   * @throws GillException instead of libtorch's exceptions, with their first line
   */
  public static <T> List<T> recordAll(String what, List<Supplier<T>> bodies) {
    if (CURRENT.get() != null) {
      throw new IllegalStateException("recordAll cannot run inside another computation");
    }
    Torch.ensureLoaded();
    int count = bodies.size();
    ExecutorService threads = Executors.newFixedThreadPool(
        Math.max(1, Math.min(count, Torch.threads())),
        new ThreadFactoryBuilder().setNameFormat("gill-training-%d").setDaemon(true).build());
    Threading.reserve(count);
    try {
      List<CompletableFuture<T>> results = bodies.stream()
          .map(body -> CompletableFuture.supplyAsync(() -> run(what, true, false, () -> recorded(body)), threads))
          .toList();
      CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
          .exceptionally(failure -> null).join(); // waits for all, also after a failure
      return results.stream().map(CompletableFuture::join).toList();
    } catch (CompletionException e) {
      Throwables.throwIfUnchecked(Objects.requireNonNull(e.getCause()));
      throw e;
    } finally {
      Threading.release(count);
      threads.shutdown();
    }
  }

  @SuppressWarnings("try") // the guard acts by existing
  private static <T extends @Nullable Object> T recorded(Supplier<T> body) {
    try (AutoGradMode mode = new AutoGradMode(true)) {
      return body.get();
    }
  }

  private static <T extends @Nullable Object> T run(
      String what, boolean recording, boolean counts, Supplier<T> body) {
    Torch.ensureLoaded();
    Scope outer = CURRENT.get();
    Scope scope = new Scope(recording);
    CURRENT.set(scope);
    Threading.enter(counts);
    try {
      return body.get();
    } catch (RuntimeException e) {
      throw Torch.translate(what, e);
    } finally {
      restore(outer);
      scope.close();
      Threading.exit(counts);
    }
  }

  /**
   * Runs a part of a computation and frees its intermediate tensors early.
   *
   * @param body the part; must run inside {@link #compute}
   * @return the tensor it returned, now owned by the enclosing scope
   */
  public static Tensor tidy(Supplier<Tensor> body) {
    Scope outer = current();
    Scope scope = new Scope(outer.recording);
    CURRENT.set(scope);
    try {
      Tensor result = body.get();
      if (result.owner() == scope) {
        outer.keep(result);
      }
      return result;
    } finally {
      restore(outer);
      scope.close();
    }
  }

  /** Runs a part of a computation on one of the {@link WorkerThreads} and frees all tensors that it creates. */
  static void part(Runnable body) {
    Scope outer = CURRENT.get();
    Scope scope = new Scope(false);
    CURRENT.set(scope);
    try {
      body.run();
    } finally {
      restore(outer);
      scope.close();
    }
  }

  /**
   * Takes ownership of a tensor, which then lives as long as this scope.
   *
   * @param tensor a tensor of any other scope
   * @return the same tensor
   */
  public Tensor keep(Tensor tensor) {
    if (closed) {
      throw new IllegalStateException("this scope is closed");
    }
    tensor.moveTo(this);
    return tensor;
  }

  /**
   * Takes ownership of a value of libtorch that is no tensor.
   *
   * @param value the value
   * @return the same value
   */
  IValue keep(IValue value) {
    if (closed) {
      throw new IllegalStateException("this scope is closed");
    }
    boolean outermost = beginChange();
    try {
      values.add(value);
      return value;
    } finally {
      endChange(outermost);
    }
  }

  /**
   * Frees everything this scope owns. Idempotent.
   *
   * @throws IllegalStateException while another thread adds to it or closes it
   */
  @Override
  public void close() {
    boolean outermost = beginChange();
    try {
      closed = true;
      for (Tensor tensor = head; tensor != null; tensor = head) {
        tensor.close();
      }
      values.forEach(IValue::close);
      values.clear();
    } finally {
      endChange(outermost);
    }
  }

  /**
   * Rejects a second thread before it changes what this scope owns: two threads would lose tensors or free one twice.
   *
   * @return whether this thread was not changing it already, for {@link #endChange}
   */
  boolean beginChange() {
    Thread current = Thread.currentThread();
    if (changing.get() == current) {
      return false;
    }
    if (!changing.compareAndSet(null, current)) {
      throw new IllegalStateException(
          "two threads change the tensors of one owner: an object with native memory is for one thread at a time");
    }
    return true;
  }

  void endChange(boolean outermost) {
    if (outermost) {
      changing.set(null);
    }
  }

  static Scope current() {
    Scope scope = CURRENT.get();
    if (scope == null) {
      throw new IllegalStateException("tensors can only be created inside Scope.compute");
    }
    return scope;
  }

  /** Returns whether operations of this thread currently record gradients. */
  static boolean isRecording() {
    Scope scope = CURRENT.get();
    return scope != null && scope.recording;
  }

  @Nullable Tensor head() {
    return head;
  }

  void head(@Nullable Tensor tensor) {
    head = tensor;
  }

  private static void restore(@Nullable Scope outer) {
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
  }
}
