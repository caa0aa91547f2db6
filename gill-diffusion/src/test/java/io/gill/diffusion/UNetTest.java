package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.UNetConfig;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UNetTest {
  /** A UNet that is freed with its owner. */
  private record Loaded(UNet unet, Scope owner, TensorFile file) implements AutoCloseable {
    static Loaded of(Path snapshot, Precision precision) {
      Path dir = snapshot.resolve("unet");
      Scope owner = Scope.owner();
      TensorFile file = Snapshot.open(dir);
      UNetConfig config = UNetConfig.read(dir.resolve("config.json"));
      return new Loaded(new UNet(config, Weights.of(file, owner, Device.CPU, precision)), owner, file);
    }

    @Override
    public void close() {
      owner.close();
      file.close();
    }
  }

  /** Rounding through some sixty layers: seen are 0.0075 with half precision, and 8 times that with 3 bits less. */
  @ParameterizedTest
  @CsvSource({"model-a, FLOAT16, 0.01", "model-b, FLOAT16, 0.01", "model-a, BFLOAT16, 0.08", "model-b, BFLOAT16, 0.08"})
  void sixteenBitsComeNearThirtyTwo(String model, Precision precision, double tolerance) {
    Golden golden = new Golden(model);
    try (Loaded loaded = Loaded.of(golden.snapshot(), precision)) {
      Scope.compute("test", () -> {
        Tensor noise = loaded.unet().predict(
            golden.tensor("unet.sample"), 500, golden.tensor("unet.encoder_hidden_states"));
        assertThat(noise.is(precision)).isTrue();
        assertThat(Golden.relativeError(noise.toFloats(), golden.floats("unet.noise_pred.t500"))).isLessThan(tolerance);
        return null;
      });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1x1", "3x5", "9x8", "13x7"})
  void keepsAnySizeOfLatents(String size) {
    Golden golden = new Golden("model-a");
    int height = Integer.parseInt(size.substring(0, size.indexOf('x')));
    int width = Integer.parseInt(size.substring(size.indexOf('x') + 1));
    try (Loaded loaded = Loaded.of(golden.snapshot(), Precision.FLOAT32)) {
      long[] shape = Scope.compute("test", () -> loaded.unet().predict(
          Tensor.zeros(Precision.FLOAT32, Device.CPU, 1, 4, height, width), 10,
          golden.tensor("unet.encoder_hidden_states").narrow(0, 0, 1)).shape());
      assertThat(shape).containsExactly(1, 4, height, width);
    }
  }

  @Test
  void oneContextServesAllTimesteps() {
    Golden golden = new Golden("model-a");
    try (Loaded loaded = Loaded.of(golden.snapshot(), Precision.FLOAT32)) {
      Scope.compute("test", () -> {
        UNet unet = loaded.unet();
        Tensor text = golden.tensor("unet.encoder_hidden_states");
        UNet.Context context = unet.context(text, null, null);
        for (double timestep : new double[] {999, 500, 1}) {
          float[] again = unet.predict(
              golden.tensor("unet.sample"), new double[] {timestep}, context, (name, value) -> {}).toFloats();
          assertThat(again).isEqualTo(unet.predict(golden.tensor("unet.sample"), timestep, text).toFloats());
        }
        return null;
      });
    }
  }

  @Test
  void freesEverythingItAllocates() {
    long before = Tensor.live();
    Golden golden = new Golden("model-b");
    try (Loaded loaded = Loaded.of(golden.snapshot(), Precision.FLOAT32)) {
      long afterLoading = Tensor.live();
      Scope.compute("test", () -> loaded.unet().predict(
          golden.tensor("unet.sample"), 1, golden.tensor("unet.encoder_hidden_states")).toFloats());
      assertThat(Tensor.live()).isEqualTo(afterLoading);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
