package io.gill.diffusion;

import io.gill.Device;
import io.gill.Precision;
import java.nio.file.Path;
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
 */
public record StableDiffusionOptions(Device device, Precision precision, Optional<Path> tinyAutoencoder) {
  /** The snapshot as it is, on the CPU, in 32 bits. */
  public static final StableDiffusionOptions DEFAULT =
      new StableDiffusionOptions(Device.CPU, Precision.FLOAT32, Optional.empty());

  /**
   * Checks that nothing is missing.
   *
   * @param device where it computes
   * @param precision the type of weights and activations
   * @param tinyAutoencoder a tiny autoencoder in place of the snapshot's
   */
  public StableDiffusionOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(tinyAutoencoder, "tinyAutoencoder");
  }

  /**
   * Another device.
   *
   * @param value where it computes
   * @return changed options
   */
  public StableDiffusionOptions withDevice(Device value) {
    return new StableDiffusionOptions(value, precision, tinyAutoencoder);
  }

  /**
   * Another precision.
   *
   * @param value the type of weights and activations
   * @return changed options
   */
  public StableDiffusionOptions withPrecision(Precision value) {
    return new StableDiffusionOptions(device, value, tinyAutoencoder);
  }

  /**
   * A tiny autoencoder in place of the snapshot's: it decodes in a fraction of the time and memory, and details differ.
   *
   * @param value a folder with diffusers' {@code AutoencoderTiny}, or an original {@code taesd_decoder.pth}
   * @return changed options
   */
  public StableDiffusionOptions withTinyAutoencoder(Path value) {
    return new StableDiffusionOptions(device, precision, Optional.of(value));
  }
}
