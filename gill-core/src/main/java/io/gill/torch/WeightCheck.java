package io.gill.torch;

import io.gill.GillException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The keys that a model has taken from its weights, and what is wrong with them. */
final class WeightCheck {
  /** Maximum number of keys in a list of an error. */
  private static final int SHOWN = 8;

  private final Set<String> taken = new HashSet<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> notFinite = new ArrayList<>();
  private final Map<String, String> unfit = new LinkedHashMap<>();

  void taken(String key) {
    taken.add(key);
  }

  void missing(String key) {
    missing.add(key);
  }

  void unfit(String key, String actual, String expected) {
    unfit.put(key, actual + " instead of " + expected);
  }

  void notFinite(String key, WeightSource source) {
    notFinite.add(key + (source.overflows(key)
        ? " overflows in FLOAT16 (load with Precision.BFLOAT16 or FLOAT32)" : " holds NaN or infinity"));
  }

  /** Returns whether a tensor has the expected sizes, where -1 stands for any size, and records a mismatch. */
  boolean hasShape(String key, long[] actual, long... expected) {
    boolean fits = actual.length == expected.length;
    for (int i = 0; fits && i < actual.length; i++) {
      fits = expected[i] < 0 || actual[i] == expected[i];
    }
    if (!fits) {
      unfit(key, Arrays.toString(actual), describe(expected));
    }
    return fits;
  }

  static String describe(long... shape) {
    return Arrays.toString(shape).replace("-1", "any");
  }

  /** Throws one error for all problems and for all keys of a source with this prefix that were not taken. */
  void finish(WeightSource source, String prefix, String model) {
    List<String> problems = new ArrayList<>();
    add(problems, "missing ", missing);
    add(problems, "unfit: ", unfit.entrySet().stream().map(one -> one.getKey() + " is " + one.getValue()).toList());
    add(problems, "unusable: ", notFinite);
    add(problems, "unexpected ",
        source.names().stream().filter(key -> key.startsWith(prefix) && !taken.contains(key)).toList());
    if (!problems.isEmpty()) {
      throw new GillException(source.where() + " does not hold the weights of " + model
          + " that its configuration describes: " + String.join("; ", problems));
    }
  }

  private static void add(List<String> problems, String what, List<String> keys) {
    if (!keys.isEmpty()) {
      String rest = keys.size() > SHOWN ? " and " + (keys.size() - SHOWN) + " more" : "";
      problems.add(what + String.join(", ", keys.subList(0, Math.min(keys.size(), SHOWN))) + rest);
    }
  }
}
