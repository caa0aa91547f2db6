package io.gill.siglip;

import io.gill.GillException;
import io.gill.clip.ClipEncoderConfig;
import io.gill.torch.Activation;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.Set;

/**
 * Sizes of a SigLIP vision encoder, named as in {@code config.json}. SigLIP 2 with a fixed resolution is published as
 * SigLIP; {@code siglip2} is its NaFlex variant, which keeps the proportions of an image.
 *
 * @param encoder the transformer
 * @param patchSize {@code patch_size}, edge of a patch in pixels
 * @param imageSize {@code image_size}, edge of an image in pixels; 0 in NaFlex
 * @param numPatches {@code num_patches}, the square number of learned positions in NaFlex; 0 otherwise
 */
public record SiglipVisionConfig(ClipEncoderConfig encoder, int patchSize, int imageSize, int numPatches) {
  static final Set<String> TYPES = Set.of("siglip", "siglip_vision_model", "siglip2", "siglip2_vision_model");

  private static final int MAX_SIZE = 4096;

  /**
   * Validates the values.
   *
   * @param encoder the transformer
   * @param patchSize {@code patch_size}, edge of a patch in pixels
   * @param imageSize {@code image_size}, edge of an image in pixels; 0 in NaFlex
   * @param numPatches {@code num_patches}, the square number of learned positions in NaFlex; 0 otherwise
   */
  public SiglipVisionConfig {
    ConfigFile.checkRange("patch_size", patchSize, 1, MAX_SIZE);
    if (numPatches == 0) {
      ConfigFile.checkRange("image_size", imageSize, patchSize, MAX_SIZE);
    } else {
      ConfigFile.checkRange("num_patches", numPatches, 1, MAX_SIZE * MAX_SIZE);
      int side = (int) Math.round(Math.sqrt(numPatches));
      if (side * side != numPatches) {
        throw new IllegalArgumentException("num_patches is " + numPatches + ", but it must be a square number");
      }
    }
  }

  /**
   * Reads the {@code config.json} of a whole model or of its vision encoder; missing keys have the defaults of the
   * published code.
   *
   * @param path the file
   * @return the sizes
   * @throws GillException if the file is missing or damaged, describes another kind of model, or has a wrong value
   */
  public static SiglipVisionConfig read(Path path) {
    ConfigFile config = ConfigFile.read(path);
    String type = config.text("model_type", "");
    if (!TYPES.contains(type)) {
      throw config.refuse("model_type", "only siglip and siglip2 can be loaded as this vision encoder");
    }
    boolean naflex = type.startsWith("siglip2");
    boolean whole = !type.endsWith("_vision_model");
    ConfigFile vision = whole ? config.section("vision_config") : config;
    vision.only("num_channels", 3);
    vision.only("vision_use_head", true);
    Activation activation = Activation.read(vision, "hidden_act", Activation.GELU_PYTORCH_TANH);
    return vision.validated(c -> new SiglipVisionConfig(
        new ClipEncoderConfig(
            c.count("hidden_size", 768),
            c.count("intermediate_size", 3072),
            c.count("num_hidden_layers", 12),
            c.count("num_attention_heads", 12),
            activation,
            c.number("layer_norm_eps", 1e-6)),
        c.count("patch_size", 16),
        naflex ? 0 : c.count("image_size", 224),
        naflex ? c.count("num_patches", 256) : 0));
  }

  /** Returns whether images keep their proportions. */
  boolean naflex() {
    return numPatches > 0;
  }

  /** Returns the number of learned positions per side of their square. */
  int side() {
    return naflex() ? (int) Math.round(Math.sqrt(numPatches)) : imageSize / patchSize;
  }
}
