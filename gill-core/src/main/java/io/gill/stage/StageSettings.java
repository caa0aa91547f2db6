package io.gill.stage;

import io.gill.Device;
import io.gill.Precision;
import java.util.Objects;

/**
 * Device and precision of a stage.
 *
 * @param device the device
 * @param precision data type of weights and activations
 */
public record StageSettings(Device device, Precision precision) {
  /**
   * Rejects null.
   *
   * @param device the device
   * @param precision data type of weights and activations
   */
  public StageSettings {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
  }
}
