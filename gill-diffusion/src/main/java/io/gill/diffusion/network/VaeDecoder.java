package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.GroupNorm;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes latents: {@code post_quant_conv} and the decoder of diffusers' {@code AutoencoderKL}. Immutable; its
 * tensors belong to the owner they were loaded into. Axes: N images, Z latent channels, C channels, H×W pixels of a
 * level.
 */
public final class VaeDecoder implements LatentDecoder {
  private final double scalingFactor;
  private final Conv2d postQuantConv;
  private final Conv2d convIn;
  private final VaeMidBlock midBlock;
  private final List<UpBlock> upBlocks = new ArrayList<>();
  private final GroupNorm convNormOut;
  private final Conv2d convOut;

  /**
   * Takes the weights.
   *
   * @param config the shape
   * @param w all keys of the file; the caller calls {@link Weights#finish}
   */
  public VaeDecoder(VaeConfig config, Weights w) {
    scalingFactor = config.scalingFactor();
    List<Integer> channels = config.blockOutChannels();
    int coarsest = channels.size() - 1;
    int groups = config.normNumGroups();
    Weights decoder = w.at("decoder");
    convIn = Conv2d.of(decoder.at("conv_in"), config.latentChannels(), channels.get(coarsest), 3, 1, 1);
    for (int i = 0; i <= coarsest; i++) {
      upBlocks.add(UpBlock.of(decoder.at("up_blocks", i), config, coarsest - i));
    }
    midBlock = VaeMidBlock.of(decoder.at("mid_block"), channels.get(coarsest), groups);
    convNormOut = GroupNorm.of(decoder.at("conv_norm_out"), groups, channels.get(0), VaeMidBlock.NORM_EPS);
    convOut = Conv2d.of(decoder.at("conv_out"), channels.get(0), config.outChannels(), 3, 1, 1);
    postQuantConv =
        Conv2d.of(w.at("post_quant_conv"), config.latentChannels(), config.latentChannels(), 1, 1, 0);
  }

  @Override
  public double scalingFactor() {
    return scalingFactor;
  }

  @Override
  public Tensor decode(Tensor latents) {
    return Scope.tidy(() -> {
      Tensor x = Scope.tidy(() -> {
        Tensor z = postQuantConv.apply(latents.to(convIn.weight()).channelsLast()); // (N, Z, h, w)
        return midBlock.apply(convIn.apply(z)); // (N, C, h, w)
      });
      for (UpBlock block : upBlocks) {
        Tensor next = block.apply(x); // (N, C, H, W) → (N, C', 2·H, 2·W)
        x.close();
        x = next;
      }
      Tensor normed = convNormOut.apply(x).siluInPlace(); // (N, C, H, W)
      x.close();
      return convOut.apply(normed); // (N, 3, H, W)
    });
  }

  /** {@code UpDecoderBlock2D}. */
  private record UpBlock(List<ResnetBlock> resnets, @Nullable Upsample upsample) {
    static UpBlock of(Weights w, VaeConfig config, int level) {
      List<Integer> channels = config.blockOutChannels();
      int out = channels.get(level);
      int below = channels.get(Math.min(level + 1, channels.size() - 1));
      List<ResnetBlock> resnets = new ArrayList<>();
      for (int i = 0; i <= config.layersPerBlock(); i++) {
        resnets.add(ResnetBlock.of(w.at("resnets", i), i == 0 ? below : out, out, config.normNumGroups()));
      }
      return new UpBlock(resnets, level == 0 ? null : Upsample.of(w.at("upsamplers", 0), out));
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
        return upsample == null ? x : upsample.apply(x, 2 * x.size(2), 2 * x.size(3)); // (N, C', 2·H, 2·W)
      });
    }
  }
}
