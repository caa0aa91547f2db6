package io.gill.examples.train;

import com.google.common.hash.Hashing;
import io.gill.torch.Parameters;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Values of a new network by the names of its tensors: ones for norms, zeros for biases and for what a residual branch
 * ends with, small normal numbers for tables, and for all other weights uniform ones bounded by 1 / √fan-in. The same
 * seed gives the same numbers whatever the order.
 *
 * @param seed any number
 * @param zero which weights begin at zero, so that their branch adds nothing at first
 */
record Initial(long seed, Predicate<String> zero) implements Parameters.Initializer {
  private static final double TABLE_DEVIATION = 0.02;

  /** A patch of a picture is of the order of 1, where a token is of that of a table: a place must not drown beside it. */
  private static final double PLACE_DEVIATION = 0.4;

  /** The published start of CLIP's temperature: ln(1 / 0.07). */
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
