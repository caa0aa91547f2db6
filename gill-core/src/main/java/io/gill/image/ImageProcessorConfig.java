package io.gill.image;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
  private static final List<Double> OPENAI_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
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
      checkLength("shortest_edge", length);
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
      checkLength("height", height);
      checkLength("width", width);
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
          "pictures would differ in size: do_center_crop is off and size has no height and width");
    }
  }

  private static void checkLength(String key, int length) {
    if (length < 1 || length > LARGEST) {
      throw new IllegalArgumentException(key + " must be in 1.." + LARGEST + ": " + length);
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
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new GillException(file + ": no such file; a CLIP snapshot has one", e);
    } catch (JacksonException e) {
      throw new GillException(file + ": not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new GillException(file + ": cannot be read: " + e.getMessage(), e);
    }
    try {
      if (root == null || !root.isObject()) {
        throw new IllegalArgumentException("not a JSON object");
      }
      return parse(root);
    } catch (IllegalArgumentException e) {
      throw new GillException(file + ": " + e.getMessage(), e);
    }
  }

  private static ImageProcessorConfig parse(JsonNode root) {
    flag(root, "do_convert_rgb");
    return new ImageProcessorConfig(
        flag(root, "do_resize") ? resize(root.get("size")) : null,
        flag(root, "do_center_crop") ? crop(root.get("crop_size")) : null,
        resample(root.get("resample")),
        flag(root, "do_rescale") ? number(root, "rescale_factor", 1 / 255.0) : 1,
        flag(root, "do_normalize")
            ? new Normalization(triple(root, "image_mean", OPENAI_MEAN), triple(root, "image_std", OPENAI_STD))
            : null);
  }

  private static Resize resize(@Nullable JsonNode size) {
    if (size == null || size.isNull()) {
      return new ShortestEdge(224);
    }
    if (size.isNumber()) {
      return new ShortestEdge(integer(size, "size"));
    }
    if (size.has("shortest_edge") && !size.has("longest_edge")) {
      return new ShortestEdge(integer(size.get("shortest_edge"), "size.shortest_edge"));
    }
    return heightAndWidth(size, "size");
  }

  private static Size crop(@Nullable JsonNode size) {
    if (size == null || size.isNull()) {
      return new Size(224, 224);
    }
    if (size.isNumber()) {
      int edge = integer(size, "crop_size");
      return new Size(edge, edge);
    }
    return heightAndWidth(size, "crop_size");
  }

  private static Size heightAndWidth(JsonNode size, String key) {
    if (!size.has("height") || !size.has("width")) {
      throw new IllegalArgumentException(key + " must be a number or an object of height and width"
          + (key.equals("size") ? " or of shortest_edge: " : ": ") + size);
    }
    return new Size(integer(size.get("height"), key + ".height"), integer(size.get("width"), key + ".width"));
  }

  private static int resample(@Nullable JsonNode code) {
    return code == null || code.isNull() ? ResampleFilter.BICUBIC.code : integer(code, "resample");
  }

  private static boolean flag(JsonNode root, String key) {
    JsonNode node = root.get(key);
    if (node == null || node.isNull()) {
      return true;
    }
    if (!node.isBoolean()) {
      throw new IllegalArgumentException(key + " must be true or false: " + node);
    }
    return node.booleanValue();
  }

  private static int integer(JsonNode node, String key) {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw new IllegalArgumentException(key + " must be an integer: " + node);
    }
    return node.intValue();
  }

  private static double number(JsonNode root, String key, double otherwise) {
    JsonNode node = root.get(key);
    if (node == null || node.isNull()) {
      return otherwise;
    }
    if (!node.isNumber()) {
      throw new IllegalArgumentException(key + " must be a number: " + node);
    }
    return node.doubleValue();
  }

  private static List<Double> triple(JsonNode root, String key, List<Double> otherwise) {
    JsonNode node = root.get(key);
    if (node == null || node.isNull()) {
      return otherwise;
    }
    if (node.isNumber()) {
      return List.of(node.doubleValue(), node.doubleValue(), node.doubleValue());
    }
    if (!node.isArray() || node.size() != 3 || !node.get(0).isNumber() || !node.get(1).isNumber()
        || !node.get(2).isNumber()) {
      throw new IllegalArgumentException(key + " must be three numbers: " + node);
    }
    return List.of(node.get(0).doubleValue(), node.get(1).doubleValue(), node.get(2).doubleValue());
  }
}
