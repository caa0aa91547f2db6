package io.gill.stage;

import io.gill.GillException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with a model's files, so that one error names all of it. For one thread. */
public final class Problems {
  private final List<String> messages = new ArrayList<>();
  private @Nullable GillException first;

  /** No problems so far. */
  public Problems() {}

  /**
   * Adds a problem.
   *
   * @param message what is wrong, where, and what to do; one line
   */
  public void add(String message) {
    messages.add(message);
  }

  /**
   * Reads something and adds its complaint if that fails.
   *
   * @param reader opens or checks a file
   * @param <T> what it reads
   * @return the reader's result; null if it threw {@link GillException}
   */
  public <T> @Nullable T attempt(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (GillException e) {
      messages.add(String.valueOf(e.getMessage()));
      first = first == null ? e : first;
      return null;
    }
  }

  /**
   * Whether nothing is wrong.
   *
   * @return true if no problem was added
   */
  public boolean isEmpty() {
    return messages.isEmpty();
  }

  /**
   * Fails if there are problems.
   *
   * @param what what they make unusable, as {@code "model/ is not a complete model"}
   * @throws GillException naming all problems, the first failure as its cause
   */
  public void throwIfAny(String what) {
    if (!messages.isEmpty()) {
      throw new GillException(what + ": " + String.join("; ", messages), first);
    }
  }
}
