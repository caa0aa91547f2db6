package io.gill.torch;

import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * {@code nn.Conv2d} with a square kernel.
 *
 * <p>On AVX-512 CPUs, libtorch's oneDNN (3.7.1) reorders 32-bit kernels wrongly if they do not fill its blocks: the
 * last output channels of 1×1 convolutions of channels-last images are wrong, and all output of larger kernels on other
 * images, as well as gradients of these images. 1×1 convolutions are therefore computed as linear layers on every
 * pixel, or on contiguous images if a stride or padding is set; larger kernels get channels-last images where they do
 * not fill the blocks and where gradients are recorded.
 *
 * @param weight (out, in, k, k)
 * @param bias (out), or null
 * @param stride stride of both dimensions
 * @param padding padding of all sides
 */
public record Conv2d(Tensor weight, @Nullable Tensor bias, int stride, int padding) {
  /** Number of channels in a block of oneDNN's AVX-512 layout. */
  private static final long ONEDNN_BLOCK = 16;

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
    if (!x.device().isCpu() || x.type() != ScalarType.Float) {
      return plain(x);
    }
    long out = weight.size(0);
    long in = weight.size(1);
    if (weight.size(2) == 1 && weight.size(3) == 1) {
      return Scope.tidy(() -> stride == 1 && padding == 0
          ? x.permute(0, 2, 3, 1).linear(weight.reshape(out, in), bias)
              .permute(0, 3, 1, 2) // (N, C, H, W) → (N, H, W, C) → (N, H, W, C') → (N, C', H, W)
          : plain(x.contiguous()));
    }
    return Scope.isRecording() || (in > ONEDNN_BLOCK && in % ONEDNN_BLOCK != 0)
        ? Scope.tidy(() -> plain(x.channelsLast()))
        : plain(x);
  }

  private Tensor plain(Tensor x) {
    try (TensorOptional b = Tensor.optional(bias)) {
      return Tensor.adopt(torch.conv2d(x.at(), weight.at(), b, new long[] {stride, stride},
          new long[] {padding, padding}, new long[] {1, 1}, 1));
    }
  }
}
