package io.gill.torch;

import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code nn.GroupNorm}.
 *
 * @param groups number of groups
 * @param weight (C)
 * @param bias (C)
 * @param eps added to the variance
 */
public record GroupNorm(int groups, Tensor weight, Tensor bias, double eps) {
  /** Number of elements up to which changing the layout for a group norm is faster than subtracting the mean. */
  private static final long SMALL = 1 << 17;

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
    // Not while gradients are recorded: libtorch's gradients with respect to a view of NHWC are wrong.
    return !Scope.isRecording() && x.device().isCpu() && x.at().dim() == 4 && x.type() == ScalarType.Float
        ? precise(x) : plain(x);
  }

  /**
   * Group norm without loss of precision. libtorch's NHWC kernel computes the variance as E[x²] − E[x]², which loses
   * digits if the mean is much larger than the deviation. The NCHW kernel, which produced the published results, does
   * not. A small tensor therefore uses the NCHW kernel, as (N, C, H·W), which has no NHWC layout. For a large tensor,
   * subtracting the mean first takes half as long as changing the layout.
   */
  private Tensor precise(Tensor x) {
    long n = x.size(0);
    long c = x.size(1);
    Tensor flat = x.reshape(n, c, -1); // (N, C, S)
    if (x.elementCount() <= SMALL) {
      return plain(flat).reshape(x.shape());
    }
    Tensor means = flat.mean(2).reshape(n, groups, c / groups).mean(2); // (N, G)
    Tensor shift = means.mul(-1).unsqueeze(2).expand(n, groups, c / groups).reshape(n, c, 1, 1);
    return plain(x.add(shift));
  }

  private Tensor plain(Tensor x) {
    try (TensorOptional w = new TensorOptional(weight.at()); TensorOptional b = new TensorOptional(bias.at())) {
      return Tensor.adopt(torch.group_norm(x.at(), groups, w, b, eps, true));
    }
  }
}
