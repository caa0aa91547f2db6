package io.gill.torch;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Tensors in training, by name and in insertion order: 32-bit floats in memory of their own, never mapped from a file.
 * Models are built on them with {@link Weights#of(Parameters)} or {@link Weights#fresh}, compute inside
 * {@link Scope#record}, and see every change. Not thread-safe.
 */
public final class Parameters implements AutoCloseable {
  private final Device device;
  private final Scope owner = Scope.owner();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private Parameters(Device device) {
    this.device = device;
  }

  /** Initial values for the tensors of a new model. */
  @FunctionalInterface
  public interface Initializer {
    /**
     * Returns the initial values of one tensor.
     *
     * @param name the full key
     * @param shape the sizes
     * @return row-major elements
     */
    float[] values(String name, long... shape);
  }

  /**
   * Creates an empty set.
   *
   * @param device the device of the tensors
   * @return the set, which the caller closes
   * @throws GillException if the device does not exist
   */
  public static Parameters on(Device device) {
    Torch.require(device);
    return new Parameters(device);
  }

  /**
   * Adds a tensor.
   *
   * @param name its key
   * @param values row-major elements, copied
   * @param shape the sizes; their product is the number of values
   * @return the tensor, which requires gradients
   * @throws IllegalArgumentException if the name is taken
   */
  public Tensor add(String name, float[] values, long... shape) {
    if (tensors.containsKey(name)) {
      throw new IllegalArgumentException("there is a trainable tensor '" + name + "' already");
    }
    Tensor tensor = keep("loading " + name, () -> Tensor.of(values, shape).to(Precision.FLOAT32, device));
    tensor.makeTrainable();
    tensors.put(name, tensor);
    return tensor;
  }

  /**
   * Adds copies of all tensors of a file.
   *
   * @param file the file; may be closed afterwards
   * @throws GillException if a tensor does not hold floating-point numbers
   */
  public void addAll(TensorFile file) {
    for (String name : file.names()) {
      add(name, floats(file, name), file.get(name).shape());
    }
  }

  /**
   * Overwrites all tensors with those of a file, which must be the same ones.
   *
   * @param file the file; may be closed afterwards
   * @throws GillException if a tensor is missing there, or has another shape
   */
  public void restore(TensorFile file) {
    Map<String, float[]> values = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (!file.names().contains(name)) {
        throw new GillException(file.path() + " lacks the tensor '" + name + "' of the model that is being trained");
      }
      StoredTensor stored = file.get(name);
      if (!Arrays.equals(stored.shape(), tensor.shape())) {
        throw new GillException(file.path() + ": the tensor " + stored + " does not fit the model that is being"
            + " trained, whose shape is " + Arrays.toString(tensor.shape()));
      }
      values.put(name, floats(file, name));
    });
    values.forEach(this::set);
  }

  private static float[] floats(TensorFile file, String name) {
    StoredTensor stored = file.get(name);
    if (!stored.dtype().isFloatingPoint()) {
      throw new GillException(file.path() + ": the tensor " + stored + " does not hold floating-point numbers");
    }
    return stored.toFloatArray();
  }

  /**
   * Overwrites a tensor.
   *
   * @param name its key
   * @param values row-major elements, copied
   */
  public void set(String name, float[] values) {
    Tensor tensor = get(name);
    Scope.compute("setting " + name, () -> tensor.copyFrom(Tensor.of(values, tensor.shape())));
  }

  /**
   * Returns the names.
   *
   * @return an unmodifiable view, in insertion order
   */
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /**
   * Returns a tensor.
   *
   * @param name its key
   * @return the tensor itself
   * @throws IllegalArgumentException if the name is unknown
   */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("there is no trainable tensor '" + name + "'");
    }
    return tensor;
  }

  /**
   * Returns the current values of a tensor.
   *
   * @param name its key
   * @return row-major elements
   */
  public float[] values(String name) {
    return Scope.compute("reading " + name, () -> get(name).toFloats());
  }

  /**
   * Copies all tensors, to be written to a file.
   *
   * @return the copies by name, in insertion order
   */
  public Map<String, TensorData> snapshot() {
    Map<String, TensorData> copies = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> copies.put(name, TensorData.of(values(name), tensor.shape())));
    return copies;
  }

  /**
   * Returns the number of trained values.
   *
   * @return the number of elements of all tensors
   */
  public long elementCount() {
    return tensors.values().stream().mapToLong(Tensor::elementCount).sum();
  }

  /**
   * Returns the device of the tensors.
   *
   * @return the device
   */
  public Device device() {
    return device;
  }

  /** Drops all gradients. */
  public void dropGradients() {
    tensors.values().forEach(Tensor::dropGradient);
  }

  /**
   * Drops the gradient of one tensor.
   *
   * @param name its key
   */
  public void dropGradient(String name) {
    get(name).dropGradient();
  }

  /**
   * Scales all gradients down so that their common Euclidean norm is at most a limit.
   *
   * @param limit the maximum norm; infinite to leave the gradients unchanged
   * @return the norm before scaling
   */
  public double clipGradients(double limit) {
    return Scope.compute("clipping gradients", () -> {
      try (TensorVector some = Tensor.vector(withGradients())) {
        return torch.clip_grad_norm_(some, limit);
      }
    });
  }

  private List<Tensor> withGradients() {
    List<Tensor> some = new ArrayList<>();
    for (Tensor tensor : tensors.values()) {
      if (tensor.gradient() != null) {
        some.add(tensor);
      }
    }
    return some;
  }

  /** Computes a tensor with the same lifetime as these, through which gradients may flow. */
  Tensor keep(String what, Supplier<Tensor> body) {
    return Scope.record(what, () -> owner.keep(body.get()));
  }

  /** Frees the tensors and their gradients. Idempotent. */
  @Override
  public void close() {
    owner.close();
  }
}
