package io.gill.diffusion.lora;

import io.gill.weights.ConfigFile;
import io.gill.weights.TensorFile;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * α of a network's adapters in peft's configuration, which diffusers writes into the file's metadata.
 *
 * @param alpha α of all modules that have none of their own
 * @param alphas α of modules, by the end of their name; as in peft, the first key that fits a module decides
 * @param rankStabilized whether α is divided by √R instead of R (Kalajdzievski 2023, arXiv 2312.03732)
 */
record PeftConfig(double alpha, Map<String, Double> alphas, boolean rankStabilized) {
  private static final String METADATA = "lora_adapter_metadata";

  /**
   * Reads the configuration.
   *
   * @param file a file of adapters
   * @param prefix prefix of the network's keys, as {@code unet.}
   * @return empty if the file has no α for this network
   */
  static Optional<PeftConfig> of(TensorFile file, String prefix) {
    String json = file.metadata().get(METADATA);
    if (json == null) {
      return Optional.empty();
    }
    ConfigFile config = ConfigFile.within(file.path(), METADATA, json);
    if (!config.has(prefix + "lora_alpha")) {
      return Optional.empty();
    }
    Map<String, Double> alphas = new LinkedHashMap<>();
    if (config.has(prefix + "alpha_pattern")) {
      ConfigFile pattern = config.section(prefix + "alpha_pattern");
      pattern.keys().forEach(module -> alphas.put(module, pattern.number(module, 0)));
    }
    return Optional.of(new PeftConfig(
        config.number(prefix + "lora_alpha", 0), alphas, config.flag(prefix + "use_rslora", false)));
  }

  /** Returns the factor of a module's adapter of rank R. */
  double factor(String module, double rank) {
    double own = alphas.entrySet().stream()
        .filter(entry -> module.equals(entry.getKey()) || module.endsWith("." + entry.getKey()))
        .findFirst().map(Map.Entry::getValue).orElse(alpha);
    return own / (rankStabilized ? Math.sqrt(rank) : rank);
  }
}
