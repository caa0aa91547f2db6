package io.gill.diffusion.lora;

import io.gill.weights.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network that adapters may change, and the names that files of adapters give it.
 *
 * @param weights its weights
 * @param flattened what kohya's trainers put before a module's flattened name, as {@code lora_unet}
 * @param dotted what diffusers and peft put before a module's name, the usual {@code unet.} first; one may be empty
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
   * A denoising network.
   *
   * @param weights its weights
   * @return the target; old files of diffusers and those of peft do not say that they are for a UNet
   */
  public static LoraTarget unet(TensorFile weights) {
    return new LoraTarget(weights, List.of("lora_unet"), List.of("unet.", "", "base_model.model."));
  }

  /**
   * A text encoder.
   *
   * @param weights its weights
   * @param flattened what kohya's trainers call it: {@code lora_te}, or {@code lora_te1} and {@code lora_te2} where there
   *     are two
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

  /** The names of the modules that have a weight. */
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
