package io.gill.lm;

import io.gill.torch.Tensor;
import java.util.List;

/** The caches of several contexts, for one new position of each. */
record SharedPast(List<KeyValueCache> caches) implements Past {
  @Override
  public int[] lengths() {
    return caches.stream().mapToInt(KeyValueCache::length).toArray();
  }

  @Override
  public Tensor attend(int layer, Tensor queries, Tensor keys, Tensor values, CausalMask mask, double scale) {
    Tensor[] mixed = new Tensor[caches.size()];
    for (int i = 0; i < mixed.length; i++) {
      mixed[i] = caches.get(i).attend(layer, queries.narrow(0, i, 1), keys.narrow(0, i, 1), values.narrow(0, i, 1),
          mask, scale); // (1, H, 1, E)
    }
    return Tensor.cat(0, mixed); // (B, H, 1, E)
  }
}
