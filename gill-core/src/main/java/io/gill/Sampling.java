package io.gill;

import java.util.Arrays;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Temperature, top-k and nucleus sampling (Holtzman et al. 2020, arXiv 1904.09751). The published code samples from
 * {@code exp(logits)}; this softmax gives the same distribution without overflow. As in transformers, the nucleus is
 * taken from the tokens that top-k keeps.
 *
 * @param temperature above 0
 * @param topP in (0, 1]; 1 keeps all tokens
 * @param topK maximum number of tokens to sample from, the most probable ones; 0 keeps all
 */
public record Sampling(double temperature, double topP, int topK) implements Sampler {
  /**
   * Keeps tokens by their probability only.
   *
   * @param temperature above 0
   * @param topP in (0, 1]; 1 keeps all tokens
   * @throws IllegalArgumentException if a value is out of range
   */
  public Sampling(double temperature, double topP) {
    this(temperature, topP, 0);
  }

  /**
   * Checks the ranges.
   *
   * @param temperature above 0
   * @param topP in (0, 1]
   * @param topK maximum number of tokens, or 0
   * @throws IllegalArgumentException if a value is out of range
   */
  public Sampling {
    if (!(temperature > 0 && temperature <= 1000)) {
      throw new IllegalArgumentException("temperature is " + temperature + ": use above 0 to 1000");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP is " + topP + ": use above 0 to 1");
    }
    if (topK < 0) {
      throw new IllegalArgumentException("topK is " + topK + ": use 1 or more, or 0 to keep all tokens");
    }
  }

  @Override
  public int sample(float[] logits, RandomGenerator random) {
    Objects.requireNonNull(random, "random");
    double[] probabilities = probabilities(logits);
    double draw = random.nextDouble();
    int last = 0;
    for (int i = 0; i < probabilities.length; i++) {
      if (probabilities[i] > 0) {
        draw -= probabilities[i];
        last = i;
        if (draw < 0) {
          return i;
        }
      }
    }
    return last; // rounding can leave a remainder after the last token
  }

  /**
   * Returns the distribution that tokens are sampled from.
   *
   * @param logits (vocabulary)
   * @return (vocabulary): probabilities that sum to 1; 0 outside the nucleus and the top k
   */
  public double[] probabilities(float[] logits) {
    double[] probabilities = softmax(Objects.requireNonNull(logits, "logits"), temperature);
    if (topP < 1 || (topK > 0 && topK < logits.length)) {
      keepMostProbable(probabilities, logits);
    }
    return probabilities;
  }

  private void keepMostProbable(double[] probabilities, float[] logits) {
    int[] order = descending(logits);
    int most = topK == 0 ? order.length : Math.min(topK, order.length);
    double total = 1;
    if (most < order.length) {
      total = 0;
      for (int i = 0; i < most; i++) {
        total += probabilities[order[i]];
      }
    }
    double cumulative = 0;
    int kept = 0;
    // A token is kept while the mass before it does not exceed topP; the first always is.
    while (kept < most && (kept == 0 || cumulative <= topP * total)) {
      cumulative += probabilities[order[kept++]];
    }
    for (int i = kept; i < order.length; i++) {
      probabilities[order[i]] = 0;
    }
    for (int i = 0; i < kept; i++) {
      probabilities[order[i]] /= cumulative;
    }
  }

  /**
   * Sorts indices by descending value, equal values by ascending index. Each value's bits and its index are packed into
   * one long: sorting boxed indices for every token would take as long as the model.
   */
  private static int[] descending(float[] values) {
    long[] keys = new long[values.length];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(values[i] + 0f); // turns -0 into 0
      int rising = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[i] = ((long) ~rising << 32) | i;
    }
    Arrays.sort(keys);
    int[] order = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (int) keys[i];
    }
    return order;
  }

  static double[] softmax(float[] logits, double temperature) {
    float max = logits[argMax(logits)];
    double[] result = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      result[i] = Math.exp((logits[i] - (double) max) / temperature);
      sum += result[i];
    }
    for (int i = 0; i < result.length; i++) {
      result[i] /= sum;
    }
    return result;
  }

  static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
