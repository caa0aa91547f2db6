package io.gill.torch;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code nn.RMSNorm} over the last dimension: x / √(mean(x²) + eps) · weight.
 *
 * @param weight (C)
 * @param eps added to the mean of the squares
 */
public record RmsNorm(Tensor weight, double eps) {
  /**
   * Takes {@code weight}.
   *
   * @param w the layer's own keys
   * @param channels C
   * @param eps added to the mean of the squares
   * @return the layer
   */
  public static RmsNorm of(Weights w, long channels, double eps) {
    return new RmsNorm(w.take("weight", channels), eps);
  }

  /**
   * Applies the layer.
   *
   * @param x (…, C)
   * @return (…, C)
   */
  public Tensor apply(Tensor x) {
    try (TensorOptional w = new TensorOptional(weight.at()); DoubleOptional e = new DoubleOptional(eps)) {
      return Tensor.adopt(torch.rms_norm(x.at(), new long[] {weight.elementCount()}, w, e));
    }
  }
}
