package io.gill.retrieval;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Unit vectors that are hard to quantise or to tell apart. */
final class HostileVectors {
  private HostileVectors() {}

  static List<float[]> of(int d, int count, Random random) {
    float[] middle = gaussian(d, 1, random);
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] vector = switch (i % 9) {
        case 0 -> nearDuplicate(middle, 1e-7f, random);
        case 1 -> nearDuplicate(middle, 1e-4f, random);
        case 2 -> negated(nearDuplicate(middle, 1e-5f, random));
        case 3 -> oneLarge(d, random);
        case 4 -> gaussian(d, 1e-18f, random);
        case 5 -> gaussian(d, 1e18f, random);
        case 6 -> signs(d, 3e38f, random); // their length is no number of 32 bits
        case 7 -> signs(d, Float.MIN_VALUE, random);
        default -> negated(oneLarge(d, random));
      };
      vectors.add(Vectors.unit(vector, "a vector"));
    }
    return vectors;
  }

  private static float[] gaussian(int d, float size, Random random) {
    float[] vector = new float[d];
    for (int i = 0; i < d; i++) {
      vector[i] = size * (float) random.nextGaussian();
    }
    return vector;
  }

  private static float[] signs(int d, float size, Random random) {
    float[] vector = new float[d];
    for (int i = 0; i < d; i++) {
      vector[i] = random.nextBoolean() ? size : -size;
    }
    return vector;
  }

  private static float[] nearDuplicate(float[] vector, float distance, Random random) {
    float[] near = vector.clone();
    for (int i = 0; i < near.length; i++) {
      near[i] += distance * (float) random.nextGaussian();
    }
    return near;
  }

  /** One number, among others that are zero, tiny or smaller than a normal number of 32 bits. */
  private static float[] oneLarge(int d, Random random) {
    float[] vector = gaussian(d, new float[] {0, 1e-3f, 1e-40f}[random.nextInt(3)], random);
    vector[random.nextInt(d)] = 1;
    return vector;
  }

  private static float[] negated(float[] vector) {
    float[] negated = vector.clone();
    for (int i = 0; i < negated.length; i++) {
      negated[i] = -negated[i];
    }
    return negated;
  }
}
