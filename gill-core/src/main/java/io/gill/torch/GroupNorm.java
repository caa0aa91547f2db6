package io.gill.torch;

/**
 * {@code nn.GroupNorm}.
 *
 * @param groups number of groups
 * @param weight (C)
 * @param bias (C)
 * @param eps added to the variance
 */
public record GroupNorm(int groups, Tensor weight, Tensor bias, double eps) {
  /**
   * Takes {@code weight} and {@code bias}.
   *
   * @param w the layer's own keys
   * @param groups number of groups; divides the channels
   * @param channels C
   * @param eps added to the variance
   * @return the layer
   */
  public static GroupNorm of(Weights w, int groups, long channels, double eps) {
    return new GroupNorm(groups, w.take("weight", channels), w.take("bias", channels), eps);
  }

  /**
   * Applies the layer.
   *
   * @param x (N, C, …)
   * @return (N, C, …)
   */
  public Tensor apply(Tensor x) {
    return x.groupNorm(groups, weight, bias, eps);
  }
}
