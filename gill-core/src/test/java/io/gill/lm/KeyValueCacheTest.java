package io.gill.lm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.Precision;
import io.gill.testsupport.Parity;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyValueCacheTest {
  /** The shape of OPT-1.3b. */
  private static final DecoderShape OPT = new DecoderShape(24, 32, 64, 2048, 2048);

  private static final int POSITIONS = 64;

  @Test
  void bytesTakeAboutAQuarterOfTheMemory() {
    long heads = 2L * 24 * 32 * POSITIONS;
    long hidden = 2048L * 4 * POSITIONS;
    assertThat(memory(CachePrecision.FLOAT32)).isEqualTo(heads * 64 * 4 + hidden);
    assertThat(memory(CachePrecision.BFLOAT16)).isEqualTo(heads * 64 * 2 + hidden);
    assertThat(memory(CachePrecision.INT8)).isEqualTo(heads * (64 + 4) + hidden);
    assertThat((double) memory(CachePrecision.INT8)).isLessThan(0.285 * memory(CachePrecision.FLOAT32));
  }

  @ParameterizedTest
  @EnumSource(CachePrecision.class)
  void growthAndCopiesKeepTheContents(CachePrecision stored) {
    long before = Tensor.live();
    try (KeyValueCache cache = new KeyValueCache(
        new DecoderShape(2, 3, 8, 24, 1000), Precision.FLOAT32, stored, Device.CPU)) {
      append(cache, 40);
      float[] first = contents(cache);
      append(cache, 100); // makes room for more
      append(cache, 1);
      assertThat(cache.length()).isEqualTo(141);
      float[] all = contents(cache);
      try (KeyValueCache copy = cache.copy(40); KeyValueCache whole = cache.copy(141)) {
        assertThat(contents(copy)).isEqualTo(first);
        assertThat(contents(whole)).isEqualTo(all);
        append(copy, 7);
        assertThat(contents(whole)).isEqualTo(all);
      }
      assertThat(contents(cache)).isEqualTo(all);
      cache.setLength(40);
      assertThat(contents(cache)).isEqualTo(first);
      append(cache, 7);
      cache.setLength(40);
      assertThat(contents(cache)).isEqualTo(first);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  /** With all positions and with windows, shorter and longer than what a head at a time pays for. Two heads share. */
  @ParameterizedTest
  @EnumSource(CachePrecision.class)
  void aPositionOfSeveralContextsAttendsAsEachAlone(CachePrecision stored) {
    long before = Tensor.live();
    int[] lengths = {3, 450, 1, 40};
    List<KeyValueCache> caches = new ArrayList<>();
    for (int length : lengths) {
      caches.add(new KeyValueCache(new DecoderShape(2, 3, 8, 24, 1000), Precision.FLOAT32, stored, Device.CPU));
      append(caches.get(caches.size() - 1), length);
    }
    Scope.compute("attending", () -> {
      Tensor added = Tensor.of(sines(4 * 3 * 8, 5), 4, 3, 1, 8);
      Tensor queries = Tensor.of(sines(4 * 6 * 8, 6), 4, 6, 1, 8);
      for (int window : new int[] {Integer.MAX_VALUE, 420, 10}) {
        CausalMask mask = new CausalMask(window, null);
        List<KeyValueCache> copies = caches.stream().map(cache -> cache.copy(cache.length())).toList();
        caches.forEach(cache -> cache.reserve(cache.length() + 1));
        Tensor together = new SharedPast(caches).attend(1, queries, added, added.mul(3), mask, 0.3);
        for (int i = 0; i < lengths.length; i++) {
          Tensor one = added.narrow(0, i, 1);
          copies.get(i).reserve(lengths[i] + 1);
          Tensor alone = copies.get(i).attend(1, queries.narrow(0, i, 1), one, one.mul(3), mask, 0.3);
          Parity.assertClose(
              "context " + i, together.narrow(0, i, 1).toFloats(), alone.toFloats(), Parity.FORWARD);
          copies.get(i).close();
        }
      }
      return null;
    });
    caches.forEach(KeyValueCache::close);
    assertThat(Tensor.live()).isEqualTo(before);
  }

  private static float[] sines(int count, int seed) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) Math.sin(seed + 1.7 * i);
    }
    return numbers;
  }

  private static long memory(CachePrecision stored) {
    try (KeyValueCache cache = new KeyValueCache(OPT, Precision.FLOAT32, stored, Device.CPU)) {
      Scope.compute("growing", () -> {
        cache.reserve(POSITIONS);
        return null;
      });
      return cache.memory();
    }
  }

  /** Appends numbers that depend on the layer and the position. */
  private static void append(KeyValueCache cache, int count) {
    int start = cache.length();
    Scope.compute("appending", () -> {
      cache.reserve(start + count);
      for (int layer = 0; layer < 2; layer++) {
        float[] numbers = new float[3 * count * 8];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = (float) Math.sin(layer + 17.0 * (start + i / 8 % count) + i);
        }
        Tensor keys = Tensor.of(numbers, 1, 3, count, 8);
        cache.attend(layer, keys, keys, keys.mul(-2), CausalMask.of(count, cache, Integer.MAX_VALUE, keys), 0.3);
      }
      cache.appendHidden(Tensor.of(new float[count * 24], count, 24));
      return null;
    });
    cache.setLength(start + count);
  }

  private static float[] contents(KeyValueCache cache) {
    return Scope.compute("reading", () -> Tensor.cat(0,
        cache.keys(0), cache.values(0), cache.keys(1), cache.values(1)).toFloats());
  }
}
