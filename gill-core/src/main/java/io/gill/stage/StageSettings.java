package io.gill.stage;

import io.gill.Device;
import io.gill.Precision;
import java.util.Objects;

/**
 * Where and how a stage computes.
 *
 * @param device the device
 * @param precision the type of weights and activations
 */
public record StageSettings(Device device, Precision precision) {
  /**
   * Checks that nothing is missing.
   *
   * @param device the device
   * @param precision the type of weights and activations
   */
  public StageSettings {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
  }
}
