package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gill.Device;
import io.gill.GillException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RecordingTest {
  private static final float[] VALUES = {0.5f, -1.5f, 2, 0.25f, -0.75f, 1.25f};

  @Test
  void operationsInPlaceHaveTheGradientOfTheirArithmetic() {
    assertGradientOf(x -> x.mul(2).addInPlace(x).mulInPlace(x).mulInPlace(0.5).siluInPlace());
    assertGradientOf(x -> x.add(0.1).reluInPlace().addInPlace(x.mul(x)));
    assertGradientOf(x -> Scope.tidy(() -> {
      Tensor h = x.mul(3);
      h.addInPlace(Scope.tidy(() -> h.sin().addInPlace(x)));
      return h.mulInPlace(h);
    }));
  }

  @Test
  void theMatrixVectorPathHasTheGradientOfTheProduct() {
    float[] weights = {0.1f, 0.2f, -0.3f, 0.4f, 0.5f, 0.6f, -0.7f, 0.8f, 0.9f, -1, 1.1f, 1.2f};
    assertGradientOf(x -> x.linear(Tensor.of(weights, 2, 6), Tensor.of(new float[] {0.3f, -0.2f}, 2)).sin());
    assertGradientOf(x -> Tensor.of(new float[] {0.3f, -0.2f, 0.5f}, 1, 3).linear(x.reshape(2, 3), null).sin());
  }

  @Test
  void attentionNormsAndConvolutionsHaveGradients() {
    assertGradientOf(x -> {
      Tensor q = x.reshape(1, 3, 2);
      return ScaledDotProduct.attention(q, q.sin(), q.cos(), null, true, 0.7);
    });
    assertGradientOf(x ->
        new LayerNorm(Tensor.of(new float[] {1, 2, 3, 1, 2, 3}, 6), Tensor.of(VALUES, 6), 1e-5).apply(x).sin());
    assertGradientOf(x -> new Conv2d(Tensor.of(VALUES, 1, 2, 3, 1), null, 1, 1)
        .apply(x.reshape(1, 2, 3, 1).channelsLast()).sin());
  }

  @Test
  void crossEntropyPassesOverIgnoredLabels() {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor logits = parameters.add("logits", VALUES, 3, 2);
      double loss = Scope.record("training", () -> {
        Tensor mean = logits.crossEntropy(Tensor.of(new long[] {1, Tensor.IGNORED_LABEL, 0}, 3));
        mean.backward();
        return (double) mean.toFloats()[0];
      });
      double first = Math.log(1 + Math.exp(2.0));
      double second = Math.log(1 + Math.exp(2.0));
      assertThat(loss).isCloseTo((first + second) / 2, within(1e-6));
      float[] gradient = gradient(logits);
      assertThat(gradient[2]).isZero();
      assertThat(gradient[3]).isZero();
      assertThat(gradient[0]).isCloseTo((float) (1 / (1 + Math.exp(-2)) / 2), within(1e-6f));
    }
  }

  @Test
  void computationsAtTheSameTimeAddUpTheirGradients() {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor x = parameters.add("x", VALUES, 2, 3);
      List<Supplier<Float>> parts = Stream.of(1f, 2f).<Supplier<Float>>map(factor -> () -> {
        Tensor loss = x.mul(x).mul(factor).mean();
        loss.backward();
        return loss.toFloats()[0];
      }).toList();
      List<Float> losses = Scope.recordAll("training", parts);
      assertThat(losses.get(1)).isEqualTo(2 * losses.get(0));
      float[] gradient = gradient(x);
      for (int i = 0; i < VALUES.length; i++) {
        assertThat(gradient[i]).isCloseTo((1 + 2) * 2 * VALUES[i] / VALUES.length, within(1e-6f));
      }
    }
  }

  @Test
  void aFailureOfOneOfSeveralComputationsIsThatOfAll() {
    AtomicBoolean ended = new AtomicBoolean();
    Supplier<Float> fails = () -> Tensor.of(VALUES, 2, 3).add(Tensor.of(VALUES, 3, 2)).toFloats()[0];
    Supplier<Float> works = () -> {
      ended.set(true);
      return 0f;
    };
    assertThatThrownBy(() -> Scope.recordAll("training", List.of(fails, works)))
        .isInstanceOf(GillException.class).hasMessageContaining("training");
    assertThat(ended).isTrue();
    assertThatThrownBy(() -> Scope.compute("looking", () -> Scope.recordAll("training", List.of(works, works))))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void gradientsAddUpUntilTheyAreDropped() {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor x = parameters.add("x", new float[] {3}, 1);
      assertThat(Scope.compute("looking", x::gradient)).isNull();
      for (int i = 0; i < 2; i++) {
        Scope.record("training", () -> {
          x.mul(x).mean().backward();
          return null;
        });
      }
      assertThat(gradient(x)).containsExactly(12);
      assertThat(parameters.clipGradients(6)).isCloseTo(12, within(1e-6));
      assertThat(gradient(x)[0]).isCloseTo(6, within(1e-5f));
      parameters.dropGradients();
      assertThat(Scope.compute("looking", x::gradient)).isNull();
    }
  }

  @Test
  void adamWFollowsTheFormula() {
    AdamW.Settings settings = new AdamW.Settings(0.9, 0.95, 1e-8, 0.01);
    try (Parameters parameters = Parameters.on(Device.CPU); AdamW optimiser = new AdamW(parameters, settings)) {
      Tensor x = parameters.add("x", VALUES, 6);
      Tensor untouched = parameters.add("untouched", VALUES, 6);
      double p = VALUES[1];
      double m = 0;
      double v = 0;
      for (int t = 1; t <= 5; t++) {
        Scope.record("training", () -> {
          x.mul(x).mul(x).mean().backward();
          return null;
        });
        double rate = 0.1 / t;
        optimiser.step(rate);
        parameters.dropGradients();
        double g = 3 * p * p / 6;
        p *= 1 - rate * 0.01;
        m = 0.9 * m + 0.1 * g;
        v = 0.95 * v + 0.05 * g * g;
        p -= rate * (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.95, t))) + 1e-8);
        assertThat(x.toFloats()[1]).isCloseTo((float) p, within(2e-6f));
      }
      assertThat(untouched.toFloats()).containsExactly(VALUES);
    }
  }

  @Test
  void nothingIsOverwrittenWhileGradientsAreRecorded() {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor x = parameters.add("x", VALUES, 6);
      assertThatThrownBy(() -> Scope.record("training", () -> x.mulInPlace(2)))
          .isInstanceOf(IllegalStateException.class).hasMessageContaining("trainable");
      assertThatThrownBy(() -> Scope.record("training", () -> x.mul(2).copyFrom(x)))
          .isInstanceOf(IllegalStateException.class).hasMessageContaining("overwritten");
      assertThatThrownBy(() -> Scope.compute("computing", () -> Scope.record("training", () -> 1)))
          .isInstanceOf(IllegalStateException.class).hasMessageContaining("inside Scope.compute");
    }
  }

  @Test
  void aRecordedComputationFreesWhatItMade() {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor x = parameters.add("x", VALUES, 6);
      long before = Tensor.live();
      Scope.record("training", () -> {
        x.mul(2).addInPlace(x).mean().backward();
        return null;
      });
      assertThat(Tensor.live()).isEqualTo(before);
    }
  }

  private static float[] gradient(Tensor of) {
    return Scope.compute("reading a gradient", () -> {
      Tensor gradient = of.gradient();
      return gradient == null ? new float[0] : gradient.toFloats();
    });
  }

  /** Compares with central differences, whose error is about the square of the step. */
  private static void assertGradientOf(UnaryOperator<Tensor> function) {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor x = parameters.add("x", VALUES, 1, 6);
      Scope.record("training", () -> {
        function.apply(x).mean().backward();
        return null;
      });
      float[] gradient = gradient(x);
      assertThat(gradient).hasSize(6);
      float step = 1e-2f;
      for (int i = 0; i < VALUES.length; i++) {
        float[] more = VALUES.clone();
        float[] less = VALUES.clone();
        more[i] += step;
        less[i] -= step;
        double slope = (mean(function, more) - mean(function, less)) / (more[i] - (double) less[i]);
        assertThat((double) gradient[i]).as("element %d", i).isCloseTo(slope, within(2e-3));
      }
    }
  }

  private static double mean(UnaryOperator<Tensor> function, float[] values) {
    return Scope.compute("computing", () -> function.apply(Tensor.of(values, 1, 6)).mean().toFloats()[0]);
  }
}
