package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.lm.DecoderSnapshot;
import io.gill.lm.QuantizedSnapshot;
import io.gill.opt.OptConfig;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageModel;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrozenDecoderTest {
  private static final int[][] SEQUENCES = {{2, 38090, 12767, 50118, 9, 431}, {2, 9, 1234, 1, 1, 1}};

  /** Rounding of the loss, a 32-bit number near 13: seen are differences of up to 1.5 units of its last bit. */
  private static final double LAST_BITS = 4 * Math.ulp(13f);

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void aBatchFilledUpAtTheEndEqualsItsSequencesAlone(String name) {
    Path dir = Reference.path(name, "opt");
    OptConfig config = OptConfig.read(dir.resolve("config.json"));
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      FrozenDecoder network = load(dir, config, parameters);
      float[] batch = Scope.compute("reading", () -> {
        int[] ids = Arrays.stream(SEQUENCES).flatMapToInt(Arrays::stream).toArray();
        return network.hidden(network.embeddings(ids).reshape(2, 6, -1)).toFloats();
      });
      int d = config.wordEmbedProjDim();
      try (LanguageModel model =
          DecoderSnapshot.of(dir).load(config.vocabSize(), new float[0][], Device.CPU, Precision.FLOAT32)) {
        for (int i = 0; i < 2; i++) {
          int length = i == 0 ? 6 : 3;
          try (LanguageContext context = model.open()) {
            float[] alone = Parity.flat(
                context.append(List.of(new Tokens(Arrays.copyOf(SEQUENCES[i], length)))).hidden());
            Parity.assertClose("sequence " + i, Arrays.copyOfRange(batch, i * 6 * d, (i * 6 + length) * d), alone,
                Parity.FORWARD);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void everyWeightHasTheGradientOfTheLoss(String name) {
    Path dir = Reference.path(name, "opt");
    OptConfig config = OptConfig.read(dir.resolve("config.json"));
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      FrozenDecoder network = load(dir, config, parameters);
      Scope.record("training", () -> {
        loss(network).backward();
        return null;
      });
      Random random = new Random(7);
      for (String key : parameters.names()) {
        if (key.equals("lm_head.weight")) {
          continue; // same tensor as the table
        }
        float[] gradient = gradient(parameters.get(key));
        assertThat(gradient).as(key).isNotEmpty();
        // Along a random direction, the change of the loss matches the gradient.
        float[] values = parameters.values(key);
        float[] direction = new float[values.length];
        double expected = 0;
        double scale = 3e-4; // small enough that few ReLU inputs change sign
        for (int i = 0; i < values.length; i++) {
          direction[i] = (float) (random.nextGaussian() * scale);
          expected += direction[i] * (double) gradient[i];
        }
        double change = (moved(parameters, key, values, direction, 1, network)
            - moved(parameters, key, values, direction, -1, network)) / 2;
        parameters.set(key, values);
        assertThat(change).as(key).isCloseTo(expected, within(2e-2 * Math.abs(expected) + LAST_BITS));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = "model-a")
  void morePositionsThanTheModelHasAreRefused(String name) {
    Path dir = Reference.path(name, "opt");
    OptConfig config = OptConfig.read(dir.resolve("config.json"));
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      FrozenDecoder network = load(dir, config, parameters);
      int tooMany = config.maxPositionEmbeddings() + 1;
      assertThatThrownBy(() -> Scope.compute("reading", () ->
          network.hidden(network.embeddings(new int[tooMany]).reshape(1, tooMany, -1))))
          .isInstanceOf(GillException.class).hasMessageContaining("max_position_embeddings");
    }
  }

  /** Scores in pieces, and their gradients, equal those of all logits together. */
  @Test
  void nothingIsTrainedAroundAQuantisedModel(@TempDir Path folder) {
    Path quantized = folder.resolve("quantized");
    QuantizedSnapshot.write(Reference.path("model-a", "opt"), quantized, Quantization.INT8, tensor -> {});
    try (TensorFile file = Snapshot.open(quantized); Scope owner = Scope.owner()) {
      Weights w = Weights.of(file, owner, Device.CPU, Precision.FLOAT32);
      assertThatThrownBy(() -> Scope.record("loading", () -> FrozenDecoder.load(
          DecoderSnapshot.of(quantized), w, 50274, Tensor.zeros(Precision.FLOAT32, Device.CPU, 8, 24), false, owner)))
          .isInstanceOf(GillException.class).hasMessageContaining("is quantised (INT8)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void scoresAndTheirGradientsAreThoseOfAllLogits(String name) {
    Path dir = Reference.path(name, "opt");
    OptConfig config = OptConfig.read(dir.resolve("config.json"));
    int d = config.wordEmbedProjDim();
    int n = 97; // more than one piece
    Random random = new Random(5);
    long[] targets = random.longs(n, 0, 50274).toArray();
    targets[3] = 50266;
    targets[90] = 50273;
    try (TensorFile file = Snapshot.open(dir);
        Scope owner = Scope.owner();
        Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor hidden = parameters.add("hidden", gaussian(random, n * d), n, d);
      Tensor rows = parameters.add("rows", gaussian(random, 8 * d), 8, d);
      FrozenDecoder network = Scope.record("loading", () -> FrozenDecoder.load(DecoderSnapshot.of(dir),
          Weights.of(file, owner, Device.CPU, Precision.FLOAT32), 50274, rows, false, owner));
      int[] ranks = Scope.record("scoring", () -> {
        Tensor logits = network.logits(hidden);
        logits.crossEntropy(Tensor.of(targets, n)).mul(3).backward();
        return FrozenDecoder.ranks(logits, targets);
      });
      float[] expectedHidden = gradient(hidden);
      float[] expectedRows = gradient(rows);
      double expected = Scope.compute("scoring", () ->
          network.logits(hidden).crossEntropy(Tensor.of(targets, n)).toFloats()[0]);
      parameters.dropGradients();

      FrozenDecoder.Scores[] scores = new FrozenDecoder.Scores[1];
      double loss = Scope.record("scoring", () -> {
        scores[0] = network.score(hidden, targets, true);
        scores[0].loss().mul(3).backward();
        return (double) scores[0].loss().toFloats()[0];
      });
      assertThat(loss).isCloseTo(expected, within(1e-5 * expected));
      assertThat(scores[0].ranks()).isEqualTo(ranks);
      Parity.assertClose("by hidden states", gradient(hidden), expectedHidden, 1e-5);
      Parity.assertClose("by last rows", gradient(rows), expectedRows, 1e-5);
      double plain = Scope.compute("scoring", () ->
          network.score(hidden, targets, false).loss().toFloats()[0]);
      assertThat(plain).isCloseTo(expected, within(1e-5 * expected));
    }
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] gradient(Tensor of) {
    return Scope.compute("reading a gradient", () -> {
      Tensor gradient = of.gradient();
      return gradient == null ? new float[0] : gradient.toFloats();
    });
  }

  private static FrozenDecoder load(Path dir, OptConfig config, Parameters parameters) {
    try (TensorFile file = Snapshot.open(dir)) {
      parameters.addAll(file);
    }
    Weights w = Weights.of(parameters);
    return new FrozenDecoder(config.network(w));
  }

  private static double moved(
      Parameters parameters, String key, float[] values, float[] direction, int sign, FrozenDecoder network) {
    float[] there = values.clone();
    for (int i = 0; i < there.length; i++) {
      there[i] += sign * direction[i];
    }
    parameters.set(key, there);
    return Scope.compute("computing", () -> loss(network).toFloats()[0]);
  }

  private static Tensor loss(FrozenDecoder network) {
    int[] ids = Arrays.stream(SEQUENCES).flatMapToInt(Arrays::stream).toArray();
    long[] labels = {38090, 12767, 50118, 9, 431, -100, 9, 1234, -100, -100, -100, -100};
    Tensor hidden = network.hidden(network.embeddings(ids).reshape(2, 6, -1));
    return network.logits(hidden.reshape(12, -1)).crossEntropy(Tensor.of(labels, 12));
  }
}
