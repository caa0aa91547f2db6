package io.gill.diffusion.scheduler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.weights.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the keys of a {@code scheduler_config.json} one by one and then sees to those that nothing read. */
final class ConfigReader {
  /** More than any schedule of 1000 trained β needs. */
  private static final int MOST_BYTES = 1 << 20;

  /** Python writes the default of {@code lambda_min_clipped} as -Infinity. */
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /** Options of other schedulers, which none of the supported ones reads, and one of older files. */
  private static final Set<String> OF_OTHERS = Set.of("noise_sampler_seed", "tensor_format");

  /** Options that are not supported, with the values that change nothing. */
  private static final Map<String, Set<String>> HARMLESS = Map.of(
      "variance_type", Set.of("fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"),
      "flow_shift", Set.of("1", "1.0"),
      "time_shift_type", Set.of("exponential"),
      "predict_epsilon", Set.of("true"),
      "solver_p", Set.of(),
      "use_beta_sigmas", Set.of(),
      "use_flow_sigmas", Set.of(),
      "use_dynamic_shifting", Set.of());

  private final JsonNode json;
  private final Set<String> seen = new HashSet<>();

  private ConfigReader(JsonNode json) {
    this.json = json;
  }

  static SchedulerConfig read(Path file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(RegularFile.require(file))) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw new GillException(file + ": cannot be read (" + e + ")", e);
    }
    if (bytes.length > MOST_BYTES) {
      throw new GillException(file + ": is larger than " + MOST_BYTES + " bytes, which no scheduler configuration is");
    }
    try {
      return parse(JSON.readTree(bytes), file.toString());
    } catch (JsonProcessingException e) {
      throw new GillException(file + ": is not valid JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException e) {
      throw new GillException(file + ": cannot be read (" + e + ")", e);
    }
  }

  static SchedulerConfig parse(JsonNode json, String source) {
    try {
      if (!(json instanceof ObjectNode object)) {
        throw new IllegalArgumentException("is not a JSON object");
      }
      return new SchedulerConfig(new ConfigReader(object), object, source);
    } catch (IllegalArgumentException e) {
      throw new GillException(source + ": " + e.getMessage(), e);
    }
  }

  /** {@code algorithm_type}; the name of DEIS stands for DPM-Solver++, as in the reference. */
  SchedulerConfig.Algorithm algorithm() {
    String text = text("algorithm_type");
    if (text == null || text.equals("deis")) {
      return SchedulerConfig.Algorithm.DPMSOLVER_PLUS_PLUS;
    }
    List<String> names = new ArrayList<>();
    for (SchedulerConfig.Algorithm algorithm : SchedulerConfig.Algorithm.values()) {
      if (algorithm.published.equals(text)) {
        return algorithm;
      }
      names.add(algorithm.published);
    }
    throw new IllegalArgumentException("algorithm_type is " + text + ": use " + String.join(", ", names));
  }

  /** What is left of the file: unsupported options, or a key that no scheduler has. */
  Map<String, String> unsupported() {
    Map<String, String> unsupported = new LinkedHashMap<>();
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      String key = names.next();
      JsonNode value = json.path(key);
      boolean empty = value.isNull() || (value.isBoolean() && !value.booleanValue() && !key.equals("predict_epsilon"));
      if (seen.contains(key) || key.startsWith("_") || OF_OTHERS.contains(key) || empty) {
        continue;
      }
      Set<String> harmless = HARMLESS.get(key);
      if (harmless == null && !key.equals("sigma_min") && !key.equals("sigma_max")) {
        throw new IllegalArgumentException(key + " is " + shown(value) + ": this option is not known; remove it");
      }
      if (harmless == null || !harmless.contains(value.asText())) {
        unsupported.put(key, shown(value));
      }
    }
    return Map.copyOf(unsupported);
  }

  boolean has(String key) {
    return json.hasNonNull(key);
  }

  private @Nullable JsonNode value(String key) {
    seen.add(key);
    JsonNode value = json.get(key);
    return value == null || value.isNull() ? null : value;
  }

  @Nullable String text(String key) {
    JsonNode value = value(key);
    if (value != null && !value.isTextual()) {
      throw wrong(key, value, "text");
    }
    return value == null ? null : value.textValue();
  }

  int integer(String key, int fallback) {
    JsonNode value = value(key);
    if (value != null && !(value.isIntegralNumber() && value.canConvertToInt())) {
      throw wrong(key, value, "a whole number");
    }
    return value == null ? fallback : value.intValue();
  }

  double number(String key, double fallback) {
    JsonNode value = value(key);
    if (value != null && !value.isNumber()) {
      throw wrong(key, value, "a number");
    }
    return value == null ? fallback : value.doubleValue();
  }

  List<Double> numbers(String key) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode element : elements(key, "numbers")) {
      if (!element.isNumber()) {
        throw wrong(key, element, "numbers");
      }
      numbers.add(element.doubleValue());
    }
    return List.copyOf(numbers);
  }

  List<Integer> integers(String key) {
    List<Integer> integers = new ArrayList<>();
    for (JsonNode element : elements(key, "whole numbers")) {
      if (!(element.isIntegralNumber() && element.canConvertToInt())) {
        throw wrong(key, element, "whole numbers");
      }
      integers.add(element.intValue());
    }
    return List.copyOf(integers);
  }

  private Iterable<JsonNode> elements(String key, String kind) {
    JsonNode value = value(key);
    if (value != null && !value.isArray()) {
      throw wrong(key, value, "a list of " + kind);
    }
    return value == null ? List.of() : value;
  }

  boolean flag(String key, boolean fallback) {
    JsonNode value = value(key);
    if (value != null && !value.isBoolean()) {
      throw wrong(key, value, "true or false");
    }
    return value == null ? fallback : value.booleanValue();
  }

  @Nullable Boolean optionalFlag(String key) {
    return has(key) ? (Boolean) flag(key, false) : null;
  }

  <E extends Enum<E>> E choice(String key, E fallback) {
    String text = text(key);
    if (text == null) {
      return fallback;
    }
    List<String> names = new ArrayList<>();
    for (E constant : fallback.getDeclaringClass().getEnumConstants()) {
      String name = constant.name().toLowerCase(Locale.ROOT);
      if (name.equals(text)) {
        return constant;
      }
      names.add(name);
    }
    throw new IllegalArgumentException(key + " is " + shown(json.path(key)) + ": use " + String.join(", ", names));
  }

  private static IllegalArgumentException wrong(String key, JsonNode value, String wanted) {
    return new IllegalArgumentException(key + " is " + shown(value) + ": use " + wanted);
  }

  /** A value of unknown size, on one line. */
  private static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
