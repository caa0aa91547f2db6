package io.gill.evaluation;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.Images;
import io.gill.stage.OutputCheck;
import io.gill.torch.Conv2d;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.TensorFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Inception v3 as FID uses it (Szegedy et al. 2016; the TensorFlow graph of 2015-12-05): 2,048 features of the last
 * pooling. Pictures are resized as TensorFlow 1 does. Axes: N pictures, C channels, H and W pixels. Thread-safe.
 */
public final class Inception implements AutoCloseable {
  /** Number of features of a picture. */
  public static final int WIDTH = 2048;

  static final int SIZE = 299;

  /** Classes of the TensorFlow graph; torchvision's own weights have 1000. */
  private static final long CLASSES = 1008;

  private static final double BATCH_NORM_EPSILON = 0.001;

  private final ModelMemory memory;
  private final Device device;
  private final List<Unit> stem1;
  private final List<Unit> stem2;
  private final List<Block> blocks;

  private Inception(ModelMemory memory, Device device, Weights w) {
    this.memory = memory;
    this.device = device;
    stem1 = List.of(unit(w.at("Conv2d_1a_3x3"), 3, 32, 3, 3, 2, 0), unit(w.at("Conv2d_2a_3x3"), 32, 32, 3, 3, 1, 0),
        unit(w.at("Conv2d_2b_3x3"), 32, 64, 3, 3, 1, 1));
    stem2 = List.of(unit(w.at("Conv2d_3b_1x1"), 64, 80, 1, 1, 1, 0), unit(w.at("Conv2d_4a_3x3"), 80, 192, 3, 3, 1, 0));
    blocks = List.of(
        a(w.at("Mixed_5b"), 192, 32), a(w.at("Mixed_5c"), 256, 64), a(w.at("Mixed_5d"), 288, 64),
        b(w.at("Mixed_6a")),
        c(w.at("Mixed_6b"), 128), c(w.at("Mixed_6c"), 160), c(w.at("Mixed_6d"), 160), c(w.at("Mixed_6e"), 192),
        d(w.at("Mixed_7a")),
        e(w.at("Mixed_7b"), 1280, false), e(w.at("Mixed_7c"), WIDTH, true));
    w.ignore(key -> key.endsWith(".num_batches_tracked") || key.startsWith("fc."));
    w.finish("Inception for FID");
  }

  /**
   * Loads the weights.
   *
   * @param weights the TensorFlow graph, {@code classify_image_graph_def.pb}; or the file of pytorch-fid,
   *     {@code pt_inception-2015-12-05-6726825d.pth}, or safetensors with its keys
   * @param device device to compute on
   * @return the network, to be closed by the caller
   * @throws GillException if the file is missing or damaged, or holds other weights
   */
  public static Inception load(Path weights, Device device) {
    TensorFile file = InceptionGraph.of(TensorFile.open(weights));
    return ModelMemory.load("Inception network", file, memory -> {
      Torch.require(device);
      Weights w = Weights.of(file, memory.owner(), device, Precision.FLOAT32);
      long[] classes = w.shape("fc.bias");
      if (classes != null && !Arrays.equals(classes, new long[] {CLASSES})) {
        throw new GillException(weights + " classifies into " + Arrays.toString(classes) + " classes: FID needs the "
            + "weights of the TensorFlow graph with " + CLASSES + ", which pytorch-fid publishes");
      }
      return new Inception(memory, device, w);
    });
  }

  /**
   * Returns the features of a picture.
   *
   * @param picture a picture of any size
   * @return 2,048 features
   * @throws GillException if a feature is NaN or infinite
   */
  public float[] features(BufferedImage picture) {
    return features(pixels(picture));
  }

  /** Returns the features of a picture of 299×299 pixels, (C, H, W) row-major, from −1 to 1. */
  float[] features(float[] pixels) {
    memory.checkOpen();
    OutputCheck outputs = new OutputCheck("Inception network", Precision.FLOAT32);
    return memory.use(() -> Scope.compute("computing Inception features", () -> {
      Tensor x = Tensor.of(pixels, 1, 3, SIZE, SIZE).to(Precision.FLOAT32, device);
      x = apply(stem1, x).maxPool(3, 2); // (1, 64, 73, 73)
      x = apply(stem2, x).maxPool(3, 2); // (1, 192, 35, 35)
      for (Block block : blocks) {
        x = block.apply(x);
      }
      return outputs.finite("features", x.reshape(1, WIDTH, -1).mean(2).toRows())[0];
    }));
  }

  /** Resizes without antialiasing and without the offset of half a pixel, as TensorFlow 1 does. */
  static float[] pixels(BufferedImage picture) {
    BufferedImage rgb = Images.toRgb(picture);
    int width = rgb.getWidth();
    int height = rgb.getHeight();
    int[] packed = rgb.getRGB(0, 0, width, height, null, 0, width);
    float[] pixels = new float[3 * SIZE * SIZE];
    for (int y = 0; y < SIZE; y++) {
      float top = y * ((float) height / SIZE);
      int y0 = (int) top;
      int y1 = Math.min(y0 + 1, height - 1);
      for (int x = 0; x < SIZE; x++) {
        float left = x * ((float) width / SIZE);
        int x0 = (int) left;
        int x1 = Math.min(x0 + 1, width - 1);
        for (int c = 0; c < 3; c++) {
          int shift = 16 - 8 * c;
          float upper = mix(packed[y0 * width + x0], packed[y0 * width + x1], shift, left - x0);
          float lower = mix(packed[y1 * width + x0], packed[y1 * width + x1], shift, left - x0);
          pixels[(c * SIZE + y) * SIZE + x] = (upper + (lower - upper) * (top - y0) - 128) / 128;
        }
      }
    }
    return pixels;
  }

  private static float mix(int first, int second, int shift, float share) {
    float a = (first >> shift) & 0xff;
    float b = (second >> shift) & 0xff;
    return a + (b - a) * share;
  }

  // ---- layers

  /** A convolution without bias, batch normalisation and ReLU. */
  private record Unit(
      Conv2d convolution, long padHeight, long padWidth, Tensor gamma, Tensor beta, Tensor mean, Tensor variance) {
    Tensor apply(Tensor x) {
      Tensor padded = padHeight + padWidth == 0 ? x : x.padZeros(padWidth, padWidth, padHeight, padHeight);
      Tensor scale = gamma.div(variance.add(BATCH_NORM_EPSILON).sqrt()); // (C)
      Tensor shift = beta.add(mean.mul(scale).mul(-1)); // (C)
      return convolution.apply(padded).mul(scale.reshape(1, -1, 1, 1)).add(shift.reshape(1, -1, 1, 1)).reluInPlace();
    }
  }

  /** Layers from (1, C, H, W) to (1, C', H', W'). */
  private interface Block {
    Tensor apply(Tensor x);
  }

  private static Tensor apply(List<Unit> units, Tensor x) {
    Tensor result = x;
    for (Unit unit : units) {
      result = unit.apply(result);
    }
    return result;
  }

  private static Unit unit(Weights w, long in, long out, int height, int width, int stride, int padding) {
    return padded(w, in, out, height, width, stride, padding, padding);
  }

  /** A kernel of odd size whose result has the size of its input. */
  private static Unit same(Weights w, long in, long out, int height, int width) {
    return padded(w, in, out, height, width, 1, height / 2, width / 2);
  }

  private static Unit padded(
      Weights w, long in, long out, int height, int width, int stride, int padHeight, int padWidth) {
    Tensor weight = w.take("conv.weight", out, in, height, width);
    Weights norm = w.at("bn");
    return new Unit(new Conv2d(weight, null, stride, 0), padHeight, padWidth, norm.take("weight", out),
        norm.take("bias", out), norm.take("running_mean", out), norm.take("running_var", out));
  }

  private static Block a(Weights w, long in, long pooled) {
    List<Unit> one = List.of(same(w.at("branch1x1"), in, 64, 1, 1));
    List<Unit> five = List.of(same(w.at("branch5x5_1"), in, 48, 1, 1), same(w.at("branch5x5_2"), 48, 64, 5, 5));
    List<Unit> three = List.of(same(w.at("branch3x3dbl_1"), in, 64, 1, 1),
        same(w.at("branch3x3dbl_2"), 64, 96, 3, 3), same(w.at("branch3x3dbl_3"), 96, 96, 3, 3));
    List<Unit> pool = List.of(same(w.at("branch_pool"), in, pooled, 1, 1));
    return x -> Tensor.cat(1, apply(one, x), apply(five, x), apply(three, x), apply(pool, average(x)));
  }

  private static Block b(Weights w) {
    List<Unit> three = List.of(unit(w.at("branch3x3"), 288, 384, 3, 3, 2, 0));
    List<Unit> twice = List.of(same(w.at("branch3x3dbl_1"), 288, 64, 1, 1),
        same(w.at("branch3x3dbl_2"), 64, 96, 3, 3), unit(w.at("branch3x3dbl_3"), 96, 96, 3, 3, 2, 0));
    return x -> Tensor.cat(1, apply(three, x), apply(twice, x), x.maxPool(3, 2));
  }

  private static Block c(Weights w, long inner) {
    List<Unit> one = List.of(same(w.at("branch1x1"), 768, 192, 1, 1));
    List<Unit> seven = List.of(same(w.at("branch7x7_1"), 768, inner, 1, 1),
        same(w.at("branch7x7_2"), inner, inner, 1, 7), same(w.at("branch7x7_3"), inner, 192, 7, 1));
    List<Unit> twice = List.of(same(w.at("branch7x7dbl_1"), 768, inner, 1, 1),
        same(w.at("branch7x7dbl_2"), inner, inner, 7, 1), same(w.at("branch7x7dbl_3"), inner, inner, 1, 7),
        same(w.at("branch7x7dbl_4"), inner, inner, 7, 1), same(w.at("branch7x7dbl_5"), inner, 192, 1, 7));
    List<Unit> pool = List.of(same(w.at("branch_pool"), 768, 192, 1, 1));
    return x -> Tensor.cat(1, apply(one, x), apply(seven, x), apply(twice, x), apply(pool, average(x)));
  }

  private static Block d(Weights w) {
    List<Unit> three =
        List.of(same(w.at("branch3x3_1"), 768, 192, 1, 1), unit(w.at("branch3x3_2"), 192, 320, 3, 3, 2, 0));
    List<Unit> seven = List.of(same(w.at("branch7x7x3_1"), 768, 192, 1, 1),
        same(w.at("branch7x7x3_2"), 192, 192, 1, 7), same(w.at("branch7x7x3_3"), 192, 192, 7, 1),
        unit(w.at("branch7x7x3_4"), 192, 192, 3, 3, 2, 0));
    return x -> Tensor.cat(1, apply(three, x), apply(seven, x), x.maxPool(3, 2));
  }

  private static Block e(Weights w, long in, boolean maximum) {
    List<Unit> one = List.of(same(w.at("branch1x1"), in, 320, 1, 1));
    List<Unit> three = List.of(same(w.at("branch3x3_1"), in, 384, 1, 1));
    List<Unit> threeA = List.of(same(w.at("branch3x3_2a"), 384, 384, 1, 3));
    List<Unit> threeB = List.of(same(w.at("branch3x3_2b"), 384, 384, 3, 1));
    List<Unit> twice = List.of(
        same(w.at("branch3x3dbl_1"), in, 448, 1, 1), same(w.at("branch3x3dbl_2"), 448, 384, 3, 3));
    List<Unit> twiceA = List.of(same(w.at("branch3x3dbl_3a"), 384, 384, 1, 3));
    List<Unit> twiceB = List.of(same(w.at("branch3x3dbl_3b"), 384, 384, 3, 1));
    List<Unit> pool = List.of(same(w.at("branch_pool"), in, 192, 1, 1));
    return x -> {
      Tensor y = apply(three, x);
      Tensor z = apply(twice, x);
      // Padding with zeros, since no value is negative after ReLU. The TensorFlow graph has this maximum, the paper
      // does not.
      Tensor pooled = maximum ? x.padZeros(1, 1, 1, 1).maxPool(3, 1) : average(x);
      return Tensor.cat(1, apply(one, x), apply(threeA, y), apply(threeB, y), apply(twiceA, z), apply(twiceB, z),
          apply(pool, pooled));
    };
  }

  /** Averages windows of 3×3 pixels; padding does not count. */
  private static Tensor average(Tensor x) {
    return x.averagePool(3, 1, 1);
  }

  @Override
  public void close() {
    memory.close();
  }
}
