package io.gill.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

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

  /** Checks a function: finite rows of one length, the same at each call, from inputs that it leaves unchanged. */
  void pure(String method, Supplier<float[][]> call, float[]... inputs) {
    List<float[]> before = Arrays.stream(inputs).map(float[]::clone).toList();
    float[][] first = get(method + " returns", call).orElse(null);
    if (first == null) {
      return;
    }
    check(method + " returns finite numbers, in rows of one length", () -> first.length > 0
        && Arrays.stream(first).allMatch(row -> row.length == first[0].length && StageContracts.close(row, row)));
    check(method + " returns the same for the same input", () -> {
      float[][] second = call.get();
      return second.length == first.length
          && IntStream.range(0, first.length).allMatch(i -> StageContracts.close(second[i], first[i]));
    });
    check(method + " does not change its input", () -> IntStream.range(0, inputs.length)
        .allMatch(i -> Arrays.equals(inputs[i], before.get(i))));
  }

  /** Reports all broken promises. */
  void end() {
    if (!broken.isEmpty()) {
      throw new AssertionError("the " + stage + " breaks its contract:\n- " + String.join("\n- ", broken));
    }
  }
}
