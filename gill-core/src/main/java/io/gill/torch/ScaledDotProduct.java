package io.gill.torch;

import io.gill.Precision;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762, formula 1). */
public final class ScaledDotProduct {
  /** Number of positions from which a single query is faster a head at a time. */
  private static final long LONG = 384;

  private ScaledDotProduct() {}

  /**
   * Computes softmax(scale·Q·Kᵀ + mask)·V. On the CPU it computes in 32 bits, because libtorch's 16-bit kernel is ten
   * times slower there unless the CPU has AMX.
   *
   * @param query (…, L, E)
   * @param key (…, S, E), of the query's type or, on the CPU, of any; may have fewer heads (B, K, S, E) than
   *     the queries (B, H, L, E), so that each group of H/K adjacent query heads shares one
   * @param value (…, S, Ev), of the key's type
   * @param mask broadcasts to (…, L, S), added to the logits; null for none
   * @param causal whether position i sees only positions up to i (without a mask, and with L = S)
   * @param scale the factor, usually 1/√E
   * @return (…, L, Ev), of the query's type
   */
  public static Tensor attention(
      Tensor query, Tensor key, Tensor value, @Nullable Tensor mask, boolean causal, double scale) {
    boolean cpu = query.device().isCpu();
    if (cpu && query.type() != ScalarType.Float) {
      Precision wide = Precision.FLOAT32;
      return Scope.tidy(() -> attention(query.to(wide), key, value,
          mask == null ? null : mask.to(wide), causal, scale).to(query));
    }
    if (cpu && !Scope.isRecording() && mask == null && isOneQuery(query) && key.size(-2) >= LONG) {
      return oneQuery(query, key, null, value, null, scale);
    }
    if (cpu && key.type() != ScalarType.Float) {
      Precision wide = Precision.FLOAT32;
      return Scope.tidy(() -> attention(query, key.to(wide), value.to(wide), mask, causal, scale));
    }
    if (query.at().dim() == 4 && key.size(1) != query.size(1)) {
      return grouped(query, key, value, mask, causal, scale);
    }
    try (TensorOptional m = Tensor.optional(mask); DoubleOptional s = new DoubleOptional(scale)) {
      return Tensor.adopt(
          torch.scaled_dot_product_attention(query.at(), key.at(), value.at(), m, 0.0, causal, s, false));
    }
  }

  /**
   * Computes softmax(scale·q·Kᵀ)·V of one query that sees all positions, on the CPU, in 32 bits.
   *
   * @param query (1, H, 1, E)
   * @param key (1, K, S, E); each group of H/K adjacent query heads shares one
   * @param value (1, K, S, Ev)
   * @param scale the factor, usually 1/√E
   * @return (1, H, 1, Ev), of the query's type
   */
  public static Tensor attention(Tensor query, ByteRows key, ByteRows value, double scale) {
    if (query.type() != ScalarType.Float) {
      return Scope.tidy(() -> attention(query.to(Precision.FLOAT32), key, value, scale).to(query));
    }
    if (key.bytes().size(-2) >= LONG) {
      return oneQuery(query, key.bytes(), key.scales(), value.bytes(), value.scales(), scale);
    }
    return Scope.tidy(() -> attention(query, key.toTensor(), value.toTensor(), null, false, scale));
  }

  private static boolean isOneQuery(Tensor query) {
    return query.at().dim() == 4 && query.size(0) == 1 && query.size(2) == 1;
  }

  /**
   * Attention of one query (1, H, 1, E) over many keys and values (1, K, S, E): each core reads the memory of some
   * heads once. libtorch's kernel takes twice as long. Scales (1, K, S, 1) multiply the logits and the weights, which
   * are fewer numbers than the keys and values.
   */
  private static Tensor oneQuery(Tensor query, Tensor key, @Nullable Tensor keyScales, Tensor value,
      @Nullable Tensor valueScales, double scale) {
    return Scope.tidy(() -> {
      long h = query.size(1);
      int groups = Math.toIntExact(key.size(1));
      long width = value.size(3);
      Tensor queries = query.mul(scale).reshape(groups, h / groups, query.size(3)); // (K, H/K, E)
      Tensor mixed = Tensor.empty(ScalarType.Float, groups, h / groups, width); // (K, H/K, Ev)
      Tensor keys = key.select(0, 0); // (K, S, E)
      Tensor values = value.select(0, 0).transpose(1, 2); // (K, Ev, S)
      WorkerThreads.runWithoutOpenMp(groups, group -> {
        try (org.bytedeco.pytorch.Tensor q = queries.at().select(0, group);
            org.bytedeco.pytorch.Tensor storedKeys = keys.at().select(0, group);
            org.bytedeco.pytorch.Tensor storedValues = values.at().select(0, group);
            org.bytedeco.pytorch.Tensor k = storedKeys.to(ScalarType.Float); // itself if it has 32 bits
            org.bytedeco.pytorch.Tensor v = storedValues.to(ScalarType.Float);
            org.bytedeco.pytorch.Tensor y = mixed.at().select(0, group)) {
          for (long i = 0; i < h / groups; i++) {
            try (org.bytedeco.pytorch.Tensor row = q.select(0, i);
                org.bytedeco.pytorch.Tensor logits = torch.mv(k, row); // (S)
                org.bytedeco.pytorch.Tensor out = y.select(0, i)) {
              multiply(logits, keyScales, group);
              try (org.bytedeco.pytorch.Tensor weights = logits.softmax(0)) {
                multiply(weights, valueScales, group);
                torch.mv_out(out, v, weights);
              }
            }
          }
        }
      });
      return mixed.reshape(1, h, 1, width);
    });
  }

  /** Multiplies numbers (S) by the scales (1, K, S, 1) of a head, if there are any. */
  private static void multiply(org.bytedeco.pytorch.Tensor numbers, @Nullable Tensor scales, int head) {
    if (scales == null) {
      return;
    }
    try (org.bytedeco.pytorch.Tensor first = scales.at().select(0, 0);
        org.bytedeco.pytorch.Tensor rows = first.select(0, head);
        org.bytedeco.pytorch.Tensor factors = rows.select(1, 0)) { // (S)
      torch.mul_out(numbers, numbers, factors);
    }
  }

  /** Attention of query heads that share keys and values in groups. */
  private static Tensor grouped(
      Tensor query, Tensor key, Tensor value, @Nullable Tensor mask, boolean causal, double scale) {
    long b = query.size(0);
    long h = query.size(1);
    long k = key.size(1);
    if (query.size(2) == 1) { // the heads of a group become rows of one query without a copy
      Tensor rows = query.reshape(b, k, h / k, query.size(3)); // (B, K, H/K, E)
      return attention(rows, key, value, mask, false, scale).reshape(b, h, 1, value.size(3));
    }
    return attention(query, repeatedHeads(key, h / k), repeatedHeads(value, h / k), mask, causal, scale);
  }

  /** (B, K, S, E) → (B, K · times, S, E). */
  private static Tensor repeatedHeads(Tensor x, long times) {
    return x.unsqueeze(2).expand(x.size(0), x.size(1), times, x.size(2), x.size(3))
        .reshape(x.size(0), x.size(1) * times, x.size(2), x.size(3));
  }
}
