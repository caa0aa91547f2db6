package io.gill.clip;

import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CLIP's text tower (Radford et al. 2021), whose last hidden state conditions the UNet. Immutable; its tensors belong
 * to the owner they were loaded into. Axes: T positions, C channels.
 */
public final class ClipTextEncoder {
  private final ClipTextConfig config;
  private final Tensor tokenEmbedding;
  private final Tensor positionEmbedding;
  private final ClipEncoder encoder;
  private final LayerNorm finalLayerNorm;
  private final @Nullable Linear projection;

  /**
   * Takes the weights.
   *
   * @param config the shape
   * @param weights all keys of the file
   * @throws io.gill.GillException if the file does not hold exactly these weights
   */
  public ClipTextEncoder(ClipTextConfig config, Weights weights) {
    this(config, weights, false);
  }

  /**
   * Takes the weights of a {@code CLIPTextModelWithProjection}, whose texts can be {@link #pool pooled}.
   *
   * @param config the shape
   * @param weights all keys of the file
   * @return the encoder
   * @throws io.gill.GillException if the file does not hold exactly these weights
   */
  public static ClipTextEncoder withProjection(ClipTextConfig config, Weights weights) {
    return new ClipTextEncoder(config, weights, true);
  }

  private ClipTextEncoder(ClipTextConfig config, Weights weights, boolean projected) {
    this.config = config;
    int c = config.encoder().hiddenSize();
    Weights w = weights.at("text_model");
    tokenEmbedding = w.take("embeddings.token_embedding.weight", config.vocabSize(), c);
    positionEmbedding = w.take("embeddings.position_embedding.weight", config.maxPositionEmbeddings(), c);
    encoder = ClipEncoder.of(w.at("encoder"), config.encoder());
    finalLayerNorm = LayerNorm.of(w.at("final_layer_norm"), c, config.encoder().layerNormEps());
    projection = projected ? Linear.withoutBias(weights.at("text_projection"), c, config.projectionDim()) : null;
    weights.ignore(key -> key.endsWith("embeddings.position_ids")); // 0, 1, 2 …, stored by older versions
    weights.finish("the text encoder");
  }

  /**
   * The shape.
   *
   * @return the configuration
   */
  public ClipTextConfig config() {
    return config;
  }

  /**
   * Encodes one text.
   *
   * @param ids T token ids, at most {@link ClipTextConfig#maxPositionEmbeddings}
   * @return (T, C), {@code last_hidden_state} after the final norm
   */
  public float[][] encode(int[] ids) {
    return Scope.compute("encoding a prompt", () ->
        finalLayerNorm.apply(encoder.apply(embed(ids, ids.length), true)).squeeze(0).toRows()); // (1, T, C) → (T, C)
  }

  /**
   * Encodes many texts at once, inside the caller's computation.
   *
   * @param ids token ids of each text, equally many, at most {@link ClipTextConfig#maxPositionEmbeddings}
   * @return (B, T, C), {@code last_hidden_state} after the final norm
   */
  public Tensor encode(List<int[]> ids) {
    int length = ids.get(0).length;
    int[] all = new int[Math.multiplyExact(ids.size(), length)];
    for (int i = 0; i < ids.size(); i++) {
      if (ids.get(i).length != length) {
        throw new IllegalArgumentException("text " + i + " has " + ids.get(i).length + " token ids, text 0 " + length);
      }
      System.arraycopy(ids.get(i), 0, all, i * length, length);
    }
    return finalLayerNorm.apply(encoder.apply(embed(all, length), true)); // (B, T, C)
  }

  /**
   * A text as SDXL reads it.
   *
   * @param states (T, C), the hidden states before the last layer
   * @param pooled (P), the projected end of the text; empty if there is no projection
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
  public record Pooled(float[][] states, float[] pooled) {}

  /**
   * Encodes one text for SDXL.
   *
   * @param ids T token ids, at most {@link ClipTextConfig#maxPositionEmbeddings}
   * @return hidden states before the last layer, and the pooled text
   */
  public Pooled pool(int[] ids) {
    return Scope.compute("encoding a prompt", () -> {
      List<Tensor> states = encoder.hiddenStates(embed(ids, ids.length), true); // (1, T, C) each
      float[][] before = states.get(states.size() - 2).squeeze(0).toRows(); // (T, C)
      return new Pooled(before, projected(states.get(states.size() - 1), ids));
    });
  }

  /**
   * Embeds one text in the space that CLIP shares with pictures.
   *
   * @param ids T token ids, at most {@link ClipTextConfig#maxPositionEmbeddings}
   * @return (P), the projected end of the text, not normalised; empty if there is no projection
   */
  public float[] project(int[] ids) {
    return Scope.compute(
        "encoding a text", () -> projected(encoder.apply(embed(ids, ids.length), true), ids)); // (1, T, C) → (P)
  }

  private float[] projected(Tensor last, int[] ids) {
    if (projection == null) {
      return new float[0];
    }
    Tensor end = last.select(1, config.endOf(ids)); // (1, T, C) → (1, C)
    return projection.apply(finalLayerNorm.apply(end)).toFloats(); // (1, C) → (1, P)
  }

  /**
   * Returns the intermediate results of {@link #encode(int[])}.
   *
   * @param ids token ids
   * @return (T, C) each: before the first layer, after each, and after the final norm
   */
  public List<float[]> hiddenStates(int[] ids) {
    return Scope.compute("encoding a prompt", () -> {
      List<Tensor> states = new ArrayList<>(encoder.hiddenStates(embed(ids, ids.length), true)); // (1, T, C) each
      states.add(finalLayerNorm.apply(states.get(states.size() - 1)));
      return states.stream().map(Tensor::toFloats).toList();
    });
  }

  /** Returns the first layer's input for texts of T token ids, one after another: (B, T, C). */
  private Tensor embed(int[] ids, int length) {
    if (length > config.maxPositionEmbeddings()) {
      throw new IllegalArgumentException(
          length + " token ids do not fit into the text encoder's " + config.maxPositionEmbeddings() + " positions");
    }
    long[] indices = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= config.vocabSize()) {
        throw new IllegalArgumentException(
            "token id " + ids[i] + " is outside the text encoder's vocabulary of " + config.vocabSize());
      }
      indices[i] = ids[i];
    }
    Tensor tokens = tokenEmbedding.indexSelect(Tensor.of(indices, ids.length).toDeviceOf(tokenEmbedding)); // (B·T, C)
    Tensor texts = tokens.reshape(ids.length / length, length, config.encoder().hiddenSize()); // (B, T, C)
    return texts.addInPlace(positionEmbedding.narrow(0, 0, length)); // (B, T, C)
  }
}
