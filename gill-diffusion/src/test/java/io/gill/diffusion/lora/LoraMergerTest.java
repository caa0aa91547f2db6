package io.gill.diffusion.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Scope;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of keys, and files that do not fit; the parity program compares merged weights with published ones. */
class LoraMergerTest {
  private static final Path PEFT = Reference.path("../reference-2/lora/peft_unet_te.safetensors");
  private static final String BLOCK = "mid_block.attentions.0.transformer_blocks.0.";

  private final TensorFile unet = Snapshot.open(Reference.path("../reference-2/sd15-tiny/unet"));
  private final TensorFile text = Snapshot.open(Reference.path("../reference-2/sd15-tiny/text_encoder"));
  private final LoraMerger merger = merger();

  @TempDir Path dir;

  @AfterEach
  void close() {
    unet.close();
    text.close();
  }

  /** The reference file with other keys and tensors. */
  private Path file(UnaryOperator<Map<String, TestTensors.Tensor>> change) {
    Path file = dir.resolve("adapters.safetensors");
    SafetensorsWriter.write(file, change.apply(new LinkedHashMap<>(TestTensors.read(PEFT))));
    return file;
  }

  private void add(Path path) {
    try (TensorFile file = TensorFile.open(path)) {
      merger.add(file, 1);
    }
  }

  private LoraMerger merger() {
    return new LoraMerger(List.of(LoraTarget.unet(unet), LoraTarget.textEncoder(text, "lora_te", "text_encoder")));
  }

  private float[] merged(TensorFile adapters, TensorFile weights, String key) {
    return merged(merger(), adapters, 0.5, weights, key);
  }

  private static float[] merged(
      LoraMerger one, TensorFile adapters, double scale, TensorFile weights, String key) {
    one.add(adapters, scale);
    try (Scope owner = Scope.owner()) {
      return Weights.of(weights, owner, Device.CPU, Precision.FLOAT32, one.changes(weights))
          .take(key, weights.get(key).shape()).toFloats();
    }
  }

  @Test
  void olderKeysOfDiffusersMeanTheSameLayers() {
    Path older = file(tensors -> {
      Map<String, TestTensors.Tensor> renamed = new LinkedHashMap<>();
      tensors.forEach((key, tensor) -> renamed.put(older(key), tensor));
      return renamed;
    });
    try (TensorFile now = TensorFile.open(PEFT); TensorFile then = TensorFile.open(older)) {
      for (String key : List.of(BLOCK + "attn1.to_q.weight", BLOCK + "ff.net.0.proj.weight",
          "down_blocks.0.downsamplers.0.conv.weight")) {
        assertThat(merged(then, unet, key)).isEqualTo(merged(now, unet, key))
            .isNotEqualTo(unet.get(key).toFloatArray());
      }
      String key = "text_model.encoder.layers.1.self_attn.out_proj.weight";
      assertThat(merged(then, text, key)).isEqualTo(merged(now, text, key))
          .isNotEqualTo(text.get(key).toFloatArray());
      String other = "down_blocks.0.resnets.0.conv1.weight"; // no adapter changes it
      assertThat(merged(now, unet, other)).isEqualTo(unet.get(other).toFloatArray());
    }
  }

  /** Keys of attention processors, and of layers of the time before peft. */
  private static String older(String key) {
    String end = key.contains(".lora_A.") ? "down.weight" : "up.weight";
    String module = key.substring(0, key.indexOf(".lora_"));
    if (module.contains(".attn") && module.contains(".to_")) {
      int layer = module.lastIndexOf(".to_");
      return module.substring(0, layer) + ".processor" + module.substring(layer) + "_lora." + end;
    }
    if (module.endsWith(".self_attn.out_proj")) {
      return module.replace("out_proj", "to_out_lora.") + end;
    }
    return module + (module.startsWith("unet.") ? ".lora." : ".lora_linear_layer.") + end;
  }

  /** Both models have one layer per block; SD 1.5's coarsest block has no attention, SDXL's finest. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "sd15-tiny | conv_in | input_blocks_0_0",
      "sd15-tiny | down_blocks.0.resnets.0.conv1 | input_blocks_1_0_in_layers_2",
      "sd15-tiny | down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
          + " | input_blocks_1_1_transformer_blocks_0_attn1_to_q",
      "sd15-tiny | down_blocks.0.downsamplers.0.conv | input_blocks_2_0_op",
      "sd15-tiny | down_blocks.1.resnets.0.conv_shortcut | input_blocks_3_0_skip_connection",
      "sd15-tiny | up_blocks.0.upsamplers.0.conv | output_blocks_1_1_conv",
      "sd15-tiny | up_blocks.1.upsamplers.0.conv | output_blocks_3_2_conv",
      "sdxl-tiny | down_blocks.1.attentions.0.proj_in | input_blocks_3_1_proj_in",
      "sdxl-tiny | down_blocks.2.attentions.0.transformer_blocks.1.ff.net.2"
          + " | input_blocks_5_1_transformer_blocks_1_ff_net_2",
      "sdxl-tiny | mid_block.resnets.0.time_emb_proj | middle_block_0_emb_layers_1",
      "sdxl-tiny | mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0"
          + " | middle_block_1_transformer_blocks_0_attn2_to_out_0",
      "sdxl-tiny | mid_block.resnets.1.conv2 | middle_block_2_out_layers_3",
      "sdxl-tiny | up_blocks.0.attentions.1.transformer_blocks.0.attn1.to_v"
          + " | output_blocks_1_1_transformer_blocks_0_attn1_to_v",
      "sdxl-tiny | up_blocks.0.upsamplers.0.conv | output_blocks_1_2_conv",
      "sdxl-tiny | up_blocks.2.resnets.1.conv1 | output_blocks_5_0_in_layers_2",
      "sdxl-tiny | time_embedding.linear_2 | time_embed_2",
      "sdxl-tiny | add_embedding.linear_1 | label_emb_0_0",
      "sdxl-tiny | conv_out | out_2"})
  void namesOfThePublishedCodeMeanTheSameLayers(String model, String module, String published) {
    try (TensorFile network = Snapshot.open(Reference.path("../reference-2").resolve(model).resolve("unet"))) {
      String weight = module + ".weight";
      float[] named = merged(network, weight, "lora_unet_" + module.replace('.', '_'));
      assertThat(merged(network, weight, "lora_unet_" + published)).isEqualTo(named)
          .isNotEqualTo(network.get(weight).toFloatArray());
    }
  }

  /** Merges an adapter of rank 2 for one layer. */
  private float[] merged(TensorFile network, String weight, String key) {
    long[] shape = network.get(weight).shape();
    int kernel = shape.length == 2 ? 1 : (int) shape[2];
    Path path = dir.resolve("one.safetensors");
    SafetensorsWriter.write(path, Map.of(
        key + ".lora_down.weight", tensor(2, (int) shape[1], kernel, kernel),
        key + ".lora_up.weight", tensor((int) shape[0], 2, 1, 1),
        key + ".alpha", tensor(1)));
    try (TensorFile adapters = TensorFile.open(path)) {
      return merged(new LoraMerger(List.of(LoraTarget.unet(network))), adapters, 1, network, weight);
    }
  }

  private static TestTensors.Tensor tensor(int... shape) {
    ByteBuffer data = ByteBuffer.allocate(4 * Arrays.stream(shape).reduce(1, (a, b) -> a * b))
        .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 1; data.hasRemaining(); i++) {
      data.putFloat(i % 7 / 8f);
    }
    return new TestTensors.Tensor("F32", shape, data.array());
  }

  @Test
  void alphaMayBeInTheMetadata() {
    String query = BLOCK + "attn1.to_q";
    String key = BLOCK + "attn1.to_k.weight";
    Map<String, TestTensors.Tensor> tensors = TestTensors.read(PEFT);
    Path path = dir.resolve("described.safetensors");
    SafetensorsWriter.write(path, tensors, Map.of("lora_adapter_metadata", "{\"unet.r\": 4, \"unet.lora_alpha\": 8,"
        + " \"unet.alpha_pattern\": {\"attn1.to_q\": 2}, \"text_encoder.r\": 4}"));
    try (TensorFile plain = TensorFile.open(PEFT); TensorFile described = TensorFile.open(path)) {
      assertThat(merged(merger(), described, 0.5, unet, key)).isEqualTo(merged(merger(), plain, 1, unet, key));
      assertThat(merged(merger(), described, 1, unet, query + ".weight"))
          .isEqualTo(merged(merger(), plain, 0.5, unet, query + ".weight"));
      String other = "text_model.encoder.layers.1.self_attn.out_proj.weight";
      assertThat(merged(merger(), described, 1, text, other)).isEqualTo(merged(merger(), plain, 1, text, other));
    }

    SafetensorsWriter.write(path, tensors, Map.of("lora_adapter_metadata", "{\"unet.lora_alpha\": \"8\"}"));
    assertThatThrownBy(() -> add(path)).isInstanceOf(GillException.class)
        .hasMessage(path + ": lora_adapter_metadata.unet.lora_alpha is \"8\", but it must be a number");
    SafetensorsWriter.write(path, tensors, Map.of("lora_adapter_metadata", "{"));
    assertThatThrownBy(() -> add(path)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(path + ": lora_adapter_metadata is not valid JSON");
  }

  @Test
  void aFileOfPeftHasItsAlphaBesideIt() throws IOException {
    Path own = file(tensors -> {
      Map<String, TestTensors.Tensor> renamed = new LinkedHashMap<>();
      tensors.forEach((key, tensor) -> {
        if (key.startsWith("unet.")) {
          renamed.put("base_model.model." + key.substring("unet.".length()), tensor);
        }
      });
      return renamed;
    });
    assertThatThrownBy(() -> add(own)).isInstanceOf(GillException.class)
        .hasMessageContaining(own + " is a file of peft, whose α is in adapter_config.json: put that beside it");
    Files.writeString(dir.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8, \"use_rslora\": false, \"alpha_pattern\": {}}");
    String key = BLOCK + "attn1.to_k.weight";
    try (TensorFile plain = TensorFile.open(PEFT); TensorFile described = TensorFile.open(own)) {
      assertThat(merged(merger(), described, 0.5, unet, key)).isEqualTo(merged(merger(), plain, 1, unet, key));
    }
  }

  @Test
  void theFirstPatternThatFitsAModuleDecides() {
    Path path = dir.resolve("described.safetensors");
    SafetensorsWriter.write(path, TestTensors.read(PEFT), Map.of("lora_adapter_metadata",
        "{\"lora_alpha\": 1, \"alpha_pattern\": {\"v\": 1, \"to_q\": 2, \"attn1.to_q\": 3, \"a.attn1.to_q\": 4}}"));
    try (TensorFile file = TensorFile.open(path)) {
      PeftConfig config = PeftConfig.of(file, "").orElseThrow();
      assertThat(config.factor("a.attn1.to_q", 1)).isEqualTo(2);
      assertThat(config.factor("a.attn1.to_k", 1)).isEqualTo(1);
    }
  }

  @Test
  void adaptersOfAnotherModelAreRefusedWithFileAndKeys() {
    Path file = file(tensors -> {
      Map<String, TestTensors.Tensor> other = new LinkedHashMap<>();
      tensors.forEach((key, tensor) -> other.put(key.replace("down_blocks.2", "down_blocks.3"), tensor));
      other.put("unet." + BLOCK + "attn2.to_v.lora_A.weight",
          new TestTensors.Tensor("F32", new int[] {4, 8}, new byte[4 * 8 * 4]));
      other.remove("unet." + BLOCK + "attn1.to_q.lora_B.weight");
      return other;
    });
    assertThatThrownBy(() -> add(file)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(file + " holds no LoRA of this model: unknown unet.down_blocks.3.resnets.0.conv1")
        .hasMessageContaining(BLOCK + "attn1.to_q.lora_A.weight lacks its counterpart")
        .hasMessageContaining(BLOCK + "attn2.to_v.lora_A.weight is [4, 8]")
        .hasMessageContaining(" is [24, 24]");
    assertThat(merger.changes(unet)).isEmpty();

    assertThatThrownBy(() -> add(Reference.path("../reference-2/taesd/taesd_decoder.pth")))
        .hasMessageContaining("taesd_decoder.pth holds no LoRA of this model: unknown 1.bias, 1.weight");
  }

  @Test
  void aLayerNamedTwiceAndNotANumberAreRefused() {
    String key = "unet." + BLOCK + "attn1.to_q.lora_A.weight";
    Path twice = file(tensors -> {
      tensors.put("lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight",
          tensors.get(key));
      return tensors;
    });
    assertThatThrownBy(() -> add(twice)).hasMessageContaining(key).hasMessageContaining("belong to the same layer");

    Path nan = file(tensors -> {
      byte[] data = new byte[4 * 24 * 4];
      data[2] = (byte) 0xc0;
      data[3] = 0x7f;
      tensors.put(key, new TestTensors.Tensor("F32", new int[] {4, 24}, data));
      return tensors;
    });
    try (TensorFile adapters = TensorFile.open(nan)) {
      assertThatThrownBy(() -> merged(adapters, unet, BLOCK + "attn1.to_q.weight"))
          .isInstanceOf(GillException.class).hasMessageContaining(nan + ": '" + key + "'");
    }
  }
}
