package io.gill.torch;

import io.gill.Precision;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Trainable tensors, returned unchanged. Missing ones are created if there is an initializer. */
record TrainableWeights(Parameters parameters, Parameters.@Nullable Initializer initializer)
    implements WeightSource {
  @Override
  public String where() {
    return "this set of trainable tensors";
  }

  @Override
  public Set<String> names() {
    return parameters.names();
  }

  @Override
  public long[] shape(String key) {
    return parameters.get(key).shape();
  }

  @Override
  public @Nullable String unfitType(String key) {
    return null;
  }

  @Override
  public boolean make(String key, long... shape) {
    if (initializer == null) {
      return false;
    }
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException(
            key + " cannot be created: the model does not know its shape, " + WeightCheck.describe(shape));
      }
    }
    parameters.add(key, initializer.values(key, shape), shape);
    return true;
  }

  @Override
  public Tensor load(String key, boolean kernel) {
    return parameters.get(key);
  }

  @Override
  public long fileBytes(String key) {
    return 0;
  }

  @Override
  public boolean overflows(String key) {
    return false;
  }

  @Override
  public float number(String key) {
    return parameters.values(key)[0];
  }

  @Override
  public float[] row(String key, long index) {
    return Scope.compute("reading " + key, () -> parameters.get(key).select(0, index).toFloats());
  }

  @Override
  public Tensor constant(double value, long... shape) {
    return keep("loading", () -> Tensor.zeros(Precision.FLOAT32, parameters.device(), shape).add(value));
  }

  @Override
  public Tensor keep(String what, Supplier<Tensor> body) {
    return parameters.keep(what, body);
  }
}
