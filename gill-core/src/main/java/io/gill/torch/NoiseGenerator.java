package io.gill.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * PyTorch's CPU random number generator: the same seed gives the same numbers as
 * {@code torch.Generator("cpu").manual_seed(seed)}. For one thread at a time; holds no native memory between calls that
 * the garbage collector cannot see the last of.
 */
public final class NoiseGenerator {
  private final Generator generator;

  /**
   * Seeds a generator.
   *
   * @param seed any number
   */
  public NoiseGenerator(long seed) {
    Torch.ensureLoaded();
    generator = torch.make_generator_cpu(seed);
  }

  /**
   * {@code torch.randn}.
   *
   * @param count how many, drawn in one call
   * @return normally distributed numbers
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
   * {@code nn.Dropout} while training.
   *
   * @param x any shape; its gradient flows
   * @param probability of an element to become zero, at least 0 and less than 1
   * @return the other elements, enlarged so that the mean stays
   */
  public Tensor dropout(Tensor x, double probability) {
    try (GeneratorOptional source = new GeneratorOptional(generator)) {
      Tensor kept = x.bernoulli(1 - probability, source);
      return x.mul(kept).mul(1 / (1 - probability));
    }
  }
}
