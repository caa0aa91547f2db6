package io.gill.llama;

import io.gill.torch.Rotary;
import io.gill.weights.ConfigFile;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code rope_theta} and {@code rope_scaling}, or the {@code rope_parameters} of newer files. */
final class RotaryConfig {
  private static final double DEFAULT_THETA = 10_000;

  private RotaryConfig() {}

  /** Returns the frequency of every pair of channels; E is the width of a head. */
  static Rotary read(ConfigFile config, int e) {
    String key = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    if (!config.has(key)) {
      return new Rotary(frequencies(theta(config), e));
    }
    ConfigFile scaling = config.section(key);
    scaling.only("partial_rotary_factor", 1.0);
    List<Float> frequencies = frequencies(theta(scaling.has("rope_theta") ? scaling : config), e);
    String typeKey = scaling.has("rope_type") ? "rope_type" : "type";
    return new Rotary(switch (scaling.text(typeKey, "")) {
      case "default" -> frequencies;
      case "linear" -> divided(frequencies, positive(scaling, "factor"));
      case "llama3" -> llama3(frequencies, scaling);
      default -> throw scaling.refuse(typeKey, "only default, linear and llama3 are known");
    });
  }

  private static double theta(ConfigFile config) {
    return config.has("rope_theta") ? positive(config, "rope_theta") : DEFAULT_THETA;
  }

  private static double positive(ConfigFile config, String key) {
    double value = config.number(key, Double.NaN);
    if (!(value > 0)) {
      throw config.refuse(key, "it must be a positive number");
    }
    return value;
  }

  /** Returns θ^(−2i/E), rounded to 32 bits where the published code rounds. */
  private static List<Float> frequencies(double theta, int e) {
    List<Float> frequencies = new ArrayList<>();
    for (int i = 0; i < e; i += 2) {
      float power = (float) Math.pow(theta, (float) i / e);
      frequencies.add(1 / power);
    }
    return frequencies;
  }

  private static List<Float> divided(List<Float> frequencies, double factor) {
    return frequencies.stream().map(frequency -> (float) (frequency / factor)).toList();
  }

  /**
   * Applies Llama 3.1's scaling. Wavelengths that turn often within the original context are kept, long ones are
   * stretched by the factor, and those in between are interpolated.
   */
  private static List<Float> llama3(List<Float> frequencies, ConfigFile scaling) {
    double factor = positive(scaling, "factor");
    double low = positive(scaling, "low_freq_factor");
    double high = positive(scaling, "high_freq_factor");
    int original = scaling.count("original_max_position_embeddings");
    if (high <= low) {
      throw scaling.refuse("high_freq_factor", "it must be larger than low_freq_factor " + low);
    }
    return frequencies.stream().map(frequency -> {
      double turns = original * frequency / (2 * Math.PI); // within the original context
      double kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
      return (float) ((1 - kept) * frequency / factor + kept * frequency);
    }).toList();
  }
}
