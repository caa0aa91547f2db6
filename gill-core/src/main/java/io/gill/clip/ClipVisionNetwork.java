package io.gill.clip;

import io.gill.torch.Conv2d;
import io.gill.torch.LayerNorm;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;

/**
 * The layers of a CLIP vision tower, from tensors to tensors, for {@link ClipVisionModel} and for training. All tensors
 * belong to the caller's {@link io.gill.torch.Scope}. Axes: B images, T positions, C channels.
 *
 * <p>Immutable. The weights belong to the owner of the {@link Weights}.
 */
public final class ClipVisionNetwork {
  private final ClipVisionConfig config;
  private final Conv2d patches;
  private final Tensor classToken; // (C)
  private final Tensor positions; // (T, C)
  private final LayerNorm preNorm;
  private final ClipEncoder encoder;
  private final LayerNorm postNorm;

  /**
   * Builds the layers from their weights.
   *
   * @param config the tower's sizes
   * @param w weights below {@code vision_model}
   * @throws io.gill.GillException if a key is missing or unexpected, or has the wrong shape
   */
  public ClipVisionNetwork(ClipVisionConfig config, Weights w) {
    int c = config.encoder().hiddenSize();
    int patch = config.patchSize();
    double eps = config.encoder().layerNormEps();
    this.config = config;
    Weights embeddings = w.at("embeddings");
    patches = Conv2d.withoutBias(embeddings.at("patch_embedding"), config.numChannels(), c, patch, patch, 0);
    classToken = embeddings.take("class_embedding", c);
    positions = embeddings.take("position_embedding.weight", config.positions(), c);
    embeddings.ignore(key -> key.endsWith(".position_ids"));
    preNorm = LayerNorm.of(w.at("pre_layrnorm"), c, eps);
    encoder = ClipEncoder.of(w.at("encoder"), config.encoder());
    postNorm = LayerNorm.of(w.at("post_layernorm"), c, eps);
    w.finish("a CLIP vision encoder");
  }

  /**
   * Encodes preprocessed images.
   *
   * @param pixels (B, channels, size, size) in any precision
   * @return {@code pooler_output}, (B, C)
   */
  public Tensor pooled(Tensor pixels) {
    return postNorm.apply(encoder.apply(embed(pixels), false).select(1, 0)); // (B, T, C) -> (B, C)
  }

  /** Returns the input of the first layer and the output of every layer, (B, T, C) each; for inspection. */
  List<Tensor> hiddenStates(Tensor pixels) {
    return encoder.hiddenStates(embed(pixels), false);
  }

  private Tensor embed(Tensor pixels) {
    long b = pixels.size(0);
    Tensor x = pixels.to(patches.weight());
    Tensor p = patches.apply(x).reshape(b, config.encoder().hiddenSize(), -1).transpose(1, 2); // (B, T - 1, C)
    Tensor c = classToken.expand(b, 1, -1); // (B, 1, C)
    return preNorm.apply(Tensor.cat(1, c, p).addInPlace(positions)); // (B, T, C)
  }
}
