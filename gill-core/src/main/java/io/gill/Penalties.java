package io.gill;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Makes tokens that were already said less likely. Applied to the logits before temperature and nucleus, in this order:
 *
 * <pre>
 * l[t] ← l[t] / repetition  if l[t] > 0, else l[t] · repetition     for each token t of the prompt or the reply
 * l[t] ← l[t] − frequency · n[t] − presence                         for each token t that occurs n[t] > 0 times in the
 *                                                                   reply
 * </pre>
 *
 * <p>The first is transformers' {@code repetition_penalty} (Keskar et al. 2019, CTRL), the second OpenAI's
 * {@code frequency_penalty} and {@code presence_penalty}.
 */
record Penalties(double repetition, double presence, double frequency) {
  private static final double MOST = 2;

  Penalties {
    if (!(repetition > 0 && repetition <= 1000)) {
      throw new IllegalArgumentException(
          "repetitionPenalty is " + repetition + ": use above 0 to 1000, usually 1 to 1.5; 1 means none");
    }
    require("presencePenalty", presence);
    require("frequencyPenalty", frequency);
  }

  private static void require(String name, double value) {
    if (!(value >= -MOST && value <= MOST)) {
      throw new IllegalArgumentException(name + " is " + value + ": use −2 to 2; 0 means none");
    }
  }

  /**
   * Changes the logits.
   *
   * @param logits (vocabulary)
   * @param read returns the token ids of the prompt and the reply, with repetitions
   * @param said token ids of the reply, with repetitions
   */
  void apply(float[] logits, Supplier<List<Integer>> read, List<Integer> said) {
    if (repetition != 1) {
      read.get().stream().distinct().forEach(token -> logits[token] =
          (float) (logits[token] > 0 ? logits[token] / repetition : logits[token] * repetition));
    }
    if (frequency != 0 || presence != 0) {
      said.stream().collect(Collectors.groupingBy(token -> token, Collectors.counting()))
          .forEach((token, count) -> logits[token] -= (float) (frequency * count + presence));
    }
  }
}
