package io.gill.diffusion.network;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import io.gill.weights.TensorFile;
import java.util.List;

/**
 * The shape of a tiny autoencoder, from {@code config.json} of diffusers' {@code AutoencoderTiny} or the tensors of an
 * original TAESD. Lists have one entry per level, in the order of the layers. Immutable.
 *
 * @param latentChannels {@code latent_channels}
 * @param encoderWidth {@code encoder_block_out_channels}, equal for all levels
 * @param decoderWidth {@code decoder_block_out_channels}, equal for all levels
 * @param encoderBlocks {@code num_encoder_blocks}
 * @param decoderBlocks {@code num_decoder_blocks}
 */
public record TinyAutoencoderConfig(
    int latentChannels,
    int encoderWidth,
    int decoderWidth,
    List<Integer> encoderBlocks,
    List<Integer> decoderBlocks) {
  private static final List<Integer> ENCODER_BLOCKS = List.of(1, 3, 3, 3);
  private static final List<Integer> DECODER_BLOCKS = List.of(3, 3, 3, 1);

  /** First convolution of an original decoder. Layer 0 limits the input and has no weights. */
  private static final String FIRST = "1.weight";

  /**
   * Checks the values against each other.
   *
   * @param latentChannels number of latent channels
   * @param encoderWidth channels of all levels of the encoder
   * @param decoderWidth channels of all levels of the decoder
   * @param encoderBlocks residual blocks of each level of the encoder
   * @param decoderBlocks residual blocks of each level of the decoder
   */
  public TinyAutoencoderConfig {
    encoderBlocks = List.copyOf(encoderBlocks);
    decoderBlocks = List.copyOf(decoderBlocks);
    ConfigFile.checkRange("latent_channels", latentChannels, 1, 1024);
    ConfigFile.checkRange("encoder_block_out_channels", encoderWidth, 1, 1 << 16);
    ConfigFile.checkRange("decoder_block_out_channels", decoderWidth, 1, 1 << 16);
    ConfigFile.checkRange("number of levels", encoderBlocks.size(), 1, 16);
    if (encoderBlocks.size() != decoderBlocks.size()) {
      throw new IllegalArgumentException("num_encoder_blocks has " + encoderBlocks.size()
          + " entries, num_decoder_blocks " + decoderBlocks.size() + ": both need one per level");
    }
  }

  /**
   * Reads a configuration of diffusers.
   *
   * @param config {@code config.json} of an {@code AutoencoderTiny}
   * @return its values; keys that are not set have the published code's defaults
   * @throws GillException if a value is invalid or describes another autoencoder; the message names the key
   */
  public static TinyAutoencoderConfig of(ConfigFile config) {
    config.only("_class_name", "AutoencoderTiny");
    config.only("in_channels", 3);
    config.only("out_channels", 3);
    config.only("act_fn", "relu");
    config.only("upsample_fn", "nearest");
    config.only("upsampling_scaling_factor", 2);
    config.only("scaling_factor", 1);
    config.only("shift_factor", 0);
    List<Integer> encoder = blocks(config, "num_encoder_blocks", ENCODER_BLOCKS);
    List<Integer> decoder = blocks(config, "num_decoder_blocks", DECODER_BLOCKS);
    return config.validated(c -> new TinyAutoencoderConfig(
        c.count("latent_channels", 4),
        width(c, "encoder_block_out_channels", encoder.size()),
        width(c, "decoder_block_out_channels", decoder.size()),
        encoder,
        decoder));
  }

  private static List<Integer> blocks(ConfigFile config, String key, List<Integer> published) {
    List<Integer> blocks = config.has(key) ? config.integers(key) : published;
    if (blocks.stream().anyMatch(count -> count < 0 || count > 64)) {
      throw config.refuse(key, "it must hold numbers from 0 to 64");
    }
    return blocks;
  }

  private static int width(ConfigFile config, String key, int levels) {
    List<Integer> widths = config.has(key) ? config.counts(key, levels) : List.of(64);
    if (widths.stream().distinct().count() != 1) {
      throw config.refuse(key, "all levels must be equally wide");
    }
    return widths.get(0);
  }

  /**
   * Infers the shape of an original TAESD of any width.
   *
   * @param decoder the open {@code taesd_decoder.pth}
   * @return the shape
   * @throws GillException if the file has no such decoder
   */
  public static TinyAutoencoderConfig of(TensorFile decoder) {
    long[] shape = decoder.names().contains(FIRST) ? decoder.get(FIRST).shape() : new long[0];
    if (shape.length != 4 || shape[0] < 1 || shape[0] > 1 << 16 || shape[1] < 1 || shape[1] > 1024) {
      throw new GillException(decoder.path() + " is not the decoder of a tiny autoencoder: it lacks the convolution '"
          + FIRST + "'; use a taesd_decoder.pth or a folder of diffusers' AutoencoderTiny");
    }
    int width = (int) shape[0];
    return new TinyAutoencoderConfig((int) shape[1], width, width, ENCODER_BLOCKS, DECODER_BLOCKS);
  }

  /**
   * Returns the number of pixels per latent, in height and in width.
   *
   * @return a power of two; 8 for the published models
   */
  public int factor() {
    return 1 << (decoderBlocks.size() - 1);
  }
}
