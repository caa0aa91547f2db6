package io.gill.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageInput.Embeddings;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageOutput;
import io.gill.stage.StageSettings;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedStepsTest {
  private static final int VOCABULARY = 480;

  private static DecoderModel load(String name) {
    return load(name, CachePrecision.FLOAT32);
  }

  private static DecoderModel load(String name, CachePrecision cache) {
    Path folder = name.startsWith("model") ? Reference.path(name, "opt") : Reference.path("..", "reference-2", name);
    assumeTrue(DecoderSnapshot.isKnown(folder), "the family may be absent");
    return DecoderSnapshot.of(folder).load(VOCABULARY, new float[0][],
        new StageSettings(Device.CPU, Precision.FLOAT32, Quantization.NONE, cache, bytes -> {}));
  }

  private static List<LanguageInput> prompt(int seed, int length) {
    int[] ids = new int[length];
    Arrays.setAll(ids, i -> (i * 7919 + seed) % VOCABULARY);
    return List.of(new Tokens(ids));
  }

  /** Of different lengths, some longer than Mistral's window. */
  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b", "lm-llama2", "lm-llama3", "lm-mistral", "lm-qwen2", "lm-qwen3"})
  void aStepOfSeveralContextsEqualsEachAlone(String name) {
    assertStepEqualsEachAlone(name, CachePrecision.FLOAT32, Parity.FORWARD);
  }

  /**
   * The matrix products of several rows and of one differ in their last bits, so a key or value between two bytes may
   * be rounded to either. KeyValueCacheTest compares attention to the same keys and values with the narrower limit.
   */
  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b", "lm-llama2", "lm-llama3", "lm-mistral", "lm-qwen2", "lm-qwen3"})
  void aStepWithCachesOfBytesDiffersByARoundingAtMost(String name) {
    assertStepEqualsEachAlone(name, CachePrecision.INT8, 0.01);
  }

  private static void assertStepEqualsEachAlone(String name, CachePrecision cached, double limit) {
    long before = Tensor.live();
    try (DecoderModel model = load(name, cached)) {
      int[] lengths = {3, 20, 1, 9, 64};
      List<SharedSteps.Step> steps = new ArrayList<>();
      List<DecoderContext> contexts = new ArrayList<>();
      List<LanguageOutput> alone = new ArrayList<>();
      for (int i = 0; i < lengths.length; i++) {
        LanguageInput input = i == 1
            ? new Embeddings(model.embeddings(new int[] {77})) : new Tokens(new int[] {50 * i + 3});
        KeyValueCache cache = model.newCache();
        contexts.add(new DecoderContext(model, cache));
        contexts.get(i).append(prompt(i, lengths[i]));
        alone.add(contexts.get(i).append(List.of(input)));
        contexts.get(i).truncate(lengths[i]);
        steps.add(new SharedSteps.Step(cache, input));
      }
      List<LanguageOutput> together = model.steps().compute(steps);
      for (int i = 0; i < lengths.length; i++) {
        Parity.assertClose("hidden", together.get(i).hidden()[0], alone.get(i).hidden()[0], limit);
        Parity.assertClose("logits", together.get(i).logits(), alone.get(i).logits(), limit);
        assertThat(contexts.get(i).length()).isEqualTo(lengths[i]);
        contexts.get(i).close();
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void contextsOfManyThreadsJoinAndLeave() throws Exception {
    int count = 20; // more than are computed at a time
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try (DecoderModel model = load("model-a")) {
      List<float[]> expected = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        expected.add(read(model, i));
      }
      CyclicBarrier start = new CyclicBarrier(count);
      List<Future<float[]>> actual = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int index = i;
        actual.add(threads.submit(() -> {
          start.await();
          return read(model, index);
        }));
      }
      for (int i = 0; i < count; i++) {
        Parity.assertClose("context " + i, actual.get(i).get(), expected.get(i), Parity.FORWARD);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Reads a prompt and some tokens one by one. Returns the last logits. */
  private static float[] read(DecoderModel model, int index) {
    try (DecoderContext context = model.openContext()) {
      LanguageOutput output = context.append(prompt(index, 2 + index));
      for (int i = 0; i < 3 + index % 7; i++) {
        output = context.append(List.of(new Tokens(new int[] {(index * 31 + i) % VOCABULARY})));
      }
      return output.logits();
    }
  }
}
