package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.GroupNorm;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The denoising network of Stable Diffusion (Rombach et al. 2022) and SDXL (Podell et al. 2023), diffusers'
 * {@code UNet2DConditionModel}: maps noisy latents, a timestep and a text to the noise or another target of its
 * training. Immutable; its tensors belong to the owner they were loaded into.
 *
 * <p>Axes: N images, C channels of a level, H×W pixels of the latents, L text tokens, D their width, T width of the
 * time embedding.
 */
public final class UNet {
  private final UNetConfig config;
  private final Conv2d convIn;
  private final TimestepEmbedding timeEmbedding;
  private final @Nullable AddedEmbedding addedEmbedding;
  private final List<DownBlock> downBlocks = new ArrayList<>();
  private final List<UpBlock> upBlocks = new ArrayList<>();
  private final MidBlock midBlock;
  private final GroupNorm convNormOut;
  private final Conv2d convOut;

  /**
   * Takes the weights.
   *
   * @param config the shape
   * @param w all keys of the file
   * @throws io.gill.GillException if the file does not hold exactly these weights
   */
  public UNet(UNetConfig config, Weights w) {
    this.config = config;
    List<Integer> channels = config.blockOutChannels();
    int last = channels.size() - 1;
    convIn = Conv2d.of(w.at("conv_in"), config.inChannels(), channels.get(0), 3, 1, 1);
    timeEmbedding = TimestepEmbedding.of(w.at("time_embedding"), config);
    addedEmbedding =
        config.additionTimeEmbedDim() == 0 ? null : AddedEmbedding.of(w.at("add_embedding"), config);
    for (int i = 0; i <= last; i++) {
      downBlocks.add(DownBlock.of(w.at("down_blocks", i), config, i));
    }
    for (int i = 0; i <= last; i++) {
      upBlocks.add(UpBlock.of(w.at("up_blocks", i), config, i));
    }
    midBlock = MidBlock.of(w.at("mid_block"), config);
    convNormOut = GroupNorm.of(w.at("conv_norm_out"), config.normNumGroups(), channels.get(0), config.normEps());
    convOut = Conv2d.of(w.at("conv_out"), channels.get(0), config.outChannels(), 3, 1, 1);
    w.finish("the UNet");
  }

  /**
   * The shape.
   *
   * @return the configuration
   */
  public UNetConfig config() {
    return config;
  }

  /** Conditioning of predictions, prepared once per run. Its tensors belong to the scope that prepared it. */
  public static final class Context {
    private final TextKeys text;
    private final @Nullable Tensor added; // (N, A)
    private final @Nullable Tensor guidance; // (1, C)

    private Context(TextKeys text, @Nullable Tensor added, @Nullable Tensor guidance) {
      this.text = text;
      this.added = added;
      this.guidance = guidance;
    }
  }

  /**
   * Prepares conditioning, to be called once per run.
   *
   * @param text (N, L, D) of any precision
   * @param added (N, A), SDXL's addition to the timestep: see {@link #added}; null for other models
   * @param guidance (1, C), the guidance scale: see {@link #guidance}; null to leave it out
   * @return the conditioning of predictions
   */
  public Context context(Tensor text, @Nullable Tensor added, @Nullable Tensor guidance) {
    List<Attention> attentions = new ArrayList<>();
    transformers().forEach(transformer -> transformer.blocks().forEach(block -> attentions.add(block.cross())));
    return new Context(new TextKeys(attentions, toOwnType(text)), added, guidance);
  }

  private List<SpatialTransformer> transformers() {
    List<SpatialTransformer> all = new ArrayList<>(List.of(midBlock.attention));
    downBlocks.forEach(block -> all.addAll(block.attentions));
    upBlocks.forEach(block -> all.addAll(block.attentions));
    return all;
  }

  /**
   * Converts an input of every step, to be called once per run.
   *
   * @param tensor any tensor
   * @return it in the model's precision on its device
   */
  public Tensor toOwnType(Tensor tensor) {
    return tensor.to(convIn.weight());
  }

  /**
   * Moves an input of every step to the model's device and keeps its precision.
   *
   * @param tensor any tensor
   * @return it on the model's device
   */
  public Tensor toOwnDevice(Tensor tensor) {
    return tensor.toDeviceOf(convIn.weight());
  }

  /**
   * Prepares the guidance scale for a model that reads it, to be called once per run.
   *
   * @param scale w of classifier-free guidance
   * @return (1, C); null for models without {@code time_cond_proj_dim}
   */
  public @Nullable Tensor guidance(double scale) {
    return timeEmbedding.guidance() == null ? null : timeEmbedding.guidance().apply(scale);
  }

  /**
   * Prepares SDXL's addition to the timestep.
   *
   * @param pooled (N, P), the pooled texts
   * @param sizes six numbers for each of the N images: height and width of the original, top and left of the crop,
   *     height and width of the target
   * @return (N, A) in the model's precision
   * @throws IllegalStateException if {@link UNetConfig#pooledDim} is 0
   */
  public Tensor added(Tensor pooled, double[][] sizes) {
    if (addedEmbedding == null) {
      throw new IllegalStateException("this UNet takes no pooled text");
    }
    return addedEmbedding.input(pooled, sizes);
  }

  /**
   * Predicts.
   *
   * @param sample (N, in, H, W) of any precision
   * @param timestep timestep of the training schedule, for all images
   * @param context (N, L, D) of any precision
   * @return (N, out, H, W) in the model's precision
   */
  public Tensor predict(Tensor sample, double timestep, Tensor context) {
    return predict(sample, new double[] {timestep}, context);
  }

  /**
   * Predicts, each image at a noise level of its own, as in training.
   *
   * @param sample (N, in, H, W) of any precision
   * @param timesteps timesteps of the training schedule, one for all images or one each
   * @param context (N, L, D) of any precision
   * @return (N, out, H, W) in the model's precision
   */
  public Tensor predict(Tensor sample, double[] timesteps, Tensor context) {
    return Scope.tidy(() -> predict(sample, timesteps, context(context, null, null), (name, value) -> {}));
  }

  /**
   * Predicts and reports intermediate results.
   *
   * @param sample (N, in, H, W) of any precision
   * @param timesteps timesteps of the training schedule, one for all images or one each
   * @param context the conditioning
   * @param probe receives the output of each top-level part, under its published name
   * @return (N, out, H, W) in the model's precision
   */
  public Tensor predict(
      Tensor sample, double[] timesteps, Context context, BiConsumer<String, Tensor> probe) {
    return predict(sample, timesteps, context, DeepFeatures.NONE, probe);
  }

  /**
   * Predicts and keeps the deep features, or predicts from those of an earlier step.
   *
   * @param sample (N, in, H, W) of any precision
   * @param timestep timestep of the training schedule, for all images
   * @param context the conditioning
   * @param features the run's features
   * @return (N, out, H, W) in the model's precision
   */
  public Tensor predict(Tensor sample, double timestep, Context context, DeepFeatures features) {
    return predict(sample, new double[] {timestep}, context, features, (name, value) -> {});
  }

  private Tensor predict(Tensor sample, double[] timesteps, Context context, DeepFeatures features,
      BiConsumer<String, Tensor> probe) {
    return Scope.tidy(() -> {
      Tensor time = Scope.tidy(() -> embed(timesteps, context, probe)); // (1 or N, T)
      Tensor first = Scope.tidy(() -> {
        Tensor centred = config.centerInputSample() ? sample.mul(2).add(-1) : sample;
        return convIn.apply(toOwnType(centred).channelsLast()); // (N, in, H, W) → (N, C₀, H, W)
      });
      probe.accept("conv_in", first);
      Tensor deep = features.of(() -> deep(first, time, context.text, probe)); // (N, C, H, W)
      UpBlock finest = upBlocks.get(upBlocks.size() - 1);
      Tensor x = finest.layer(finest.resnets.size() - 1, deep, first, time, context.text); // (N, C₀, H, W)
      probe.accept("up_blocks." + (upBlocks.size() - 1), x);
      return convOut.apply(convNormOut.apply(x).siluInPlace()); // (N, C₀, H, W) → (N, out, H, W)
    });
  }

  /** Computes all layers between the first convolution and the last layer of the finest level. */
  private Tensor deep(Tensor first, Tensor time, TextKeys text, BiConsumer<String, Tensor> probe) {
    List<Tensor> skips = new ArrayList<>(List.of(first));
    Tensor x = first;
    for (int i = 0; i < downBlocks.size(); i++) {
      x = downBlocks.get(i).apply(x, time, text, skips); // (N, C, H, W) → (N, C', H', W')
      probe.accept("down_blocks." + i, x);
    }
    x = midBlock.apply(x, time, text); // (N, C, H, W)
    probe.accept("mid_block", x);
    for (int i = 0; i < upBlocks.size(); i++) {
      boolean last = i == upBlocks.size() - 1;
      x = upBlocks.get(i).apply(x, time, text, skips, last ? 1 : 0); // (N, C, H, W) → (N, C', H', W')
      if (!last) {
        probe.accept("up_blocks." + i, x);
      }
    }
    return x;
  }

  private Tensor embed(double[] timesteps, Context context, BiConsumer<String, Tensor> probe) {
    Tensor embedding = timeEmbedding.apply(timesteps, context.guidance, probe); // (1 or N, T)
    probe.accept("time_embedding", embedding);
    if (addedEmbedding == null) {
      return embedding.silu();
    }
    Tensor added = context.added;
    if (added == null) {
      throw new IllegalArgumentException("this UNet needs the pooled text and sizes beside the timestep");
    }
    Tensor more = addedEmbedding.apply(added); // (N, T)
    probe.accept("add_embedding", more);
    return more.add(embedding).silu(); // (N, T)
  }

  /** {@code CrossAttnDownBlock2D} or, without attentions, {@code DownBlock2D}. */
  private record DownBlock(
      List<SpatialTransformer> attentions, List<ResnetBlock> resnets, @Nullable Downsample downsample) {

    static DownBlock of(Weights w, UNetConfig config, int level) {
      int out = config.blockOutChannels().get(level);
      int in = config.blockOutChannels().get(Math.max(level - 1, 0));
      int layers = config.layersPerBlock();
      return new DownBlock(
          config.downAttention().get(level) ? transformers(w, config, level, layers) : List.of(),
          layers(w, config, layers, i -> i == 0 ? in : out, out),
          level == config.blockOutChannels().size() - 1
              ? null
              : Downsample.of(w.at("downsamplers", 0), out, config.downsamplePadding()));
    }

    /** Adds the inputs of skip connections to {@code skips}, including its own result. */
    Tensor apply(Tensor input, Tensor time, TextKeys text, List<Tensor> skips) {
      Tensor x = input;
      for (int i = 0; i < resnets.size(); i++) {
        x = resnets.get(i).apply(x, time); // (N, C, H, W) → (N, C', H, W)
        if (!attentions.isEmpty()) {
          Tensor attended = attentions.get(i).apply(x, text); // (N, C', H, W)
          x.close();
          x = attended;
        }
        skips.add(x);
      }
      if (downsample != null) {
        x = downsample.apply(x); // (N, C', H, W) → (N, C', ⌈H/2⌉, ⌈W/2⌉)
        skips.add(x);
      }
      return x;
    }
  }

  /** {@code UNetMidBlock2DCrossAttn}. */
  private record MidBlock(SpatialTransformer attention, List<ResnetBlock> resnets) {
    static MidBlock of(Weights w, UNetConfig config) {
      int level = config.blockOutChannels().size() - 1;
      int channels = config.blockOutChannels().get(level);
      return new MidBlock(
          SpatialTransformer.of(w.at("attentions", 0), level, config),
          List.of(resnet(w.at("resnets", 0), config, channels), resnet(w.at("resnets", 1), config, channels)));
    }

    private static ResnetBlock resnet(Weights w, UNetConfig config, int channels) {
      return ResnetBlock.of(w, channels, channels, timeWidth(config), config.normNumGroups(), config.normEps(),
          config.midBlockScaleFactor());
    }

    Tensor apply(Tensor x, Tensor time, TextKeys text) {
      return Scope.tidy(() -> {
        Tensor h = resnets.get(0).apply(x, time); // (N, C, H, W)
        h = attention.apply(h, text); // (N, C, H, W)
        return resnets.get(1).apply(h, time); // (N, C, H, W)
      });
    }
  }

  /** {@code CrossAttnUpBlock2D} or, without attentions, {@code UpBlock2D}; index 0 is the coarsest level. */
  private record UpBlock(
      List<SpatialTransformer> attentions, List<ResnetBlock> resnets, @Nullable Upsample upsample) {

    static UpBlock of(Weights w, UNetConfig config, int index) {
      List<Integer> channels = config.blockOutChannels();
      int level = channels.size() - 1 - index;
      int out = channels.get(level);
      int below = channels.get(Math.min(level + 1, channels.size() - 1));
      int above = channels.get(Math.max(level - 1, 0));
      int layers = config.layersPerBlock() + 1;
      return new UpBlock(
          config.upAttention().get(index) ? transformers(w, config, level, layers) : List.of(),
          layers(w, config, layers, i -> (i == 0 ? below : out) + (i == layers - 1 ? above : out), out),
          level == 0 ? null : Upsample.of(w.at("upsamplers", 0), out));
    }

    /** Applies all but the last {@code omitted} layers. Consumes its input and one of the skips for each. */
    Tensor apply(Tensor input, Tensor time, TextKeys text, List<Tensor> skips, int omitted) {
      Tensor x = input;
      for (int i = 0; i < resnets.size() - omitted; i++) {
        Tensor below = x;
        Tensor skip = skips.remove(skips.size() - 1);
        x = layer(i, below, skip, time, text); // (N, C, H, W), (N, C", H, W) → (N, C', H, W)
        below.close();
        skip.close();
      }
      if (upsample != null) {
        Tensor next = skips.get(skips.size() - 1); // odd sizes are rounded up on the way down
        Tensor enlarged = upsample.apply(x, next.size(2), next.size(3)); // (N, C', H, W) → (N, C', H', W')
        x.close();
        x = enlarged;
      }
      return x;
    }

    Tensor layer(int index, Tensor below, Tensor skip, Tensor time, TextKeys text) {
      return Scope.tidy(() -> {
        Tensor x = Scope.tidy(() -> resnets.get(index).apply(Tensor.cat(1, below, skip), time)); // (N, C', H, W)
        return attentions.isEmpty() ? x : attentions.get(index).apply(x, text); // (N, C', H, W)
      });
    }
  }

  private static List<SpatialTransformer> transformers(Weights w, UNetConfig config, int level, int layers) {
    List<SpatialTransformer> attentions = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      attentions.add(SpatialTransformer.of(w.at("attentions", i), level, config));
    }
    return attentions;
  }

  private static List<ResnetBlock> layers(
      Weights w, UNetConfig config, int layers, IntUnaryOperator in, int out) {
    List<ResnetBlock> resnets = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      resnets.add(ResnetBlock.of(w.at("resnets", i), in.applyAsInt(i), out, timeWidth(config),
          config.normNumGroups(), config.normEps(), 1));
    }
    return resnets;
  }

  private static long timeWidth(UNetConfig config) {
    return 4L * config.blockOutChannels().get(0);
  }
}
