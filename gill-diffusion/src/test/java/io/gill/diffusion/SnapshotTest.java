package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.primitives.Floats;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.Precision;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots that lack parts, have others than the reference models, or do not fit together. */
class SnapshotTest {
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  @BeforeEach
  void copy() throws IOException {
    Folders.copy(Reference.path("model-b", "sd"), dir);
  }

  private StableDiffusion load() {
    return StableDiffusion.load(dir, Device.CPU, Precision.FLOAT32);
  }

  private void set(String file, String key, int value) throws IOException {
    ObjectNode config = (ObjectNode) JSON.readTree(dir.resolve(file).toFile());
    Files.writeString(dir.resolve(file), config.put(key, value).toString());
  }

  private float[] latents(SchedulerType scheduler) {
    try (StableDiffusion generator = load()) {
      return StableDiffusionInspection.of(generator).sample(generator.encodePrompt("a dog"), 1,
          DiffusionOptions.builder().scheduler(scheduler).steps(2).guidanceScale(1).build(), generator.noise(3),
          (step, latents) -> {});
    }
  }

  /** The files of some published models ask for it, or leave it open; the published pipeline corrects them. */
  @ParameterizedTest
  @EnumSource(names = {"DDIM", "LCM"})
  void neverClipsLatents(SchedulerType type) throws IOException {
    float[] expected = latents(type);
    assertThat(Floats.max(expected)).isGreaterThan(1.01f);
    Path file = dir.resolve("scheduler/scheduler_config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    config.remove(List.of("clip_sample", "steps_offset"));
    for (String changed : List.of(config.toString(), config.put("clip_sample", true).toString())) {
      Files.writeString(file, changed);
      assertThat(latents(type)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "StableDiffusionImg2ImgPipeline", "LatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline"})
  void readsPipelinesOfTheSameModel(String pipeline) throws IOException {
    float[] expected = latents(SchedulerType.DDIM);
    Files.writeString(dir.resolve("model_index.json"), "{\"_class_name\": \"" + pipeline + "\"}");
    assertThat(latents(SchedulerType.DDIM)).isEqualTo(expected);
  }

  @Test
  void refusesARefinerAndAPictureThatIsTooLarge() throws IOException {
    set("unet/config.json", "sample_size", 1025);
    assertThatThrownBy(this::load).isInstanceOf(GillException.class)
        .hasMessageContaining("sample_size 1025, with which a picture has 4100×4100 pixels");
    Files.writeString(dir.resolve("model_index.json"),
        "{\"_class_name\": \"StableDiffusionXLImg2ImgPipeline\", \"requires_aesthetics_score\": true}");
    assertThatThrownBy(this::load).isInstanceOf(GillException.class)
        .hasMessageContaining("requires_aesthetics_score is true, but a refiner of SDXL is not supported");
  }

  @Test
  void aModelNamesWhatIsMissingHereTogetherWithTheRest() throws IOException {
    Path model = dir.resolve("model");
    Path source = Reference.path("model-b");
    for (String file : new String[] {"model_args.json", "pretrained_ckpt.pth.tar", "opt", "clip", "sd"}) {
      Folders.copy(source.resolve(file), model.resolve(file));
    }
    Files.delete(model.resolve("opt/merges.txt"));
    MoreFiles.deleteRecursively(model.resolve("sd/unet"), RecursiveDeleteOption.ALLOW_INSECURE);
    Files.delete(model.resolve("sd/scheduler/scheduler_config.json"));
    long before = Tensor.live();
    assertThatThrownBy(() -> GillModel.load(model))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("merges.txt")
        .hasMessageContaining(Path.of("sd", "unet").toString())
        .hasMessageContaining("scheduler_config.json");
    assertThat(Tensor.live()).isEqualTo(before);
    assertThatThrownBy(() -> GillModel.load(model, LoadOptions.builder().generation(false).build()))
        .hasMessageContaining("merges.txt").hasMessageNotContaining("unet");
  }

  @Test
  void namesEverythingThatIsMissingAtOnce() throws IOException {
    long before = Tensor.live();
    Files.delete(dir.resolve("unet/config.json"));
    Files.delete(dir.resolve("vae").resolve(WEIGHTS));
    MoreFiles.deleteRecursively(dir.resolve("text_encoder"));
    Files.delete(dir.resolve("tokenizer/merges.txt"));
    Files.delete(dir.resolve("scheduler/scheduler_config.json"));
    assertThatThrownBy(this::load)
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith(dir + " is no usable snapshot of Stable Diffusion: ")
        .hasMessageContaining(dir.resolve("unet/config.json").toString())
        .hasMessageContaining(dir.resolve("vae") + " holds no weights")
        .hasMessageContaining(dir.resolve("text_encoder/config.json").toString())
        .hasMessageContaining(dir.resolve("text_encoder") + " holds no weights")
        .hasMessageContaining("merges.txt")
        .hasMessageContaining(dir.resolve("scheduler/scheduler_config.json").toString())
        .hasMessageNotContaining("model_index.json")
        .message().hasLineCount(1);
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void refusesPipelinesOfAnotherKind() throws IOException {
    Files.writeString(dir.resolve("model_index.json"), "{\"_class_name\": \"FluxPipeline\"}");
    assertThatThrownBy(this::load)
        .isInstanceOf(GillException.class)
        .hasMessageContaining("_class_name is \"FluxPipeline\", but it must be one of LatentConsistencyModel")
        .hasMessageContaining(" StableDiffusionInpaintPipeline, StableDiffusionPipeline, StableDiffusionXL");
  }

  @Test
  void refusesPartsThatDoNotFitEachOther() throws IOException {
    set("unet/config.json", "in_channels", 8);
    set("unet/config.json", "cross_attention_dim", 24);
    set("vae/config.json", "out_channels", 1);
    set("tokenizer/tokenizer_config.json", "model_max_length", 64);
    assertThatThrownBy(this::load)
        .isInstanceOf(GillException.class)
        .hasMessageContaining("in_channels 8 and out_channels 4")
        .hasMessageContaining("cross_attention_dim 24")
        .hasMessageContaining("in_channels 3 and out_channels 1")
        .hasMessageContaining("model_max_length 64");
  }

  @Test
  void namesWeightsThatAreMissingMisshapenOrUnknownAndFreesTheRest() throws IOException {
    long before = Tensor.live();
    Path file = dir.resolve("unet").resolve(WEIGHTS);
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>(TestTensors.read(file));
    tensors.remove("mid_block.resnets.1.conv2.bias");
    tensors.put("conv_in.bias", new TestTensors.Tensor("F32", new int[] {2}, new byte[8]));
    tensors.put("add_embedding.bias", new TestTensors.Tensor("F32", new int[] {2}, new byte[8]));
    SafetensorsWriter.write(file, tensors);
    assertThatThrownBy(this::load)
        .isInstanceOf(GillException.class)
        .hasMessageContaining("does not hold the weights of the UNet")
        .hasMessageContaining("missing mid_block.resnets.1.conv2.bias")
        .hasMessageContaining("conv_in.bias is [2] instead of [16]")
        .hasMessageContaining("unexpected add_embedding.bias");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void readsAttentionWeightsThatAreStoredAsConvolutions() throws IOException {
    float[][] expected;
    float[] latents = new Golden("model-b").floats("vae.latents");
    try (StableDiffusion generator = load()) {
      expected = generator.decode(latents, 32, 32).toArray(float[][]::new);
    }
    Path file = dir.resolve("vae").resolve(WEIGHTS);
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>(TestTensors.read(file));
    tensors.replaceAll((key, tensor) -> key.contains(".attentions.") && tensor.shape().length == 2
        ? new TestTensors.Tensor(tensor.dtype(), new int[] {
            tensor.shape()[0], tensor.shape()[1], 1, 1}, tensor.data())
        : tensor);
    SafetensorsWriter.write(file, tensors);
    try (StableDiffusion generator = load()) {
      assertThat(generator.decode(latents, 32, 32).toArray(float[][]::new)).isDeepEqualTo(expected);
    }
  }
}
