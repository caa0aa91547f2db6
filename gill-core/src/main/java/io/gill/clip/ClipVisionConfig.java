package io.gill.clip;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;

/**
 * The sizes of a CLIP vision tower, under the names of {@code config.json}.
 *
 * @param encoder the transformer
 * @param imageSize {@code image_size}, pixels of either side
 * @param patchSize {@code patch_size}, pixels of either side of a patch; at most {@code image_size}
 * @param numChannels {@code num_channels} of a picture
 */
public record ClipVisionConfig(ClipEncoderConfig encoder, int imageSize, int patchSize, int numChannels) {
  /** Published towers read up to 896 pixels; what lies far beyond is a damaged file. */
  private static final int MAX_IMAGE_SIZE = 4096;

  /**
   * Checks the values against each other.
   *
   * @param encoder as above
   * @param imageSize as above
   * @param patchSize as above
   * @param numChannels as above
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
   * Reads the {@code config.json} of a whole CLIP or of its vision tower alone; what is not set has the value the
   * published code gives it.
   *
   * @param path the file
   * @return the sizes
   * @throws GillException if the file is missing or damaged, describes another kind of model, or has a wrong value
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
        ClipEncoderConfig.vision(c), c.count("image_size", 224), c.count("patch_size", 32), c.count("num_channels", 3)));
  }

  /** Positions: the patches and the class token before them. */
  long positions() {
    long side = imageSize / patchSize;
    return side * side + 1;
  }
}
