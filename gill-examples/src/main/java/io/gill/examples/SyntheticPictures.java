package io.gill.examples;

import io.gill.Device;
import io.gill.diffusion.network.TinyAutoencoderConfig;
import io.gill.diffusion.network.TinyDecoder;
import io.gill.diffusion.network.TinyEncoder;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.network.VaeDecoder;
import io.gill.diffusion.network.VaeEncoder;
import io.gill.torch.Parameters;
import io.gill.torch.Weights;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** The networks that read and draw pictures, in published shapes, with random weights of 32 bits. */
final class SyntheticPictures {
  private static final String CONFIG = "config.json";
  private static final String DIFFUSERS = "diffusion_pytorch_model.safetensors";

  private static final String UNET = """
      {"_class_name": "UNet2DConditionModel", "act_fn": "silu", "attention_head_dim": 8,
       "block_out_channels": [320, 640, 1280, 1280], "center_input_sample": false, "cross_attention_dim": 768,
       "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
       "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
       "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2,
       "mid_block_scale_factor": 1, "norm_eps": 1e-05, "norm_num_groups": 32, "out_channels": 4, "sample_size": 64}
      """;

  private static final String VAE = """
      {"_class_name": "AutoencoderKL", "act_fn": "silu", "block_out_channels": [128, 256, 512, 512],
       "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
       "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
       "in_channels": 3, "latent_channels": 4, "layers_per_block": 2, "norm_num_groups": 32, "out_channels": 3,
       "sample_size": 512, "scaling_factor": 0.18215}
      """;

  private static final String TINY = """
      {"_class_name": "AutoencoderTiny", "act_fn": "relu", "in_channels": 3, "out_channels": 3, "latent_channels": 4,
       "encoder_block_out_channels": [64, 64, 64, 64], "decoder_block_out_channels": [64, 64, 64, 64],
       "num_encoder_blocks": [1, 3, 3, 3], "num_decoder_blocks": [3, 3, 3, 1], "upsampling_scaling_factor": 2,
       "latent_magnitude": 3, "latent_shift": 0.5, "scaling_factor": 1.0, "upsample_fn": "nearest"}
      """;

  private SyntheticPictures() {}

  /** The networks by folder. */
  static Map<String, SyntheticSnapshot> parts() {
    return Map.of("clip", clip(), "unet", unet(), "vae", vae(), "tiny", tiny());
  }

  /** The UNet of Stable Diffusion 1.x. */
  private static SyntheticSnapshot unet() {
    Map<String, long[]> tensors = tensors(UNET, (config, w) -> new UNet(UNetConfig.of(config), w));
    tensors.replaceAll((key, shape) -> key.endsWith("proj_in.weight") || key.endsWith("proj_out.weight")
        ? new long[] {shape[0], shape[1], 1, 1} : shape); // published as convolutions
    return new SyntheticSnapshot(Map.of(CONFIG, UNET), DIFFUSERS, tensors, false);
  }

  /** The autoencoder of Stable Diffusion 1.x. */
  private static SyntheticSnapshot vae() {
    return new SyntheticSnapshot(Map.of(CONFIG, VAE), DIFFUSERS, tensors(VAE, (config, w) -> {
      new VaeEncoder(VaeConfig.of(config), w);
      new VaeDecoder(VaeConfig.of(config), w);
    }), false);
  }

  /** The tiny autoencoder for Stable Diffusion 1.x. */
  private static SyntheticSnapshot tiny() {
    return new SyntheticSnapshot(Map.of(CONFIG, TINY), DIFFUSERS, tensors(TINY, (config, w) -> {
      new TinyEncoder(TinyAutoencoderConfig.of(config), w.at("encoder.layers"));
      new TinyDecoder(TinyAutoencoderConfig.of(config), w.at("decoder.layers"), 0);
    }), false);
  }

  /** CLIP ViT-L/14, the vision encoder. */
  private static SyntheticSnapshot clip() {
    int width = 1024;
    int patch = 14;
    Map<String, long[]> tensors = new LinkedHashMap<>();
    String embeddings = "vision_model.embeddings.";
    tensors.put(embeddings + "class_embedding", new long[] {width});
    tensors.put(embeddings + "patch_embedding.weight", new long[] {width, 3, patch, patch});
    tensors.put(embeddings + "position_embedding.weight", new long[] {257, width});
    SyntheticSnapshot.vectorPair(tensors, "vision_model.pre_layrnorm", width);
    for (int i = 0; i < 24; i++) {
      String layer = "vision_model.encoder.layers." + i + ".";
      for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
        SyntheticSnapshot.linear(tensors, layer + "self_attn." + projection, width, width);
      }
      SyntheticSnapshot.vectorPair(tensors, layer + "layer_norm1", width);
      SyntheticSnapshot.linear(tensors, layer + "mlp.fc1", width, 4 * width);
      SyntheticSnapshot.linear(tensors, layer + "mlp.fc2", 4 * width, width);
      SyntheticSnapshot.vectorPair(tensors, layer + "layer_norm2", width);
    }
    SyntheticSnapshot.vectorPair(tensors, "vision_model.post_layernorm", width);
    return new SyntheticSnapshot(Map.of(
        CONFIG, """
            {"model_type": "clip_vision_model", "architectures": ["CLIPVisionModel"], "hidden_size": 1024,
             "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16, "image_size": 224,
             "patch_size": 14, "num_channels": 3, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05,
             "projection_dim": 768}
            """,
        "preprocessor_config.json", """
            {"image_processor_type": "CLIPImageProcessor", "crop_size": 224, "do_center_crop": true,
             "do_normalize": true, "do_resize": true, "size": 224, "resample": 3,
             "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
            """), "model.safetensors", tensors, false);
  }

  /** Finds the tensors that a network takes, by building it. */
  private static Map<String, long[]> tensors(String json, BiConsumer<ConfigFile, Weights> network) {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      network.accept(ConfigFile.within(Path.of(CONFIG), CONFIG, json), Weights.fresh(parameters, (key, shape) -> {
        tensors.put(key, shape.clone());
        return new float[Math.toIntExact(SyntheticSnapshot.count(shape))];
      }));
    }
    return tensors;
  }
}
