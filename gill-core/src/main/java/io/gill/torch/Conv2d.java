package io.gill.torch;

import org.jspecify.annotations.Nullable;

/**
 * {@code nn.Conv2d} with a square kernel.
 *
 * @param weight (out, in, k, k)
 * @param bias (out), or null
 * @param stride stride of both dimensions
 * @param padding padding of all sides
 */
public record Conv2d(Tensor weight, @Nullable Tensor bias, int stride, int padding) {
  /**
   * Takes {@code weight} and {@code bias}.
   *
   * @param w the layer's own keys
   * @param in input channels
   * @param out output channels
   * @param kernel k
   * @param stride stride of both dimensions
   * @param padding padding of all sides
   * @return the layer
   */
  public static Conv2d of(Weights w, long in, long out, int kernel, int stride, int padding) {
    return new Conv2d(w.takeKernel("weight", out, in, kernel), w.take("bias", out), stride, padding);
  }

  /**
   * Takes {@code weight} only.
   *
   * @param w the layer's own keys
   * @param in input channels
   * @param out output channels
   * @param kernel k
   * @param stride stride of both dimensions
   * @param padding padding of all sides
   * @return the layer
   */
  public static Conv2d withoutBias(Weights w, long in, long out, int kernel, int stride, int padding) {
    return new Conv2d(w.takeKernel("weight", out, in, kernel), null, stride, padding);
  }

  /**
   * Applies the layer.
   *
   * @param x (N, in, H, W)
   * @return (N, out, H', W')
   */
  public Tensor apply(Tensor x) {
    return x.conv2d(weight, bias, stride, padding);
  }
}
