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
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of keys, and files that do not fit; the parity program compares merged weights with published ones. */
class LoraMergerTest {
  private static final Path PEFT = Reference.path("../reference-2/lora/peft_unet_te.safetensors");
  private static final String BLOCK = "mid_block.attentions.0.transformer_blocks.0.";

  private final TensorFile unet = Snapshot.open(Reference.path("../reference-2/sd15-tiny/unet"));
  private final TensorFile text = Snapshot.open(Reference.path("../reference-2/sd15-tiny/text_encoder"));
  private final LoraMerger merger =
      new LoraMerger(List.of(LoraTarget.unet(unet), LoraTarget.textEncoder(text, "lora_te", "text_encoder")));

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

  private float[] merged(TensorFile adapters, TensorFile weights, String key) {
    LoraMerger one = new LoraMerger(
        List.of(LoraTarget.unet(unet), LoraTarget.textEncoder(text, "lora_te", "text_encoder")));
    one.add(adapters, 0.5);
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
    assertThatThrownBy(() -> add(twice)).hasMessageContaining(key).hasMessageContaining("are for the same layer");

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
