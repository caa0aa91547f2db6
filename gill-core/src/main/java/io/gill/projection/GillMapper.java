package io.gill.projection;

import io.gill.GillException;
import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * GILLMapper (paper, section 3.2): an encoder reads the [IMG] tokens, and a decoder attends to its output with one
 * learned query per conditioning token. {@code nn.Transformer}, pre-norm, without position embeddings or masks.
 * For generators that are conditioned on a pooled vector as well, a layer {@code pooled} beside the published ones maps
 * the mean of the queries' results to it.
 *
 * <p>Axes: B requests, T [IMG] tokens, Q conditioning tokens, D the language model's width, H the mapper's width
 * (512 as published), N heads, E = H / N, F = 4 H, C the conditioning's width, P the pooled vector's.
 */
final class GillMapper implements ConditioningLayer {
  private static final int HEADS = 4;
  private static final double EPS = 1e-5;

  private final Linear fc;
  private final List<EncoderLayer> encoder;
  private final LayerNorm encoderNorm;
  private final List<DecoderLayer> decoder;
  private final LayerNorm decoderNorm;
  private final Tensor queries;
  private final Linear model;
  private final @Nullable Linear pooled;

  /**
   * Builds the mapper from its weights, which determine H, F and the number of layers.
   *
   * @param w weights below {@code gen_text_hidden_fcs.0}
   * @param in D
   * @param args Q, C and P
   */
  GillMapper(Weights w, long in, ModelArgs args) {
    long[] shape = w.shape("fc.weight");
    long width = shape == null || shape.length != 2 ? -1 : shape[0];
    if (width >= 0 && width % HEADS != 0) {
      throw new GillException("the mapper's width " + width + " (gen_text_hidden_fcs.0.fc.weight) does not divide into "
          + HEADS + " heads");
    }
    fc = Linear.of(w.at("fc"), in, width);
    Weights tfm = w.at("tfm");
    encoder = layers(tfm, "encoder", i -> EncoderLayer.of(tfm.at("encoder.layers", i), width));
    encoderNorm = LayerNorm.of(tfm.at("encoder.norm"), width, EPS);
    decoder = layers(tfm, "decoder", i -> DecoderLayer.of(tfm.at("decoder.layers", i), width));
    decoderNorm = LayerNorm.of(tfm.at("decoder.norm"), width, EPS);
    queries = w.take("query_embs", 1, args.numClipTokens(), width);
    model = Linear.of(w.at("model"), width, args.genEmbDim());
    pooled = args.genPooledDim() == 0 ? null : Linear.of(w.at("pooled"), width, args.genPooledDim());
  }

  /** Builds all layers in the file. Of a file without layers, the first is reported as missing. */
  private static <T> List<T> layers(Weights tfm, String stack, IntFunction<T> layer) {
    int count = 1;
    while (tfm.at(stack + ".layers", count).has("norm1.weight")) {
      count++;
    }
    return IntStream.range(0, count).mapToObj(layer).toList();
  }

  @Override
  public Tensor forward(Tensor hidden, Tensor embeddings) {
    Tensor memory = encode(project(hidden, embeddings)); // (B, T, H)
    Tensor results = decode(memory); // (B, Q, H)
    Tensor tokens = model.apply(results); // (B, Q, H) -> (B, Q, C)
    if (pooled == null) {
      return tokens;
    }
    Tensor vector = pooled.apply(results.mean(1)); // (B, Q, H) -> (B, H) -> (B, P)
    Tensor row = vector.padZeros(0, tokens.size(2) - vector.size(1)).unsqueeze(1); // (B, 1, C)
    return Tensor.cat(1, tokens, row); // (B, Q + 1, C)
  }

  /** Encodes projected tokens: (B, T, H) -> (B, T, H). */
  Tensor encode(Tensor projected) {
    Tensor x = projected;
    for (EncoderLayer layer : encoder) {
      x = layer.apply(x);
    }
    return encoderNorm.apply(x);
  }

  /** Attends to the memory with the queries: (B, T, H) -> (B, Q, H). */
  Tensor decode(Tensor memory) {
    Tensor x = queries.expand(memory.size(0), -1, -1); // (B, Q, H)
    for (DecoderLayer layer : decoder) {
      x = layer.apply(x, memory);
    }
    return decoderNorm.apply(x);
  }

  /** Projects the tokens to the encoder's input: (B, T, D) twice -> (B, T, H). */
  Tensor project(Tensor hidden, Tensor embeddings) {
    return fc.apply(hidden.add(embeddings));
  }

  private record EncoderLayer(LayerNorm norm1, Attention self, LayerNorm norm2, FeedForward feedForward) {
    static EncoderLayer of(Weights w, long width) {
      return new EncoderLayer(
          LayerNorm.of(w.at("norm1"), width, EPS),
          Attention.of(w.at("self_attn"), width),
          LayerNorm.of(w.at("norm2"), width, EPS),
          FeedForward.of(w, width));
    }

    Tensor apply(Tensor input) { // (B, T, H)
      return Scope.tidy(() -> {
        Tensor normed = norm1.apply(input);
        Tensor x = input.add(self.apply(normed, normed));
        return x.add(feedForward.apply(norm2.apply(x)));
      });
    }
  }

  private record DecoderLayer(
      LayerNorm norm1, Attention self, LayerNorm norm2, Attention cross, LayerNorm norm3, FeedForward feedForward) {
    static DecoderLayer of(Weights w, long width) {
      return new DecoderLayer(
          LayerNorm.of(w.at("norm1"), width, EPS),
          Attention.of(w.at("self_attn"), width),
          LayerNorm.of(w.at("norm2"), width, EPS),
          Attention.of(w.at("multihead_attn"), width),
          LayerNorm.of(w.at("norm3"), width, EPS),
          FeedForward.of(w, width));
    }

    Tensor apply(Tensor input, Tensor memory) { // (B, Q, H), (B, T, H)
      return Scope.tidy(() -> {
        Tensor normed = norm1.apply(input);
        Tensor x = input.add(self.apply(normed, normed));
        x = x.add(cross.apply(norm2.apply(x), memory));
        return x.add(feedForward.apply(norm3.apply(x)));
      });
    }
  }

  /** Two linear layers with a ReLU between them. */
  private record FeedForward(Linear linear1, Linear linear2) {
    static FeedForward of(Weights w, long width) {
      long[] shape = w.shape("linear1.weight");
      long inner = shape == null || shape.length != 2 ? -1 : shape[0];
      return new FeedForward(Linear.of(w.at("linear1"), width, inner), Linear.of(w.at("linear2"), inner, width));
    }

    Tensor apply(Tensor x) {
      return linear2.apply(linear1.apply(x).reluInPlace()); // (…, H) -> (…, F) -> (…, H)
    }
  }

  /** {@code nn.MultiheadAttention}: one matrix stacks the projections of query, key and value, in this order. */
  private record Attention(Tensor weight, Tensor bias, Linear out) { // (3 H, H), (3 H)
    static Attention of(Weights w, long width) {
      long fused = width < 0 ? -1 : 3 * width;
      return new Attention(
          w.take("in_proj_weight", fused, width),
          w.take("in_proj_bias", fused),
          Linear.of(w.at("out_proj"), width, width));
    }

    Tensor apply(Tensor from, Tensor to) { // (B, L, H), (B, S, H)
      long h = from.size(-1);
      Tensor q = heads(from.linear(weight.narrow(0, 0, h), bias.narrow(0, 0, h))); // (B, N, L, E)
      Tensor[] kv = to.linear(weight.narrow(0, h, 2 * h), bias.narrow(0, h, 2 * h)).chunk(2, -1); // 2 × (B, S, H)
      double scale = 1 / Math.sqrt((double) q.size(-1));
      Tensor mixed = ScaledDotProduct.attention(q, heads(kv[0]), heads(kv[1]), null, false, scale); // (B, N, L, E)
      return out.apply(mixed.transpose(1, 2).reshape(from.shape())); // (B, L, H)
    }

    private static Tensor heads(Tensor x) { // (B, L, H) -> (B, N, L, E)
      return x.reshape(x.size(0), x.size(1), HEADS, x.size(2) / HEADS).transpose(1, 2);
    }
  }
}
