package io.gill.lm;

import io.gill.Device;
import io.gill.Precision;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;

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
  private final Precision attention;
  private final Scope owner = Scope.owner();
  private final Tensor[] keys; // (1, K, capacity, E)
  private final Tensor[] values; // (1, K, capacity, E)
  private Tensor hidden; // (1, 1, capacity, D)
  private volatile int length; // readable by any thread

  /**
   * Creates an empty cache.
   *
   * @param precision type of the hidden states
   * @param attention type of keys and values
   */
  KeyValueCache(DecoderShape shape, Precision precision, Precision attention, Device device) {
    this.shape = shape;
    this.device = device;
    this.precision = precision;
    this.attention = attention;
    keys = new Tensor[shape.layers()];
    values = new Tensor[shape.layers()];
    hidden = Scope.compute("opening a context", () -> {
      for (int i = 0; i < shape.layers(); i++) {
        keys[i] = create(attention, shape.keyValueHeads(), 0, shape.headSize());
        values[i] = create(attention, shape.keyValueHeads(), 0, shape.headSize());
      }
      return create(precision, 1, 0, shape.width());
    });
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
    for (int i = 0; i < keys.length; i++) {
      keys[i] = grown(keys[i], attention, capacity);
      values[i] = grown(values[i], attention, capacity);
    }
    hidden = grown(hidden, precision, capacity); // last, since its size defines the capacity
  }

  /** Copies the first positions into a cache of its own. */
  KeyValueCache copy(int positions) {
    KeyValueCache copy = new KeyValueCache(shape, precision, attention, device);
    try {
      Scope.compute("copying a context", () -> {
        copy.reserve(positions);
        for (int i = 0; i < keys.length; i++) {
          copy.keys[i].narrow(2, 0, positions).copyFrom(keys[i].narrow(2, 0, positions));
          copy.values[i].narrow(2, 0, positions).copyFrom(values[i].narrow(2, 0, positions));
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

  private Tensor grown(Tensor old, Precision type, long capacity) {
    if (old.size(2) >= capacity) {
      return old;
    }
    Tensor larger = create(type, old.size(1), capacity, old.size(3));
    if (length > 0) {
      larger.narrow(2, 0, length).copyFrom(old.narrow(2, 0, length));
    }
    old.close();
    return larger;
  }

  private Tensor create(Precision type, long heads, long capacity, long width) {
    return owner.keep(Tensor.zeros(type, device, 1, heads, capacity, width));
  }

  @Override
  public Tensor attend(int layer, Tensor queries, Tensor added, Tensor addedValues, CausalMask mask, double scale) {
    return Past.attention(queries, append(keys[layer], added), append(values[layer], addedValues), mask, scale);
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

  /** Returns the keys of a layer: (1, K, length, E). */
  Tensor keys(int layer) {
    return keys[layer].narrow(2, 0, length);
  }

  /** Returns the values of a layer: (1, K, length, E). */
  Tensor values(int layer) {
    return values[layer].narrow(2, 0, length);
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
