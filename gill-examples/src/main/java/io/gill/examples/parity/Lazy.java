package io.gill.examples.parity;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A model that is loaded when the first case needs it. If loading fails, every case that needs it fails. */
final class Lazy<T extends AutoCloseable> implements AutoCloseable {
  private final Supplier<T> loader;
  private @Nullable T value;
  private @Nullable RuntimeException failure;

  Lazy(Supplier<T> loader) {
    this.loader = loader;
  }

  T get() {
    if (failure != null) {
      throw failure;
    }
    if (value == null) {
      try {
        value = loader.get();
      } catch (RuntimeException e) {
        failure = e;
        throw e;
      }
    }
    return Objects.requireNonNull(value);
  }

  @Override
  public void close() {
    T loaded = value;
    if (loaded != null) {
      try {
        loaded.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
