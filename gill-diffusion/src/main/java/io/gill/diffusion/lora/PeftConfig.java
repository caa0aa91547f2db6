package io.gill.diffusion.lora;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import io.gill.weights.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * α of a network's adapters in peft's configuration, which diffusers writes into the file's metadata, and peft itself
 * into a file beside it.
 *
 * @param alpha α of all modules that have none of their own
 * @param alphas α of modules, by the end of their name; as in peft, the first key that fits a module decides
 * @param rankStabilized whether α is divided by √R instead of R (Kalajdzievski 2023, arXiv 2312.03732)
 */
record PeftConfig(double alpha, Map<String, Double> alphas, boolean rankStabilized) {
  /** What precedes a module in the keys of peft's own files. */
  static final String OWN_PREFIX = "base_model.model.";

  private static final String OWN_FILE = "adapter_config.json";
  private static final String METADATA = "lora_adapter_metadata";

  /**
   * Reads the configuration.
   *
   * @param file a file of adapters
   * @param prefix prefix of the network's keys, as {@code unet.}
   * @return empty if the file has no α for this network
   * @throws GillException if a file of peft's own has no configuration beside it, or a value is wrong
   */
  static Optional<PeftConfig> of(TensorFile file, String prefix) {
    if (file.names().stream().anyMatch(name -> name.startsWith(OWN_PREFIX))) {
      Path beside = file.path().resolveSibling(OWN_FILE);
      if (!Files.exists(beside)) {
        throw new GillException(file.path() + " is a file of peft, whose α is in " + OWN_FILE + ": put that beside it");
      }
      return of(ConfigFile.read(beside), "");
    }
    String json = file.metadata().get(METADATA);
    if (json == null) {
      return Optional.empty();
    }
    return of(ConfigFile.within(file.path(), METADATA, json), prefix);
  }

  private static Optional<PeftConfig> of(ConfigFile config, String prefix) {
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
