package io.gill;

import java.util.Objects;

/**
 * Options for loading a model directory. Immutable.
 *
 * @param device device of all stages
 * @param precision precision of all stages except the image generator
 * @param generatorPrecision precision of the image generator
 * @param retrieval whether to load the image collection, if there is one
 * @param generation whether to load the image generator, if there is one
 * @param mapping whether weight files may be memory-mapped, which avoids a copy. Private copies take as much memory as
 *     the weights and are unaffected by changes to the files
 */
public record LoadOptions(
    Device device, Precision precision, Precision generatorPrecision, boolean retrieval, boolean generation,
    boolean mapping) {
  /** All parts, on the CPU, in 32 bits. */
  public static final LoadOptions DEFAULT =
      new LoadOptions(Device.CPU, Precision.FLOAT32, Precision.FLOAT32, true, true, true);

  /**
   * Rejects null.
   *
   * @param device device of all stages
   * @param precision precision of all stages except the image generator
   * @param generatorPrecision precision of the image generator
   * @param retrieval whether to load the image collection
   * @param generation whether to load the image generator
   * @param mapping whether weight files may be memory-mapped
   */
  public LoadOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(generatorPrecision, "generatorPrecision");
  }

  /**
   * Returns a copy with another device.
   *
   * @param value device of all stages
   * @return changed options
   */
  public LoadOptions withDevice(Device value) {
    return new LoadOptions(value, precision, generatorPrecision, retrieval, generation, mapping);
  }

  /**
   * Returns a copy with another precision for all stages.
   *
   * @param value precision of all stages
   * @return changed options
   */
  public LoadOptions withPrecision(Precision value) {
    return new LoadOptions(device, value, value, retrieval, generation, mapping);
  }

  /**
   * Returns a copy with another precision for the image generator only.
   *
   * @param value precision of the image generator
   * @return changed options
   */
  public LoadOptions withGeneratorPrecision(Precision value) {
    return new LoadOptions(device, precision, value, retrieval, generation, mapping);
  }

  /**
   * Returns a copy with or without the image collection.
   *
   * @param value whether to load it
   * @return changed options
   */
  public LoadOptions withRetrieval(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, value, generation, mapping);
  }

  /**
   * Returns a copy with or without the image generator.
   *
   * @param value whether to load it
   * @return changed options
   */
  public LoadOptions withGeneration(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, retrieval, value, mapping);
  }

  /**
   * Returns a copy that maps weight files or reads them into memory. If a mapped file is truncated while a model
   * computes, the JVM crashes; a file that was modified before a call is detected, and the call fails with an error.
   * Choose copies if other processes may write to the files. Image indexes are always mapped.
   *
   * @param value whether weight files may be memory-mapped
   * @return changed options
   */
  public LoadOptions withMapping(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, retrieval, generation, value);
  }
}
