package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeTest {
  @Test
  void everythingAComputationCreatesIsFreedWhenItEnds() {
    long before = Tensor.live();
    float[] result = Scope.compute("adding", () -> {
      Tensor x = Tensor.of(new float[] {1, 2, 3}, 3);
      return x.add(x).mul(2).toFloats();
    });
    assertThat(result).containsExactly(4, 8, 12);
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void anOwnerKeepsATensorBeyondTheComputation() {
    long before = Tensor.live();
    try (Scope owner = Scope.owner()) {
      Tensor kept = Scope.compute("keeping", () -> owner.keep(Tensor.of(new float[] {5}, 1)));
      assertThat(Tensor.live()).isEqualTo(before + 1);
      assertThat(kept.toFloats()).containsExactly(5);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void tidyFreesIntermediatesAndPassesTheResultOn() {
    Scope.compute("tidying", () -> {
      long before = Tensor.live();
      Tensor x = Scope.tidy(() -> Tensor.of(new float[] {1}, 1).add(1).add(1).add(1));
      assertThat(Tensor.live()).isEqualTo(before + 1);
      assertThat(x.toFloats()).containsExactly(4);
      return null;
    });
  }

  @Test
  void aFailureOfTheApplicationIsNotLibtorchs() {
    RuntimeException full = new RuntimeException("out of memory on the disk");
    assertThatThrownBy(() -> Scope.compute("listening", () -> {
      throw full;
    })).isSameAs(full);
  }

  @Test
  void aFailureFreesEverythingAndIsOneLine() {
    long before = Tensor.live();
    assertThatThrownBy(() -> Scope.compute("multiplying", () ->
        Tensor.of(new float[6], 2, 3).matmul(Tensor.of(new float[8], 2, 4)).toFloats()))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith("multiplying failed in libtorch: ")
        .hasMessageNotContaining("\n");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aTensorChangedInPlaceLivesOn() {
    float[] result = Scope.compute("changing in place", () -> {
      Tensor x = Tensor.of(new float[] {-1, 2}, 2);
      x.addInPlace(x).mulInPlace(3).reluInPlace();
      return x.addInPlace(Tensor.of(new float[] {5, 7}, 2).copyFrom(x)).toFloats();
    });
    assertThat(result).containsExactly(0, 24);
  }

  @Test
  void aTensorCannotBeCreatedWithoutAnOwner() {
    assertThatThrownBy(() -> Tensor.of(new float[1], 1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void cudaWithoutCudaIsRefusedWithTheReason() {
    assertThatThrownBy(() -> Torch.require(Device.cuda(99)))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("cuda:99");
  }

  @Test
  void aRowAndAMatrixTakeDifferentPathsToTheSameResult() {
    float[] w = new float[12];
    float[] x = new float[8];
    for (int i = 0; i < 12; i++) {
      w[i] = i * 0.25f - 1;
    }
    for (int i = 0; i < 8; i++) {
      x[i] = 1f / (i + 1);
    }
    Scope.compute("linear", () -> {
      Tensor weight = Tensor.of(w, 3, 4);
      Tensor bias = Tensor.of(new float[] {1, 2, 3}, 3);
      Tensor both = Tensor.of(x, 1, 2, 4).linear(weight, bias);
      Tensor second = Tensor.of(x, 1, 2, 4).narrow(1, 1, 1).linear(weight, bias);
      assertThat(second.shape()).containsExactly(1, 1, 3);
      float[] expected = both.select(1, 1).toFloats();
      float[] actual = second.toFloats();
      for (int i = 0; i < 3; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-6f));
      }
      assertThat(both.to(Precision.BFLOAT16).is(Precision.BFLOAT16)).isTrue();
      return null;
    });
  }

  @Test
  void aSecondThreadCannotChangeWhatAnOwnerOwns() throws Exception {
    long before = Tensor.live();
    Scope owner = Scope.owner();
    Tensor kept = Scope.compute("keeping", () -> owner.keep(Tensor.of(new float[] {5}, 1)));
    boolean outermost = owner.beginChange();
    try {
      List<Throwable> refusals = Collections.synchronizedList(new ArrayList<>());
      Thread other = new Thread(() -> {
        refusals.add(catchThrowable(owner::close));
        refusals.add(catchThrowable(kept::close));
        refusals.add(catchThrowable(() ->
            Scope.compute("keeping", () -> owner.keep(Tensor.of(new float[] {6}, 1)))));
      });
      other.start();
      other.join();
      assertThat(refusals).hasSize(3).allSatisfy(refusal -> assertThat(refusal)
          .isInstanceOf(IllegalStateException.class).hasMessageContaining("two threads"));
      assertThat(kept.toFloats()).containsExactly(5);
    } finally {
      owner.endChange(outermost);
    }
    assertThat(Tensor.live()).isEqualTo(before + 1);
    owner.close();
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
