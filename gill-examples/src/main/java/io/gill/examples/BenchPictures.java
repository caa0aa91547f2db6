package io.gill.examples;

import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.clip.ClipProvider;
import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.TinyAutoencoderConfig;
import io.gill.diffusion.network.TinyDecoder;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.network.VaeDecoder;
import io.gill.stage.Problems;
import io.gill.stage.StageSettings;
import io.gill.stage.VisionEncoder;
import io.gill.stage.VisionEncoderPlan;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.ConfigFile;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Times the networks that read and draw pictures at published sizes, beside the time their multiplications take. */
final class BenchPictures {
  /** Multiply-adds of one 512×512 picture with guidance: counted by PyTorch's flop counter. */
  private static final double UNET_STEP = 0.803e12;

  private static final double VAE_DECODE = 1.257e12;
  private static final double TINY_DECODE = 0.0707e12;
  private static final double CLIP_PICTURE = 0.081e12;

  private static final int SIDE = 64;

  private final BiConsumer<String, String> row;
  private final double seconds;
  private final Device device;
  private final Precision precision;

  /**
   * Creates a benchmark.
   *
   * @param row prints a name and a value
   * @param seconds minimum time to measure each figure
   */
  BenchPictures(BiConsumer<String, String> row, double seconds, Device device, Precision precision) {
    this.row = row;
    this.seconds = seconds;
    this.device = device;
    this.precision = precision;
  }

  /** Measures the snapshots of a folder: {@code clip}, {@code unet}, {@code vae} and {@code tiny}. */
  void run(Path folder) throws IOException {
    clip(folder.resolve("clip"));
    unet("UNet step, 512x512, with guidance", folder.resolve("unet"), 2);
    unet("UNet step, 512x512, without guidance", folder.resolve("unet"), 1);
    Path vae = folder.resolve("vae");
    decode("autoencoder, 512x512", vae, VAE_DECODE, w -> new VaeDecoder(VaeConfig.read(vae.resolve("config.json")), w));
    Path tiny = folder.resolve("tiny");
    decode("tiny autoencoder, 512x512", tiny, TINY_DECODE, w -> new TinyDecoder(
        TinyAutoencoderConfig.of(ConfigFile.read(tiny.resolve("config.json"))),
        w.at("decoder.layers"), 0));
  }

  private void clip(Path folder) {
    Problems problems = new Problems();
    VisionEncoderPlan plan = new ClipProvider().plan(folder, problems).orElseThrow();
    BufferedImage picture = Bench.picture();
    try (VisionEncoder encoder = plan.load(new StageSettings(device, precision, Quantization.NONE))) {
      Timing timing = Timing.of(seconds, 1, 3, () -> encoder.encode(List.of(picture)));
      report("CLIP ViT-L/14, one picture", timing, CLIP_PICTURE);
    }
  }

  private void unet(String name, Path folder, int batch) throws IOException {
    time(name, folder, UNET_STEP * batch / 2, w -> {
      UNet network = new UNet(UNetConfig.read(folder.resolve("config.json")), w);
      return () -> network.predict(noise(batch, 4, SIDE, SIDE), 500, noise(batch, 77, 768));
    });
  }

  private void decode(String name, Path folder, double work, Function<Weights, LatentDecoder> load) throws IOException {
    time(name, folder, work, w -> {
      LatentDecoder decoder = load.apply(w);
      return () -> decoder.decode(noise(1, 4, SIDE, SIDE));
    });
  }

  /** Loads a network and times its computation. */
  private void time(String name, Path folder, double work, Function<Weights, Computation> load) throws IOException {
    try (TensorFile file = Snapshot.open(folder); Scope owner = Scope.owner()) {
      Computation network = load.apply(Weights.of(file, owner, device, precision));
      Timing timing = Timing.of(seconds, 1, 3, () -> Scope.compute(name, () -> network.compute().size(0)));
      report(name, timing, work);
    }
  }

  @FunctionalInterface
  private interface Computation {
    Tensor compute();
  }

  private void report(String name, Timing timing, double multiplyAdds) {
    row.accept(name, timing.millis());
    row.accept("  rate of its multiplications", timing.rate(2 * multiplyAdds, "GFLOP/s"));
  }

  private static Tensor noise(long... shape) {
    return Tensor.of(new NoiseGenerator(1).normal(Math.toIntExact(SyntheticSnapshot.count(shape))), shape);
  }
}
