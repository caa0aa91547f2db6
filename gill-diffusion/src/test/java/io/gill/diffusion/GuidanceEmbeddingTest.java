package io.gill.diffusion;

import static io.gill.testsupport.Parity.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.Precision;
import io.gill.diffusion.network.UNet;
import io.gill.stage.Conditioning;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model distilled with its guidance, which is told the scale: {@code time_cond_proj_dim}. */
class GuidanceEmbeddingTest {
  private static final int CHANNELS = 8;
  private static final int WIDTH = 256;

  /**
   * What diffusers 0.35.2 makes of the same weights at t = 500: [1, 2, :3, :3] of its prediction. A larger scale would
   * show the last bit of the frequencies, in which kernels differ.
   */
  private static final float[] AT_1_25 = {0.13370244f, 0.29097226f, -0.46834567f, -0.58843946f, 0.21172924f,
    -0.00626897f, -0.19258945f, -0.27095696f, -0.14074254f};
  private static final float[] AT_1 = {0.16708127f, 0.41804045f, -0.37051001f, -0.34408697f, 0.38912785f, 0.08508424f,
    0.00664388f, -0.37073144f, -0.29394442f};

  @Test
  void theScaleGoesIntoTheTimeEmbeddingAndNothingIsGuided(@TempDir Path dir) throws IOException {
    Folders.copy(Reference.path("../reference-2/sd15-tiny"), dir);
    tellGuidance(dir.resolve("unet"));
    Map<String, TestTensors.Tensor> golden =
        TestTensors.read(Reference.path("../reference-2/golden/sd15-tiny/sd.safetensors"));
    float[] sample = golden.get("unet.sample").floats();
    float[] context = golden.get("unet.encoder_hidden_states").floats();
    try (StableDiffusion generator = StableDiffusion.load(dir, Device.CPU, Precision.FLOAT32)) {
      for (double scale : new double[] {1.25, 1}) {
        float[] predicted = Scope.compute("test", () -> {
          UNet unet = generator.unet();
          UNet.Context read = unet.context(Tensor.of(context, 2, 77, 24), null, unet.guidance(scale));
          return unet.predict(Tensor.of(sample, 2, 4, 8, 8), new double[] {500}, read, (name, value) -> {})
              .select(0, 1).select(0, 2).narrow(0, 0, 3).narrow(1, 0, 3).contiguous().toFloats();
        });
        assertClose("at " + scale, predicted, scale == 1 ? AT_1 : AT_1_25, Parity.FORWARD);
      }
      DiffusionOptions options = DiffusionOptions.builder().steps(1).negativePrompt("blurry").build();
      assertThat(generator.guidance(Conditioning.of(new float[77][24]), options).negative()).isNull();
    }
  }

  private static void tellGuidance(Path unet) throws IOException {
    Path config = unet.resolve("config.json");
    ObjectMapper json = new ObjectMapper();
    ObjectNode changed = ((ObjectNode) json.readTree(config.toFile())).put("time_cond_proj_dim", WIDTH);
    Files.writeString(config, changed.toString());
    ByteBuffer weight = ByteBuffer.allocate(4 * CHANNELS * WIDTH).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < CHANNELS * WIDTH; i++) {
      weight.putFloat((float) Math.sin(i));
    }
    Path file = unet.resolve("diffusion_pytorch_model.safetensors");
    ByteBuffer old = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[Math.toIntExact(old.getLong())];
    old.get(header);
    int end = old.remaining();
    ObjectNode tensors = (ObjectNode) json.readTree(header);
    tensors.putObject("time_embedding.cond_proj.weight").put("dtype", "F32")
        .<ObjectNode>set("shape", json.createArrayNode().add(CHANNELS).add(WIDTH))
        .set("data_offsets", json.createArrayNode().add(end).add(end + weight.capacity()));
    byte[] longer = tensors.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer added = ByteBuffer.allocate(8 + longer.length + end + weight.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, added.putLong(longer.length).put(longer).put(old).put(weight.flip()).array());
  }
}
