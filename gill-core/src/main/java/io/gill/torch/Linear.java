package io.gill.torch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code nn.Linear}: y = x·Wᵀ + b.
 *
 * @param weight (out, in)
 * @param bias (out), or null
 */
public record Linear(Matrix weight, @Nullable Tensor bias) {
  /**
   * Takes {@code weight} and {@code bias}.
   *
   * @param w the layer's own keys
   * @param in input width, or -1 for the width in the file
   * @param out output width, or -1 for the width in the file
   * @return the layer
   */
  public static Linear of(Weights w, long in, long out) {
    return new Linear(w.matrix("weight", out, in), w.take("bias", out));
  }

  /**
   * Takes {@code weight} and {@code bias} of a linear layer or of a 1×1 convolution, which is a linear layer on every
   * pixel.
   *
   * @param w the layer's own keys
   * @param in input width
   * @param out output width
   * @return the layer
   */
  public static Linear ofPointwise(Weights w, long in, long out) {
    return new Linear(new DenseMatrix(w.takeMatrix("weight", out, in)), w.take("bias", out));
  }

  /**
   * Takes {@code weight} only.
   *
   * @param w the layer's own keys
   * @param in input width
   * @param out output width
   * @return the layer
   */
  public static Linear withoutBias(Weights w, long in, long out) {
    return new Linear(w.matrix("weight", out, in), null);
  }

  /**
   * Applies the layer.
   *
   * @param x (…, in)
   * @return (…, out)
   */
  public Tensor apply(Tensor x) {
    return weight.multiply(x, bias);
  }

  /**
   * Applies several layers to the same input. If all their weights are packed 8-bit integers, the input is converted
   * once.
   *
   * @param x (…, in)
   * @param layers layers of one input width
   * @return the outputs in the order of the layers: (…, out) each
   */
  public static List<Tensor> applyAll(Tensor x, Linear... layers) {
    List<Linear> all = List.of(layers);
    return all.stream().allMatch(layer -> layer.weight instanceof PackedMatrix)
        ? PackedMatrix.multiply(x, all)
        : all.stream().map(layer -> layer.apply(x)).toList();
  }

  /**
   * Converts an input to the type and device of the weights.
   *
   * @param x (…, in)
   * @return the converted tensor, or x itself
   */
  public Tensor cast(Tensor x) {
    return weight.cast(x);
  }
}
