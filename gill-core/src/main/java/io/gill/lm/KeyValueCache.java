package io.gill.lm;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.Precision;
import io.gill.torch.ByteRows;
import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.List;

/**
 * The cache of one context: keys and values of every layer, and the last hidden state of every position. Its tensors
 * double in size as they fill up. Contents beyond the length are stale and never read. Axes: K key/value heads, T new
 * positions, E the width of one head, D the embeddings' width.
 */
final class KeyValueCache implements Past, AutoCloseable {
  private static final int FIRST_CAPACITY = 64;

  private final DecoderShape shape;
  private final Device device;
  private final Precision precision;
  private final CachePrecision stored;
  private final Scope owner = Scope.owner();
  private final Tensor[] keys; // (1, K, capacity, E)
  private final Tensor[] values; // (1, K, capacity, E)
  private final Tensor[] keyScales; // (1, K, capacity, 1) with signed bytes, otherwise no tensors
  private final Tensor[] valueScales; // (1, K, capacity, 1) with signed bytes, otherwise no tensors
  private Tensor hidden; // (1, 1, capacity, D)
  private volatile int length; // readable by any thread

  /**
   * Creates an empty cache.
   *
   * @param precision type of the hidden states
   * @param stored storage of keys and values
   */
  KeyValueCache(DecoderShape shape, Precision precision, CachePrecision stored, Device device) {
    this.shape = shape;
    this.device = device;
    this.precision = precision;
    this.stored = stored;
    int layers = shape.layers();
    keys = new Tensor[layers];
    values = new Tensor[layers];
    keyScales = new Tensor[isBytes() ? layers : 0];
    valueScales = new Tensor[keyScales.length];
    hidden = Scope.compute("opening a context", () -> {
      for (int i = 0; i < layers; i++) {
        create(i, keys, keyScales);
        create(i, values, valueScales);
      }
      return owner.keep(Tensor.zeros(precision, device, 1, 1, 0, shape.width()));
    });
  }

  private void create(int layer, Tensor[] numbers, Tensor[] scales) {
    long[] empty = {1, shape.keyValueHeads(), 0, shape.headSize()};
    if (isBytes()) {
      ByteRows rows = ByteRows.zeros(empty);
      numbers[layer] = owner.keep(rows.bytes());
      scales[layer] = owner.keep(rows.scales());
    } else {
      numbers[layer] = owner.keep(Tensor.zeros(Precision.valueOf(stored.name()), device, empty));
    }
  }

  private boolean isBytes() {
    return stored == CachePrecision.INT8;
  }

  /** Returns the tensors of every layer, by kind. */
  private List<Tensor[]> kinds() {
    return List.of(keys, values, keyScales, valueScales);
  }

  /** Returns the memory of all tensors, in bytes. */
  long memory() {
    long memory = hidden.byteCount();
    for (Tensor[] kind : kinds()) {
      for (Tensor tensor : kind) {
        memory += tensor.byteCount();
      }
    }
    return memory;
  }

  @Override
  public int[] lengths() {
    return new int[] {length};
  }

  int length() {
    return length;
  }

  void setLength(int length) {
    this.length = length;
  }

  /** Makes room for a number of positions. A failure leaves the contents unchanged. */
  void reserve(int positions) {
    if (positions <= hidden.size(2)) {
      return;
    }
    long doubled = Math.max(FIRST_CAPACITY, 2 * hidden.size(2));
    long capacity = Math.min(shape.positions(), Math.max(positions, doubled));
    for (Tensor[] kind : kinds()) {
      for (int i = 0; i < kind.length; i++) {
        kind[i] = grown(kind[i], capacity);
      }
    }
    hidden = grown(hidden, capacity); // last, since its size defines the capacity
  }

  /** Copies the first positions into a cache of its own. */
  KeyValueCache copy(int positions) {
    KeyValueCache copy = new KeyValueCache(shape, precision, stored, device);
    try {
      Scope.compute("copying a context", () -> {
        copy.reserve(positions);
        for (int k = 0; k < kinds().size(); k++) {
          Tensor[] to = copy.kinds().get(k);
          Tensor[] from = kinds().get(k);
          for (int i = 0; i < from.length; i++) {
            to[i].narrow(2, 0, positions).copyFrom(from[i].narrow(2, 0, positions));
          }
        }
        copy.hidden.narrow(2, 0, positions).copyFrom(hidden.narrow(2, 0, positions));
        return positions;
      });
    } catch (RuntimeException | Error e) {
      copy.close();
      throw e;
    }
    copy.setLength(positions);
    return copy;
  }

  private Tensor grown(Tensor old, long capacity) {
    if (old.size(2) >= capacity) {
      return old;
    }
    Tensor larger = owner.keep(old.newZeros(1, old.size(1), capacity, old.size(3)));
    if (length > 0) {
      larger.narrow(2, 0, length).copyFrom(old.narrow(2, 0, length));
    }
    old.close();
    return larger;
  }

  @Override
  public Tensor attend(int layer, Tensor queries, Tensor added, Tensor addedValues, CausalMask mask, double scale) {
    if (isBytes()) {
      ByteRows k = append(keyBytes(layer), added);
      ByteRows v = append(valueBytes(layer), addedValues);
      return attention(queries, k, v, mask, scale);
    }
    return Past.attention(queries, append(keys[layer], added), append(values[layer], addedValues), mask, scale);
  }

  /** Computes {@link Past#attention}. All heads are converted at once only where many queries share the cost. */
  private static Tensor attention(Tensor queries, ByteRows keys, ByteRows values, CausalMask mask, double scale) {
    if (queries.size(2) > 1) {
      return Scope.tidy(() -> Past.attention(queries, keys.toTensor(), values.toTensor(), mask, scale));
    }
    long s = keys.bytes().size(2);
    long seen = Math.min(s, mask.window());
    return ScaledDotProduct.attention(queries, keys.narrow(2, s - seen, seen), values.narrow(2, s - seen, seen), scale);
  }

  private ByteRows keyBytes(int layer) {
    return new ByteRows(keys[layer], keyScales[layer]);
  }

  private ByteRows valueBytes(int layer) {
    return new ByteRows(values[layer], valueScales[layer]);
  }

  /** Appends last hidden states (T, D). */
  void appendHidden(Tensor added) {
    append(hidden, added);
  }

  private Tensor append(Tensor all, Tensor added) {
    int start = length;
    long count = added.size(-2);
    all.narrow(2, start, count).copyFrom(added);
    return all.narrow(2, 0, start + count);
  }

  private ByteRows append(ByteRows all, Tensor added) {
    int start = length;
    long count = added.size(-2);
    all.narrow(2, start, count).copyFrom(added);
    return all.narrow(2, 0, start + count);
  }

  /** Returns the keys of a layer, converted if they are signed bytes: (1, K, length, E). */
  Tensor keys(int layer) {
    return isBytes() ? keyBytes(layer).narrow(2, 0, length).toTensor() : keys[layer].narrow(2, 0, length);
  }

  /** Returns the values of a layer, converted if they are signed bytes: (1, K, length, E). */
  Tensor values(int layer) {
    return isBytes() ? valueBytes(layer).narrow(2, 0, length).toTensor() : values[layer].narrow(2, 0, length);
  }

  /** Returns the last hidden state of one position: (1, D). */
  Tensor hidden(int position) {
    return hidden.narrow(2, position, 1).reshape(1, shape.width());
  }

  @Override
  public void close() {
    owner.close();
  }
}
