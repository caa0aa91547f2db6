package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * TAESD's decoder (Bohan 2023, {@code madebyollin/taesd}), diffusers' {@code DecoderTiny}. Immutable; its tensors
 * belong to the owner they were loaded into. Axes: N images, Z latent channels, C channels, H×W pixels of a level.
 */
public final class TinyDecoder implements LatentDecoder {
  /** 3·tanh(z / 3) limits latents to ±3. */
  private static final double LIMIT = 3;

  private final Conv2d convIn;
  private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();

  /**
   * Takes the weights.
   *
   * @param config the shape
   * @param w the numbered layers; the caller calls {@link Weights#finish}
   * @param first number of the first convolution: 0 in diffusers' files, 1 in original ones
   */
  public TinyDecoder(TinyAutoencoderConfig config, Weights w, int first) {
    int c = config.decoderWidth();
    int next = first;
    convIn = Conv2d.of(w.at(Integer.toString(next)), config.latentChannels(), c, 3, 1, 1);
    next += 2; // a ReLU follows
    int last = config.decoderBlocks().size() - 1;
    for (int level = 0; level <= last; level++) {
      for (int i = 0; i < config.decoderBlocks().get(level); i++) {
        layers.add(TinyBlock.of(w.at(Integer.toString(next++)), c)::apply);
      }
      if (level < last) {
        next++; // the enlargement has no weights
        Conv2d conv = Conv2d.withoutBias(w.at(Integer.toString(next++)), c, c, 3, 1, 1);
        layers.add(x -> conv.apply(x.upsampleNearest(2 * x.size(2), 2 * x.size(3)))); // (N, C, 2·H, 2·W)
      }
    }
    layers.add(Conv2d.of(w.at(Integer.toString(next)), c, 3, 3, 1, 1)::apply);
  }

  /** Its latents need no scaling. */
  @Override
  public double scalingFactor() {
    return 1;
  }

  @Override
  public Tensor decode(Tensor latents) {
    return Scope.tidy(() -> {
      Tensor limited = latents.to(convIn.weight()).div(LIMIT).tanh().mul(LIMIT); // (N, Z, h, w)
      Tensor x = convIn.apply(limited.channelsLast()).reluInPlace(); // (N, C, h, w)
      for (UnaryOperator<Tensor> layer : layers) {
        Tensor input = x;
        x = Scope.tidy(() -> layer.apply(input));
        input.close();
      }
      return x.mul(2).add(-1); // (N, 3, H, W) from 0…1 to −1…1
    });
  }
}
