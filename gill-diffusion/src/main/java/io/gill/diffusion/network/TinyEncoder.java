package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * TAESD's encoder (Bohan 2023, {@code madebyollin/taesd}), diffusers' {@code EncoderTiny}. Immutable; its tensors
 * belong to the owner they were loaded into. Axes: N images, Z latent channels, C channels, H×W pixels of a level.
 */
public final class TinyEncoder implements LatentEncoder {
  private final Conv2d convIn;
  private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();

  /**
   * Takes the weights.
   *
   * @param config the shape
   * @param w the numbered layers from 0; the caller calls {@link Weights#finish}
   */
  public TinyEncoder(TinyAutoencoderConfig config, Weights w) {
    int c = config.encoderWidth();
    int next = 0;
    convIn = Conv2d.of(w.at(Integer.toString(next++)), 3, c, 3, 1, 1);
    for (int level = 0; level < config.encoderBlocks().size(); level++) {
      if (level > 0) {
        layers.add(Conv2d.withoutBias(w.at(Integer.toString(next++)), c, c, 3, 2, 1)::apply);
      }
      for (int i = 0; i < config.encoderBlocks().get(level); i++) {
        layers.add(TinyBlock.of(w.at(Integer.toString(next++)), c)::apply);
      }
    }
    layers.add(Conv2d.of(w.at(Integer.toString(next)), c, config.latentChannels(), 3, 1, 1)::apply);
  }

  /** Its latents need no scaling. */
  @Override
  public double scalingFactor() {
    return 1;
  }

  @Override
  public Latents encode(Tensor images) {
    return new Point(Scope.tidy(() -> {
      Tensor unit = images.to(convIn.weight()).add(1).div(2); // (N, 3, H, W) from −1…1 to 0…1
      Tensor x = convIn.apply(unit.channelsLast()); // (N, C, H, W)
      for (UnaryOperator<Tensor> layer : layers) {
        Tensor input = x;
        x = Scope.tidy(() -> layer.apply(input));
        input.close();
      }
      return x; // (N, Z, h, w)
    }));
  }

  private record Point(Tensor mean) implements Latents {
    @Override
    public Optional<Tensor> deviation() {
      return Optional.empty();
    }
  }
}
