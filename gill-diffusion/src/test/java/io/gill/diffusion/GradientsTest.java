package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gill.Device;
import io.gill.clip.ClipTextConfig;
import io.gill.clip.ClipTextEncoder;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.network.VaeDecoder;
import io.gill.diffusion.network.VaeEncoder;
import io.gill.testsupport.Parity;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks of Stable Diffusion, built on trainable tensors, have the gradients of what they compute. */
class GradientsTest {
  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void everyWeightOfTheUNetHasAGradient(String model) {
    Golden golden = new Golden(model);
    Path dir = golden.snapshot().resolve("unet");
    try (Parameters parameters = load(dir)) {
      UNet unet = new UNet(UNetConfig.read(dir.resolve("config.json")), Weights.of(parameters));
      Scope.record("training", () -> {
        Tensor noise = unet.predict(
            golden.tensor("unet.sample"), 500, golden.tensor("unet.encoder_hidden_states"));
        golden.check("unet.noise_pred.t500", noise, Parity.FORWARD);
        return null;
      });
      assertGradients(parameters, () -> energy(unet.predict(
          golden.tensor("unet.sample"), 500, golden.tensor("unet.encoder_hidden_states"))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void everyWeightOfTheAutoencoderHasAGradient(String model) {
    Golden golden = new Golden(model);
    Path dir = golden.snapshot().resolve("vae");
    try (Parameters parameters = load(dir)) {
      Weights w = Weights.of(parameters);
      VaeConfig config = VaeConfig.read(dir.resolve("config.json"));
      VaeEncoder encoder = new VaeEncoder(config, w);
      VaeDecoder decoder = new VaeDecoder(config, w);
      w.finish("the autoencoder");
      Random random = new Random(2);
      float[] pixels = new float[3 * 16 * 16];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (float) Math.tanh(random.nextGaussian());
      }
      assertGradients(parameters, () -> {
        VaeEncoder.Moments moments = encoder.encode(Tensor.of(pixels, 1, 3, 16, 16));
        return energy(decoder.decode(moments.mean())).add(energy(moments.logVariance()));
      });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void everyWeightOfTheTextEncoderHasAGradient(String model) {
    Golden golden = new Golden(model);
    Path dir = golden.snapshot().resolve("text_encoder");
    try (Parameters parameters = load(dir)) {
      ClipTextEncoder encoder =
          new ClipTextEncoder(ClipTextConfig.read(dir.resolve("config.json")), Weights.of(parameters));
      assertGradients(parameters, () -> energy(encoder.encode(List.of(new int[] {5, 7, 7, 300}))));
    }
  }

  private static Parameters load(Path dir) {
    Parameters parameters = Parameters.on(Device.CPU);
    try (TensorFile file = Snapshot.open(dir)) {
      for (String name : file.names()) {
        if (file.get(name).dtype().isFloatingPoint()) { // position ids are not trained
          parameters.add(name, file.get(name).toFloatArray(), file.get(name).shape());
        }
      }
    }
    return parameters;
  }

  private static Tensor energy(Tensor x) {
    return x.mul(x).mean();
  }

  /** Every weight has a gradient, and along a random direction in all of them the loss changes as they say. */
  private static void assertGradients(Parameters parameters, Supplier<Tensor> loss) {
    Scope.record("training", () -> {
      loss.get().backward();
      return null;
    });
    Random random = new Random(1);
    Map<String, float[]> values =
        parameters.names().stream().collect(Collectors.toMap(name -> name, parameters::values));
    Map<String, float[]> directions = parameters.names().stream().collect(Collectors.toMap(name -> name, name -> {
      float[] direction = new float[values.get(name).length];
      for (int i = 0; i < direction.length; i++) {
        direction[i] = (float) (random.nextGaussian() * 3e-5); // what is left of the third order is small
      }
      return direction;
    }));
    double expected = 0;
    for (String name : parameters.names()) {
      float[] gradient = Scope.compute("reading", () -> {
        Tensor own = parameters.get(name).gradient();
        return own == null ? new float[0] : own.toFloats();
      });
      assertThat(gradient).as(name).hasSameSizeAs(values.get(name));
      for (int i = 0; i < gradient.length; i++) {
        expected += gradient[i] * (double) directions.get(name)[i];
      }
    }
    double change = (moved(parameters, values, directions, 1, loss)
        - moved(parameters, values, directions, -1, loss)) / 2;
    assertThat(change).isCloseTo(expected, within(0.02 * Math.abs(expected)));
  }

  private static double moved(Parameters parameters, Map<String, float[]> values, Map<String, float[]> directions,
      int sign, Supplier<Tensor> loss) {
    values.forEach((name, from) -> {
      float[] there = from.clone();
      for (int i = 0; i < there.length; i++) {
        there[i] += sign * directions.get(name)[i];
      }
      parameters.set(name, there);
    });
    return Scope.compute("computing", () -> loss.get().toFloats()[0]);
  }
}
