package io.gill.torch;

import io.gill.GillException;
import io.gill.Precision;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101), with the arithmetic of {@code torch.optim.AdamW}: decay first, then
 * the step. A tensor without a gradient is skipped, and its step count does not advance. Not thread-safe.
 */
public final class AdamW implements AutoCloseable {
  private final Parameters parameters;
  private final Settings settings;
  private final Scope owner = Scope.owner();
  private final Map<String, State> states = new LinkedHashMap<>();

  /**
   * Creates an optimiser that has not taken a step.
   *
   * @param parameters the tensors to train
   * @param settings the hyperparameters
   */
  public AdamW(Parameters parameters, Settings settings) {
    this.parameters = parameters;
    this.settings = settings;
  }

  /**
   * Hyperparameters.
   *
   * @param beta1 decay of the first moment, at least 0 and less than 1
   * @param beta2 decay of the second moment, at least 0 and less than 1
   * @param eps added to the denominator
   * @param weightDecay weight decay of every tensor, multiplied by the learning rate
   */
  public record Settings(double beta1, double beta2, double eps, double weightDecay) {
    /**
     * Checks the ranges.
     *
     * @param beta1 decay of the first moment, at least 0 and less than 1
     * @param beta2 decay of the second moment, at least 0 and less than 1
     * @param eps added to the denominator
     * @param weightDecay weight decay of every tensor, multiplied by the learning rate
     */
    public Settings {
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && eps > 0 && weightDecay >= 0)) {
        throw new IllegalArgumentException("betas " + beta1 + " and " + beta2 + ", eps " + eps + " and weight decay "
            + weightDecay + " must satisfy 0 <= beta < 1, eps > 0 and decay >= 0");
      }
    }
  }

  private static final class State {
    final Tensor first;
    final Tensor second;
    long steps;

    State(Tensor first, Tensor second) {
      this.first = first;
      this.second = second;
    }
  }

  /**
   * Updates every tensor that has a gradient.
   *
   * @param learningRate learning rate of this step; may be 0, as at the start of a warm-up
   */
  public void step(double learningRate) {
    Scope.compute("taking a training step", () -> {
      for (String name : parameters.names()) {
        Tensor tensor = parameters.get(name);
        Tensor gradient = tensor.gradient();
        if (gradient != null) {
          State state = states.computeIfAbsent(name, key -> zeros(tensor));
          state.steps++;
          update(tensor, gradient, state, learningRate);
        }
      }
      return null;
    });
  }

  private void update(Tensor tensor, Tensor gradient, State state, double rate) {
    double steps = state.steps;
    org.bytedeco.pytorch.Tensor g = gradient.at();
    try (Scalar kept = new Scalar(1 - rate * settings.weightDecay());
        Scalar fresh1 = new Scalar(1 - settings.beta1());
        Scalar kept2 = new Scalar(settings.beta2());
        Scalar fresh2 = new Scalar(1 - settings.beta2());
        Scalar correction2 = new Scalar(Math.sqrt(1 - Math.pow(settings.beta2(), steps)));
        Scalar eps = new Scalar(settings.eps());
        Scalar step = new Scalar(-rate / (1 - Math.pow(settings.beta1(), steps)));
        org.bytedeco.pytorch.Tensor root =
            state.second.update(s -> s.mul_(kept2)).update(s -> s.addcmul_(g, g, fresh2)).at().sqrt()) {
      tensor.update(p -> p.mul_(kept));
      state.first.update(m -> m.lerp_(g, fresh1));
      Tensor denominator = Tensor.adopt(root.div(correction2)).update(d -> d.add_(eps));
      tensor.update(p -> p.addcdiv_(state.first.at(), denominator.at(), step));
      denominator.close();
    }
  }

  private State zeros(Tensor like) {
    return new State(zero(like), zero(like));
  }

  private Tensor zero(Tensor like) {
    return owner.keep(Tensor.zeros(Precision.FLOAT32, like.device(), like.shape()));
  }

  /**
   * Copies the optimiser's state, to be saved beside the parameters.
   *
   * @return for every tensor {@code <name>.exp_avg}, {@code <name>.exp_avg_sq} and {@code <name>.step}
   */
  public Map<String, TensorData> snapshot() {
    Map<String, TensorData> copies = new LinkedHashMap<>();
    states.forEach((name, state) -> {
      copies.put(name + ".exp_avg", copy(state.first));
      copies.put(name + ".exp_avg_sq", copy(state.second));
      copies.put(name + ".step", TensorData.of(new float[] {state.steps}));
    });
    return copies;
  }

  private static TensorData copy(Tensor tensor) {
    return TensorData.of(Scope.compute("reading the optimiser's state", tensor::toFloats), tensor.shape());
  }

  /**
   * Restores a saved state.
   *
   * @param file holds the tensors of {@link #snapshot}, with the prefix
   * @param prefix precedes every name in the file
   * @throws GillException if a tensor is missing or has another shape
   */
  public void restore(TensorFile file, String prefix) {
    Map<String, State> restored = new LinkedHashMap<>();
    for (String name : parameters.names()) {
      if (file.names().contains(prefix + name + ".step")) {
        State state = new State(
            moment(file, prefix + name + ".exp_avg", parameters.get(name)),
            moment(file, prefix + name + ".exp_avg_sq", parameters.get(name)));
        state.steps = (long) file.get(prefix + name + ".step").toFloatArray()[0];
        restored.put(name, state);
      }
    }
    states.clear();
    states.putAll(restored);
  }

  private Tensor moment(TensorFile file, String key, Tensor of) {
    long[] shape = of.shape();
    float[] values = file.get(key).toFloatArray();
    if (!Arrays.equals(file.get(key).shape(), shape)) {
      throw new GillException(file.path() + ": the tensor " + file.get(key) + " does not fit the model that is being"
          + " trained, whose shape is " + Arrays.toString(shape));
    }
    return Scope.compute("restoring the optimiser", () ->
        owner.keep(Tensor.of(values, shape).to(Precision.FLOAT32, of.device())));
  }

  /** Frees the state. Idempotent. */
  @Override
  public void close() {
    owner.close();
  }
}
