package io.gill.stage;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Device, precision and quantisation of a stage, and the receiver of its progress. Immutable.
 *
 * @param device the device
 * @param precision data type of weights and activations
 * @param quantization storage of the weight matrices; only language models have another than {@link Quantization#NONE}
 * @param cache storage of a language model's key/value cache on the CPU
 * @param loaded receives the size of each tensor in its file, in bytes, after it was loaded, on the loading thread.
 *     What it throws ends loading
 */
public record StageSettings(
    Device device, Precision precision, Quantization quantization, CachePrecision cache, LongConsumer loaded) {
  /**
   * Rejects null.
   *
   * @param device the device
   * @param precision data type of weights and activations
   * @param quantization storage of the weight matrices
   * @param cache storage of a language model's key/value cache
   * @param loaded receives the size of each tensor
   */
  public StageSettings {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(quantization, "quantization");
    Objects.requireNonNull(cache, "cache");
    Objects.requireNonNull(loaded, "loaded");
  }

  /**
   * Creates settings with a cache of 32 bits, whose progress nobody receives.
   *
   * @param device the device
   * @param precision data type of weights and activations
   * @param quantization storage of the weight matrices
   */
  public StageSettings(Device device, Precision precision, Quantization quantization) {
    this(device, precision, quantization, CachePrecision.FLOAT32, StageSettings::ignore);
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

  /**
   * Returns these settings with another receiver of progress.
   *
   * @param receiver receives the size of each tensor
   * @return the settings
   */
  public StageSettings reportingTo(LongConsumer receiver) {
    return new StageSettings(device, precision, quantization, cache, receiver);
  }

  private static void ignore(long bytes) {}
}
