package io.gill.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * PyTorch's CPU random number generator: the same seed gives the same numbers as
 * {@code torch.Generator("cpu").manual_seed(seed)} on the same machine. PyTorch's normally distributed numbers differ
 * by up to 4e-6 between kernels of different {@linkplain Torch#cpuCapability() vector instructions}. Used by one thread
 * at a time. Needs no closing: native memory it holds between calls is freed with the object.
 */
public final class NoiseGenerator {
  private final Generator generator;

  /**
   * Creates a generator with a seed.
   *
   * @param seed any number
   */
  public NoiseGenerator(long seed) {
    Torch.ensureLoaded();
    generator = torch.make_generator_cpu(seed);
  }

  /**
   * Draws normally distributed numbers, as {@code torch.randn} does.
   *
   * @param count how many to draw in one call
   * @return the numbers
   */
  public float[] normal(int count) {
    return Scope.compute("drawing noise", () -> {
      Tensor values = Tensor.of(new float[count], count);
      try (GeneratorOptional source = new GeneratorOptional(generator)) {
        values.fillNormal(source);
      }
      return values.toFloats();
    });
  }

  /**
   * Applies dropout, as {@code nn.Dropout} does in training mode.
   *
   * @param x any shape; gradients pass through
   * @param probability probability that an element becomes zero, at least 0 and less than 1
   * @return the tensor with its other elements scaled up to preserve the mean
   */
  public Tensor dropout(Tensor x, double probability) {
    try (GeneratorOptional source = new GeneratorOptional(generator)) {
      Tensor kept = x.bernoulli(1 - probability, source);
      return x.mul(kept).mul(1 / (1 - probability));
    }
  }
}
