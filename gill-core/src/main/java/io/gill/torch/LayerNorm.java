package io.gill.torch;

import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code nn.LayerNorm} over the last dimension.
 *
 * @param weight (C)
 * @param bias (C)
 * @param eps added to the variance
 */
public record LayerNorm(Tensor weight, Tensor bias, double eps) {
  /**
   * Takes {@code weight} and {@code bias}.
   *
   * @param w the layer's own keys
   * @param channels C
   * @param eps added to the variance
   * @return the layer
   */
  public static LayerNorm of(Weights w, long channels, double eps) {
    return new LayerNorm(w.take("weight", channels), w.take("bias", channels), eps);
  }

  /**
   * Applies the layer.
   *
   * @param x (…, C)
   * @return (…, C)
   */
  public Tensor apply(Tensor x) {
    try (TensorOptional w = new TensorOptional(weight.at()); TensorOptional b = new TensorOptional(bias.at())) {
      return Tensor.adopt(torch.layer_norm(x.at(), new long[] {weight.elementCount()}, w, b, eps, true));
    }
  }
}
