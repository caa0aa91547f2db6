package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MuonTest {
  private static Tensor random(int... shape) {
    Random random = new Random(1);
    float[] values = new float[shape[0] * shape[1] * shape[2]];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, shape[0], shape[1], shape[2]);
  }

  /** For X = U·S·Vᵀ, the result is U·T·Vᵀ with T near 1: its product with its transpose is near the identity. */
  @ParameterizedTest
  @CsvSource({"6, 20", "20, 6", "3, 3"})
  void bringsTheSingularValuesNearOne(int rows, int columns) {
    Scope.compute("testing", () -> {
      Tensor x = random(2, rows, columns);
      Tensor result = Muon.orthogonal(x);
      assertThat(result.shape()).containsExactly(2, rows, columns);
      int small = Math.min(rows, columns);
      Tensor wide = rows <= columns ? result : result.transpose(1, 2);
      float[] squares = wide.matmul(wide.transpose(1, 2)).toFloats(); // (2, small, small)
      for (int i = 0; i < squares.length; i++) {
        boolean diagonal = i / small % small == i % small;
        assertThat(squares[i]).isCloseTo(diagonal ? 1 : 0, Offset.offset(0.6f));
      }
      return null;
    });
  }

  @Test
  void keepsTheDirectionsOfADiagonalMatrix() {
    Scope.compute("testing", () -> {
      float[] result = Muon.orthogonal(Tensor.of(new float[] {5, 0, 0, 0, -0.5f, 0}, 1, 2, 3)).toFloats();
      assertThat(result[0]).isBetween(0.6f, 1.3f);
      assertThat(result[4]).isBetween(-1.3f, -0.6f);
      assertThat(new float[] {result[1], result[2], result[3], result[5]}).containsOnly(0);
      return null;
    });
  }

  @Test
  void updatesTheMatricesOfLayersOnly() {
    try (Parameters parameters = Parameters.on(Device.CPU);
        Muon muon = new Muon(parameters, 0.5)) {
      float[] zeros = new float[16];
      for (String name : new String[] {"layers.0.fc.weight", "layers.1.fc.weight", "embed.weight"}) {
        parameters.add(name, zeros, 4, 4);
      }
      parameters.add("layers.0.fc.bias", zeros, 16);
      Scope.record("testing", () -> {
        Tensor loss = Tensor.of(new float[] {0}, 1);
        Random random = new Random(2);
        for (String name : parameters.names()) {
          if (!name.startsWith("layers.1")) { // it has no gradient
            float[] factors = new float[16];
            for (int i = 0; i < 16; i++) {
              factors[i] = 1e-4f * (float) random.nextGaussian();
            }
            loss = loss.add(parameters.get(name).mul(Tensor.of(factors, parameters.get(name).shape())).mean());
          }
        }
        loss.backward();
        return null;
      });
      muon.step(0.01);
      float[] moved = parameters.values("layers.0.fc.weight");
      double squares = 0;
      for (float value : moved) {
        squares += value * value;
      }
      assertThat(Math.sqrt(squares / 16)).isBetween(0.002, 0.004); // 0.3 learning rates, however small the gradient
      for (String name : new String[] {"layers.1.fc.weight", "embed.weight", "layers.0.fc.bias"}) {
        assertThat(parameters.values(name)).containsOnly(0);
      }
      Scope.compute("testing", () -> {
        assertThat(parameters.get("layers.0.fc.weight").gradient()).isNull();
        assertThat(parameters.get("embed.weight").gradient()).isNotNull(); // left to AdamW
        return null;
      });
      assertThat(muon.snapshot()).containsOnlyKeys("layers.0.fc.weight.momentum");
    }
  }
}
