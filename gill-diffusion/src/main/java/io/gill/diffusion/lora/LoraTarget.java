package io.gill.diffusion.lora;

import io.gill.weights.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network that adapters may change, and its names in files of adapters.
 *
 * @param weights its weights
 * @param flattened prefixes of flattened module names in kohya's keys, such as {@code lora_unet}
 * @param dotted prefixes of module names in diffusers' and peft's keys, the usual {@code unet.} first; one may be empty
 */
public record LoraTarget(TensorFile weights, List<String> flattened, List<String> dotted) {
  /**
   * Copies the lists.
   *
   * @param weights its weights
   * @param flattened prefixes of flattened names
   * @param dotted prefixes of names
   */
  public LoraTarget {
    flattened = List.copyOf(flattened);
    dotted = List.copyOf(dotted);
  }

  /**
   * Creates the target of a denoising network.
   *
   * @param weights its weights
   * @return the target, with empty prefixes too, since old files of diffusers and those of peft name no network
   */
  public static LoraTarget unet(TensorFile weights) {
    return new LoraTarget(weights, List.of("lora_unet"), List.of("unet.", "", PeftConfig.OWN_PREFIX));
  }

  /**
   * Creates the target of a text encoder.
   *
   * @param weights its weights
   * @param flattened its prefix in kohya's keys: {@code lora_te}, or {@code lora_te1} and {@code lora_te2} if there are
   *     two
   * @param folder its folder in a snapshot, {@code text_encoder} or {@code text_encoder_2}
   * @return the target
   */
  public static LoraTarget textEncoder(TensorFile weights, String flattened, String folder) {
    return new LoraTarget(weights, List.of(flattened), List.of(folder + "."));
  }

  /** Returns peft's configuration of this network's adapters in a file, if it has one. */
  Optional<PeftConfig> configuration(TensorFile file) {
    return PeftConfig.of(file, dotted.get(0));
  }

  /** Returns the names of the modules that have a weight. */
  List<String> modules() {
    List<String> modules = new ArrayList<>();
    for (String key : weights.names()) {
      if (key.endsWith(".weight")) {
        modules.add(key.substring(0, key.length() - ".weight".length()));
      }
    }
    return modules;
  }
}
