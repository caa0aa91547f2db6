package io.gill.torch;

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
    return x.rmsNorm(weight, eps);
  }
}
