package io.gill;

import java.util.Objects;

/**
 * How a model directory is loaded. Immutable.
 *
 * @param device where all stages compute
 * @param precision what all stages but the image generator compute in
 * @param generatorPrecision what the image generator computes in
 * @param retrieval whether the collection of images is loaded, if there is one
 * @param generation whether the image generator is loaded, if there is one
 * @param mapping whether files of weights may be mapped into memory, which costs no copy; private copies need as much
 *     memory as the weights, and no change of the files reaches them
 */
public record LoadOptions(
    Device device, Precision precision, Precision generatorPrecision, boolean retrieval, boolean generation,
    boolean mapping) {
  /** Everything, on the CPU, in 32 bits. */
  public static final LoadOptions DEFAULT =
      new LoadOptions(Device.CPU, Precision.FLOAT32, Precision.FLOAT32, true, true, true);

  /**
   * Checks that nothing is missing.
   *
   * @param device where all stages compute
   * @param precision what all stages but the image generator compute in
   * @param generatorPrecision what the image generator computes in
   * @param retrieval whether the collection of images is loaded
   * @param generation whether the image generator is loaded
   * @param mapping whether files of weights may be mapped into memory
   */
  public LoadOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(generatorPrecision, "generatorPrecision");
  }

  /**
   * Another device.
   *
   * @param value where all stages compute
   * @return changed options
   */
  public LoadOptions withDevice(Device value) {
    return new LoadOptions(value, precision, generatorPrecision, retrieval, generation, mapping);
  }

  /**
   * Another precision for all stages.
   *
   * @param value what all stages compute in
   * @return changed options
   */
  public LoadOptions withPrecision(Precision value) {
    return new LoadOptions(device, value, value, retrieval, generation, mapping);
  }

  /**
   * Another precision for the image generator alone.
   *
   * @param value what it computes in
   * @return changed options
   */
  public LoadOptions withGeneratorPrecision(Precision value) {
    return new LoadOptions(device, precision, value, retrieval, generation, mapping);
  }

  /**
   * With or without the collection of images.
   *
   * @param value whether it is loaded
   * @return changed options
   */
  public LoadOptions withRetrieval(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, value, generation, mapping);
  }

  /**
   * With or without the image generator.
   *
   * @param value whether it is loaded
   * @return changed options
   */
  public LoadOptions withGeneration(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, retrieval, value, mapping);
  }

  /**
   * With weights mapped from their files, or read into memory. A mapped file that is cut short while a model computes
   * ends the JVM; one that was written to before is refused with an error at the next call. Choose copies where others may
   * write to the files. Indexes of images are mapped in any case.
   *
   * @param value whether files of weights may be mapped
   * @return changed options
   */
  public LoadOptions withMapping(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, retrieval, generation, value);
  }
}
