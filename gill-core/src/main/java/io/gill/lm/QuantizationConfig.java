package io.gill.lm;

import io.gill.GillException;
import io.gill.weights.ConfigFile;

/** The key {@code quantization_config} of a configuration. */
public final class QuantizationConfig {
  /** {@code quant_method} of a model that {@link QuantizedSnapshot} wrote. */
  static final String METHOD = "gill";

  private static final String KEY = "quantization_config";

  private QuantizationConfig() {}

  /**
   * Rejects models in other projects' quantised formats, whose weights could not be read.
   *
   * @param config the configuration of a language model
   * @throws GillException if it names another method
   */
  public static void check(ConfigFile config) {
    if (config.has(KEY)) {
      ConfigFile quantization = config.section(KEY);
      if (!quantization.text("quant_method", "").equals(METHOD)) {
        throw config.refuse(
            KEY, "only models that 'quantize' of gill-examples wrote can be loaded (quant_method " + METHOD + ")");
      }
    }
  }
}
