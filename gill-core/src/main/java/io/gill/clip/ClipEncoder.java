package io.gill.clip;

import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The stack of layers both CLIP towers share. It adds neither the norm before nor the one after: they differ.
 *
 * @param layers in order
 */
public record ClipEncoder(List<ClipEncoderLayer> layers) {
  /**
   * Copies the list.
   *
   * @param layers as above
   */
  public ClipEncoder {
    layers = List.copyOf(layers);
  }

  /**
   * Takes the weights of all layers.
   *
   * @param w the encoder's own keys: {@code layers.0} and so on
   * @param config the sizes
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
   * Applies all layers, keeping no intermediate.
   *
   * @param embeddings (B, T, C), left as it is
   * @param causal whether a position sees only itself and those before it: true for texts, false for images
   * @return (B, T, C): the last hidden state before any final norm
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
   * Applies all layers and keeps what each makes.
   *
   * @param embeddings (B, T, C)
   * @param causal as for {@link #apply}
   * @return layers + 1 tensors of (B, T, C): {@code hidden_states}, the first being the embeddings
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
