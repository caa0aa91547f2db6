package io.gill.diffusion;

import io.gill.stage.Conditioning;
import org.jspecify.annotations.Nullable;

/**
 * Conditioning of a batch and of its negative half (classifier-free guidance, Ho and Salimans 2022).
 *
 * @param positive conditioning of the images
 * @param negative conditioning that guidance moves away from; null without guidance
 * @param scale w in ε = ε(∅) + w·(ε(c) − ε(∅))
 * @param rescale φ of Lin et al. 2023 (arXiv 2305.08891), 0 to 1: at 1, predictions have the deviation of ε(c)
 * @param sizes six numbers that SDXL is conditioned on: height and width of the original, top and left of the crop,
 *     height and width of the target
 * @param negativeSizes the same for the negative half
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
record Guidance(
    Conditioning positive,
    @Nullable Conditioning negative,
    double scale,
    double rescale,
    double[] sizes,
    double[] negativeSizes) {
  /** Combines the predictions of both halves of a batch of n images. */
  float[] combine(float[] predictions, int n) {
    int size = predictions.length / 2;
    float w = (float) scale;
    float[] guided = new float[size];
    for (int i = 0; i < size; i++) {
      float without = predictions[i];
      guided[i] = without + w * (predictions[size + i] - without);
    }
    if (rescale > 0) {
      for (int image = 0; image < n; image++) {
        rescale(guided, predictions, image * (size / n), size / n);
      }
    }
    return guided;
  }

  private void rescale(float[] guided, float[] predictions, int from, int count) {
    float ratio = (float) (deviation(predictions, guided.length + from, count) / deviation(guided, from, count));
    for (int i = from; i < from + count; i++) {
      guided[i] = (float) rescale * (guided[i] * ratio) + (float) (1 - rescale) * guided[i];
    }
  }

  /** Returns the sample standard deviation. */
  private static double deviation(float[] values, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += values[i];
    }
    double mean = sum / count;
    double squares = 0;
    for (int i = from; i < from + count; i++) {
      squares += (values[i] - mean) * (values[i] - mean);
    }
    return Math.sqrt(squares / (count - 1));
  }
}
