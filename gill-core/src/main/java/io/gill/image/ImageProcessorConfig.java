package io.gill.image;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code preprocessor_config.json} of a CLIP snapshot, in its older layout (sizes are numbers) and its newer layout
 * (sizes are objects). Missing keys have the defaults of {@code CLIPImageProcessor}. {@code do_convert_rgb} is accepted
 * and has no effect: images are always converted, as GILL does before it calls the processor.
 *
 * @param resize target size of resizing, or null for no resizing
 * @param crop size of the centre crop, padded with black if necessary; null for no cropping
 * @param resample Pillow's code of the resampling filter: 0 nearest, 1 Lanczos, 2 bilinear, 3 bicubic, 4 box, 5 Hamming
 * @param rescaleFactor factor on 8-bit levels; 1 for no rescaling
 * @param normalization mean and standard deviation per channel, or null for no normalisation
 */
public record ImageProcessorConfig(
    @Nullable Resize resize,
    @Nullable Size crop,
    int resample,
    double rescaleFactor,
    @Nullable Normalization normalization) {
  private static final int LARGEST = 8192;
  private static final int DEFAULT_EDGE = 224;
  private static final List<Double> OPENAI_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);
  private static final List<Double> OPENAI_STD = List.of(0.26862954, 0.26130258, 0.27577711);

  /** Target size of resizing: of the shorter edge, or of both edges. */
  public sealed interface Resize permits ShortestEdge, Size {}

  /**
   * Resizes the shorter edge to a length and keeps the aspect ratio.
   *
   * @param length length in pixels
   */
  public record ShortestEdge(int length) implements Resize {
    /**
     * Checks the length.
     *
     * @param length length in pixels
     */
    public ShortestEdge {
      ConfigFile.checkRange("shortest_edge", length, 1, LARGEST);
    }
  }

  /**
   * A fixed height and width.
   *
   * @param height height in pixels
   * @param width width in pixels
   */
  public record Size(int height, int width) implements Resize {
    /**
     * Checks both lengths.
     *
     * @param height height in pixels
     * @param width width in pixels
     */
    public Size {
      ConfigFile.checkRange("height", height, 1, LARGEST);
      ConfigFile.checkRange("width", width, 1, LARGEST);
    }
  }

  /**
   * Mean to subtract and standard deviation to divide by, for red, green and blue.
   *
   * @param mean three numbers
   * @param std three numbers, none of them 0
   */
  public record Normalization(List<Double> mean, List<Double> std) {
    /**
     * Copies and checks both.
     *
     * @param mean three numbers
     * @param std three numbers, none of them 0
     */
    public Normalization {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
      if (mean.size() != 3 || !mean.stream().allMatch(Double::isFinite)) {
        throw new IllegalArgumentException("image_mean must be three numbers: " + mean);
      }
      if (std.size() != 3 || !std.stream().allMatch(x -> Double.isFinite(x) && x.floatValue() != 0)) {
        throw new IllegalArgumentException("image_std must be three numbers other than 0: " + std);
      }
    }
  }

  /**
   * Checks that all images are processed to the same size.
   *
   * @param resize target size of resizing, or null for no resizing
   * @param crop size of the centre crop, padded with black if necessary
   * @param resample Pillow's code of the resampling filter
   * @param rescaleFactor factor on 8-bit levels
   * @param normalization mean and standard deviation per channel, or null for no normalisation
   */
  public ImageProcessorConfig {
    ResampleFilter.of(resample);
    if (!Double.isFinite(rescaleFactor)) {
      throw new IllegalArgumentException("rescale_factor must be a finite number: " + rescaleFactor);
    }
    if (crop == null && !(resize instanceof Size)) {
      throw new IllegalArgumentException(
          "images would differ in size: do_center_crop is off and size has no height and width");
    }
  }

  /**
   * Reads a configuration file.
   *
   * @param file a {@code preprocessor_config.json}
   * @return the configuration
   * @throws GillException if the file cannot be read or has an invalid value; the message names file, key and value
   */
  public static ImageProcessorConfig read(Path file) {
    return ConfigFile.read(file).validated(ImageProcessorConfig::parse);
  }

  /** Reads the configuration of SigLIP 2's NaFlex processor. */
  static NaflexProcessor readNaflex(Path file) {
    return ConfigFile.read(file).validated(ImageProcessorConfig::parseNaflex);
  }

  private static ImageProcessorConfig parse(ConfigFile c) {
    c.flag("do_convert_rgb", true);
    boolean siglip = c.text("image_processor_type", "").startsWith("Siglip"); // which never crops
    return new ImageProcessorConfig(
        c.flag("do_resize", true) ? siglip ? siglipSize(c) : resize(c) : null,
        !siglip && c.flag("do_center_crop", true) ? crop(c) : null,
        c.integer("resample", ResampleFilter.BICUBIC.code),
        c.flag("do_rescale", true) ? c.number("rescale_factor", 1 / 255.0) : 1,
        siglip ? normalization(c, HALF, HALF) : normalization(c, OPENAI_MEAN, OPENAI_STD));
  }

  private static NaflexProcessor parseNaflex(ConfigFile c) {
    c.flag("do_convert_rgb", true);
    if (!c.flag("do_resize", true)) {
      throw c.refuse("do_resize", "it must be true: images would not be a whole number of patches");
    }
    int patchSize = c.count("patch_size", 16);
    int patches = c.count("max_num_patches", 256);
    ConfigFile.checkRange("max_num_patches", patches, 1, LARGEST);
    return new NaflexProcessor(
        new ImageProcessorConfig(
            new Size(patchSize, patchSize),
            null,
            c.integer("resample", ResampleFilter.BILINEAR.code),
            c.flag("do_rescale", true) ? c.number("rescale_factor", 1 / 255.0) : 1,
            normalization(c, HALF, HALF)),
        patchSize,
        patches);
  }

  private static @Nullable Normalization normalization(ConfigFile c, List<Double> mean, List<Double> std) {
    return c.flag("do_normalize", true)
        ? new Normalization(c.numbers("image_mean", mean), c.numbers("image_std", std)) : null;
  }

  private static Size siglipSize(ConfigFile c) {
    return c.has("size") ? heightAndWidth(c.section("size")) : new Size(DEFAULT_EDGE, DEFAULT_EDGE);
  }

  /** The same values for images of another size. */
  ImageProcessorConfig withSize(Size size) {
    return new ImageProcessorConfig(size, null, resample, rescaleFactor, normalization);
  }

  private static Resize resize(ConfigFile c) {
    if (!c.isSection("size")) {
      return new ShortestEdge(c.count("size", DEFAULT_EDGE));
    }
    ConfigFile size = c.section("size");
    if (size.has("shortest_edge") && !size.has("longest_edge")) {
      return new ShortestEdge(size.count("shortest_edge"));
    }
    return heightAndWidth(size);
  }

  private static Size crop(ConfigFile c) {
    if (!c.isSection("crop_size")) {
      int edge = c.count("crop_size", DEFAULT_EDGE);
      return new Size(edge, edge);
    }
    return heightAndWidth(c.section("crop_size"));
  }

  private static Size heightAndWidth(ConfigFile size) {
    return new Size(size.count("height"), size.count("width"));
  }
}
