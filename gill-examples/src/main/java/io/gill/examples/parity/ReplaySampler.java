package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Sampler;
import io.gill.Sampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the recorded tokens and compares its own choices: for greedy decoding the best token, unless the recorded
 * margin is too small to decide; with a temperature, the distribution that the recorded token was drawn from.
 */
final class ReplaySampler implements Sampler {
  private final Check check;
  private final int[] recorded;
  private final double[] margins;
  private final JsonNode distributions;
  private final @Nullable Sampling sampling;
  private final List<Integer> chosen = new ArrayList<>();

  /**
   * Creates a replay.
   *
   * @param check receives the comparisons
   * @param recorded one token per step
   * @param margins margins of the best over the second-best logit, for greedy decoding
   * @param distributions one per step, for sampling
   * @param sampling how the tokens were drawn, or null for greedy decoding
   */
  ReplaySampler(Check check, int[] recorded, double[] margins, JsonNode distributions, @Nullable Sampling sampling) {
    this.check = check;
    this.recorded = recorded;
    this.margins = margins;
    this.distributions = distributions;
    this.sampling = sampling;
  }

  /** Returns the token that would have been chosen at each step. */
  int[] chosen() {
    return chosen.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public int sample(float[] logits, RandomGenerator random) {
    int step = chosen.size();
    if (step >= recorded.length) {
      throw new IllegalStateException("the model continues after the " + recorded.length + " recorded steps");
    }
    if (sampling == null) {
      int best = Sampler.greedy().sample(logits, random);
      boolean close = margins[step] < Tolerance.GREEDY_MARGIN;
      chosen.add(close ? recorded[step] : best);
    } else {
      compare(step, logits, sampling);
      chosen.add(recorded[step]);
    }
    return recorded[step];
  }

  private void compare(int step, float[] logits, Sampling how) {
    JsonNode golden = distributions.get(step);
    check.same("step " + step + " sampled", Folder.required(golden, "sampled").intValue(), recorded[step]);
    double[] actual = how.probabilities(logits);
    nucleus(step, logits, how, Folder.required(golden, "nonzero_tokens").intValue());
    check.close("step " + step + " sampled_prob", new double[] {actual[recorded[step]]},
        new double[] {Folder.required(golden, "sampled_prob").doubleValue()}, Tolerance.PIPELINE);
    int[] top = Folder.ints(Folder.required(golden, "top5_ids"));
    double[] probabilities = Folder.doubles(Folder.required(golden, "top5_probs"));
    check.close("step " + step + " top5_probs", Arrays.stream(top).mapToDouble(id -> actual[id]).toArray(),
        probabilities, Tolerance.PIPELINE);
    double[] best = Arrays.stream(actual).boxed().sorted(Comparator.reverseOrder()).limit(top.length)
        .mapToDouble(Double::doubleValue).toArray();
    check.close("step " + step + " best probabilities", best, probabilities, Tolerance.PIPELINE);
  }

  /**
   * Checks that the nucleus may end where the recorded one ends: the tokens before its last must not exceed top_p in
   * total and those up to it must. Rounding in sums of tens of thousands of 32-bit numbers can move the end by a token.
   */
  private void nucleus(int step, float[] logits, Sampling how, int size) {
    double[] all = new Sampling(how.temperature(), 1).probabilities(logits);
    double[] sorted = IntStream.range(0, all.length).mapToObj(i -> all[i]).sorted(Comparator.reverseOrder())
        .mapToDouble(Double::doubleValue).toArray();
    double before = Arrays.stream(sorted, 0, Math.max(0, Math.min(size, sorted.length) - 1)).sum();
    double with = Arrays.stream(sorted, 0, Math.min(size, sorted.length)).sum();
    boolean whole = how.topP() >= 1;
    double tooMany = Math.max(0, before - how.topP());
    double tooFew = whole ? 0 : Math.max(0, how.topP() - with);
    check.within("step " + step + " nonzero_tokens", new double[] {Math.max(tooMany, tooFew)}, new double[] {0},
        Tolerance.FORWARD);
    if (whole) {
      long possible = Arrays.stream(sorted).filter(p -> p > 0).count();
      check.same("step " + step + " possible tokens", possible, (long) size);
    }
  }
}
