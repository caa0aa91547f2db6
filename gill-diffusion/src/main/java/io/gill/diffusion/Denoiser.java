package io.gill.diffusion;

import io.gill.GillException;
import io.gill.diffusion.network.DeepFeatures;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.scheduler.Scheduler;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.OutputCheck;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Denoises latents: runs the UNet at every timestep of a scheduler. Axes: N images of one batch, Z latent
 * channels, h×w latents, L text tokens, D their width.
 *
 * @param unet the network
 * @param outputs checks every step
 * @param deepCache number of steps that share deep features
 */
record Denoiser(UNet unet, OutputCheck outputs, int deepCache) {
  /** Receives the latents of every step. */
  @FunctionalInterface
  interface Observer {
    /**
     * Called before the first step.
     *
     * @param latents (N, Z, h, w) of its first step
     */
    default void onStart(float[] latents) {}

    /**
     * Called after a step.
     *
     * @param step index of the step
     * @param latents (N, Z, h, w) after it
     * @return whether to continue
     */
    boolean onStep(int step, float[] latents);
  }

  /**
   * Runs all steps of a batch.
   *
   * @param guidance conditioning of the images and of their negative half
   * @param scheduler a new scheduler
   * @param shape N, Z, h, w
   * @param start start of the run
   * @param noise source of noise: one draw for the batch between those of its start, and one per step if the scheduler
   *     adds noise
   * @param observer receives the latents after every step
   * @return (N, Z, h, w)
   * @throws CancellationException if the observer stopped it
   * @throws GillException if a prediction or latents hold NaN or infinity
   */
  float[] run(Guidance guidance, Scheduler scheduler, int[] shape, StartLatents start, Noise noise,
      Observer observer) {
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    float[] one = start.draw(noise); // (Z, h, w)
    float[] drawn = draw(noise, size);
    float[] image = one == null ? null : repeat(one, shape[0]);
    float[] first = image == null || start.noiseAlone()
        ? scaled(drawn, (float) scheduler.initNoiseSigma())
        : scheduler.addNoise(image, drawn, start.step());
    if (start.unusedDraws() > 0) {
      draw(noise, start.unusedDraws());
    }
    float[] visible = start.visible() == null ? null
        : start.outputs().finite("latents of the visible image", start.visible().draw(noise)); // (1 + Z, h, w)
    observer.onStart(first);
    int firstStep = start.step();
    float[] mask = start.mask();
    return Scope.compute("generating an image", () -> {
      UNet.Context context = context(guidance, shape[0]); // of N images, or 2·N with the negative half first
      Tensor seen = visible == null ? null : unet.toOwnDevice(Tensor.of(visible, 1, shape[1] + 1, shape[2], shape[3]))
          .expand(shape[0], -1, -1, -1); // (N, 1 + Z, h, w)
      double[] timesteps = scheduler.timesteps();
      float[] latents = first;
      try (DeepFeatures features = new DeepFeatures(deepCache)) {
        for (int i = firstStep; i < timesteps.length; i++) {
          int made = i - firstStep + 1;
          float[] prediction = outputs.finite("prediction of step " + made,
              predict(scheduler.scaleModelInput(latents, i), seen, shape, timesteps[i], context, features, guidance));
          latents = outputs.finite("latents after step " + made,
              scheduler.step(prediction, i, latents, scheduler.needsNoise(i) ? draw(noise, size) : null));
          if (image != null && mask != null) {
            keep(i == timesteps.length - 1 ? image : scheduler.addNoise(image, drawn, i + 1), mask, latents);
          }
          if (!observer.onStep(made - 1, latents)) {
            throw new CancellationException("image generation was stopped after step " + made);
          }
        }
      }
      return latents;
    });
  }

  static float[] scaled(float[] values, float scale) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = values[i] * scale;
    }
    return scaled;
  }

  private static float[] repeat(float[] values, int n) {
    float[] repeated = new float[n * values.length];
    for (int i = 0; i < n; i++) {
      System.arraycopy(values, 0, repeated, i * values.length, values.length);
    }
    return repeated;
  }

  /** Restores the noised picture outside the mask: (1 − m)·picture + m·latents. */
  private static void keep(float[] picture, float[] mask, float[] latents) {
    for (int i = 0; i < latents.length; i++) {
      float m = mask[i % mask.length];
      latents[i] = (1 - m) * picture[i] + m * latents[i];
    }
  }

  private UNet.Context context(Guidance guidance, int n) {
    Conditioning positive = guidance.positive();
    Conditioning negative = guidance.negative();
    Tensor rows = repeat(positive.tokens(), n);
    Tensor text = negative == null ? rows : Tensor.cat(0, repeat(negative.tokens(), n), rows); // (N, L, D)
    Tensor scale = unet.guidance(guidance.scale()); // (1, C), or null
    if (unet.config().pooledDim() == 0) {
      return unet.context(text, null, scale);
    }
    double[][] sizes = new double[negative == null ? n : 2 * n][];
    float[][] pooled = new float[sizes.length][];
    for (int i = 0; i < sizes.length; i++) {
      if (negative != null && i < n) {
        sizes[i] = guidance.negativeSizes();
        pooled[i] = negative.pooled();
      } else {
        sizes[i] = guidance.sizes();
        pooled[i] = positive.pooled();
      }
    }
    return unet.context(text, unet.added(Tensor.ofRows(pooled), sizes), scale); // (N, A)
  }

  private static Tensor repeat(float[][] rows, int n) {
    return Tensor.ofRows(rows).unsqueeze(0).expand(n, -1, -1); // (N, L, D)
  }

  private float[] predict(float[] latents, @Nullable Tensor visible, int[] shape, double timestep,
      UNet.Context context, DeepFeatures features, Guidance guidance) {
    boolean both = guidance.negative() != null;
    float[] predictions = Scope.compute("denoising", () -> {
      Tensor sample =
          unet.toOwnDevice(Tensor.of(latents, shape[0], shape[1], shape[2], shape[3])); // (N, Z, h, w)
      Tensor seen = visible == null ? sample : Tensor.cat(1, sample, visible); // (N, 2·Z + 1, h, w)
      Tensor input = both ? Tensor.cat(0, seen, seen) : seen; // 2·N images
      return unet.predict(input, timestep, context, features).toFloats();
    });
    return both ? guidance.combine(predictions, shape[0]) : predictions;
  }

  static float[] draw(Noise noise, int count) {
    float[] values = noise.next(count);
    if (values.length != count) {
      throw new IllegalArgumentException("the noise returned " + values.length + " values instead of " + count);
    }
    return values.clone();
  }
}
