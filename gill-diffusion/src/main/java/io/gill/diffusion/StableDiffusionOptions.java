package io.gill.diffusion;

import io.gill.Device;
import io.gill.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Options for loading a snapshot of Stable Diffusion. Immutable; {@link #builder()} starts from the defaults,
 * {@link #toBuilder()} from these.
 *
 * @param device device of all parts
 * @param precision type of weights and activations. Weights stay memory-mapped if the file has this type and the device
 *     is the CPU
 * @param tinyAutoencoder a tiny autoencoder that replaces the snapshot's: a folder with diffusers'
 *     {@code AutoencoderTiny}, or an original {@code taesd_decoder.pth}. The original encoder is read from the file
 *     beside it with {@code encoder} instead of {@code decoder} in its name; without that file, the snapshot's own
 *     autoencoder encodes
 * @param loras adapters to merge into the weights
 */
public record StableDiffusionOptions(
    Device device, Precision precision, Optional<Path> tinyAutoencoder, List<Lora> loras) {
  private static final StableDiffusionOptions DEFAULT =
      new StableDiffusionOptions(Device.CPU, Precision.FLOAT32, Optional.empty(), List.of());

  /**
   * Rejects null.
   *
   * @param device device of all parts
   * @param precision type of weights and activations
   * @param tinyAutoencoder a tiny autoencoder that replaces the snapshot's
   * @param loras adapters to merge into the weights
   */
  public StableDiffusionOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(tinyAutoencoder, "tinyAutoencoder");
    loras = List.copyOf(loras);
  }

  /**
   * The defaults.
   *
   * @return the snapshot's own parts, on the CPU, in 32 bits
   */
  public static StableDiffusionOptions defaults() {
    return DEFAULT;
  }

  /**
   * Starts from the defaults.
   *
   * @return a builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Starts from these options.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Sets options; for one thread. */
  public static final class Builder {
    private Device device;
    private Precision precision;
    private Optional<Path> tinyAutoencoder;
    private final List<Lora> loras;

    private Builder(StableDiffusionOptions from) {
      device = from.device;
      precision = from.precision;
      tinyAutoencoder = from.tinyAutoencoder;
      loras = new ArrayList<>(from.loras);
    }

    /**
     * Sets {@link StableDiffusionOptions#device()}.
     *
     * @param value device of all parts
     * @return this
     */
    public Builder device(Device value) {
      device = Objects.requireNonNull(value, "device");
      return this;
    }

    /**
     * Sets {@link StableDiffusionOptions#precision()}.
     *
     * @param value type of weights and activations
     * @return this
     */
    public Builder precision(Precision value) {
      precision = Objects.requireNonNull(value, "precision");
      return this;
    }

    /**
     * Sets {@link StableDiffusionOptions#tinyAutoencoder()}. It decodes in a fraction of the time and memory; details
     * differ.
     *
     * @param value a folder with diffusers' {@code AutoencoderTiny}, or an original {@code taesd_decoder.pth}
     * @return this
     */
    public Builder tinyAutoencoder(Path value) {
      tinyAutoencoder = Optional.of(value);
      return this;
    }

    /**
     * Adds to {@link StableDiffusionOptions#loras()}. Adapters take time and memory during loading, since changed
     * weights are copies; generation is as fast as without.
     *
     * @param file safetensors or a PyTorch checkpoint; see {@link Lora#file}
     * @param scale factor of the adapters; 1 for their full effect
     * @return this
     */
    public Builder lora(Path file, double scale) {
      loras.add(new Lora(file, scale));
      return this;
    }

    /**
     * Builds the options.
     *
     * @return the options
     */
    public StableDiffusionOptions build() {
      return new StableDiffusionOptions(device, precision, tinyAutoencoder, loras);
    }
  }
}
