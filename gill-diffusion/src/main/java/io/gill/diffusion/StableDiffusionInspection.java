package io.gill.diffusion;

import io.gill.DiffusionOptions;
import io.gill.Precision;
import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.LatentEncoder;
import io.gill.diffusion.network.Planes;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.VaeEncoder;
import io.gill.diffusion.scheduler.Scheduler;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Runs the parts of Stable Diffusion separately on plain arrays, for comparison with other implementations.
 * Not part of the API. All arrays are row-major. Axes: N images, Z latent channels, h×w latents, H×W pixels.
 */
public final class StableDiffusionInspection {
  private final StableDiffusion model;
  private final PromptEncoder prompts;
  private final LatentEncoder encoder;
  private final LatentDecoder decoder;
  private final ModelMemory memory;

  StableDiffusionInspection(StableDiffusion model, PromptEncoder prompts, LatentEncoder encoder, LatentDecoder decoder,
      ModelMemory memory) {
    this.model = model;
    this.prompts = prompts;
    this.encoder = encoder;
    this.decoder = decoder;
    this.memory = memory;
  }

  /**
   * Gives access to the parts of a generator.
   *
   * @param generator the generator, which the caller still closes
   * @return a view of it
   */
  public static StableDiffusionInspection of(StableDiffusion generator) {
    return generator.inspection();
  }

  /** Receives the latents of every step of a run. */
  @FunctionalInterface
  public interface StepObserver {
    /**
     * Called before the first step.
     *
     * @param latents (N, Z, h, w) of its first step
     */
    default void onStart(float[] latents) {}

    /**
     * Called after a step.
     *
     * @param step index of the step, from 0
     * @param latents (N, Z, h, w) after it; the next step starts from this array, changes included
     */
    void onStep(int step, float[] latents);
  }

  /**
   * An encoded image: a normal distribution of latents.
   *
   * @param mean (N, Z, h, w)
   * @param logVariance (N, Z, h, w); empty if the encoder returns a single point
   */
  @SuppressWarnings("ArrayRecordComponent") // made anew for every call, and never compared
  public record Moments(float[] mean, float[] logVariance) {}

  /**
   * Returns all hidden states of the text encoder.
   *
   * @param ids token ids
   * @return (ids, C) each: before the first layer, after every layer, and the last one after the final norm
   */
  public List<float[]> textStates(int[] ids) {
    return textStates(0, ids);
  }

  /**
   * Returns all hidden states of one of SDXL's text encoders.
   *
   * @param encoder 0 or 1
   * @param ids token ids
   * @return (ids, C) each, in the order of {@link #textStates(int[])}
   */
  public List<float[]> textStates(int encoder, int[] ids) {
    return memory.use(() -> prompts.towers().get(encoder).encoder().hiddenStates(ids));
  }

  /**
   * Returns the pooled text of SDXL's second text encoder.
   *
   * @param ids token ids
   * @return (P)
   */
  public float[] pooled(int[] ids) {
    return memory.use(() -> prompts.towers().get(1).encoder().pool(ids).pooled());
  }

  /**
   * Returns the token ids that a text encoder reads.
   *
   * @param encoder 0, or 1 for the second of SDXL
   * @param prompt any text
   * @return its ids, padded
   */
  public int[] ids(int encoder, String prompt) {
    return memory.use(() -> prompts.towers().get(encoder).tokenizer().encodePadded(prompt));
  }

  /**
   * Runs the UNet once.
   *
   * @param sample (N, Z, h, w)
   * @param shape N, Z, h, w
   * @param timestep timestep of the training schedule
   * @param context (N, tokens, width)
   * @param tokens number of tokens of each text
   * @param probe receives the output of each top-level part, under its published name
   * @return (N, Z, h, w)
   */
  public float[] predict(float[] sample, int[] shape, double timestep, float[] context, int tokens,
      BiConsumer<String, float[]> probe) {
    return predict(sample, shape, timestep, context, tokens, new float[0], new double[0][], probe);
  }

  /**
   * Runs SDXL's UNet once.
   *
   * @param sample (N, Z, h, w)
   * @param shape N, Z, h, w
   * @param timestep timestep of the training schedule
   * @param context (N, tokens, width)
   * @param tokens number of tokens of each text
   * @param pooled (N, P), the pooled texts; empty for other models
   * @param sizes six numbers for each of the N images: height and width of the original, top and left of the crop,
   *     height and width of the target
   * @param probe receives the output of each top-level part, under its published name, and {@code add_embedding.in}
   * @return (N, Z, h, w)
   */
  public float[] predict(float[] sample, int[] shape, double timestep, float[] context, int tokens, float[] pooled,
      double[][] sizes, BiConsumer<String, float[]> probe) {
    return memory.use(() -> Scope.compute("denoising", () -> {
      UNet unet = model.unet();
      Tensor text = Tensor.of(context, shape[0], tokens, context.length / (shape[0] * (long) tokens));
      Tensor added = pooled.length == 0 ? null
          : unet.added(Tensor.of(pooled, shape[0], pooled.length / shape[0]), sizes); // (N, A)
      if (added != null) {
        probe.accept("add_embedding.in", added.toFloats());
      }
      return unet.predict(tensor(sample, shape), new double[] {timestep}, unet.context(text, added, null),
          (name, value) -> probe.accept(name, value.toFloats())).toFloats();
    }));
  }

  /**
   * Decodes latents without scaling them.
   *
   * @param latents (N, Z, h, w)
   * @param shape N, Z, h, w
   * @return (N, 3, H, W), from −1 to 1
   */
  public float[] decode(float[] latents, int[] shape) {
    return memory.use(() ->
        Scope.compute("decoding an image", () -> decoder.decode(tensor(latents, shape)).toFloats()));
  }

  /**
   * Encodes images without scaling their latents.
   *
   * @param images (N, 3, H, W), from −1 to 1
   * @param shape N, 3, H, W
   * @return the distribution
   */
  public Moments encode(float[] images, int[] shape) {
    return memory.use(() -> Scope.compute("encoding an image", () -> {
      LatentEncoder.Latents latents = encoder.encode(tensor(images, shape));
      return new Moments(latents.mean().to(Precision.FLOAT32).toFloats(), latents instanceof VaeEncoder.Moments moments
          ? moments.logVariance().to(Precision.FLOAT32).toFloats() : new float[0]);
    }));
  }

  /**
   * Creates the scheduler of a run.
   *
   * @param options options of the run
   * @param count number of images
   * @return a new scheduler
   */
  public Scheduler scheduler(DiffusionOptions options, int count) {
    return model.scheduler(options, count);
  }

  /**
   * Runs the denoising steps.
   *
   * @param conditioning embeddings of the images
   * @param count number of images, in one batch
   * @param options options of the run
   * @param noise source of the noise
   * @param observer receives the latents after every step
   * @return (N, Z, h, w), scaled
   */
  public float[] sample(
      Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepObserver observer) {
    return memory.use(() -> sample(model.guidance(conditioning, options), count, options, noise, observer));
  }

  /**
   * Runs the denoising steps with embeddings instead of a negative prompt.
   *
   * @param conditioning embeddings of the images
   * @param negative embeddings that guidance moves away from
   * @param count number of images, in one batch
   * @param options options of the run, whose negative prompt is not used
   * @param noise source of the noise
   * @param observer receives the latents after every step
   * @return (N, Z, h, w), scaled
   */
  public float[] sample(Conditioning conditioning, Conditioning negative, int count, DiffusionOptions options,
      Noise noise, StepObserver observer) {
    return memory.use(() -> sample(model.guidance(conditioning, negative, options), count, options, noise, observer));
  }

  private float[] sample(
      Guidance guidance, int count, DiffusionOptions options, Noise noise, StepObserver observer) {
    int[] shape = model.latentShape(
        count, model.pixels("height", options.height()), model.pixels("width", options.width()));
    StartLatents start = model.startLatents(options, shape[2] * model.factor(), shape[3] * model.factor());
    Scheduler scheduler = model.scheduler(options, count);
    return model.denoiser(options).run(guidance, scheduler, shape, start, noise, new Denoiser.Observer() {
      @Override
      public void onStart(float[] latents) {
        observer.onStart(latents);
      }

      @Override
      public boolean onStep(int step, float[] latents) {
        observer.onStep(step, latents);
        return true;
      }
    });
  }

  /**
   * Returns the embeddings that guidance moves away from.
   *
   * @param prompt the negative prompt; empty for none
   * @return its embeddings, or zeros
   */
  public Conditioning negative(String prompt) {
    return memory.use(() -> prompts.negative(prompt));
  }

  /**
   * Returns the mask of a run, in the size of its latents.
   *
   * @param options options with a start image and a mask
   * @param shape N, Z, h, w
   * @return (h, w), 1 where the image is repainted and 0 where it stays
   */
  public float[] latentMask(DiffusionOptions options, int[] shape) {
    StartImage start = StartImage.of(options, shape[3] * model.factor(), shape[2] * model.factor()).orElse(null);
    float[] mask = start == null ? null : start.latentMask(shape[2], shape[3]);
    if (mask == null) {
      throw new IllegalArgumentException("the options have no mask");
    }
    return mask;
  }

  /**
   * Decodes the final latents of a run.
   *
   * @param latents (N, Z, h, w), scaled
   * @param shape N, Z, h, w
   * @return N images of (3, H, W), from 0 to 1
   */
  public List<float[]> light(float[] latents, int[] shape) {
    int factor = model.factor();
    return memory.use(() -> model.decode(latents, shape[2] * factor, shape[3] * factor).stream()
        .map(StableDiffusionInspection::unit)
        .toList());
  }

  private static float[] unit(float[] planes) {
    float[] light = new float[planes.length];
    for (int i = 0; i < planes.length; i++) {
      light[i] = Planes.unit(planes[i]);
    }
    return light;
  }

  private static Tensor tensor(float[] values, int[] shape) {
    return Tensor.of(values, Arrays.stream(shape).asLongStream().toArray());
  }
}
