package io.gill.opt;

import io.gill.Device;
import io.gill.Precision;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;

/**
 * What one context remembers: keys and values of every layer, and the last hidden state of every position, in memory
 * that doubles as it fills up. What lies beyond the length is left over and never read.
 */
final class KeyValueCache implements OptLayer.Past, AutoCloseable {
  private static final int FIRST_CAPACITY = 64;

  private final OptConfig config;
  private final Device device;
  private final Precision precision;
  private final Precision attention;
  private final Scope owner = Scope.owner();
  private final Tensor[] keys; // (1, H, capacity, E)
  private final Tensor[] values; // (1, H, capacity, E)
  private Tensor hidden; // (1, 1, capacity, D)
  private volatile int length; // any thread may ask

  KeyValueCache(OptConfig config, Precision precision, Device device) {
    this.config = config;
    this.device = device;
    this.precision = precision;
    // On the CPU attention computes in 32 bits whatever the rest does, and would convert all of it for every token.
    attention = device.isCpu() ? Precision.FLOAT32 : precision;
    int layers = config.numHiddenLayers();
    int heads = config.numAttentionHeads();
    keys = new Tensor[layers];
    values = new Tensor[layers];
    hidden = Scope.compute("opening a context", () -> {
      for (int i = 0; i < layers; i++) {
        keys[i] = create(attention, heads, 0, config.headSize());
        values[i] = create(attention, heads, 0, config.headSize());
      }
      return create(precision, 1, 0, config.wordEmbedProjDim());
    });
  }

  int length() {
    return length;
  }

  void setLength(int length) {
    this.length = length;
  }

  /** Makes room for so many positions. A failure leaves what is remembered as it was. */
  void reserve(int positions) {
    if (positions <= hidden.size(2)) {
      return;
    }
    long doubled = Math.max(FIRST_CAPACITY, 2 * hidden.size(2));
    long capacity = Math.min(config.maxPositionEmbeddings(), Math.max(positions, doubled));
    for (int i = 0; i < keys.length; i++) {
      keys[i] = grown(keys[i], attention, capacity);
      values[i] = grown(values[i], attention, capacity);
    }
    hidden = grown(hidden, precision, capacity); // last, since its size tells the capacity of all
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

  /** Remembers keys (1, H, T, E) from the length on and returns all of the layer: (1, H, length + T, E). */
  @Override
  public Tensor appendKeys(int layer, Tensor added) {
    return append(keys[layer], added);
  }

  /** Remembers values (1, H, T, E) from the length on and returns all of the layer: (1, H, length + T, E). */
  @Override
  public Tensor appendValues(int layer, Tensor added) {
    return append(values[layer], added);
  }

  /** Remembers last hidden states (T, D) from the length on. */
  void appendHidden(Tensor added) {
    append(hidden, added);
  }

  private Tensor append(Tensor all, Tensor added) {
    int start = length;
    long count = added.size(-2);
    all.narrow(2, start, count).copyFrom(added);
    return all.narrow(2, 0, start + count);
  }

  /** The last hidden state of one position: (1, D). */
  Tensor hidden(int position) {
    return hidden.narrow(2, position, 1).reshape(1, config.wordEmbedProjDim());
  }

  @Override
  public void close() {
    owner.close();
  }
}
