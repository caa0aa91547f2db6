package io.gill;

/**
 * How a model directory is loaded. Immutable.
 *
 * @param device where all stages compute
 * @param precision what all stages but the image generator compute in
 * @param generatorPrecision what the image generator computes in
 * @param retrieval whether the collection of images is loaded, if there is one
 * @param generation whether the image generator is loaded, if there is one
 */
public record LoadOptions(
    Device device, Precision precision, Precision generatorPrecision, boolean retrieval, boolean generation) {
  /** Everything, on the CPU, in 32 bits. */
  public static final LoadOptions DEFAULT =
      new LoadOptions(Device.CPU, Precision.FLOAT32, Precision.FLOAT32, true, true);

  /**
   * Another device.
   *
   * @param value where all stages compute
   * @return changed options
   */
  public LoadOptions withDevice(Device value) {
    return new LoadOptions(value, precision, generatorPrecision, retrieval, generation);
  }

  /**
   * Another precision for all stages.
   *
   * @param value what all stages compute in
   * @return changed options
   */
  public LoadOptions withPrecision(Precision value) {
    return new LoadOptions(device, value, value, retrieval, generation);
  }

  /**
   * Another precision for the image generator alone.
   *
   * @param value what it computes in
   * @return changed options
   */
  public LoadOptions withGeneratorPrecision(Precision value) {
    return new LoadOptions(device, precision, value, retrieval, generation);
  }

  /**
   * With or without the collection of images.
   *
   * @param value whether it is loaded
   * @return changed options
   */
  public LoadOptions withRetrieval(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, value, generation);
  }

  /**
   * With or without the image generator.
   *
   * @param value whether it is loaded
   * @return changed options
   */
  public LoadOptions withGeneration(boolean value) {
    return new LoadOptions(device, precision, generatorPrecision, retrieval, value);
  }
}
