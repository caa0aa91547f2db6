package io.gill.torch;

import io.gill.weights.ConfigFile;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Activation functions of the published models, under the names in their configurations. */
public enum Activation {
  /** max(x, 0). */
  RELU,
  /** x·Φ(x). */
  GELU,
  /** x·Φ(x), with Φ approximated by tanh. */
  GELU_PYTORCH_TANH,
  /** x·σ(1.702 x). */
  QUICK_GELU,
  /** x·σ(x). */
  SILU;

  /**
   * Returns the names that a configuration may use.
   *
   * @return {@code relu}, {@code gelu}, {@code gelu_pytorch_tanh}, {@code quick_gelu}, {@code silu}
   */
  public static List<String> names() {
    return Arrays.stream(values()).map(Activation::toString).toList();
  }

  /**
   * Reads an activation function from a configuration.
   *
   * @param config the configuration
   * @param key name of the key
   * @param missing published default, for a missing key
   * @return the activation
   * @throws io.gill.GillException if the name is unknown
   */
  public static Activation read(ConfigFile config, String key, Activation missing) {
    String name = config.text(key, missing.toString());
    if (!names().contains(name)) {
      throw config.refuse(key, "only " + names() + " are known");
    }
    return named(name);
  }

  /**
   * Finds an activation function by name.
   *
   * @param name one of {@link #names}
   * @return the activation
   * @throws IllegalArgumentException if the name is unknown
   */
  public static Activation named(String name) {
    for (Activation activation : values()) {
      if (activation.toString().equals(name)) {
        return activation;
      }
    }
    throw new IllegalArgumentException("unknown activation '" + name + "': known are " + names());
  }

  /**
   * Applies the function to every element, in place where libtorch can do so.
   *
   * @param x any shape; not to be used afterwards
   * @return the same shape
   */
  public Tensor apply(Tensor x) {
    return switch (this) {
      case RELU -> x.reluInPlace();
      case GELU -> x.gelu();
      case GELU_PYTORCH_TANH -> x.geluTanh();
      case QUICK_GELU -> x.quickGelu();
      case SILU -> x.silu();
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
