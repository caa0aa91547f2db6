package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.network.VaeDecoder;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VaeTest {
  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void sixteenBitsComeNearThirtyTwo(String model) {
    Golden golden = new Golden(model);
    Path dir = golden.snapshot().resolve("vae");
    try (Scope owner = Scope.owner();
        TensorFile file = Snapshot.open(dir)) {
      VaeDecoder decoder = new VaeDecoder(VaeConfig.read(dir.resolve("config.json")),
          Weights.of(file, owner, Device.CPU, Precision.BFLOAT16));
      Scope.compute("test", () -> {
        Tensor image = decoder.decode(golden.tensor("vae.latents"));
        assertThat(image.is(Precision.BFLOAT16)).isTrue();
        // Rounding to 8 bits of mantissa through some thirty layers.
        assertThat(Golden.relativeError(image.toFloats(), golden.floats("vae.decoded"))).isLessThan(0.05);
        return null;
      });
    }
  }
}
