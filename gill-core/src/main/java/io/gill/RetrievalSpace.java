package io.gill;

import io.gill.stage.ImageEmbedder;
import io.gill.stage.OutputCheck;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.VisionEncoder;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Embeds requests for images, and images, into the space in which they are compared. */
final class RetrievalSpace {
  private static final OutputCheck QUERY = new OutputCheck("query embedder");
  private static final OutputCheck VISION = new OutputCheck("vision encoder");
  private static final OutputCheck EMBEDDER = new OutputCheck("image embedder");

  private RetrievalSpace() {}

  /** Embeds a request: (E), L2-normalised. */
  static float[] query(QueryEmbedder stage, float[] hidden) {
    return normalised(QUERY.finite("embedding", stage.embed(hidden)));
  }

  /** Embeds images: one (E) for each, L2-normalised. */
  static List<float[]> images(VisionEncoder encoder, ImageEmbedder embedder, List<BufferedImage> images) {
    float[][] pooled = VISION.finite(
        "pooled output", VISION.sized("pooled output", encoder.encode(images), images.size(), -1));
    List<float[]> embeddings = new ArrayList<>();
    for (float[] one : pooled) {
      embeddings.add(normalised(EMBEDDER.finite("embedding", embedder.embed(one))));
    }
    return embeddings;
  }

  /** Cosine similarity of an embedded image and a request. */
  static double similarity(float[] image, float[] query) {
    return dot(EMBEDDER.sized("embedding", image, query.length), query);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static float[] normalised(float[] vector) {
    double length = Math.sqrt(dot(vector, vector));
    float norm = (float) length;
    boolean normal = norm >= Float.MIN_NORMAL && norm < Float.POSITIVE_INFINITY; // 32 bits, as published
    float[] result = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      result[i] = normal ? vector[i] / norm : length == 0 ? 0 : (float) (vector[i] / length);
    }
    return result;
  }
}
