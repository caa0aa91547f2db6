package io.gill.stage;

import io.gill.GillException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Collects all problems of a model's files, so that one error reports them together. Not thread-safe. */
public final class Problems {
  private final List<String> messages = new ArrayList<>();
  private @Nullable GillException first;

  /** Creates an empty collection. */
  public Problems() {}

  /**
   * Makes a plan and throws all its problems together.
   *
   * @param what start of the message, such as {@code "model/ cannot be loaded"}
   * @param planner makes the plan; returns empty if it reported problems
   * @param <P> the type of the plan
   * @return the plan
   * @throws GillException with all problems in its message and the first failure as its cause
   */
  public static <P> P require(String what, Function<Problems, Optional<P>> planner) {
    Problems problems = new Problems();
    Optional<P> plan = planner.apply(problems);
    problems.throwIfAny(what);
    return plan.orElseThrow();
  }

  /**
   * Adds a problem.
   *
   * @param message one line: what is wrong, where, and what to do
   */
  public void add(String message) {
    messages.add(message);
  }

  /**
   * Calls a reader and adds a problem if it fails.
   *
   * @param reader opens or validates a file
   * @param <T> the reader's result
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
   * Returns whether there are no problems.
   *
   * @return true if no problem was added
   */
  public boolean isEmpty() {
    return messages.isEmpty();
  }

  /**
   * Throws an exception if there are problems.
   *
   * @param what start of the message, such as {@code "model/ cannot be loaded"}
   * @throws GillException with all problems in its message and the first failure as its cause
   */
  public void throwIfAny(String what) {
    if (!messages.isEmpty()) {
      throw new GillException(what + ": " + String.join("; ", messages), first);
    }
  }
}
