package io.gill.siglip;

import io.gill.clip.ClipEncoder;
import io.gill.torch.Conv2d;
import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A SigLIP vision encoder on tensors. Runs in the caller's {@link io.gill.torch.Scope}. Axes: B images, T patches, C
 * channels, P the edge of a patch in pixels.
 */
final class SiglipVisionNetwork {
  private final @Nullable Conv2d patches;
  private final @Nullable Linear flexiblePatches; // in NaFlex, which gets (B, T, P·P·3)
  private final Tensor positions; // (side·side, C)
  private final @Nullable PositionGrid grid;
  private final ClipEncoder encoder;
  private final LayerNorm postNorm;
  private final AttentionPooling head;

  SiglipVisionNetwork(SiglipVisionConfig config, Weights w) {
    int c = config.encoder().hiddenSize();
    int patch = config.patchSize();
    int side = config.side();
    Weights embeddings = w.at("embeddings");
    Weights embedding = embeddings.at("patch_embedding");
    patches = config.naflex() ? null : Conv2d.of(embedding, 3, c, patch, patch, 0);
    flexiblePatches = config.naflex() ? Linear.of(embedding, 3L * patch * patch, c) : null;
    positions = embeddings.take("position_embedding.weight", (long) side * side, c);
    grid = config.naflex()
        ? new PositionGrid(side, c, Scope.compute("reading position embeddings", positions::toFloats)) : null;
    embeddings.ignore(key -> key.endsWith(".position_ids"));
    encoder = ClipEncoder.of(w.at("encoder"), config.encoder());
    postNorm = LayerNorm.of(w.at("post_layernorm"), c, config.encoder().layerNormEps());
    head = AttentionPooling.of(w.at("head"), config.encoder());
    w.finish("a SigLIP vision encoder");
  }

  /** Embeds images of the fixed size, (B, 3, H, W) → (B, T, C). */
  Tensor embed(Tensor pixels) {
    Conv2d layer = present(patches);
    Tensor p = layer.apply(pixels.to(layer.weight())); // (B, C, H/P, W/P)
    return p.reshape(pixels.size(0), p.size(1), -1).transpose(1, 2).add(positions); // (B, T, C)
  }

  /** Embeds the patches of one image, (1, rows·columns, P·P·3) → (1, T, C). */
  Tensor embed(Tensor pixels, int rows, int columns) {
    Linear layer = present(flexiblePatches);
    float[] resized = present(grid).resized(rows, columns);
    Tensor added = Tensor.of(resized, 1, (long) rows * columns, positions.size(1)).to(positions);
    return layer.apply(pixels.to(positions)).add(added);
  }

  /** Returns the hidden states before the final norm, the embeddings first. */
  List<Tensor> hiddenStates(Tensor embedded) {
    return encoder.hiddenStates(embedded, false);
  }

  /** Returns {@code last_hidden_state}, (B, T, C). */
  Tensor last(Tensor embedded) {
    return closingNorm(encoder.apply(embedded, false));
  }

  /** Applies the norm after the last layer, (B, T, C). */
  Tensor closingNorm(Tensor state) {
    return postNorm.apply(state);
  }

  /** Returns {@code pooler_output}, (B, C). */
  Tensor pool(Tensor last) {
    return head.apply(last);
  }

  private static <T> T present(@Nullable T layer) {
    if (layer == null) {
      throw new IllegalStateException("the encoder reads images of another kind");
    }
    return layer;
  }
}
