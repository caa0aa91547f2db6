package io.gill.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NeededFilesTest {
  private static final FetchRequest DEFAULT = FetchRequest.builder("a/b").build();
  private static final FetchRequest HALF = DEFAULT.toBuilder().halfPrecision(true).build();

  @Test
  void aModelsWeightsAreTakenInOneFormat() {
    List<String> clip = List.of(".gitattributes", "README.md", "config.json", "flax_model.msgpack", "merges.txt",
        "model.safetensors", "onnx/model.onnx", "onnx/config.json", "preprocessor_config.json", "pytorch_model.bin",
        "special_tokens_map.json", "tf_model.h5", "tokenizer.json", "vocab.json");
    assertThat(NeededFiles.of(clip, DEFAULT)).containsExactly("README.md", "config.json", "merges.txt",
        "model.safetensors", "preprocessor_config.json", "special_tokens_map.json", "tokenizer.json", "vocab.json");
  }

  @Test
  void shardsOfAPyTorchModelComeWithTheirIndexOnly() {
    List<String> opt = List.of("LICENSE.md", "config.json", "flax_model-00001-of-00002.msgpack",
        "flax_model.msgpack.index.json", "generation_config.json", "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin", "pytorch_model.bin.index.json", "tf_model-00001-of-00002.h5",
        "tf_model.h5.index.json");
    assertThat(NeededFiles.of(opt, DEFAULT)).containsExactly("LICENSE.md", "config.json", "generation_config.json",
        "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "pytorch_model.bin.index.json");
  }

  @Test
  void aPipelineIsTakenWithoutWhatGillDoesNotRead() {
    List<String> pipeline = List.of("README.md", "feature_extractor/preprocessor_config.json", "model_index.json",
        "safety_checker/config.json", "safety_checker/model.safetensors", "scheduler/scheduler_config.json",
        "text_encoder/config.json", "text_encoder/model.fp16.safetensors", "text_encoder/model.safetensors",
        "text_encoder/pytorch_model.bin", "tokenizer/vocab.json", "unet/config.json",
        "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.non_ema.safetensors", "unet/diffusion_pytorch_model.safetensors",
        "v1-5-pruned-emaonly.safetensors", "v1-5-pruned.ckpt", "v1-inference.yaml");
    assertThat(NeededFiles.of(pipeline, DEFAULT)).containsExactly("README.md", "model_index.json",
        "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/model.safetensors",
        "tokenizer/vocab.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors");
    assertThat(NeededFiles.of(pipeline, HALF)).containsExactly("README.md", "model_index.json",
        "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/model.fp16.safetensors",
        "tokenizer/vocab.json", "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors");
  }

  @Test
  void shardsInSixteenBitsAreFoundByEitherName() {
    List<String> shards = List.of("model-00001-of-00002.fp16.safetensors", "model-00002-of-00002.fp16.safetensors",
        "model.fp16-00001-of-00002.safetensors", "model.safetensors", "model.safetensors.index.fp16.json");
    assertThat(NeededFiles.of(shards, HALF)).containsExactly("model-00001-of-00002.fp16.safetensors",
        "model-00002-of-00002.fp16.safetensors", "model.fp16-00001-of-00002.safetensors",
        "model.safetensors.index.fp16.json");
    assertThat(NeededFiles.of(shards, DEFAULT)).containsExactly("model.safetensors");
  }

  @Test
  void anAdapterIsTakenWhereThereAreNoOtherWeights() {
    assertThat(NeededFiles.of(List.of("pytorch_lora_weights.safetensors", "image.png"), DEFAULT))
        .containsExactly("pytorch_lora_weights.safetensors");
  }

  @Test
  void patternsReplaceTheChoice() {
    List<String> names = List.of("a.json", "onnx/a.onnx", "onnx/b.onnx", "x+y.txt", "xxy.txt");
    assertThat(NeededFiles.of(names, DEFAULT.toBuilder().include(List.of("*.onnx", "x+?.txt")).build()))
        .containsExactly("onnx/a.onnx", "onnx/b.onnx", "x+y.txt");
    assertThat(NeededFiles.of(names,
        DEFAULT.toBuilder().include(List.of("*")).exclude(List.of("onnx/*", "x*")).build())).containsExactly("a.json");
    assertThat(NeededFiles.of(names, DEFAULT.toBuilder().exclude(List.of("x*")).build())).containsExactly("a.json");
  }
}
