package io.gill.torch;

import io.gill.weights.TensorFile;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a loaded model holds: the owner of its weights and the file they may be mapped from, freed together.
 *
 * <p>Thread-safe: any number of threads may {@link #use} a model at a time, and {@link #close} waits for them, so that
 * no weight is freed under a computation.
 */
public final class ModelMemory implements AutoCloseable {
  private final String model;
  private final TensorFile file;
  private final Scope owner = Scope.owner();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private volatile boolean closed;

  private ModelMemory(String model, TensorFile file) {
    this.model = model;
    this.file = file;
  }

  /**
   * Loads a model.
   *
   * @param model what it is, for messages: "language model"
   * @param file its weights; closed with the memory, and also when loading fails
   * @param body takes the weights into {@link #owner} and builds the model, which then closes the memory
   * @param <M> the model's type
   * @return what the body built
   */
  public static <M> M load(String model, TensorFile file, Function<ModelMemory, M> body) {
    ModelMemory memory = new ModelMemory(model, file);
    try {
      return body.apply(memory);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  /**
   * Who keeps the weights.
   *
   * @return the owner, which lives until {@link #close}
   */
  public Scope owner() {
    return owner;
  }

  /**
   * Runs something that needs the weights.
   *
   * @param body what to run
   * @param <T> the type of the result
   * @return what the body returned
   * @throws IllegalStateException after {@link #close}
   */
  public <T extends @Nullable Object> T use(Supplier<T> body) {
    Lock shared = lock.readLock();
    shared.lock();
    try {
      checkOpen();
      return body.get();
    } finally {
      shared.unlock();
    }
  }

  /**
   * Refuses use after close.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this " + model + " is closed");
    }
  }

  /** Waits until nobody uses the weights, then frees them; harmless when done twice. */
  @Override
  public void close() {
    Lock exclusive = lock.writeLock();
    exclusive.lock();
    try {
      closed = true;
      owner.close();
      file.close();
    } finally {
      exclusive.unlock();
    }
  }
}
