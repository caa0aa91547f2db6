package io.gill.diffusion.scheduler;

/**
 * Converts a model's output to the predicted image or noise of a sample x = α·x_0 + σ·ε of a variance-preserving
 * process, α² + σ² = 1.
 */
final class Prediction {
  private Prediction() {}

  /** Writes x_0 into {@code image}. */
  static void image(SchedulerConfig.PredictionType type, float alpha, float sigma, float[] output, float[] sample,
      float[] image) {
    switch (type) {
      case EPSILON -> {
        for (int i = 0; i < image.length; i++) {
          image[i] = (sample[i] - sigma * output[i]) / alpha;
        }
      }
      case SAMPLE -> System.arraycopy(output, 0, image, 0, image.length);
      case V_PREDICTION -> {
        for (int i = 0; i < image.length; i++) {
          image[i] = alpha * sample[i] - sigma * output[i];
        }
      }
    }
  }

  /** Writes ε into {@code noise}. */
  static void noise(SchedulerConfig.PredictionType type, float alpha, float sigma, float[] output, float[] sample,
      float[] noise) {
    switch (type) {
      case EPSILON -> System.arraycopy(output, 0, noise, 0, noise.length);
      case SAMPLE -> noiseBeside(output, alpha, sigma, sample, noise);
      case V_PREDICTION -> {
        for (int i = 0; i < noise.length; i++) {
          noise[i] = alpha * output[i] + sigma * sample[i];
        }
      }
    }
  }

  /** Writes ε = (x − α·x_0)/σ into {@code noise}. */
  static void noiseBeside(float[] image, float alpha, float sigma, float[] sample, float[] noise) {
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (sample[i] - alpha * image[i]) / sigma;
    }
  }

  /** Writes D_θ(x̂; σ) of a sample x̂ = x_0 + σ·ε into {@code image}. */
  static void denoised(SchedulerConfig.PredictionType type, float sigma, float[] output, float[] sample,
      float[] image) {
    switch (type) {
      case EPSILON -> {
        for (int i = 0; i < image.length; i++) {
          image[i] = sample[i] - sigma * output[i];
        }
      }
      case SAMPLE -> System.arraycopy(output, 0, image, 0, image.length);
      case V_PREDICTION -> {
        float variance = sigma * sigma + 1;
        float out = -sigma / NoiseSchedule.sqrt(variance);
        for (int i = 0; i < image.length; i++) {
          image[i] = output[i] * out + sample[i] / variance;
        }
      }
    }
  }
}
