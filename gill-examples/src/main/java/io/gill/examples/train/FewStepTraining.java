package io.gill.examples.train;

import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.scheduler.NoiseSchedule;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.examples.FewStepGenerator;
import io.gill.examples.train.FewStepExamples.Example;
import io.gill.examples.world.Grammar;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Distils the UNet into a latent consistency model, which needs few steps and no guidance (Luo et al. 2023, algorithm
 * 1, arXiv 2310.04378). Only low-rank adapters are trained (LCM-LoRA, arXiv 2311.05556). Most of the conditioning is
 * what GILL's mapper makes of dialogues; the rest is captions.
 *
 * <p>Names here and in the paper:
 * <ul>
 *   <li>{@code from}, {@code to}: t_{n+k} and t_n. The trained UNet with guidance ω moves the noised picture from one
 *       to the other by a step of DDIM
 *   <li>{@code skip}, {@code out}: c_skip(t) and c_out(t) of f(z, t) = c_skip·z + c_out·x_0
 * </ul>
 * Axes: N examples, Z latent channels, h×w latents, L text tokens, D their width.
 */
final class FewStepTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("few-steps", 1200, 32, 2e-3, 0, 0.99);

  static final int REQUESTS = 3000;

  private static final int RANK = 8;
  private static final double CAPTIONS = 0.25;

  /** ω: the adapters learn the result of guidance. */
  private static final float GUIDANCE = (float) FewStepGenerator.GUIDANCE;

  /** The timesteps that a run may use are 19, 39, …, 999, as in the published schedulers. */
  private static final int GRID = 20;

  /** k, the distance between both timesteps. */
  private static final int SKIP = 60;

  private static final float DATA_VARIANCE = 0.25f;
  private static final float TIMESTEP_SCALING = 10;

  /** c of the pseudo-Huber loss √(d² + c²). */
  private static final double HUBER = 1e-3;

  private final UNetConfig config;
  private final NoiseSchedule schedule;
  private final int size;

  private FewStepTraining(UNetConfig config, NoiseSchedule schedule) {
    this.config = config;
    this.schedule = schedule;
    size = config.inChannels() * config.sampleSize() * config.sampleSize();
  }

  static void run(WorldModel model, TrainingRun.Plan plan, int requests, PrintWriter out) throws IOException {
    Path folder = model.work().resolve("few-steps");
    UNetConfig config = UNetConfig.read(model.sd("unet").resolve("config.json"));
    NoiseSchedule schedule =
        NoiseSchedule.of(SchedulerConfig.read(model.sd("scheduler").resolve("scheduler_config.json")));
    List<Example> examples = FewStepExamples.of(model, folder.resolve("requests.safetensors"), requests);
    out.printf("few-steps: %,d requests%n", examples.size());
    out.flush();
    FewStepTraining training = new FewStepTraining(config, schedule);
    try (TrainingRun run = new TrainingRun(folder, plan, out);
        Frozen frozen = Frozen.open(model.sd("unet"));
        TensorFile weights = Snapshot.open(model.sd("unet"));
        Captions captions = new Captions(model)) {
      UNet teacher = frozen.build(w -> new UNet(config, w));
      Adapters adapters = new Adapters(config, weights, RANK, run.parameters());
      run.train(
          step -> training.batch(step, plan.batch(), examples, captions, teacher, adapters),
          batch -> training.loss(batch, adapters));
      WorldModel.weights(FewStepGenerator.adapters(model.dir()), run.result(), "");
    }
  }

  private static float[] encode(Captions captions, String caption) {
    return Scope.compute("encoding a caption", () -> captions.encode(List.of(caption)).toFloats()); // (1, L, D)
  }

  /**
   * The data of a step.
   *
   * @param noised (N, Z, h, w) at t_{n+k}
   * @param from t_{n+k} of each example
   * @param context (N, L, D)
   * @param target f(z, t_n): (N, Z, h, w)
   * @param importance the weight of every latent position: (N, h, w)
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared
  private record Batch(float[] noised, int[] from, float[] context, float[] target, float[] importance) {}

  private Batch batch(long step, int n, List<Example> examples, Captions captions, UNet teacher, Adapters adapters) {
    float[] noise = new NoiseGenerator(step).normal(n * size);
    float[] clean = new float[n * size];
    int area = config.sampleSize() * config.sampleSize();
    float[] importance = new float[n * area];
    int[] from = new int[n];
    int[] to = new int[n];
    float[] unconditional = encode(captions, "");
    float[] context = new float[n * unconditional.length];
    float[] empty = new float[context.length];
    for (int i = 0; i < n; i++) {
      SplittableRandom random = new SplittableRandom(Batches.seed("few-steps", step, i));
      Example example = examples.get(random.nextInt(examples.size()));
      from[i] = GRID * (1 + random.nextInt(schedule.size() / GRID)) - 1;
      to[i] = from[i] - SKIP;
      System.arraycopy(example.picture().latents(), 0, clean, i * size, size);
      System.arraycopy(example.picture().importance(), 0, importance, i * area, area);
      float[] conditioning = random.nextDouble() < CAPTIONS
          ? encode(captions, Grammar.paraphrase(example.scene(), random.nextInt(Grammar.PARAPHRASES)))
          : example.conditioning();
      System.arraycopy(conditioning, 0, context, i * conditioning.length, conditioning.length);
      System.arraycopy(unconditional, 0, empty, i * unconditional.length, unconditional.length);
    }
    float[] noised = schedule.addNoise(clean, noise, from);
    float[] target = Scope.compute("preparing a step",
        () -> target(noised, from, to, tensor(context, n), tensor(empty, n), teacher, adapters));
    return new Batch(noised, from, context, target, importance);
  }

  private Tensor tensor(float[] context, int n) {
    return Tensor.of(context, n, context.length / (n * (long) config.crossAttentionDim()), config.crossAttentionDim());
  }

  /** Returns f(z, t_n) of the network as it is, for the z that the teacher reaches at t_n. */
  private float[] target(float[] noised, int[] from, int[] to, Tensor context, Tensor empty, UNet teacher,
      Adapters adapters) {
    float[] conditional = predict(teacher, noised, from, context);
    float[] unconditional = predict(teacher, noised, from, empty);
    float[] image = new float[noised.length];
    float[] moved = new float[noised.length];
    for (int j = 0; j < noised.length; j++) {
      float epsilon = unconditional[j] + GUIDANCE * (conditional[j] - unconditional[j]);
      image[j] = image(noised[j], epsilon, from[j / size]);
      float alpha = alpha(to[j / size]);
      moved[j] = sqrt(alpha) * image[j] + sqrt(1 - alpha) * epsilon;
    }
    int[] timesteps = Arrays.stream(to).map(t -> Math.max(t, 0)).toArray();
    float[] target = new float[noised.length];
    try (Scope owner = Scope.owner()) {
      float[] epsilon = predict(adapters.merged(owner), moved, timesteps, context);
      for (int j = 0; j < noised.length; j++) {
        int t = timesteps[j / size];
        target[j] = skip(t) * moved[j] + out(t) * image(moved[j], epsilon[j], t);
      }
    }
    return target;
  }

  private float[] predict(UNet unet, float[] latents, int[] timesteps, Tensor context) {
    return unet.predict(latents(latents), Arrays.stream(timesteps).asDoubleStream().toArray(), context).toFloats();
  }

  private Tensor latents(float[] values) {
    int side = config.sampleSize();
    return Tensor.of(values, values.length / size, config.inChannels(), side, side);
  }

  private Tensor loss(Batch batch, Adapters adapters) {
    int n = batch.from.length;
    float[] scale = new float[n];
    float[] rest = new float[batch.noised.length];
    for (int i = 0; i < n; i++) {
      int t = batch.from[i];
      // f − target = scale·ε − rest, since x_0 = (z − √(1 − ᾱ)·ε) / √ᾱ
      scale[i] = -out(t) * sqrt(1 - alpha(t)) / sqrt(alpha(t));
      for (int j = i * size; j < (i + 1) * size; j++) {
        rest[j] = batch.target[j] - (skip(t) + out(t) / sqrt(alpha(t))) * batch.noised[j];
      }
    }
    try (Scope owner = Scope.owner()) {
      Tensor epsilon = adapters.merged(owner).predict(latents(batch.noised),
          Arrays.stream(batch.from).asDoubleStream().toArray(), tensor(batch.context, n)); // (N, Z, h, w)
      Tensor difference = epsilon.mul(Tensor.of(scale, n, 1, 1, 1)).add(latents(rest).mul(-1));
      Tensor weights = Tensor.of(batch.importance, n, 1, config.sampleSize(), config.sampleSize());
      return difference.pow(2).add(HUBER * HUBER).sqrt().mul(weights).mean();
    }
  }

  /** Returns x_0 by formula (9) of the paper. */
  private float image(float noised, float epsilon, int t) {
    return (noised - sqrt(1 - alpha(t)) * epsilon) / sqrt(alpha(t));
  }

  /** Returns ᾱ of a timestep; 1 before the first. */
  private float alpha(int t) {
    return t < 0 ? 1 : schedule.alphaCumprod(t);
  }

  private static float skip(int t) {
    float scaled = TIMESTEP_SCALING * t;
    return DATA_VARIANCE / (scaled * scaled + DATA_VARIANCE);
  }

  private static float out(int t) {
    float scaled = TIMESTEP_SCALING * t;
    return scaled / sqrt(scaled * scaled + DATA_VARIANCE);
  }

  private static float sqrt(float x) {
    return (float) Math.sqrt(x);
  }
}
