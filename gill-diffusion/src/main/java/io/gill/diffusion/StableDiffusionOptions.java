package io.gill.diffusion;

import io.gill.Device;
import io.gill.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a snapshot of Stable Diffusion is loaded. Immutable.
 *
 * @param device where it computes
 * @param precision the type of weights and activations; where it is the file's and the device is the CPU, weights stay
 *     memory-mapped
 * @param tinyAutoencoder a tiny autoencoder in place of the snapshot's: a folder with diffusers' {@code AutoencoderTiny},
 *     or an original {@code taesd_decoder.pth}. The original encoder is taken from a file of the same name with
 *     {@code encoder} for {@code decoder} beside it; without one, the snapshot's own encodes.
 * @param loras adapters that are merged into the weights, all of them
 */
public record StableDiffusionOptions(
    Device device, Precision precision, Optional<Path> tinyAutoencoder, List<Lora> loras) {
  /** The snapshot as it is, on the CPU, in 32 bits. */
  public static final StableDiffusionOptions DEFAULT =
      new StableDiffusionOptions(Device.CPU, Precision.FLOAT32, Optional.empty(), List.of());

  /**
   * Checks that nothing is missing.
   *
   * @param device where it computes
   * @param precision the type of weights and activations
   * @param tinyAutoencoder a tiny autoencoder in place of the snapshot's
   * @param loras adapters that are merged into the weights
   */
  public StableDiffusionOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(tinyAutoencoder, "tinyAutoencoder");
    loras = List.copyOf(loras);
  }

  /**
   * Another device.
   *
   * @param value where it computes
   * @return changed options
   */
  public StableDiffusionOptions withDevice(Device value) {
    return new StableDiffusionOptions(value, precision, tinyAutoencoder, loras);
  }

  /**
   * Another precision.
   *
   * @param value the type of weights and activations
   * @return changed options
   */
  public StableDiffusionOptions withPrecision(Precision value) {
    return new StableDiffusionOptions(device, value, tinyAutoencoder, loras);
  }

  /**
   * A tiny autoencoder in place of the snapshot's: it decodes in a fraction of the time and memory, and details differ.
   *
   * @param value a folder with diffusers' {@code AutoencoderTiny}, or an original {@code taesd_decoder.pth}
   * @return changed options
   */
  public StableDiffusionOptions withTinyAutoencoder(Path value) {
    return new StableDiffusionOptions(device, precision, Optional.of(value), loras);
  }

  /**
   * One more file of adapters. They cost loading time and memory, and generating no time: changed weights are copies.
   *
   * @param file safetensors or a PyTorch checkpoint, as {@link Lora#file}
   * @param scale what they are multiplied by; 1 for their full effect
   * @return changed options
   */
  public StableDiffusionOptions withLora(Path file, double scale) {
    List<Lora> all = new ArrayList<>(loras);
    all.add(new Lora(file, scale));
    return new StableDiffusionOptions(device, precision, tinyAutoencoder, all);
  }
}
