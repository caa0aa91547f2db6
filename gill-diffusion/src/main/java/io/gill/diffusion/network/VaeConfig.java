package io.gill.diffusion.network;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.List;

/**
 * The shape of an image autoencoder, {@code vae/config.json} of a diffusers snapshot. Immutable.
 *
 * @param inChannels {@code in_channels} of the images that are encoded
 * @param outChannels {@code out_channels} of the images that are decoded
 * @param latentChannels {@code latent_channels}
 * @param blockOutChannels {@code block_out_channels}, one per level, from the finest
 * @param layersPerBlock {@code layers_per_block} of the encoder; the decoder has one more
 * @param normNumGroups {@code norm_num_groups} of every group norm
 * @param scalingFactor {@code scaling_factor} of latents before diffusion, and their divisor afterwards; 0.18215 in
 *     older files, which do not set it
 * @param forceUpcast {@code force_upcast}: whether SDXL's pipeline computes in 32 bits instead of {@code FLOAT16},
 *     in which this autoencoder overflows
 */
public record VaeConfig(
    int inChannels,
    int outChannels,
    int latentChannels,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    int normNumGroups,
    double scalingFactor,
    boolean forceUpcast) {

  /**
   * Checks the values against each other.
   *
   * @param inChannels channels of encoded images
   * @param outChannels channels of decoded images
   * @param latentChannels channels of latents
   * @param blockOutChannels channels of each level
   * @param layersPerBlock residual layers of an encoder block
   * @param normNumGroups groups of every group norm
   * @param scalingFactor factor of latents
   * @param forceUpcast whether SDXL's pipeline computes in 32 bits
   */
  public VaeConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    ConfigFile.checkRange("number of blocks", blockOutChannels.size(), 1, 16);
    ConfigFile.checkRange("layers_per_block", layersPerBlock, 1, 64);
    ConfigFile.checkRange("in_channels", inChannels, 1, 1024);
    ConfigFile.checkRange("out_channels", outChannels, 1, 1024);
    ConfigFile.checkRange("latent_channels", latentChannels, 1, 1024);
    for (int channels : blockOutChannels) {
      Checks.channels("block_out_channels", channels, normNumGroups);
    }
    Checks.positive("scaling_factor", scalingFactor);
  }

  /**
   * Reads a configuration.
   *
   * @param path {@code vae/config.json}
   * @return its values; keys that are not set have the published code's defaults
   * @throws GillException if a value is invalid or describes another autoencoder; the message names the key
   */
  public static VaeConfig read(Path path) {
    return of(ConfigFile.read(path));
  }

  /**
   * Reads a configuration that is already open.
   *
   * @param config {@code vae/config.json}
   * @return its values; keys that are not set have the published code's defaults
   * @throws GillException if a value is invalid or describes another autoencoder; the message names the key
   */
  public static VaeConfig of(ConfigFile config) {
    config.only("_class_name", "AutoencoderKL");
    config.only("act_fn", "silu");
    config.only("shift_factor", null);
    config.only("latents_mean", null);
    config.only("latents_std", null);
    config.only("use_quant_conv", true);
    config.only("use_post_quant_conv", true);
    config.only("mid_block_add_attention", true);
    int levels = blocks(config, "down_block_types", "DownEncoderBlock2D");
    if (blocks(config, "up_block_types", "UpDecoderBlock2D") != levels) {
      throw config.refuse("up_block_types", "down_block_types has " + levels + " entries");
    }
    return config.validated(c -> new VaeConfig(
        c.count("in_channels", 3),
        c.count("out_channels", 3),
        c.count("latent_channels", 4),
        c.counts("block_out_channels", levels),
        c.count("layers_per_block", 1),
        c.count("norm_num_groups", 32),
        c.number("scaling_factor", 0.18215),
        c.flag("force_upcast", true)));
  }

  private static int blocks(ConfigFile config, String key, String supported) {
    List<String> types = config.texts(key);
    for (String type : types) {
      if (!type.equals(supported)) {
        throw config.refuse(key, type + " is not supported: only " + supported + " is");
      }
    }
    if (types.isEmpty()) {
      throw config.refuse(key, "it must name the blocks");
    }
    return types.size();
  }

  /**
   * Returns the number of pixels per latent, in height and in width.
   *
   * @return a power of two; 8 for Stable Diffusion
   */
  public int factor() {
    return 1 << (blockOutChannels.size() - 1);
  }

  /**
   * Returns the memory that encoding needs, in 32 bits. The finest level needs most: an input, before and after the
   * norm, and its output.
   *
   * @return bytes per latent
   */
  public long bytesPerEncodedLatent() {
    return 3L * blockOutChannels.get(0) * Float.BYTES * factor() * factor();
  }

  /**
   * Returns the memory that decoding needs, in 32 bits. The first layer of the finest level needs most: its input
   * from the level below, before and after the norm, and its output.
   *
   * @return bytes per latent
   */
  public long bytesPerLatent() {
    int below = blockOutChannels.get(Math.min(1, blockOutChannels.size() - 1));
    return (2L * below + blockOutChannels.get(0)) * Float.BYTES * factor() * factor();
  }
}
