package io.gill.stage;

import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import java.util.Objects;

/**
 * Device, precision and quantisation of a stage.
 *
 * @param device the device
 * @param precision data type of weights and activations
 * @param quantization storage of the weight matrices; only language models have another than {@link Quantization#NONE}
 */
public record StageSettings(Device device, Precision precision, Quantization quantization) {
  /**
   * Rejects null.
   *
   * @param device the device
   * @param precision data type of weights and activations
   * @param quantization storage of the weight matrices
   */
  public StageSettings {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(quantization, "quantization");
  }

  /**
   * Creates settings without quantisation.
   *
   * @param device the device
   * @param precision data type of weights and activations
   */
  public StageSettings(Device device, Precision precision) {
    this(device, precision, Quantization.NONE);
  }
}
