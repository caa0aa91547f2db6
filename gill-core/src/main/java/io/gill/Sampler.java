package io.gill;

import java.util.random.RandomGenerator;

/** Chooses the next token. Must not keep state between calls other than in the generator it is handed. */
@FunctionalInterface
public interface Sampler {
  /**
   * Chooses.
   *
   * @param logits (vocabulary): unnormalised log-probabilities, {@code -∞} for tokens that are forbidden; may be
   *     overwritten
   * @param random seeded for this request
   * @return a token id that is not forbidden; with any other, the reply ends in {@link IllegalArgumentException}
   */
  int sample(float[] logits, RandomGenerator random);

  /**
   * The most probable token, the lowest id among equals.
   *
   * @return the sampler
   */
  static Sampler greedy() {
    return (logits, random) -> Sampling.argMax(logits);
  }

  /**
   * Sampling from the nucleus (Holtzman et al. 2020): the fewest tokens whose probability at this temperature exceeds
   * {@code topP} together.
   *
   * @param temperature above 0; below 1 sharpens the distribution. 0 is greedy and goes with {@code topP} 1 only
   * @param topP in (0, 1]; 1 keeps everything
   * @return the sampler
   * @throws IllegalArgumentException if a value is out of range
   */
  static Sampler nucleus(double temperature, double topP) {
    if (temperature == 0 && topP != 1) {
      throw new IllegalArgumentException(
          "topP is " + topP + " with temperature 0: greedy decoding has no nucleus, use topP 1 or a temperature");
    }
    return temperature == 0 ? greedy() : new Sampling(temperature, topP);
  }
}
