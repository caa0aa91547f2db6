package io.gill.diffusion.scheduler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
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

  /** Options of other samplers, which none of the four reads, and one of files older than any of them. */
  private static final Set<String> OF_OTHERS =
      Set.of("predict_x0", "solver_p", "disable_corrector", "noise_sampler_seed", "tensor_format");

  /** Options that are not supported, with the values that change nothing. */
  private static final Map<String, Set<String>> HARMLESS = Map.of(
      "algorithm_type", Set.of("dpmsolver++", "deis"),
      "variance_type", Set.of("fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"),
      "flow_shift", Set.of("1", "1.0"),
      "time_shift_type", Set.of("exponential"),
      "predict_epsilon", Set.of("true"),
      "use_exponential_sigmas", Set.of(),
      "use_beta_sigmas", Set.of(),
      "use_flow_sigmas", Set.of(),
      "use_dynamic_shifting", Set.of());

  /** What other samplers call their solver; DPM-Solver++ takes the midpoint rule then, as the reference does. */
  private static final Set<String> OTHER_SOLVER_TYPES = Set.of("logrho", "bh1", "bh2");

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
      if (!json.isObject()) {
        throw new IllegalArgumentException("is not a JSON object");
      }
      return new ConfigReader(json).config();
    } catch (IllegalArgumentException e) {
      throw new GillException(source + ": " + e.getMessage(), e);
    }
  }

  private SchedulerConfig config() {
    String className = text("_class_name");
    if (className == null) {
      throw new IllegalArgumentException("has no _class_name");
    }
    int numTrainTimesteps = integer("num_train_timesteps", 1000);
    double betaStart = number("beta_start", 0.0001);
    double betaEnd = number("beta_end", 0.02);
    var betaSchedule = choice("beta_schedule", SchedulerConfig.BetaSchedule.LINEAR);
    List<Double> trainedBetas = numbers("trained_betas");
    var predictionType = choice("prediction_type", SchedulerConfig.PredictionType.EPSILON);
    var timestepSpacing = has("timestep_spacing")
        ? choice("timestep_spacing", SchedulerConfig.TimestepSpacing.LEADING) : null;
    int stepsOffset = integer("steps_offset", 0);
    Boolean setAlphaToOne = has("set_alpha_to_one") ? (Boolean) flag("set_alpha_to_one", false) : null;
    boolean clipSample = flag("clip_sample", true);
    double clipSampleRange = number("clip_sample_range", 1);
    boolean thresholding = flag("thresholding", false);
    double dynamicThresholdingRatio = number("dynamic_thresholding_ratio", 0.995);
    double sampleMaxValue = number("sample_max_value", 1);
    boolean rescaleBetasZeroSnr = flag("rescale_betas_zero_snr", false);
    boolean skipPrkSteps = flag("skip_prk_steps", false);
    int solverOrder = integer("solver_order", 2);
    var solverType = solverType();
    boolean lowerOrderFinal = flag("lower_order_final", true);
    boolean eulerAtFinal = flag("euler_at_final", false);
    boolean useKarrasSigmas = flag("use_karras_sigmas", false);
    boolean useLuLambdas = flag("use_lu_lambdas", false);
    var finalSigmasType = choice("final_sigmas_type", SchedulerConfig.FinalSigmas.ZERO);
    double lambdaMinClipped = number("lambda_min_clipped", Double.NEGATIVE_INFINITY);
    var interpolationType = choice("interpolation_type", SchedulerConfig.Interpolation.LINEAR);
    var timestepType = choice("timestep_type", SchedulerConfig.TimestepType.DISCRETE);
    return new SchedulerConfig(
        className, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas, predictionType, timestepSpacing,
        stepsOffset, setAlphaToOne, clipSample, clipSampleRange, thresholding, dynamicThresholdingRatio, sampleMaxValue,
        rescaleBetasZeroSnr, skipPrkSteps, solverOrder, solverType, lowerOrderFinal, eulerAtFinal, useKarrasSigmas,
        useLuLambdas, finalSigmasType, lambdaMinClipped, interpolationType, timestepType, unsupported());
  }

  private SchedulerConfig.SolverType solverType() {
    JsonNode value = json.get("solver_type");
    if (value != null && value.isTextual() && OTHER_SOLVER_TYPES.contains(value.textValue())) {
      seen.add("solver_type");
      return SchedulerConfig.SolverType.MIDPOINT;
    }
    return choice("solver_type", SchedulerConfig.SolverType.MIDPOINT);
  }

  /** What is left of the file: unsupported options, or a key that no sampler has. */
  private Map<String, String> unsupported() {
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
    return unsupported;
  }

  private boolean has(String key) {
    return json.hasNonNull(key);
  }

  private @Nullable JsonNode value(String key) {
    seen.add(key);
    JsonNode value = json.get(key);
    return value == null || value.isNull() ? null : value;
  }

  private @Nullable String text(String key) {
    JsonNode value = value(key);
    if (value != null && !value.isTextual()) {
      throw wrong(key, value, "text");
    }
    return value == null ? null : value.textValue();
  }

  private int integer(String key, int fallback) {
    JsonNode value = value(key);
    if (value != null && !(value.isIntegralNumber() && value.canConvertToInt())) {
      throw wrong(key, value, "a whole number");
    }
    return value == null ? fallback : value.intValue();
  }

  private double number(String key, double fallback) {
    JsonNode value = value(key);
    if (value != null && !value.isNumber()) {
      throw wrong(key, value, "a number");
    }
    return value == null ? fallback : value.doubleValue();
  }

  private List<Double> numbers(String key) {
    JsonNode value = value(key);
    List<Double> numbers = new ArrayList<>();
    if (value != null) {
      if (!value.isArray()) {
        throw wrong(key, value, "a list of numbers");
      }
      for (JsonNode element : value) {
        if (!element.isNumber()) {
          throw wrong(key, element, "numbers");
        }
        numbers.add(element.doubleValue());
      }
    }
    return numbers;
  }

  private boolean flag(String key, boolean fallback) {
    JsonNode value = value(key);
    if (value != null && !value.isBoolean()) {
      throw wrong(key, value, "true or false");
    }
    return value == null ? fallback : value.booleanValue();
  }

  private <E extends Enum<E>> E choice(String key, E fallback) {
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
