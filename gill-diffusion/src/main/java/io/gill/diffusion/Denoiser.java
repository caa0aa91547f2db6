package io.gill.diffusion;

import io.gill.GillException;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.scheduler.Scheduler;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.OutputCheck;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.Arrays;
import java.util.concurrent.CancellationException;

/**
 * From noise to latents: asks the UNet at every timestep of a scheduler. Axes: N images of one batch, Z latent
 * channels, h×w latents, L text tokens, D their width.
 *
 * @param unet the network
 * @param outputs checks every step
 */
record Denoiser(UNet unet, OutputCheck outputs) {
  /** Sees every step's latents. */
  @FunctionalInterface
  interface Observer {
    /**
     * A step is done.
     *
     * @param step index of the step
     * @param latents (N, Z, h, w) after it
     * @return whether to go on
     */
    boolean onStep(int step, float[] latents);
  }

  /**
   * Runs all steps of a batch.
   *
   * @param guidance what the images show, and what to move away from
   * @param scheduler a fresh one
   * @param shape N, Z, h, w
   * @param noise drawn from once for the batch, and once a step if the scheduler adds noise
   * @param observer hears of every step
   * @return (N, Z, h, w)
   * @throws CancellationException if the observer stopped it
   * @throws GillException if a prediction or latents hold NaN or infinity
   */
  float[] run(Guidance guidance, Scheduler scheduler, int[] shape, Noise noise, Observer observer) {
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    float[] start = draw(noise, size);
    float sigma = (float) scheduler.initNoiseSigma();
    for (int i = 0; i < size; i++) {
      start[i] *= sigma;
    }
    return Scope.compute("generating an image", () -> {
      UNet.Context context = context(guidance, shape[0]); // of N images, or 2·N with the negative half first
      double[] timesteps = scheduler.timesteps();
      float[] latents = start;
      for (int i = 0; i < timesteps.length; i++) {
        float[] prediction = outputs.finite("prediction of step " + (i + 1),
            predict(scheduler.scaleModelInput(latents, i), shape, timesteps[i], context, guidance));
        latents = outputs.finite("latents after step " + (i + 1),
            scheduler.step(prediction, i, latents, scheduler.needsNoise(i) ? draw(noise, size) : null));
        if (!observer.onStep(i, latents)) {
          throw new CancellationException("image generation was stopped after step " + (i + 1));
        }
      }
      return latents;
    });
  }

  private UNet.Context context(Guidance guidance, int n) {
    Conditioning positive = guidance.positive();
    Conditioning negative = guidance.negative();
    Tensor text = Scope.tidy(() -> {
      Tensor rows = repeat(positive.tokens(), n);
      return unet.toOwnType(negative == null ? rows : Tensor.cat(0, repeat(negative.tokens(), n), rows));
    }); // (N, L, D)
    if (unet.config().pooledDim() == 0) {
      return new UNet.Context(text, null);
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
    return new UNet.Context(text, unet.added(Tensor.ofRows(pooled), sizes)); // (N, A)
  }

  private static Tensor repeat(float[][] rows, int n) {
    return Tensor.ofRows(rows).unsqueeze(0).expand(n, -1, -1); // (N, L, D)
  }

  private float[] predict(float[] latents, int[] shape, double timestep, UNet.Context context, Guidance guidance) {
    boolean both = guidance.negative() != null;
    float[] predictions = Scope.compute("denoising", () -> {
      Tensor sample = Tensor.of(latents, shape[0], shape[1], shape[2], shape[3]); // (N, Z, h, w)
      Tensor input = both ? Tensor.cat(0, sample, sample) : sample; // (2·N, Z, h, w)
      return unet.predict(input, new double[] {timestep}, context, (name, value) -> {}).toFloats();
    });
    return both ? guidance.combine(predictions, shape[0]) : predictions;
  }

  private static float[] draw(Noise noise, int count) {
    float[] values = noise.next(count);
    if (values.length != count) {
      throw new IllegalArgumentException("the noise gave " + values.length + " values where " + count + " were drawn");
    }
    return values.clone();
  }
}
