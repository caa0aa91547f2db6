package io.gill.diffusion;

import io.gill.GillException;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.scheduler.Scheduler;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.OutputCheck;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * From noise to latents: asks the UNet at every timestep of a scheduler. Axes: N images of one batch, Z latent
 * channels, h×w latents, L text tokens, D their width.
 *
 * @param unet the network
 * @param outputs checks every step
 */
record Denoiser(UNet unet, OutputCheck outputs) {
  /** What a batch is conditioned on. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
  record Conditioning(float[][] text, float @Nullable [][] negative, double guidanceScale) {}

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
   * @param conditioning the text (L, D) and, for classifier-free guidance (Ho and Salimans 2022), what to move away
   *     from
   * @param scheduler a fresh one
   * @param shape N, Z, h, w
   * @param noise drawn from once for the batch, and once a step if the scheduler adds noise
   * @param observer hears of every step
   * @return (N, Z, h, w)
   * @throws CancellationException if the observer stopped it
   * @throws GillException if a prediction or latents hold NaN or infinity
   */
  float[] run(Conditioning conditioning, Scheduler scheduler, int[] shape, Noise noise, Observer observer) {
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    float[] start = draw(noise, size);
    float sigma = (float) scheduler.initNoiseSigma();
    for (int i = 0; i < size; i++) {
      start[i] *= sigma;
    }
    return Scope.compute("generating an image", () -> {
      Tensor context = context(conditioning, shape[0]); // (N, L, D), or (2·N, L, D) with the negative half first
      double[] timesteps = scheduler.timesteps();
      float[] latents = start;
      for (int i = 0; i < timesteps.length; i++) {
        float[] prediction = outputs.finite("prediction of step " + (i + 1),
            predict(scheduler.scaleModelInput(latents, i), shape, timesteps[i], context, conditioning));
        latents = outputs.finite("latents after step " + (i + 1),
            scheduler.step(prediction, i, latents, scheduler.needsNoise(i) ? draw(noise, size) : null));
        if (!observer.onStep(i, latents)) {
          throw new CancellationException("image generation was stopped after step " + (i + 1));
        }
      }
      return latents;
    });
  }

  private Tensor context(Conditioning conditioning, int n) {
    return Scope.tidy(() -> {
      Tensor text = repeat(conditioning.text(), n);
      Tensor both = conditioning.negative() == null
          ? text
          : Tensor.cat(0, repeat(conditioning.negative(), n), text);
      return unet.toOwnType(both);
    });
  }

  private static Tensor repeat(float[][] rows, int n) {
    return Tensor.ofRows(rows).unsqueeze(0).expand(n, -1, -1); // (N, L, D)
  }

  private float[] predict(float[] latents, int[] shape, double timestep, Tensor context, Conditioning conditioning) {
    float[] predictions = Scope.compute("denoising", () -> {
      Tensor sample = Tensor.of(latents, shape[0], shape[1], shape[2], shape[3]); // (N, Z, h, w)
      Tensor input = conditioning.negative() == null ? sample : Tensor.cat(0, sample, sample); // (2·N, Z, h, w)
      return unet.predict(input, timestep, context).toFloats();
    });
    return conditioning.negative() == null ? predictions : guide(predictions, (float) conditioning.guidanceScale());
  }

  /** ε = ε(∅) + w·(ε(c) − ε(∅)), of both halves of a batch. */
  private static float[] guide(float[] predictions, float w) {
    int size = predictions.length / 2;
    float[] guided = new float[size];
    for (int i = 0; i < size; i++) {
      float without = predictions[i];
      guided[i] = without + w * (predictions[size + i] - without);
    }
    return guided;
  }

  private static float[] draw(Noise noise, int count) {
    float[] values = noise.next(count);
    if (values.length != count) {
      throw new IllegalArgumentException("the noise gave " + values.length + " values where " + count + " were drawn");
    }
    return values.clone();
  }
}
