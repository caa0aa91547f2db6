package io.gill.diffusion.scheduler;

import io.gill.weights.ConfigFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The keys of a {@code scheduler_config.json}. Remembers which were read, to find those that nothing reads. */
final class SchedulerKeys {
  /** Options of other schedulers, which none of the supported ones reads, and one of older files. */
  private static final Set<String> OF_OTHERS = Set.of("noise_sampler_seed", "tensor_format");

  /** Unsupported options with the values, as JSON, that change nothing. */
  private static final Map<String, Set<String>> HARMLESS = Map.of(
      "variance_type",
      Set.of("\"fixed_small\"", "\"fixed_small_log\"", "\"fixed_large\"", "\"fixed_large_log\""),
      "flow_shift", Set.of("1", "1.0"),
      "time_shift_type", Set.of("\"exponential\""),
      "predict_epsilon", Set.of("true"),
      "sigma_min", Set.of(),
      "sigma_max", Set.of(),
      "solver_p", Set.of(),
      "use_flow_sigmas", Set.of(),
      "use_dynamic_shifting", Set.of());

  private final ConfigFile file;
  private final Set<String> read = new HashSet<>();

  SchedulerKeys(ConfigFile file) {
    this.file = file;
  }

  private ConfigFile reading(String key) {
    read.add(key);
    return file;
  }

  @Nullable String text(String key) {
    return reading(key).has(key) ? file.text(key, "") : null;
  }

  int integer(String key, int missing) {
    return reading(key).integer(key, missing);
  }

  double number(String key, double missing) {
    return reading(key).number(key, missing);
  }

  double numberOrInfinity(String key, double missing) {
    return reading(key).numberOrInfinity(key, missing);
  }

  List<Double> numbers(String key) {
    return reading(key).numbers(key);
  }

  List<Integer> integers(String key) {
    return reading(key).integers(key);
  }

  boolean flag(String key, boolean missing) {
    return reading(key).flag(key, missing);
  }

  @Nullable Boolean optionalFlag(String key) {
    return reading(key).has(key) ? (Boolean) file.flag(key, false) : null;
  }

  /** Returns the constant whose name in lower case is the value; null if the key is not set. */
  <E extends Enum<E>> @Nullable E choice(String key, Class<E> type) {
    return choice(key, type, constant -> constant.name().toLowerCase(Locale.ROOT));
  }

  /** Returns the constant with the published name that the key has; null if it is not set. */
  <E extends Enum<E>> @Nullable E choice(String key, Class<E> type, Function<E, String> published) {
    String text = text(key);
    if (text == null) {
      return null;
    }
    List<String> names = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String name = published.apply(constant);
      if (name.equals(text)) {
        return constant;
      }
      names.add(name);
    }
    throw file.refuse(key, "it must be one of " + String.join(", ", names));
  }

  /** Returns the unsupported options that are set to something else than their harmless values. */
  Map<String, String> unsupported() {
    Map<String, String> unsupported = new LinkedHashMap<>();
    for (String key : file.keys()) {
      String value = file.shown(key);
      boolean unset = !file.has(key) || (value.equals("false") && !key.equals("predict_epsilon"));
      if (read.contains(key) || key.startsWith("_") || OF_OTHERS.contains(key) || unset) {
        continue;
      }
      Set<String> harmless = HARMLESS.get(key);
      if (harmless == null) {
        throw file.refuse(key, "this option is not known; remove it");
      }
      if (!harmless.contains(value)) {
        unsupported.put(key, value);
      }
    }
    return Map.copyOf(unsupported);
  }
}
