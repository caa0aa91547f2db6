package io.gill.torch;

import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * {@code nn.Conv2d} with a square kernel.
 *
 * <p>libtorch's oneDNN (3.7.1) computes some 32-bit convolutions wrongly:
 *
 * <ul>
 *   <li>on AVX-512 CPUs, the last output channels of a 1×1 kernel on a channels-last image, all results and gradients
 *       of larger kernels on another image whose channels do not fill its blocks, and results of a single pixel;
 *   <li>on AVX2 CPUs, the same gradients, and results of channels-last images that have neither full blocks of channels
 *       nor a width that is a multiple of 4.
 * </ul>
 *
 * <p>The gradient of a 1×1 kernel with a stride on a channels-last image can even crash the process. Therefore 1×1
 * convolutions are computed as linear layers on every pixel, or on contiguous images if a stride or padding is set.
 * Larger kernels get channels-last images where oneDNN miscomputes contiguous ones. Where it miscomputes both, the
 * convolution is a matrix product of the weights and the unfolded image (im2col).
 *
 * @param weight (out, in, k, k)
 * @param bias (out), or null
 * @param stride stride of both dimensions
 * @param padding padding of all sides
 */
public record Conv2d(Tensor weight, @Nullable Tensor bias, int stride, int padding) {
  /** Number of channels in a block of oneDNN's AVX-512 layout, a multiple of that of AVX2. */
  private static final long BLOCK = 16;

  /** Number of channels in the blocks that oneDNN's AVX2 kernels compute together. */
  private static final long BLOCKS = 32;

  /** Number of pixels in a row that oneDNN's AVX2 kernels compute together. */
  private static final long WIDTH = 4;

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
    long in = weight.size(1);
    if (weight.size(2) == 1 && weight.size(3) == 1) {
      return stride == 1 && padding == 0 ? Scope.tidy(() -> pointwise(x)) : plain(x.contiguous());
    }
    if (isMiscomputed(outSize(x, 2), outSize(x, 3))) {
      return Scope.tidy(() -> byColumns(x));
    }
    return Scope.isRecording() || (in > BLOCK && in % BLOCK != 0)
        ? Scope.tidy(() -> plain(x.channelsLast()))
        : plain(x);
  }

  private long outSize(Tensor x, int dim) {
    return (x.size(dim) + 2L * padding - weight.size(dim)) / stride + 1;
  }

  /** Returns whether oneDNN miscomputes a channels-last image, given the height and width of the output. */
  private boolean isMiscomputed(long height, long width) {
    long out = weight.size(0);
    return height * width == 1 || (out > BLOCKS && out % BLOCKS != 0 && width % WIDTH != 0);
  }

  private Tensor pointwise(Tensor x) {
    return x.permute(0, 2, 3, 1).linear(weight.reshape(weight.size(0), weight.size(1)), bias)
        .permute(0, 3, 1, 2); // (N, C, H, W) → (N, H, W, C) → (N, H, W, C') → (N, C', H, W)
  }

  /** Computes the convolution as a matrix product of the weights and the unfolded image. */
  private Tensor byColumns(Tensor x) {
    long[] kernel = {weight.size(2), weight.size(3)};
    Tensor columns = Tensor.adopt(torch.im2col(x.at(), kernel, new long[] {1, 1}, new long[] {padding, padding},
        new long[] {stride, stride})); // (N, C·kH·kW, H'·W')
    return columns.transpose(1, 2).linear(weight.reshape(weight.size(0), columns.size(1)), bias) // (N, H'·W', C')
        .transpose(1, 2).reshape(x.size(0), weight.size(0), outSize(x, 2), outSize(x, 3));
  }

  private Tensor plain(Tensor x) {
    try (TensorOptional b = Tensor.optional(bias)) {
      return Tensor.adopt(torch.conv2d(x.at(), weight.at(), b, new long[] {stride, stride},
          new long[] {padding, padding}, new long[] {1, 1}, 1));
    }
  }
}
