package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.GroupNorm;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Encodes pixels: the encoder of diffusers' {@code AutoencoderKL} and {@code quant_conv}. Immutable; its
 * tensors belong to the owner they were loaded into. Axes: N images, Z latent channels, C channels, H×W pixels of a
 * level.
 */
public final class VaeEncoder implements LatentEncoder {
  private static final double LEAST_LOG_VARIANCE = -30;
  private static final double GREATEST_LOG_VARIANCE = 20;

  private final double scalingFactor;
  private final Conv2d convIn;
  private final List<DownBlock> downBlocks = new ArrayList<>();
  private final VaeMidBlock midBlock;
  private final GroupNorm convNormOut;
  private final Conv2d convOut;
  private final Conv2d quantConv;

  /**
   * Takes the weights.
   *
   * @param config the shape
   * @param w all keys of the file; the caller calls {@link Weights#finish}
   */
  public VaeEncoder(VaeConfig config, Weights w) {
    scalingFactor = config.scalingFactor();
    List<Integer> channels = config.blockOutChannels();
    int coarsest = channels.size() - 1;
    int groups = config.normNumGroups();
    int moments = 2 * config.latentChannels();
    Weights encoder = w.at("encoder");
    convIn = Conv2d.of(encoder.at("conv_in"), config.inChannels(), channels.get(0), 3, 1, 1);
    for (int i = 0; i <= coarsest; i++) {
      downBlocks.add(DownBlock.of(encoder.at("down_blocks", i), config, i));
    }
    midBlock = VaeMidBlock.of(encoder.at("mid_block"), channels.get(coarsest), groups);
    convNormOut = GroupNorm.of(encoder.at("conv_norm_out"), groups, channels.get(coarsest), VaeMidBlock.NORM_EPS);
    convOut = Conv2d.of(encoder.at("conv_out"), channels.get(coarsest), moments, 3, 1, 1);
    quantConv = Conv2d.of(w.at("quant_conv"), moments, moments, 1, 1, 0);
  }

  /**
   * Distribution of the latents.
   *
   * @param mean (N, Z, h, w), also the most likely latents; not yet multiplied by the scaling factor
   * @param logVariance (N, Z, h, w), limited to [−30, 20]
   */
  public record Moments(Tensor mean, Tensor logVariance) implements Latents {
    @Override
    public Optional<Tensor> deviation() {
      return Optional.of(logVariance.mul(0.5).exp());
    }
  }

  @Override
  public double scalingFactor() {
    return scalingFactor;
  }

  @Override
  public Moments encode(Tensor images) {
    Tensor moments = Scope.tidy(() -> {
      Tensor x = Scope.tidy(() ->
          convIn.apply(images.to(convIn.weight()).channelsLast())); // (N, 3, H, W) → (N, C, H, W)
      for (DownBlock block : downBlocks) {
        Tensor next = block.apply(x); // (N, C, H, W) → (N, C', H/2, W/2)
        x.close();
        x = next;
      }
      Tensor h = convNormOut.apply(midBlock.apply(x)).siluInPlace(); // (N, C, h, w)
      return quantConv.apply(convOut.apply(h)); // (N, 2·Z, h, w)
    });
    Tensor[] parts = moments.chunk(2, 1); // 2 × (N, Z, h, w)
    return new Moments(parts[0], parts[1].clamp(LEAST_LOG_VARIANCE, GREATEST_LOG_VARIANCE));
  }

  /** {@code DownEncoderBlock2D}. */
  private record DownBlock(List<ResnetBlock> resnets, @Nullable Downsample downsample) {
    static DownBlock of(Weights w, VaeConfig config, int level) {
      List<Integer> channels = config.blockOutChannels();
      int out = channels.get(level);
      int above = channels.get(Math.max(level - 1, 0));
      List<ResnetBlock> resnets = new ArrayList<>();
      for (int i = 0; i < config.layersPerBlock(); i++) {
        resnets.add(ResnetBlock.of(w.at("resnets", i), i == 0 ? above : out, out, config.normNumGroups()));
      }
      boolean last = level == channels.size() - 1;
      return new DownBlock(resnets, last ? null : Downsample.of(w.at("downsamplers", 0), out, 0));
    }

    Tensor apply(Tensor input) {
      return Scope.tidy(() -> {
        Tensor x = input;
        for (ResnetBlock resnet : resnets) {
          Tensor next = resnet.apply(x, null); // (N, C, H, W) → (N, C', H, W)
          if (x != input) {
            x.close();
          }
          x = next;
        }
        return downsample == null ? x : downsample.apply(x); // (N, C', H/2, W/2)
      });
    }
  }
}
