package io.gill.llama;

import io.gill.lm.CausalMask;
import io.gill.lm.Decoder;
import io.gill.lm.DecoderShape;
import io.gill.lm.Past;
import io.gill.torch.RmsNorm;
import io.gill.torch.Rotary.Rotation;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/** The network between the embeddings and the output layer, in the order of the checkpoint. Immutable. */
record LlamaDecoder(LlamaConfig config, List<LlamaLayer> layers, RmsNorm norm) implements Decoder {
  static LlamaDecoder of(Weights w, LlamaConfig config) {
    List<LlamaLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(LlamaLayer.of(w.at("layers", i), config, i));
    }
    return new LlamaDecoder(
        config, List.copyOf(layers), RmsNorm.of(w.at("norm"), config.hiddenSize(), config.rmsNormEps()));
  }

  @Override
  public DecoderShape shape() {
    return config.shape();
  }

  @Override
  public Tensor apply(Tensor embeddings, Past past, Consumer<Tensor> eachState) {
    int t = Math.toIntExact(embeddings.size(-2));
    Rotation rotation = config.rotary().at(past.lengths(), t, embeddings);
    Map<Integer, CausalMask> masks = new HashMap<>(); // by window
    for (int window : Set.copyOf(config.variant().windows())) {
      masks.put(window, CausalMask.of(t, past, window, embeddings));
    }
    Tensor x = embeddings; // (…, T, C)
    for (LlamaLayer layer : layers) {
      eachState.accept(x);
      Tensor next = layer.apply(x, past, rotation, Objects.requireNonNull(masks.get(layer.window())));
      if (x != embeddings) {
        x.close();
      }
      x = next;
    }
    Tensor last = norm.apply(x); // (…, T, C)
    eachState.accept(last);
    return last;
  }
}
