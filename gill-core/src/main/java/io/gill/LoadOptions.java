package io.gill;

import java.util.Objects;

/**
 * Options for loading a model directory. Immutable. {@link #builder()} starts from the defaults, {@link #toBuilder()}
 * from these options.
 *
 * @param device device of all stages
 * @param precision precision of all stages except the image generator
 * @param generatorPrecision precision of the image generator
 * @param quantization storage of the language model's weight matrices. {@link Quantization#INT8} and
 *     {@link Quantization#INT4} quantise them while they are read and need the CPU; the language model then computes in
 *     32 bits. A model that was quantised beforehand is recognised by its file
 * @param cachePrecision storage of the language model's key/value cache on the CPU. 16 bits take half the memory, 8
 *     bits about a quarter. On a GPU the cache has the precision of the model, and {@link CachePrecision#INT8} is
 *     rejected
 * @param retrieval whether to load the image collection, if there is one
 * @param generation whether to load the image generator, if there is one
 * @param mapping whether weight files may be memory-mapped, which avoids a copy. Private copies take as much memory as
 *     the weights and are unaffected by changes to the files
 * @param listener receives progress while the model is loaded
 */
public record LoadOptions(
    Device device, Precision precision, Precision generatorPrecision, Quantization quantization,
    CachePrecision cachePrecision, boolean retrieval, boolean generation, boolean mapping, LoadListener listener) {
  private static final LoadOptions DEFAULT =
      new LoadOptions(Device.CPU, Precision.FLOAT32, Precision.FLOAT32, Quantization.NONE, CachePrecision.FLOAT32, true,
          true, true, (part, done, total) -> {});

  /**
   * Rejects null.
   *
   * @param device device of all stages
   * @param precision precision of all stages except the image generator
   * @param generatorPrecision precision of the image generator
   * @param quantization storage of the language model's weight matrices
   * @param cachePrecision storage of the language model's key/value cache
   * @param retrieval whether to load the image collection
   * @param generation whether to load the image generator
   * @param mapping whether weight files may be memory-mapped
   * @param listener receives progress
   */
  public LoadOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(generatorPrecision, "generatorPrecision");
    Objects.requireNonNull(quantization, "quantization");
    Objects.requireNonNull(cachePrecision, "cachePrecision");
    Objects.requireNonNull(listener, "listener");
  }

  /**
   * Returns the defaults.
   *
   * @return all parts, on the CPU, in 32 bits
   */
  public static LoadOptions defaults() {
    return DEFAULT;
  }

  /**
   * Creates a builder with the defaults.
   *
   * @return the builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Creates a builder with these options.
   *
   * @return the builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Builds the options. Not thread-safe. */
  public static final class Builder {
    private Device device;
    private Precision precision;
    private Precision generatorPrecision;
    private Quantization quantization;
    private CachePrecision cachePrecision;
    private boolean retrieval;
    private boolean generation;
    private boolean mapping;
    private LoadListener listener;

    private Builder(LoadOptions from) {
      device = from.device;
      precision = from.precision;
      generatorPrecision = from.generatorPrecision;
      quantization = from.quantization;
      cachePrecision = from.cachePrecision;
      retrieval = from.retrieval;
      generation = from.generation;
      mapping = from.mapping;
      listener = from.listener;
    }

    /**
     * Sets {@link LoadOptions#device()}.
     *
     * @param value device of all stages
     * @return this
     */
    public Builder device(Device value) {
      device = Objects.requireNonNull(value, "device");
      return this;
    }

    /**
     * Sets {@link LoadOptions#precision()} and {@link LoadOptions#generatorPrecision()}.
     *
     * @param value precision of all stages
     * @return this
     */
    public Builder precision(Precision value) {
      precision = Objects.requireNonNull(value, "precision");
      generatorPrecision = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#generatorPrecision()}.
     *
     * @param value precision of the image generator only
     * @return this
     */
    public Builder generatorPrecision(Precision value) {
      generatorPrecision = Objects.requireNonNull(value, "generatorPrecision");
      return this;
    }

    /**
     * Sets {@link LoadOptions#quantization()}.
     *
     * @param value storage of the language model's weight matrices
     * @return this
     */
    public Builder quantization(Quantization value) {
      quantization = Objects.requireNonNull(value, "quantization");
      return this;
    }

    /**
     * Sets {@link LoadOptions#cachePrecision()}.
     *
     * @param value storage of the language model's key/value cache on the CPU
     * @return this
     */
    public Builder cachePrecision(CachePrecision value) {
      cachePrecision = Objects.requireNonNull(value, "cachePrecision");
      return this;
    }

    /**
     * Sets {@link LoadOptions#retrieval()}.
     *
     * @param value whether to load the image collection
     * @return this
     */
    public Builder retrieval(boolean value) {
      retrieval = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#generation()}.
     *
     * @param value whether to load the image generator
     * @return this
     */
    public Builder generation(boolean value) {
      generation = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#mapping()}. If a mapped file is truncated while a model computes, the JVM crashes; a file
     * that was modified before a call is detected, and the call fails with an error. Choose copies if other processes
     * may write to the files. Image indexes are always mapped.
     *
     * @param value whether weight files may be memory-mapped
     * @return this
     */
    public Builder mapping(boolean value) {
      mapping = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#listener()}.
     *
     * @param value receives progress while the model is loaded
     * @return this
     */
    public Builder listener(LoadListener value) {
      listener = Objects.requireNonNull(value, "listener");
      return this;
    }

    /**
     * Builds the options.
     *
     * @return the options
     */
    public LoadOptions build() {
      return new LoadOptions(device, precision, generatorPrecision, quantization, cachePrecision, retrieval, generation,
          mapping, listener);
    }
  }
}
