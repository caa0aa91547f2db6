package io.gill.clip;

import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The stack of transformer layers that both CLIP towers share, without the norms around it, in which they differ.
 *
 * @param layers layers in order
 */
public record ClipEncoder(List<ClipEncoderLayer> layers) {
  /**
   * Copies the list.
   *
   * @param layers layers in order
   */
  public ClipEncoder {
    layers = List.copyOf(layers);
  }

  /**
   * Builds all layers from their weights.
   *
   * @param w weights below the encoder's prefix: {@code layers.0} and so on
   * @param config the encoder's sizes
   * @return the encoder
   */
  public static ClipEncoder of(Weights w, ClipEncoderConfig config) {
    List<ClipEncoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(ClipEncoderLayer.of(w.at("layers", i), config));
    }
    return new ClipEncoder(layers);
  }

  /**
   * Applies all layers and keeps no intermediate results.
   *
   * @param embeddings (B, T, C), not modified
   * @param causal whether a position attends only to itself and earlier positions: true for texts, false for images
   * @return (B, T, C): last hidden state, before any final norm
   */
  public Tensor apply(Tensor embeddings, boolean causal) {
    Tensor x = embeddings;
    for (ClipEncoderLayer layer : layers) {
      Tensor next = layer.apply(x, causal);
      if (x != embeddings) {
        x.close();
      }
      x = next;
    }
    return x;
  }

  /**
   * Applies all layers and returns all intermediate results.
   *
   * @param embeddings (B, T, C)
   * @param causal whether a position attends only to itself and earlier positions
   * @return layers + 1 tensors of (B, T, C): {@code hidden_states}, starting with the embeddings
   */
  public List<Tensor> hiddenStates(Tensor embeddings, boolean causal) {
    List<Tensor> states = new ArrayList<>();
    states.add(embeddings);
    for (ClipEncoderLayer layer : layers) {
      states.add(layer.apply(states.get(states.size() - 1), causal));
    }
    return states;
  }
}
