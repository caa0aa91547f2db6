package io.gill.examples.train;

import com.google.common.hash.Hashing;
import io.gill.torch.Parameters;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Initial values of a network, by the names of its tensors: ones for norms, zeros for biases and for the last layer of
 * a residual branch, small normal numbers for tables, and uniform numbers bounded by 1 / √fan-in for all other weights.
 * The same seed gives the same numbers in any order of tensors.
 *
 * @param seed any number
 * @param zero selects weights that start at zero, so that their branch adds nothing at first
 */
record Initial(long seed, Predicate<String> zero) implements Parameters.Initializer {
  private static final double TABLE_DEVIATION = 0.02;

  /** Deviation of image positions: patches are of order 1, unlike tokens, and would drown smaller positions. */
  private static final double PLACE_DEVIATION = 0.4;

  /** CLIP's published initial temperature: ln(1 / 0.07). */
  private static final float LOGIT_SCALE = (float) Math.log(1 / 0.07);

  @Override
  @SuppressWarnings("UnstableApiUsage")
  public float[] values(String name, long... shape) {
    float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
    if (name.equals("logit_scale")) {
      values[0] = LOGIT_SCALE;
      return values;
    }
    boolean vector = shape.length == 1;
    boolean table = name.contains("embed_")
        || (name.contains("embedding") && !name.contains("patch") && !name.startsWith("time_"));
    if (vector && name.endsWith(".weight")) {
      Arrays.fill(values, 1);
    } else if (!name.endsWith(".bias") && !zero.test(name)) {
      SplittableRandom random =
          new SplittableRandom(seed ^ Hashing.sha256().hashString(name, StandardCharsets.UTF_8).asLong());
      double deviation = name.startsWith("vision_model.embeddings.position") ? PLACE_DEVIATION : TABLE_DEVIATION;
      double bound = 1 / Math.sqrt((double) values.length / shape[0]);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (table ? deviation * random.nextGaussian() : bound * (2 * random.nextDouble() - 1));
      }
    }
    return values;
  }
}
