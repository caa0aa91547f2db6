package io.gill.diffusion.network;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * The shape of the UNet of Stable Diffusion 1.x, 2.x or XL, {@code unet/config.json} of a diffusers snapshot. Lists
 * have one entry per level, from the finest to the coarsest. Immutable.
 *
 * @param inChannels {@code in_channels}: channels of the latents; for inpainting also of a mask and of an image's
 *     latents
 * @param outChannels {@code out_channels}: channels of the prediction
 * @param sampleSize {@code sample_size}: height and width of the latents it was trained on
 * @param blockOutChannels {@code block_out_channels}
 * @param layersPerBlock {@code layers_per_block}; up blocks have one more
 * @param downAttention which entries of {@code down_block_types} are {@code CrossAttnDownBlock2D}
 * @param upAttention which entries of {@code up_block_types} are {@code CrossAttnUpBlock2D}, from the coarsest level
 * @param heads {@code attention_head_dim}, which for these models is the number of heads
 * @param crossAttentionDim {@code cross_attention_dim}: width of the text conditioning
 * @param useLinearProjection {@code use_linear_projection}: how the file stores the projections around a transformer
 * @param normNumGroups {@code norm_num_groups} of every group norm
 * @param normEps {@code norm_eps} of the group norms outside transformers
 * @param flipSinToCos {@code flip_sin_to_cos}: whether the timestep embedding begins with the cosines
 * @param freqShift {@code freq_shift} of the timestep embedding's frequencies
 * @param downsamplePadding {@code downsample_padding}: 1, or 0 for one row and column at the far sides only
 * @param midBlockScaleFactor {@code mid_block_scale_factor}: divides the sums in the middle block's residual layers
 * @param centerInputSample {@code center_input_sample}: whether the input is 2·x − 1
 * @param transformerLayers {@code transformer_layers_per_block}, with entries for levels without attention too
 * @param additionTimeEmbedDim {@code addition_time_embed_dim}: width of the sinusoids of each number about sizes that
 *     SDXL is conditioned on; 0 if {@code addition_embed_type} is not {@code text_time}
 * @param additionInputDim {@code projection_class_embeddings_input_dim}: width of the pooled text and the sinusoids
 *     together; 0 if {@code addition_embed_type} is not {@code text_time}
 * @param timeCondProjDim {@code time_cond_proj_dim}: width of the embedding of the guidance scale, which distilled
 *     models read instead of being guided; 0 for others
 */
public record UNetConfig(
    int inChannels,
    int outChannels,
    int sampleSize,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    List<Boolean> downAttention,
    List<Boolean> upAttention,
    List<Integer> heads,
    int crossAttentionDim,
    boolean useLinearProjection,
    int normNumGroups,
    double normEps,
    boolean flipSinToCos,
    double freqShift,
    int downsamplePadding,
    double midBlockScaleFactor,
    boolean centerInputSample,
    List<Integer> transformerLayers,
    int additionTimeEmbedDim,
    int additionInputDim,
    int timeCondProjDim) {
  /** Height and width of the original, top and left of the crop, height and width of the target. */
  private static final int NUMBERS_OF_SIZES = 6;

  /** SDXL has some eighty layers. */
  private static final int MOST_LAYERS = 1000;

  /**
   * Checks the values against each other.
   *
   * @param inChannels channels of the input
   * @param outChannels channels of the prediction
   * @param sampleSize height and width of the latents in training
   * @param blockOutChannels channels of each level
   * @param layersPerBlock residual layers of a down block
   * @param downAttention which down blocks have attention
   * @param upAttention which up blocks have attention, from the coarsest level
   * @param heads heads of each level
   * @param crossAttentionDim width of the text conditioning
   * @param useLinearProjection whether projections around a transformer are stored as matrices
   * @param normNumGroups groups of every group norm
   * @param normEps ε of the group norms outside transformers
   * @param flipSinToCos whether the timestep embedding starts with the cosines
   * @param freqShift shift of the timestep embedding's frequencies
   * @param downsamplePadding padding of downsampling convolutions
   * @param midBlockScaleFactor divisor in the middle block's residual layers
   * @param centerInputSample whether the input is 2·x − 1
   * @param transformerLayers layers of each level's transformers
   * @param additionTimeEmbedDim width of the sinusoids of a number about sizes, or 0
   * @param additionInputDim width of the pooled text and the sinusoids together, or 0
   * @param timeCondProjDim width of the embedding of the guidance scale, from 4, or 0
   */
  public UNetConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    downAttention = List.copyOf(downAttention);
    upAttention = List.copyOf(upAttention);
    heads = List.copyOf(heads);
    transformerLayers = List.copyOf(transformerLayers);
    int levels = blockOutChannels.size();
    ConfigFile.checkRange("number of blocks", levels, 1, 16);
    if (downAttention.size() != levels || upAttention.size() != levels || heads.size() != levels
        || transformerLayers.size() != levels) {
      throw new IllegalArgumentException("block_out_channels has " + levels + " entries, down_block_types "
          + downAttention.size() + ", up_block_types " + upAttention.size() + ", attention_head_dim " + heads.size()
          + ", transformer_layers_per_block " + transformerLayers.size() + ": all need one per level");
    }
    transformerLayers.forEach(layers -> ConfigFile.checkRange("transformer_layers_per_block", layers, 1, 64));
    if (additionTimeEmbedDim < 0 || additionTimeEmbedDim > 1 << 16 || additionTimeEmbedDim % 2 != 0) {
      throw new IllegalArgumentException(
          "addition_time_embed_dim is " + additionTimeEmbedDim + ": use an even number, half of it sines");
    }
    int numbers = NUMBERS_OF_SIZES * additionTimeEmbedDim;
    if (additionTimeEmbedDim > 0 && (additionInputDim <= numbers || additionInputDim > 1 << 20)) {
      throw new IllegalArgumentException("projection_class_embeddings_input_dim is " + additionInputDim + ": use more"
          + " than " + numbers + ", six times addition_time_embed_dim");
    }
    ConfigFile.checkRange("layers_per_block", layersPerBlock, 1, 64);
    if (layers(layersPerBlock, transformerLayers) > MOST_LAYERS) {
      throw new IllegalArgumentException("layers_per_block is " + layersPerBlock + " and transformer_layers_per_block "
          + transformerLayers + ": use at most " + MOST_LAYERS + " layers together");
    }
    ConfigFile.checkRange("in_channels", inChannels, 1, 1024);
    ConfigFile.checkRange("out_channels", outChannels, 1, 1024);
    ConfigFile.checkRange("sample_size", sampleSize, 1, 4096);
    ConfigFile.checkRange("cross_attention_dim", crossAttentionDim, 1, 1 << 16);
    ConfigFile.checkRange("downsample_padding", downsamplePadding, 0, 1);
    for (int i = 0; i < levels; i++) {
      Checks.channels("block_out_channels", blockOutChannels.get(i), normNumGroups);
      Checks.divides("attention_head_dim", heads.get(i), "block_out_channels", blockOutChannels.get(i));
    }
    if (blockOutChannels.get(0) % 2 != 0) {
      throw new IllegalArgumentException(
          "block_out_channels begins with " + blockOutChannels.get(0) + ": use an even number, half of it sines");
    }
    if (freqShift >= blockOutChannels.get(0) / 2.0) {
      throw new IllegalArgumentException("freq_shift is " + freqShift + ": use less than "
          + blockOutChannels.get(0) / 2 + ", half of block_out_channels[0]");
    }
    if (timeCondProjDim != 0) {
      ConfigFile.checkRange("time_cond_proj_dim", timeCondProjDim, 4, 1 << 16);
    }
    Checks.positive("norm_eps", normEps);
    Checks.positive("mid_block_scale_factor", midBlockScaleFactor);
  }

  /**
   * Reads a configuration.
   *
   * @param path {@code unet/config.json}
   * @return its values; keys that are not set have the published code's defaults
   * @throws GillException if a value is wrong, or describes a model other than Stable Diffusion 1.x, 2.x and XL;
   *     the message names the key
   */
  public static UNetConfig read(Path path) {
    return of(ConfigFile.read(path));
  }

  /**
   * Reads a configuration.
   *
   * @param config {@code unet/config.json}
   * @return its values, as for {@link #read}
   * @throws GillException as for {@link #read}
   */
  public static UNetConfig of(ConfigFile config) {
    config.only("_class_name", "UNet2DConditionModel");
    config.only("mid_block_type", "UNetMidBlock2DCrossAttn");
    if (config.mentions("mid_block_type") && !config.has("mid_block_type")) {
      throw config.refuse("mid_block_type", "a UNet without a middle block is not supported");
    }
    config.only("act_fn", "silu");
    config.only("only_cross_attention", false);
    config.only("mid_block_only_cross_attention", false);
    config.only("dual_cross_attention", false);
    config.only("reverse_transformer_layers_per_block", null);
    config.only("encoder_hid_dim", null);
    config.only("encoder_hid_dim_type", null);
    config.only("num_attention_heads", null);
    config.only("attention_type", "default");
    config.only("cross_attention_norm", null);
    config.only("class_embed_type", null);
    config.only("num_class_embeds", null);
    config.only("class_embeddings_concat", false);
    boolean added = config.has("addition_embed_type");
    if (added) {
      config.only("addition_embed_type", "text_time");
    } else {
      config.only("addition_time_embed_dim", null);
      config.only("projection_class_embeddings_input_dim", null);
    }
    config.only("time_embedding_type", "positional");
    config.only("time_embedding_dim", null);
    config.only("time_embedding_act_fn", null);
    config.only("timestep_post_act", null);
    config.only("resnet_time_scale_shift", "default");
    config.only("resnet_skip_time_act", false);
    config.only("resnet_out_scale_factor", 1);
    config.only("conv_in_kernel", 3);
    config.only("conv_out_kernel", 3);
    // upcast_attention requests 32-bit logits, which the fused attention always computes.
    config.flag("upcast_attention", false);
    List<Boolean> down = attention(config, "down_block_types", "CrossAttnDownBlock2D", "DownBlock2D");
    List<Boolean> up = attention(config, "up_block_types", "CrossAttnUpBlock2D", "UpBlock2D");
    int levels = down.size();
    return config.validated(c -> new UNetConfig(
        c.count("in_channels", 4),
        c.count("out_channels", 4),
        Math.max(c.count("sample_size"), leastSampleSize(c)),
        c.counts("block_out_channels", levels),
        c.count("layers_per_block", 2),
        down,
        up,
        c.has("attention_head_dim") ? c.counts("attention_head_dim", levels) : Collections.nCopies(levels, 8),
        c.count("cross_attention_dim", 1280),
        c.flag("use_linear_projection", false),
        c.count("norm_num_groups", 32),
        c.number("norm_eps", 1e-5),
        c.flag("flip_sin_to_cos", true),
        c.number("freq_shift", 0),
        Checks.integer(c.number("downsample_padding", 1), "downsample_padding"),
        c.number("mid_block_scale_factor", 1),
        c.flag("center_input_sample", false),
        c.has("transformer_layers_per_block")
            ? c.counts("transformer_layers_per_block", levels) : Collections.nCopies(levels, 1),
        added ? c.count("addition_time_embed_dim") : 0,
        added ? c.count("projection_class_embeddings_input_dim") : 0,
        c.count("time_cond_proj_dim", 0)));
  }

  /** Files of diffusers before 0.9 have 32 where the model was trained on 64, which the published pipeline corrects. */
  private static int leastSampleSize(ConfigFile config) {
    return config.text("_diffusers_version", "").matches("0\\.[0-8](\\..*)?") ? 64 : 1;
  }

  /** Number of residual layers and transformer layers, which a file of a few bytes could make endless. */
  private static long layers(int layersPerBlock, List<Integer> transformerLayers) {
    return transformerLayers.stream().mapToLong(layers -> (2L * layersPerBlock + 1) * (layers + 1)).sum();
  }

  /**
   * Returns whether the UNet is for inpainting: it reads latents, a mask, and latents of an image.
   *
   * @return whether it has the input channels for these
   */
  public boolean forInpainting() {
    return inChannels == 2 * outChannels + 1;
  }

  /**
   * Returns the width of SDXL's pooled text.
   *
   * @return P; 0 for other models
   */
  public int pooledDim() {
    return additionInputDim - NUMBERS_OF_SIZES * additionTimeEmbedDim;
  }

  private static List<Boolean> attention(ConfigFile config, String key, String with, String without) {
    List<String> types = config.texts(key);
    for (String type : types) {
      if (!type.equals(with) && !type.equals(without)) {
        throw config.refuse(key, type + " is not supported: " + with + " and " + without + " are");
      }
    }
    if (types.isEmpty()) {
      throw config.refuse(key, "it must name the blocks");
    }
    return types.stream().map(with::equals).toList();
  }
}
