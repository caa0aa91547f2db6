package io.gill.clip;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;

/**
 * Sizes of a CLIP vision tower, named as in {@code config.json}.
 *
 * @param encoder sizes of the transformer
 * @param imageSize {@code image_size}, side length of an image in pixels
 * @param patchSize {@code patch_size}, side length of a patch in pixels; at most {@code image_size}
 * @param numChannels {@code num_channels} of an image
 */
public record ClipVisionConfig(ClipEncoderConfig encoder, int imageSize, int patchSize, int numChannels) {
  /** Published towers read up to 896 pixels; far larger values come from damaged files. */
  private static final int MAX_IMAGE_SIZE = 4096;

  /**
   * Checks the consistency of the values.
   *
   * @param encoder sizes of the transformer
   * @param imageSize {@code image_size}, side length of an image in pixels
   * @param patchSize {@code patch_size}, side length of a patch in pixels
   * @param numChannels {@code num_channels} of an image
   */
  public ClipVisionConfig {
    if (patchSize < 1 || imageSize < patchSize || imageSize > MAX_IMAGE_SIZE) {
      throw new IllegalArgumentException("image_size " + imageSize + " and patch_size " + patchSize
          + " must satisfy 1 <= patch_size <= image_size <= " + MAX_IMAGE_SIZE);
    }
    if (numChannels != 3) {
      throw new IllegalArgumentException("num_channels is " + numChannels + ", but pictures are read as 3 channels");
    }
  }

  /**
   * Reads the {@code config.json} of a full CLIP model or of its vision tower, with the published code's defaults for
   * missing keys.
   *
   * @param path path of the file
   * @return the sizes
   * @throws GillException if the file is missing or damaged, describes another kind of model, or has an invalid value
   */
  public static ClipVisionConfig read(Path path) {
    ConfigFile config = ConfigFile.read(path);
    String type = config.text("model_type", "");
    boolean whole = type.equals("clip");
    if (!whole && !type.equals("clip_vision_model")) {
      throw config.refuse("model_type", "only clip and clip_vision_model can be loaded as the vision encoder");
    }
    ConfigFile vision = whole ? config.section("vision_config") : config;
    return vision.validated(c -> new ClipVisionConfig(
        ClipEncoderConfig.vision(c),
        c.count("image_size", 224),
        c.count("patch_size", 32),
        c.count("num_channels", 3)));
  }

  /** Number of positions: the class token and the patches. */
  long positions() {
    long side = imageSize / patchSize;
    return side * side + 1;
  }
}
