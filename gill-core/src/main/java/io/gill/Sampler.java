package io.gill;

import java.util.random.RandomGenerator;

/** Chooses the next token. Must keep no state between calls other than in the given random generator. */
@FunctionalInterface
public interface Sampler {
  /**
   * Chooses a token.
   *
   * @param logits (vocabulary): unnormalised log-probabilities, {@code -∞} for forbidden tokens; may be overwritten
   * @param random generator seeded for this request
   * @return the id of a token that is not forbidden; any other id ends the reply with {@link IllegalArgumentException}
   */
  int sample(float[] logits, RandomGenerator random);

  /**
   * Returns a sampler that takes the most probable token, the lowest id among equals.
   *
   * @return the sampler
   */
  static Sampler greedy() {
    return (logits, random) -> Sampling.argMax(logits);
  }

  /**
   * Returns a nucleus sampler (Holtzman et al. 2020). It samples from the smallest set of tokens whose total
   * probability at this temperature exceeds {@code topP}.
   *
   * @param temperature above 0; below 1 sharpens the distribution. 0 means greedy and requires {@code topP} 1
   * @param topP in (0, 1]; 1 keeps all tokens
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
