package io.gill.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Collects the promises that a stage breaks. */
final class Contract {
  private final String stage;
  private final List<String> broken = new ArrayList<>();

  Contract(String stage) {
    this.stage = stage;
  }

  /** Records a promise as broken if the condition is false or throws. */
  void check(String promise, BooleanSupplier holds) {
    get(promise, () -> {
      if (!holds.getAsBoolean()) {
        broken.add(promise);
      }
      return promise;
    });
  }

  /** Returns a value; empty, and the promise broken, if there is an exception instead. */
  <T> Optional<T> get(String promise, Supplier<T> value) {
    try {
      return Optional.of(value.get());
    } catch (RuntimeException e) {
      broken.add(promise + " (" + e + ")");
      return Optional.empty();
    }
  }

  /** Records a promise as broken unless the call throws {@link IllegalArgumentException}. */
  void throwsArgument(String promise, Runnable call) {
    try {
      call.run();
      broken.add(promise);
    } catch (IllegalArgumentException e) {
      // as promised
    } catch (RuntimeException e) {
      broken.add(promise + " with an IllegalArgumentException, not " + e);
    }
  }

  /** Reports all broken promises. */
  void end() {
    if (!broken.isEmpty()) {
      throw new AssertionError("the " + stage + " breaks its contract:\n- " + String.join("\n- ", broken));
    }
  }
}
