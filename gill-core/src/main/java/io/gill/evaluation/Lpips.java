package io.gill.evaluation;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.Images;
import io.gill.torch.Conv2d;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.TensorFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * LPIPS 0.1 with AlexNet (Zhang et al. 2018): a distance of pictures that agrees with people's judgement. Lower is more
 * similar. Axes: C channels, H and W pixels. Thread-safe.
 */
public final class Lpips implements AutoCloseable {
  /** Smallest picture that leaves a pixel after AlexNet's poolings. */
  private static final int MIN_SIZE = 31;

  private static final double EPSILON = 1e-10;
  private static final float[] SHIFT = {-.030f, -.088f, -.188f};
  private static final float[] SCALE = {.458f, .448f, .450f};

  private final ModelMemory memory;
  private final Device device;
  private final List<Layer> layers;

  private Lpips(ModelMemory memory, Device device, Weights alexNet, Weights heads) {
    this.memory = memory;
    this.device = device;
    Weights features = alexNet.at("features");
    layers = List.of(
        new Layer(Conv2d.of(features.at("0"), 3, 64, 11, 4, 2), head(heads, 0, 64), false),
        new Layer(Conv2d.of(features.at("3"), 64, 192, 5, 1, 2), head(heads, 1, 192), true),
        new Layer(Conv2d.of(features.at("6"), 192, 384, 3, 1, 1), head(heads, 2, 384), true),
        new Layer(Conv2d.of(features.at("8"), 384, 256, 3, 1, 1), head(heads, 3, 256), false),
        new Layer(Conv2d.of(features.at("10"), 256, 256, 3, 1, 1), head(heads, 4, 256), false));
    alexNet.ignore(key -> key.startsWith("classifier."));
    alexNet.finish("torchvision's AlexNet");
    heads.finish("LPIPS' linear heads for AlexNet");
  }

  private static Tensor head(Weights heads, int layer, long channels) {
    return heads.at("lin" + layer).at("model", 1).take("weight", 1, channels, 1, 1);
  }

  /** A convolution, the weights of its channels in the distance, and whether a pooling precedes it. */
  private record Layer(Conv2d convolution, Tensor head, boolean pools) {}

  /**
   * Loads the weights.
   *
   * @param alexNet torchvision's AlexNet as {@code .pth} or safetensors
   * @param heads the published linear heads, such as {@code weights/v0.1/alex.pth}
   * @param device device to compute on
   * @return the metric, to be closed by the caller
   * @throws GillException if a file is missing or damaged, or its weights do not fit
   */
  public static Lpips load(Path alexNet, Path heads, Device device) {
    TensorFile backbone = TensorFile.open(alexNet);
    return ModelMemory.load("LPIPS metric", backbone, memory -> {
      Torch.require(device);
      try (TensorFile linear = TensorFile.withoutMapping(() -> TensorFile.open(heads))) {
        return new Lpips(memory, device,
            Weights.of(backbone, memory.owner(), device, Precision.FLOAT32),
            Weights.of(linear, memory.owner(), device, Precision.FLOAT32));
      }
    });
  }

  /**
   * Returns the distance of two pictures.
   *
   * @param first a picture
   * @param second a picture of the same size
   * @return the distance, 0 for equal pictures
   * @throws IllegalArgumentException if the sizes differ, or a side is shorter than 31 pixels
   * @throws GillException if the result is not finite, which damaged weights cause
   */
  public double distance(BufferedImage first, BufferedImage second) {
    if (first.getWidth() != second.getWidth() || first.getHeight() != second.getHeight()) {
      throw new IllegalArgumentException("a picture of " + size(first) + " pixels cannot be compared with one of "
          + size(second) + " pixels: resize one of them");
    }
    if (Math.min(first.getWidth(), first.getHeight()) < MIN_SIZE) {
      throw new IllegalArgumentException(
          "LPIPS needs pictures of at least " + MIN_SIZE + " pixels a side, not " + size(first));
    }
    return sum(distances(first, second, UnaryOperator.identity()));
  }

  /**
   * Returns the distance of two pictures that are resized first, as the published GILL evaluates: bilinearly with
   * antialiasing, without rounding to bytes.
   *
   * @param first a picture
   * @param second another picture of any size
   * @param side width and height to which both are resized, from 31; 256 in the publication
   * @return the distance, 0 for equal pictures
   * @throws IllegalArgumentException if the side is shorter than 31 pixels
   * @throws GillException if the result is not finite, which damaged weights cause
   */
  public double distance(BufferedImage first, BufferedImage second, int side) {
    if (side < MIN_SIZE) {
      throw new IllegalArgumentException("LPIPS needs at least " + MIN_SIZE + " pixels a side, not " + side);
    }
    return sum(distances(first, second, picture -> picture.resizeBilinear(side, side)));
  }

  private static double sum(List<Double> layers) {
    double sum = layers.stream().mapToDouble(Double::doubleValue).sum();
    if (!Double.isFinite(sum)) {
      throw new GillException("LPIPS computed " + sum + ": its weights are damaged");
    }
    return sum;
  }

  /** Returns the contribution of each layer; {@code resize} changes each picture of (1, 3, H, W) first. */
  List<Double> distances(BufferedImage first, BufferedImage second, UnaryOperator<Tensor> resize) {
    memory.checkOpen();
    return memory.use(() -> Scope.compute("computing LPIPS", () -> {
      List<Double> distances = new ArrayList<>();
      Tensor x = Tensor.cat(0, resize.apply(tensor(first)), resize.apply(tensor(second)))
          .to(Precision.FLOAT32, device); // (2, 3, H, W)
      for (Layer layer : layers) {
        x = layer.convolution().apply(layer.pools() ? x.maxPool(3, 2) : x).reluInPlace(); // (2, C, H, W)
        Tensor normalized = x.div(x.norm(1).add(EPSILON));
        Tensor difference = normalized.narrow(0, 0, 1).add(normalized.narrow(0, 1, 1).mul(-1)).pow(2);
        long pixels = difference.size(2) * difference.size(3);
        double sum = 0;
        for (float value : difference.mul(layer.head()).reshape(-1, pixels).mean(1).toFloats()) {
          sum += value;
        }
        distances.add(sum);
      }
      return distances;
    }));
  }

  /** Returns the picture as (1, 3, H, W), shifted and scaled as the published network does. */
  private static Tensor tensor(BufferedImage picture) {
    BufferedImage rgb = Images.toRgb(picture);
    int pixels = rgb.getWidth() * rgb.getHeight();
    int[] packed = rgb.getRGB(0, 0, rgb.getWidth(), rgb.getHeight(), null, 0, rgb.getWidth());
    float[] values = new float[3 * pixels];
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < pixels; i++) {
        float value = ((packed[i] >> (16 - 8 * c)) & 0xff) / 127.5f - 1; // −1 to 1
        values[c * pixels + i] = (value - SHIFT[c]) / SCALE[c];
      }
    }
    return Tensor.of(values, 1, 3, rgb.getHeight(), rgb.getWidth());
  }

  private static String size(BufferedImage picture) {
    return picture.getWidth() + "x" + picture.getHeight();
  }

  @Override
  public void close() {
    memory.close();
  }
}
