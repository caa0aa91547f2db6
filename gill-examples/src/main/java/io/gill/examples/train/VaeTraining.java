package io.gill.examples.train;

import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.network.VaeDecoder;
import io.gill.diffusion.network.VaeEncoder;
import io.gill.examples.world.ContactSheet;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.SceneSampler;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Trains the autoencoder to reconstruct pictures from noisy latents (Kingma & Welling 2014). */
final class VaeTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("autoencoder", 4000, 16, 2e-3, 0.01, 0.99);

  /** Weight that keeps latents near a unit normal distribution without blurring the pictures. */
  private static final double DIVERGENCE_WEIGHT = 1e-5;

  /** Initial log-variance of the latents: with more noise, the decoder would learn to ignore them. */
  private static final float FIRST_LOG_VARIANCE = -6;

  /** Weight of a pixel in or near a thing: things are small, but captions are mostly about them. */
  private static final float FOREGROUND = 10;

  /** Width of the margin around a thing, in which its outline is right or wrong. */
  private static final int MARGIN = 2;

  private static final int SIDE = SceneRenderer.SIDE;

  /** Maximum difference of a background pixel from the corner pixel; black and white differ by 2. */
  private static final float SHADES = 0.1f;

  private static final int MEASURED = 256;

  private VaeTraining() {}

  static void run(WorldModel model, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    VaeConfig config = VaeConfig.read(model.sd("vae").resolve("config.json"));
    try (TrainingRun run = new TrainingRun(model.work().resolve("vae"), plan, out)) {
      Initial initial = new Initial(1, name -> false);
      Weights w = Weights.fresh(run.parameters(), (name, shape) -> quiet(name, initial.values(name, shape)));
      VaeEncoder encoder = new VaeEncoder(config, w);
      VaeDecoder decoder = new VaeDecoder(config, w);
      run.train(step -> {
        Tensor images = Batches.pixels(pictures("vae", step, plan.batch())); // (N, 3, 64, 64)
        VaeEncoder.Moments moments = encoder.encode(images);
        Tensor noise = Tensor.of(
            new NoiseGenerator(step).normal(Math.toIntExact(moments.mean().elementCount())), moments.mean().shape());
        Tensor latents = moments.mean().add(moments.logVariance().mul(0.5).exp().mul(noise)); // (N, 4, 8, 8)
        Tensor error = decoder.decode(latents).add(images.mul(-1)).pow(2).mul(importance(images)).mean();
        Tensor divergence = moments.mean().pow(2).add(moments.logVariance().exp())
            .add(moments.logVariance().mul(-1)).add(-1).mean().mul(0.5);
        return error.add(divergence.mul(DIVERGENCE_WEIGHT));
      });
      WorldModel.weights(model.sd("vae").resolve("diffusion_pytorch_model.safetensors"), run.result(), "");
    }
    measure(model, out);
  }

  private static float[] quiet(String name, float[] values) {
    if (name.equals("quant_conv.bias")) {
      Arrays.fill(values, values.length / 2, values.length, FIRST_LOG_VARIANCE);
    }
    return values;
  }

  /** Weight of every pixel: (N, 1, H, W). */
  static Tensor importance(Tensor images) {
    float[] pixels = images.toFloats();
    int n = Math.toIntExact(images.size(0));
    float[] importance = new float[n * SIDE * SIDE];
    Arrays.fill(importance, 1);
    for (int i = 0; i < n; i++) {
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          if (isForeground(pixels, 3 * i * SIDE * SIDE, y * SIDE + x)) {
            emphasise(importance, i * SIDE * SIDE, x, y);
          }
        }
      }
    }
    return Tensor.of(importance, n, 1, SIDE, SIDE);
  }

  private static void emphasise(float[] importance, int image, int x, int y) {
    for (int row = Math.max(0, y - MARGIN); row <= Math.min(SIDE - 1, y + MARGIN); row++) {
      int start = image + row * SIDE;
      Arrays.fill(importance, start + Math.max(0, x - MARGIN), start + Math.min(SIDE, x + MARGIN + 1), FOREGROUND);
    }
  }

  private static boolean isForeground(float[] pixels, int image, int place) {
    for (int c = 0; c < 3; c++) {
      int corner = image + c * SIDE * SIDE;
      if (Math.abs(pixels[corner + place] - pixels[corner]) > SHADES) {
        return true;
      }
    }
    return false;
  }

  static List<BufferedImage> pictures(String network, long step, int count) {
    List<BufferedImage> pictures = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long seed = Batches.seed(network, step, i);
      pictures.add(SceneRenderer.render(SceneSampler.sample(Split.TRAIN, seed), seed));
    }
    return pictures;
  }

  /** Writes the scaling factor that gives latents a deviation of 1, and a sheet of pictures and reconstructions. */
  private static void measure(WorldModel model, PrintWriter out) throws IOException {
    try (Autoencoder autoencoder = Autoencoder.load(model)) {
      List<BufferedImage> pictures = pictures("vae-measured", 0, MEASURED);
      float[] latents = autoencoder.encode(pictures);
      double sum = 0;
      double squares = 0;
      for (float value : latents) {
        sum += value;
        squares += value * (double) value;
      }
      double mean = sum / latents.length;
      double factor = 1 / Math.sqrt(squares / latents.length - mean * mean);
      model.vae(factor);
      out.printf("autoencoder: scaling factor %.4f%n", factor);
      List<BufferedImage> some = pictures.subList(0, 16);
      List<BufferedImage> sheet = new ArrayList<>(some);
      sheet.addAll(autoencoder.decode(autoencoder.encode(some)));
      ContactSheet.write(model.work().resolve("vae/sheet.png"), sheet, 16);
    }
  }

  /** The trained autoencoder. */
  record Autoencoder(VaeConfig config, VaeEncoder encoder, VaeDecoder decoder, Frozen frozen)
      implements AutoCloseable {
    static Autoencoder load(WorldModel model) {
      VaeConfig config = VaeConfig.read(model.sd("vae").resolve("config.json"));
      Frozen frozen = Frozen.open(model.sd("vae"));
      return frozen.build(w -> new Autoencoder(config, new VaeEncoder(config, w), new VaeDecoder(config, w), frozen));
    }

    /** Encodes pictures to their most likely latents (N, 4, 8, 8), unscaled. */
    float[] encode(List<BufferedImage> images) {
      return Scope.compute("encoding pictures", () -> encoder.encode(Batches.pixels(images)).mean().toFloats());
    }

    List<BufferedImage> decode(float[] latents) {
      int side = SceneRenderer.SIDE / config.factor();
      int count = latents.length / (config.latentChannels() * side * side);
      return Scope.compute("decoding pictures", () -> Batches.images(
          decoder.decode(Tensor.of(latents, count, config.latentChannels(), side, side))));
    }

    @Override
    public void close() {
      frozen.close();
    }
  }
}
