package io.gill.opt;

import io.gill.lm.CausalMask;
import io.gill.lm.Decoder;
import io.gill.lm.DecoderShape;
import io.gill.lm.Past;
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
 * @param projectIn D → C, or null if D = C
 * @param layers in order
 * @param finalNorm the norm after the last layer, or null
 * @param projectOut C → D, or null if D = C
 */
record OptDecoder(
    OptConfig config,
    Tensor positions,
    @Nullable Linear projectIn,
    List<OptLayer> layers,
    @Nullable LayerNorm finalNorm,
    @Nullable Linear projectOut)
    implements Decoder {
  private static final double LAYER_NORM_EPS = 1e-5;

  /** Number of unused rows at the start of the position table, which the original code reserved for padding. */
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

  @Override
  public DecoderShape shape() {
    return config.shape();
  }

  @Override
  public Tensor apply(Tensor embeddings, Past past, Consumer<Tensor> eachState) {
    int t = Math.toIntExact(embeddings.size(-2));
    CausalMask mask = CausalMask.of(t, past, Integer.MAX_VALUE, positions);
    Tensor x = (projectIn == null ? embeddings : projectIn.apply(embeddings)).add(places(past, t)); // (…, T, C)
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

  /** Returns the embeddings of T new positions: (T, C), or (B, 1, C) for sequences of different lengths. */
  private Tensor places(Past past, int t) {
    int[] lengths = past.lengths();
    if (lengths.length == 1) {
      return positions.narrow(0, lengths[0] + (long) POSITION_OFFSET, t);
    }
    long[] rows = Arrays.stream(lengths).mapToLong(length -> length + (long) POSITION_OFFSET).toArray();
    return positions.indexSelect(Tensor.of(rows, rows.length).toDeviceOf(positions)).unsqueeze(1);
  }
}
