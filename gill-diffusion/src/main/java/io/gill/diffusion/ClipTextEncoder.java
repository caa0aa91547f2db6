package io.gill.diffusion;

import io.gill.clip.ClipEncoder;
import io.gill.torch.LayerNorm;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * CLIP's text tower (Radford et al. 2021), whose last hidden state conditions the UNet. Immutable; its tensors belong
 * to the owner they were loaded into. Axes: T positions, C channels.
 */
final class ClipTextEncoder {
  private final ClipTextConfig config;
  private final Tensor tokenEmbedding;
  private final Tensor positionEmbedding;
  private final ClipEncoder encoder;
  private final LayerNorm finalLayerNorm;

  /**
   * Takes the weights.
   *
   * @param config the shape
   * @param weights all keys of the file
   * @throws io.gill.GillException if the file does not hold exactly these weights
   */
  ClipTextEncoder(ClipTextConfig config, Weights weights) {
    this.config = config;
    int c = config.encoder().hiddenSize();
    Weights w = weights.at("text_model");
    tokenEmbedding = w.take("embeddings.token_embedding.weight", config.vocabSize(), c);
    positionEmbedding = w.take("embeddings.position_embedding.weight", config.maxPositionEmbeddings(), c);
    encoder = ClipEncoder.of(w.at("encoder"), config.encoder());
    finalLayerNorm = LayerNorm.of(w.at("final_layer_norm"), c, config.encoder().layerNormEps());
    weights.ignore(key -> key.endsWith("embeddings.position_ids")); // 0, 1, 2 …, stored by older versions
    weights.finish("the text encoder");
  }

  ClipTextConfig config() {
    return config;
  }

  /**
   * Encodes one text.
   *
   * @param ids T token ids, at most {@link ClipTextConfig#maxPositionEmbeddings}
   * @return (T, C), {@code last_hidden_state} after the final norm
   */
  float[][] encode(int[] ids) {
    return Scope.compute("encoding a prompt", () ->
        finalLayerNorm.apply(encoder.apply(embed(ids), true)).squeeze(0).toRows()); // (1, T, C) → (T, C)
  }

  /** What {@link #encode} computes on the way: (T, C) before the first layer, after each, and after the final norm. */
  List<float[]> hiddenStates(int[] ids) {
    return Scope.compute("encoding a prompt", () -> {
      List<Tensor> states = new ArrayList<>(encoder.hiddenStates(embed(ids), true)); // (1, T, C) each
      states.add(finalLayerNorm.apply(states.get(states.size() - 1)));
      return states.stream().map(Tensor::toFloats).toList();
    });
  }

  /** T token ids as the first layer reads them: (1, T, C). */
  private Tensor embed(int[] ids) {
    long[] indices = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= config.vocabSize()) {
        throw new IllegalArgumentException(
            "token id " + ids[i] + " is outside the text encoder's vocabulary of " + config.vocabSize());
      }
      indices[i] = ids[i];
    }
    if (ids.length > config.maxPositionEmbeddings()) {
      throw new IllegalArgumentException(
          ids.length + " token ids do not fit into the text encoder's " + config.maxPositionEmbeddings()
              + " positions");
    }
    Tensor tokens = tokenEmbedding.rows(Tensor.of(indices, ids.length).toDeviceOf(tokenEmbedding)); // (T, C)
    return tokens.addInPlace(positionEmbedding.narrow(0, 0, ids.length)).unsqueeze(0); // (1, T, C)
  }
}
