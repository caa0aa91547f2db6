package io.gill.torch;

import io.gill.GillException;
import io.gill.concurrent.Closing;
import io.gill.weights.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a loaded model: the owner of its weights and the files they may be mapped from. Both are freed
 * together.
 *
 * <p>Thread-safe: any number of threads may {@link #use} a model at the same time, and {@link #close} waits for them,
 * so that no weight is freed during a computation.
 */
public final class ModelMemory implements AutoCloseable {
  private final String model;
  private final List<AutoCloseable> files;
  private final Scope owner = Scope.owner();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private volatile boolean closed;

  private ModelMemory(String model, List<? extends AutoCloseable> files) {
    this.model = model;
    this.files = List.copyOf(files);
  }

  /**
   * Loads a model.
   *
   * @param model the kind of model, for messages: "language model"
   * @param file the weights; closed with the memory, or when loading fails
   * @param body takes the weights into {@link #owner} and builds the model, which then closes the memory
   * @param <M> the model's type
   * @return the model
   */
  public static <M> M load(String model, TensorFile file, Function<ModelMemory, M> body) {
    return load(model, List.of(file), body);
  }

  /**
   * Loads a model of several parts.
   *
   * @param model the kind of model, for messages: "image generator"
   * @param files the weights of its parts and other resources with the same lifetime; closed with the memory, or when
   *     loading fails
   * @param body takes the weights into {@link #owner} and builds the model, which then closes the memory
   * @param <M> the model's type
   * @return the model
   */
  public static <M> M load(String model, List<? extends AutoCloseable> files, Function<ModelMemory, M> body) {
    ModelMemory memory = new ModelMemory(model, files);
    try {
      return body.apply(memory);
    } catch (InternalError e) { // a page of a mapped file no longer exists
      GillException failure = new GillException("a file of the " + model + " was truncated while it was read", e);
      Closing.closeAfter(failure, List.of(memory));
      throw failure;
    } catch (RuntimeException | Error e) {
      Closing.closeAfter(e, List.of(memory));
      throw e;
    }
  }

  /**
   * Returns the owner of the weights.
   *
   * @return the owner, which lives until {@link #close}
   */
  public Scope owner() {
    return owner;
  }

  /**
   * Runs a computation that needs the weights.
   *
   * @param body the computation
   * @param <T> the type of the result
   * @return what the body returned
   * @throws IllegalStateException after {@link #close}
   * @throws GillException if a file that weights are mapped from was changed
   */
  public <T extends @Nullable Object> T use(Supplier<T> body) {
    Lock shared = lock.readLock();
    // Do not queue behind a thread that waits to close: a running computation may be waiting for this one.
    if (!shared.tryLock()) {
      shared.lock();
    }
    try {
      if (lock.getReadHoldCount() == 1) { // nested calls of a running computation are allowed
        checkOpen();
      }
      files.forEach(ModelMemory::checkUnchanged);
      return body.get();
    } finally {
      shared.unlock();
    }
  }

  /** Native code must not access the pages of a truncated file. */
  private static void checkUnchanged(AutoCloseable file) {
    if (file instanceof TensorFile weights) {
      weights.checkUnchanged();
    }
  }

  /**
   * Rejects use after close.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this " + model + " is closed");
    }
  }

  /**
   * Rejects new uses, waits for running ones and frees the weights. Idempotent.
   *
   * @throws IllegalStateException on a thread that is using them, since it would wait for itself; nothing is freed
   */
  @Override
  public void close() {
    if (lock.getReadHoldCount() > 0) {
      throw new IllegalStateException(
          "this " + model + " cannot be closed while this thread computes with it: close it after the call has"
              + " returned");
    }
    closed = true;
    Lock exclusive = lock.writeLock();
    exclusive.lock();
    try {
      List<AutoCloseable> all = new ArrayList<>(files);
      all.add(owner); // closed first: its weights may be mapped from the files
      Closing.closeAll(all);
    } finally {
      exclusive.unlock();
    }
    Malloc.returnFreedMemory();
  }
}
