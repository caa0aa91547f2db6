package io.gill.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageInput.Embeddings;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageOutput;
import io.gill.stage.StageSettings;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases that the recorded numbers do not cover. The parity program compares the recorded ones. */
class DecoderModelTest {
  /** Vocabulary size: 50265 tokens of OPT, {@code <|image|>} and eight [IMG] tokens. */
  private static final int VOCABULARY = 50274;

  private static final int[] SENTENCE = {2, 38090, 12767, 50266, 50118, 9, 50273, 431, 8, 50270, 77, 1234};

  @Test
  void embeddingsMayStandBetweenTokens() {
    try (DecoderModel model = load("model-a", Precision.FLOAT32);
        LanguageContext mixed = model.open();
        LanguageContext plain = model.open()) {
      LanguageOutput actual = mixed.append(List.of(
          new Tokens(new int[] {2}), new Embeddings(model.embeddings(new int[] {50270})), new Tokens(new int[0]),
          new Tokens(new int[] {8})));
      assertSame(actual, plain.append(tokens(2, 50270, 8)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void readingInPiecesEqualsReadingAtOnce(String name) {
    // Long enough for the cache to grow twice.
    int[] ids = IntStream.range(0, 150).map(i -> (i * 7919 + 5) % VOCABULARY).toArray();
    try (DecoderModel model = load(name, Precision.FLOAT32)) {
      LanguageOutput whole;
      try (LanguageContext context = model.open()) {
        whole = context.append(tokens(ids));
      }
      for (int[] ends : new int[][] {{1, 150}, {60, 61, 70, 150}, {3, 64, 65, 149, 150}}) {
        try (LanguageContext context = model.open()) {
          List<float[]> hidden = new ArrayList<>();
          LanguageOutput part = null;
          int start = 0;
          for (int end : ends) {
            part = context.append(tokens(Arrays.copyOfRange(ids, start, end)));
            hidden.addAll(List.of(part.hidden()));
            start = end;
          }
          assertThat(context.length()).isEqualTo(150);
          assertSame(new LanguageOutput(hidden.toArray(float[][]::new), part.logits()), whole);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"model-a, BFLOAT16, 0.01", "model-b, FLOAT16, 0.001", "model-a, INT8, 0.02", "model-b, INT8, 0.02"})
  void aCacheOfFewerBitsIsNear(String name, CachePrecision precision, double limit) {
    int[] ids = IntStream.range(0, 200).map(i -> (i * 7919 + 5) % VOCABULARY).toArray();
    try (DecoderModel wide = load(name, Precision.FLOAT32);
        DecoderModel narrow = load(name, precision);
        LanguageContext expected = wide.open();
        LanguageContext actual = narrow.open()) {
      for (int end : new int[] {100, 101, 199, 200}) {
        List<LanguageInput> next = tokens(Arrays.copyOfRange(ids, expected.length(), end));
        float[] logits = actual.append(next).logits();
        float[] exact = expected.append(next).logits();
        Parity.assertClose("logits at " + end, logits, exact, limit);
        assertThat(logits).isNotEqualTo(exact);
      }
    }
  }

  /** In 16 bits, rounding to bytes and attention still compute in 32. */
  @Test
  void aModelOfSixteenBitsMayHaveACacheOfBytes() {
    StageSettings settings = new StageSettings(
        Device.CPU, Precision.BFLOAT16, Quantization.NONE, CachePrecision.INT8, bytes -> {});
    try (DecoderModel exact = load("model-a", Precision.FLOAT32);
        DecoderModel coarse = DecoderSnapshot.of(Reference.path("model-a", "opt"))
            .load(VOCABULARY, rows("model-a"), settings);
        LanguageContext expected = exact.open();
        LanguageContext actual = coarse.open()) {
      expected.append(tokens(SENTENCE));
      actual.append(tokens(SENTENCE));
      Parity.assertClose("logits", actual.append(tokens(9)).logits(), expected.append(tokens(9)).logits(), 0.05);
    }
  }

  @Test
  void copiesOfACacheOfBytesGoOnAsTheOriginalDoes() {
    long before = Tensor.live();
    try (DecoderModel model = load("model-b", CachePrecision.INT8);
        LanguageContext context = model.open();
        LanguageContext fresh = model.open()) {
      context.append(tokens(SENTENCE));
      try (LanguageContext copy = context.copy(SENTENCE.length).orElseThrow();
          LanguageContext part = context.copy(4).orElseThrow()) {
        assertSame(copy.append(tokens(7)), context.append(tokens(7)));
        fresh.append(tokens(Arrays.copyOf(SENTENCE, 4)));
        assertSame(part.append(tokens(7)), fresh.append(tokens(7)));
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aCacheOfBytesIsRefusedOnAGpu() {
    StageSettings settings = new StageSettings(
        Device.cuda(0), Precision.FLOAT16, Quantization.NONE, CachePrecision.INT8, bytes -> {});
    assertThatThrownBy(() -> DecoderSnapshot.of(Reference.path("model-a", "opt"))
        .load(VOCABULARY, rows("model-a"), settings))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("a key/value cache of 8 bits is for the CPU only, not for cuda");
  }

  @ParameterizedTest
  @EnumSource(value = CachePrecision.class, names = {"FLOAT32", "INT8"})
  void whatWasTruncatedLeavesNoTrace(CachePrecision stored) {
    try (DecoderModel model = load("model-a", stored);
        LanguageContext used = model.open();
        LanguageContext fresh = model.open()) {
      used.append(tokens(SENTENCE));
      used.append(tokens(1, 2, 3));
      used.truncate(4);
      assertThat(used.length()).isEqualTo(4);
      fresh.append(tokens(Arrays.copyOf(SENTENCE, 4)));
      assertSame(used.append(tokens(11, 12)), fresh.append(tokens(11, 12)));
      used.truncate(0);
      fresh.truncate(0);
      assertSame(used.append(tokens(SENTENCE)), fresh.append(tokens(SENTENCE)));
      assertThatThrownBy(() -> used.truncate(13)).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("cannot truncate to 13 positions: the context holds 12");
      assertThatThrownBy(() -> used.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void contextsThatTakeTurnsDoNotDisturbEachOther() {
    int[] other = {2, 7, 7, 50271, 9, 100, 200, 300, 400, 500, 600, 700};
    try (DecoderModel model = load("model-b", Precision.FLOAT32);
        LanguageContext a = model.open();
        LanguageContext b = model.open();
        LanguageContext alone = model.open()) {
      LanguageOutput lastA = null;
      LanguageOutput lastB = null;
      for (int i = 0; i < 12; i += 3) {
        lastA = a.append(tokens(Arrays.copyOfRange(SENTENCE, i, i + 3)));
        lastB = b.append(tokens(Arrays.copyOfRange(other, i, i + 3)));
      }
      assertThat(lastA.logits()).usingComparatorWithPrecision(1e-4f).containsExactly(
          alone.append(tokens(SENTENCE)).logits());
      alone.truncate(0);
      assertThat(lastB.logits()).usingComparatorWithPrecision(1e-4f).containsExactly(
          alone.append(tokens(other)).logits());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void scoresAreTheLogarithmsOfTheProbabilities(String name) {
    // More tokens than are scored at once.
    int[] ids = IntStream.range(0, 140).map(i -> (i * 6007 + 2) % VOCABULARY).toArray();
    try (DecoderModel model = load(name, Precision.FLOAT32); LanguageContext context = model.open()) {
      float[][] logits = stepByStep(model, ids);
      float[] scores = context.score(ids);
      assertThat(context.length()).isEqualTo(140);
      assertThat(scores).hasSize(140);
      assertThat(scores[0]).isNaN();
      for (int i = 1; i < 140; i++) {
        assertThat(scores[i]).isCloseTo(
            (float) (logits[i - 1][ids[i]] - logSumExp(logits[i - 1])), within(2e-4f)); // absolute, for values near -11
      }
      // The first id of a later call, also after truncation.
      for (int length : new int[] {140, 70, 1}) {
        context.truncate(length);
        assertThat(context.score(new int[] {50272})[0]).isCloseTo(
            (float) (logits[length - 1][50272] - logSumExp(logits[length - 1])), within(2e-4f));
        assertThat(context.length()).isEqualTo(length + 1);
        context.truncate(length);
      }
    }
  }

  @Test
  void whatCannotBeAppendedChangesNothing() {
    try (DecoderModel model = load("model-a", Precision.FLOAT32);
        LanguageContext context = model.open();
        LanguageContext fresh = model.open()) {
      assertThat(model.maxPositions()).isEqualTo(256);
      context.append(tokens(IntStream.range(3, 243).toArray()));
      refused(context, "the context holds 240 positions and 20 more do not fit into the model's 256",
          new Tokens(new int[20]));
      refused(context, "token 50274 at index 1 is outside the vocabulary of 50274", new Tokens(new int[] {4, 50274}));
      refused(context, "token -1 at index 0 is outside the vocabulary of 50274", new Tokens(new int[] {-1}));
      refused(context, "embedding 1 is 23 wide, but the model reads 24",
          new Tokens(new int[] {4}), new Embeddings(new float[][] {new float[24], new float[23]}));
      refused(context, "nothing to read: the inputs hold no position", new Tokens(new int[0]));
      refused(context, "nothing to read: the inputs hold no position");
      assertThatThrownBy(() -> context.score(new int[17])).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("17 more do not fit");
      assertThat(context.length()).isEqualTo(240);
      fresh.append(tokens(IntStream.range(3, 243).toArray()));
      assertSame(context.append(tokens(IntStream.range(0, 16).toArray())),
          fresh.append(tokens(IntStream.range(0, 16).toArray())));
      refused(context, "the context holds 256 positions and 1 more do not fit into the model's 256",
          new Tokens(new int[1]));
    }
  }

  @Test
  void everythingIsFreedInWhateverOrderItIsClosed() {
    long before = Tensor.live();
    DecoderModel model = load("model-b", Precision.FLOAT32);
    long loaded = Tensor.live();
    LanguageContext first = model.open();
    LanguageContext second = model.open();
    first.append(tokens(SENTENCE));
    first.score(SENTENCE);
    second.append(tokens(8));
    first.close();
    first.close();
    assertThatThrownBy(first::length).isInstanceOf(IllegalStateException.class).hasMessage("this context is closed");
    model.close();
    model.close();
    assertThatThrownBy(() -> second.append(tokens(1))).isInstanceOf(IllegalStateException.class)
        .hasMessage("this language model is closed");
    assertThatThrownBy(() -> second.truncate(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(model::open).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> model.embeddings(new int[] {1})).isInstanceOf(IllegalStateException.class);
    second.close();
    assertThat(loaded).isGreaterThan(before);
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aContextRefusesASecondThreadAndClosingWaitsForTheFirst() throws Exception {
    long before = Tensor.live();
    ExecutorService threads = Executors.newCachedThreadPool();
    try (DecoderModel model = load("model-a", Precision.FLOAT32)) {
      long loaded = Tensor.live();
      DecoderContext context = model.openContext();
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Future<LanguageOutput> reading = threads.submit(() -> context.append(tokens(SENTENCE), state -> {
        inside.countDown();
        await(goOn);
      }));
      await(inside);
      for (ThrowingCallable call : List.<ThrowingCallable>of(
          () -> context.append(tokens(1)), () -> context.score(SENTENCE), () -> context.truncate(0))) {
        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("this context is in use by another thread");
      }
      assertThat(context.length()).isZero();
      Thread[] closer = new Thread[1];
      CountDownLatch closes = new CountDownLatch(1);
      Future<?> closing = threads.submit(() -> {
        closer[0] = Thread.currentThread();
        closes.countDown();
        context.close();
      });
      await(closes);
      while (closer[0].getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      goOn.countDown();
      float[] logits = reading.get(60, TimeUnit.SECONDS).logits();
      closing.get(60, TimeUnit.SECONDS);
      assertThat(Tensor.live()).isEqualTo(loaded);
      try (LanguageContext alone = model.open()) {
        assertThat(logits).isEqualTo(alone.append(tokens(SENTENCE)).logits());
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void threadsReadAtOnceAndClosingWaitsForThem() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    DecoderModel model = load("model-a", Precision.FLOAT32);
    try {
      float[] expected;
      try (LanguageContext context = model.open()) {
        expected = context.append(tokens(SENTENCE)).logits();
      }
      CountDownLatch reading = new CountDownLatch(4);
      List<Future<Integer>> turns = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        turns.add(threads.submit(() -> {
          int done = 0;
          try (LanguageContext context = model.open()) {
            while (true) {
              LanguageOutput output = context.append(tokens(SENTENCE));
              Parity.assertClose("logits", output.logits(), expected, Parity.FORWARD);
              context.truncate(0);
              if (done++ == 0) {
                reading.countDown();
              }
            }
          } catch (IllegalStateException e) {
            return done; // closed below, between two turns
          }
        }));
      }
      assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();
      model.close();
      for (Future<Integer> turn : turns) {
        assertThat(turn.get(60, TimeUnit.SECONDS)).isPositive();
      }
    } finally {
      model.close();
      threads.shutdownNow();
    }
  }

  @Test
  void aLoopOfTurnsHoldsNoMoreTensorsThanOne() {
    try (DecoderModel model = load("model-a", Precision.FLOAT32); LanguageContext context = model.open()) {
      context.append(tokens(SENTENCE));
      long after = Tensor.live();
      for (int i = 0; i < 20; i++) {
        context.append(tokens(i));
        context.score(new int[] {3, 4});
        context.truncate(12);
      }
      assertThat(Tensor.live()).isEqualTo(after);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void bfloat16IsNear(String name) {
    try (DecoderModel exact = load(name, Precision.FLOAT32);
        DecoderModel coarse = load(name, Precision.BFLOAT16);
        LanguageContext expected = exact.open();
        LanguageContext context = coarse.open()) {
      // 8 bits of mantissa, rounded some twenty times
      Parity.assertClose("logits", context.append(tokens(SENTENCE)).logits(),
          expected.append(tokens(SENTENCE)).logits(), 0.05);
      assertThat(context.append(tokens(9)).logits()).doesNotContain(Float.NaN);
    }
  }

  @Test
  void anUnusableVocabularyIsRefused() {
    Path dir = Reference.path("model-a", "opt");
    assertThatThrownBy(() -> DecoderSnapshot.of(dir).load(3, new float[4][24], Device.CPU, Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a vocabulary of 3 has no room for 4 given rows");
    assertThatThrownBy(() -> DecoderSnapshot.of(dir).load(50274, new float[8][25], Device.CPU, Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("embedding row 0 is 25 wide, but the language model's embeddings are 24 wide");
  }

  @Test
  void theTableGrowsAndShrinks() {
    Path dir = Reference.path("model-a", "opt");
    TestTensors.Tensor table =
        TestTensors.read(dir.resolve("model.safetensors")).get("model.decoder.embed_tokens.weight");
    float[][] file = rows(table.floats(), 0, 50272, 24);
    float[][] last = {filled(0.5f), filled(-0.25f)};
    try (DecoderModel model = DecoderSnapshot.of(dir).load(50280, last, Device.CPU, Precision.FLOAT32)) {
      assertThat(model.vocabularySize()).isEqualTo(50280);
      float[][] rows = model.embeddings(new int[] {50271, 50272, 50277, 50278, 50279, 0});
      assertThat(rows[0]).isEqualTo(file[50271]);
      assertThat(rows[3]).isEqualTo(last[0]);
      assertThat(rows[4]).isEqualTo(last[1]);
      assertThat(rows[5]).isEqualTo(file[0]);
      double mean = 0;
      for (float[] row : file) {
        mean += row[7] / 50272.0;
      }
      // Neither the file nor the caller supplies the rows in between.
      assertThat(rows[1][7]).isCloseTo((float) mean, within(1e-5f));
      assertThat(rows[2]).isEqualTo(rows[1]);
      try (LanguageContext context = model.open()) {
        assertThat(context.append(tokens(50279)).logits()).hasSize(50280);
      }
    }
    try (DecoderModel model = DecoderSnapshot.of(dir).load(1000, last, Device.CPU, Precision.FLOAT32);
        LanguageContext context = model.open()) {
      assertThat(model.embeddings(new int[] {997, 998})).isDeepEqualTo(new float[][] {file[997], last[0]});
      assertThat(context.append(tokens(999)).logits()).hasSize(1000);
      assertThatThrownBy(() -> context.append(tokens(1000))).isInstanceOf(IllegalArgumentException.class);
    }
    try (DecoderModel model = DecoderSnapshot.of(dir).load(50272, new float[0][], Device.CPU, Precision.FLOAT32)) {
      assertThat(model.embeddings(new int[] {50271})[0]).isEqualTo(file[50271]);
      assertThat(model.embeddings(new int[0])).isEmpty();
    }
  }

  @Test
  void aFolderOfAnotherModelIsRefusedByName() {
    assertThatThrownBy(() -> DecoderSnapshot.of(Reference.path("model-a", "clip")))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("its configuration says 'clip', known are [");
  }

  private static void refused(LanguageContext context, String message, LanguageInput... inputs) {
    assertThatThrownBy(() -> context.append(List.of(inputs)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static void assertSame(LanguageOutput actual, LanguageOutput expected) {
    Parity.assertClose("hidden", Parity.flat(actual.hidden()), Parity.flat(expected.hidden()), Parity.FORWARD);
    Parity.assertClose("logits", actual.logits(), expected.logits(), Parity.FORWARD);
  }

  private static float[][] stepByStep(DecoderModel model, int[] ids) {
    float[][] logits = new float[ids.length][];
    try (LanguageContext context = model.open()) {
      for (int i = 0; i < ids.length; i++) {
        logits[i] = context.append(tokens(ids[i])).logits();
      }
    }
    return logits;
  }

  private static DecoderModel load(String name, CachePrecision cache) {
    return DecoderSnapshot.of(Reference.path(name, "opt")).load(VOCABULARY, rows(name),
        new StageSettings(Device.CPU, Precision.FLOAT32, Quantization.NONE, cache, bytes -> {}));
  }

  private static DecoderModel load(String name, Precision precision) {
    return DecoderSnapshot.of(Reference.path(name, "opt")).load(VOCABULARY, rows(name), Device.CPU, precision);
  }

  private static float[][] rows(String name) {
    TestTensors.Tensor image =
        TestTensors.read(Reference.path("golden", name, "gill_parts.safetensors")).get("input_embeddings.img_rows");
    return rows(image.floats(), 0, image.shape()[0], image.shape()[1]);
  }

  private static List<LanguageInput> tokens(int... ids) {
    return List.of(new Tokens(ids));
  }

  private static float[][] rows(float[] flat, int first, int count, int width) {
    float[][] rows = new float[count][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, (first + i) * width, (first + i + 1) * width));
    return rows;
  }

  private static float[] filled(float value) {
    float[] row = new float[24];
    Arrays.fill(row, value);
    return row;
  }

  private static double logSumExp(float[] values) {
    double max = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      max = Math.max(max, value);
    }
    double sum = 0;
    for (float value : values) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }
}
