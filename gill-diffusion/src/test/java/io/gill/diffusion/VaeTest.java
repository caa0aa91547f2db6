package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.network.VaeDecoder;
import io.gill.diffusion.network.VaeEncoder;
import io.gill.testsupport.Parity;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VaeTest {
  /** An autoencoder that is freed with its owner. */
  private record Loaded(VaeDecoder decoder, VaeEncoder encoder, Scope owner, TensorFile file)
      implements AutoCloseable {
    static Loaded of(Path snapshot, Precision precision) {
      Path dir = snapshot.resolve("vae");
      Scope owner = Scope.owner();
      TensorFile file = Snapshot.open(dir);
      VaeConfig config = VaeConfig.read(dir.resolve("config.json"));
      Weights weights = Weights.of(file, owner, Device.CPU, precision);
      Loaded loaded = new Loaded(new VaeDecoder(config, weights), new VaeEncoder(config, weights), owner, file);
      weights.finish("the VAE");
      return loaded;
    }

    @Override
    public void close() {
      owner.close();
      file.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void decodesWhatDiffusersDecodes(String model) {
    Golden golden = new Golden(model);
    try (Loaded loaded = Loaded.of(golden.snapshot(), Precision.FLOAT32)) {
      Scope.compute("test", () -> {
        golden.check("vae.decoded", loaded.decoder().decode(golden.tensor("vae.latents")), Parity.FORWARD);
        return null;
      });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void encodesToTheMomentsOfDiffusers(String model) {
    Golden golden = new Golden(model);
    try (Loaded loaded = Loaded.of(golden.snapshot(), Precision.FLOAT32)) {
      Scope.compute("test", () -> {
        VaeEncoder.Moments moments = loaded.encoder().encode(golden.tensor("vae.image"));
        golden.check("vae.encoded_mode", moments.mean(), Parity.FORWARD);
        golden.check("vae.encoded_logvar", moments.logVariance(), Parity.FORWARD);
        golden.check("vae.encoded_std", moments.logVariance().mul(0.5).exp(), Parity.FORWARD);
        return null;
      });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void sixteenBitsComeNearThirtyTwo(String model) {
    Golden golden = new Golden(model);
    try (Loaded loaded = Loaded.of(golden.snapshot(), Precision.BFLOAT16)) {
      Scope.compute("test", () -> {
        Tensor image = loaded.decoder().decode(golden.tensor("vae.latents"));
        assertThat(image.is(Precision.BFLOAT16)).isTrue();
        // Rounding to 8 bits of mantissa through some thirty layers.
        assertThat(Golden.relativeError(image.toFloats(), golden.floats("vae.decoded"))).isLessThan(0.05);
        return null;
      });
    }
  }
}
