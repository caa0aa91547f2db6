package io.gill.torch;

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
    return x.layerNorm(weight, bias, eps);
  }
}
