package io.gill.examples.train;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.Precision;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.scheduler.NoiseSchedule;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.examples.world.ContactSheet;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.SceneSampler;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Trains the UNet to predict the noise in latents, given a caption (Ho et al. 2020; Rombach et al. 2022). */
final class UNetTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("unet", 7000, 32, 1e-3, 0.01, 0.999);

  /** The share of empty captions, for classifier-free guidance (Ho & Salimans 2022). */
  private static final double UNCONDITIONAL = 0.1;

  /** γ limits the weight of fine detail, which is plentiful, to that of the layout. */
  private static final float SNR_LIMIT = 5;

  private static final int SCENES = 20_000;
  private static final int SHOWN = 16;

  private UNetTraining() {}

  static void run(WorldModel model, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    UNetConfig config = UNetConfig.read(model.sd("unet").resolve("config.json"));
    int side = config.sampleSize();
    int size = config.inChannels() * side * side;
    int count = (int) Math.min(SCENES, (long) plan.steps() * plan.batch());
    List<EncodedPicture> pictures = EncodedPicture.all(model, count, i ->
        SceneRenderer.render(SceneSampler.sample(Split.TRAIN, sceneSeed(i)), sceneSeed(i)));
    out.printf("unet: %,d pictures encoded%n", count);
    out.flush();
    NoiseSchedule schedule =
        NoiseSchedule.of(SchedulerConfig.read(model.sd("scheduler").resolve("scheduler_config.json")));
    try (TrainingRun run = new TrainingRun(model.work().resolve("unet"), plan, out);
        Captions text = new Captions(model)) {
      UNet unet = new UNet(config, Weights.fresh(run.parameters(), new Initial(4, UNetTraining::beginsAtZero)));
      run.train(step -> {
        int n = plan.batch();
        float[] noise = new NoiseGenerator(step).normal(n * size);
        float[] clean = new float[n * size];
        float[] importance = new float[n * side * side];
        int[] timesteps = new int[n];
        List<String> captions = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          SplittableRandom random = new SplittableRandom(Batches.seed("unet", step, i));
          int index = random.nextInt(pictures.size());
          timesteps[i] = random.nextInt(schedule.size());
          EncodedPicture picture = pictures.get(index);
          System.arraycopy(picture.latents(), 0, clean, i * size, size);
          float weight = weight(schedule, timesteps[i]);
          for (int j = 0; j < side * side; j++) {
            importance[i * side * side + j] = weight * picture.importance()[j];
          }
          Scene scene = SceneSampler.sample(Split.TRAIN, sceneSeed(index));
          boolean plain = random.nextBoolean();
          String caption = plain ? Grammar.caption(scene)
              : Grammar.paraphrase(scene, random.nextInt(Grammar.PARAPHRASES));
          captions.add(random.nextDouble() < UNCONDITIONAL ? "" : caption);
        }
        long[] shape = {n, config.inChannels(), side, side};
        Tensor predicted = unet.predict(
            Tensor.of(schedule.addNoise(clean, noise, timesteps), shape),
            Arrays.stream(timesteps).asDoubleStream().toArray(),
            text.encode(captions));
        Tensor weights = Tensor.of(importance, n, 1, side, side);
        return predicted.add(Tensor.of(noise, shape).mul(-1)).pow(2).mul(weights).mean();
      });
      WorldModel.weights(
          model.sd("unet").resolve("diffusion_pytorch_model.safetensors"), run.result(), "");
    }
    show(model);
  }

  /** Writes a sheet of held-out pictures, above the pictures that the UNet draws for their captions. */
  private static void show(WorldModel model) throws IOException {
    List<BufferedImage> wanted = new ArrayList<>();
    List<BufferedImage> drawn = new ArrayList<>();
    DiffusionOptions options = DiffusionOptions.builder()
        .steps(WorldModel.DIFFUSION_STEPS).guidanceScale(WorldModel.GUIDANCE_SCALE).build();
    try (StableDiffusion generator = StableDiffusion.load(model.dir().resolve("sd"), Device.CPU, Precision.FLOAT32)) {
      for (int i = 0; i < SHOWN; i++) {
        Scene scene = SceneSampler.sample(Split.HELD_OUT, Batches.seed("unet-shown", 0, i));
        wanted.add(SceneRenderer.render(scene, i));
        drawn.addAll(generator.generate(
            Grammar.caption(scene), 1, options, generator.noise(i), (step, steps) -> true));
      }
    }
    ContactSheet.write(
        model.work().resolve("unet/sheet.png"), Stream.of(wanted, drawn).flatMap(List::stream).toList(), SHOWN);
  }

  /** Weight of a timestep: min(SNR, γ) / SNR (Hang et al. 2023, equation 8, for a network that predicts noise). */
  private static float weight(NoiseSchedule schedule, int timestep) {
    float alpha = schedule.alphaCumprod(timestep);
    float snr = alpha / (1 - alpha);
    return Math.min(snr, SNR_LIMIT) / snr;
  }

  /** Selects the last layer of a residual branch: a deep network that starts as the identity learns faster. */
  private static boolean beginsAtZero(String name) {
    return name.equals("conv_out.weight") || name.endsWith(".conv2.weight") || name.endsWith(".proj_out.weight");
  }

  private static long sceneSeed(int index) {
    return Batches.seed("unet-scenes", 0, index);
  }
}
