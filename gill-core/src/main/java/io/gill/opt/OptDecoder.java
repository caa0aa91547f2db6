package io.gill.opt;

import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The network between the embeddings and the output layer, in the order of the checkpoint. Immutable.
 *
 * @param config the sizes
 * @param positions (max_position_embeddings + 2, C): position p has row p + 2
 * @param projectIn D → C, or null where D = C
 * @param layers in order
 * @param finalNorm after the last layer, or null
 * @param projectOut C → D, or null where D = C
 */
record OptDecoder(
    OptConfig config,
    Tensor positions,
    @Nullable Linear projectIn,
    List<OptLayer> layers,
    @Nullable LayerNorm finalNorm,
    @Nullable Linear projectOut) {
  private static final double LAYER_NORM_EPS = 1e-5;

  /** The first rows of the position table belonged to padding in the original code; nothing uses them any more. */
  private static final int POSITION_OFFSET = 2;

  static OptDecoder of(Weights w, OptConfig config) {
    int c = config.hiddenSize();
    int d = config.wordEmbedProjDim();
    OptLayer.Norms norms = config.layerNormElementwiseAffine()
        ? own -> LayerNorm.of(own, c, LAYER_NORM_EPS)
        : shared(new LayerNorm(w.constant(1, c), w.constant(0, c), LAYER_NORM_EPS));
    Tensor positions = w.take("embed_positions.weight", config.maxPositionEmbeddings() + (long) POSITION_OFFSET, c);
    Linear projectIn = config.hasProjections() ? Linear.withoutBias(w.at("project_in"), d, c) : null;
    List<OptLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(OptLayer.of(w.at("layers", i), config, i, norms));
    }
    LayerNorm finalNorm = config.hasFinalLayerNorm() ? norms.of(w.at("final_layer_norm")) : null;
    Linear projectOut = config.hasProjections() ? Linear.withoutBias(w.at("project_out"), c, d) : null;
    return new OptDecoder(config, positions, projectIn, List.copyOf(layers), finalNorm, projectOut);
  }

  private static OptLayer.Norms shared(LayerNorm norm) {
    return own -> norm;
  }

  /**
   * Reads on: the cache has room and remembers the new positions, but its length stays.
   *
   * @param embeddings (T, D), left as they are
   * @param cache the positions before
   * @param eachState sees all hidden states (T, C) in order: what enters the first layer, what leaves every layer but the
   *     last, and the result
   * @return (T, D): the last hidden state after the final norm and projection
   */
  Tensor apply(Tensor embeddings, KeyValueCache cache, Consumer<Tensor> eachState) {
    int past = cache.length();
    int t = Math.toIntExact(embeddings.size(0));
    Tensor mask = t > 1 && past > 0 ? mask(t, past).to(positions) : null; // (T, S)
    Tensor x = apply(embeddings, past, cache, mask, eachState);
    cache.appendHidden(x);
    return x;
  }

  /**
   * Reads whole sequences at a time, without remembering them. Those that are shorter are filled up at the end with
   * anything: no position sees a later one.
   *
   * @param embeddings (B, T, D), left as they are
   * @return (B, T, D): the last hidden state after the final norm and projection
   */
  Tensor apply(Tensor embeddings) {
    return apply(embeddings, 0, OptLayer.Past.NONE, null, state -> {});
  }

  private Tensor apply(
      Tensor embeddings, int start, OptLayer.Past past, @Nullable Tensor mask, Consumer<Tensor> eachState) {
    Tensor place = positions.narrow(0, start + (long) POSITION_OFFSET, embeddings.size(-2)); // (T, C)
    Tensor x = (projectIn == null ? embeddings : projectIn.apply(embeddings)).add(place); // (…, T, C)
    for (OptLayer layer : layers) {
      eachState.accept(x);
      Tensor next = layer.apply(x, past, mask);
      x.close();
      x = next;
    }
    if (finalNorm != null) {
      x = finalNorm.apply(x);
    }
    if (projectOut != null) {
      x = projectOut.apply(x); // (…, T, D)
    }
    eachState.accept(x);
    return x;
  }

  /** New position i sees the past and the new ones up to itself. */
  private static Tensor mask(int t, int past) {
    int s = past + t;
    float[] mask = new float[Math.multiplyExact(t, s)];
    for (int i = 0; i < t; i++) {
      Arrays.fill(mask, i * s + past + i + 1, (i + 1) * s, Float.NEGATIVE_INFINITY);
    }
    return Tensor.of(mask, t, s);
  }
}
