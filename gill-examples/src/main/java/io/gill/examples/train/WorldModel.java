package io.gill.examples.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.gill.examples.world.BytePairLearner;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldText;
import io.gill.text.OptTokenizer;
import io.gill.weights.AtomicFile;
import io.gill.weights.TensorData;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The folder of the model in training, in the layout of a published one, and the model's sizes.
 *
 * @param dir the model directory
 * @param work the folder for checkpoints and sample sheets
 */
record WorldModel(Path dir, Path work) {
  static final int CLIP_LENGTH = 77;

  /** A third of the distance between two positions, so that patches cut a thing in the same way everywhere. */
  static final int CLIP_PATCH = 7;

  static final int CLIP_SIDE = 9 * CLIP_PATCH;

  /** The number of tokens of a picture in the language model's text: nine tags and a full stop. */
  static final int VISUAL_TOKENS = 10;

  static final int IMAGE_TOKENS = WorldDialogue.MARKS;

  /** More steps, or the usual guidance of 7.5, paint no more attributes right. */
  static final int DIFFUSION_STEPS = 20;

  static final double GUIDANCE_SCALE = 3;
  static final double SCALING_FACTOR_UNTIL_MEASURED = 1;

  /** Maximum number of tokens in the text before a picture. */
  private static final int PICTURE_TOKENS = 25;

  private static final int OPT_ENTRIES = 1000;
  private static final int CLIP_ENTRIES = 1000;
  private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  Path opt() {
    return dir.resolve("opt");
  }

  Path clip() {
    return dir.resolve("clip");
  }

  Path sd(String part) {
    return dir.resolve("sd").resolve(part);
  }

  /** Writes the vocabularies and the configurations, which do not depend on training except the autoencoder's. */
  void prepare() throws IOException {
    for (Path folder : List.of(opt(), clip(), sd("unet"), sd("vae"), sd("text_encoder"), sd("tokenizer"),
        sd("scheduler"), work)) {
      Files.createDirectories(folder);
    }
    int words = BytePairLearner.writeOpt(WorldText.dialogues(), OPT_ENTRIES, opt());
    int clipWords = BytePairLearner.writeClip(WorldText.captions(), CLIP_ENTRIES, sd("tokenizer"), CLIP_LENGTH);
    json(opt().resolve("config.json"), map(
        "model_type", "opt", "architectures", List.of("OPTForCausalLM"), "vocab_size", words + 1 + IMAGE_TOKENS,
        "hidden_size", 192, "word_embed_proj_dim", 192, "num_hidden_layers", 6, "ffn_dim", 768,
        "num_attention_heads", 6, "max_position_embeddings", 512, "do_layer_norm_before", true,
        "activation_function", "relu", "bos_token_id", 2, "eos_token_id", 2, "pad_token_id", 1));
    json(clip().resolve("config.json"), map(
        "model_type", "clip_vision_model", "hidden_size", 128, "intermediate_size", 384, "num_hidden_layers", 4,
        "num_attention_heads", 4, "image_size", CLIP_SIDE, "patch_size", CLIP_PATCH, "hidden_act", "quick_gelu"));
    json(clip().resolve("preprocessor_config.json"), map(
        "do_resize", true, "size", Map.of("shortest_edge", 64), "resample", 3, "do_center_crop", true,
        "crop_size", Map.of("height", CLIP_SIDE, "width", CLIP_SIDE), "do_rescale", true, "rescale_factor", 1 / 255.0,
        "do_normalize", true, "image_mean", List.of(0.5, 0.5, 0.5), "image_std", List.of(0.25, 0.25, 0.25),
        "do_convert_rgb", true));
    json(sd("text_encoder").resolve("config.json"), map(
        "model_type", "clip_text_model", "vocab_size", clipWords, "hidden_size", 128, "intermediate_size", 512,
        "num_hidden_layers", 4, "num_attention_heads", 4, "max_position_embeddings", CLIP_LENGTH,
        "hidden_act", "quick_gelu"));
    if (!Files.exists(sd("vae").resolve("config.json"))) {
      vae(SCALING_FACTOR_UNTIL_MEASURED);
    }
    json(sd("unet").resolve("config.json"), map(
        "_class_name", "UNet2DConditionModel", "sample_size", 8, "in_channels", 4, "out_channels", 4,
        "down_block_types", List.of("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types", List.of("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"), "block_out_channels", List.of(64, 112),
        "layers_per_block", 1, "attention_head_dim", 4, "cross_attention_dim", 128, "norm_num_groups", 8,
        "flip_sin_to_cos", true, "freq_shift", 0, "act_fn", "silu"));
    json(sd("scheduler").resolve("scheduler_config.json"), map(
        "_class_name", "DDIMScheduler", "num_train_timesteps", 1000, "beta_start", 0.00085, "beta_end", 0.012,
        "beta_schedule", "scaled_linear", "clip_sample", false, "set_alpha_to_one", false, "steps_offset", 1,
        "prediction_type", "epsilon"));
    json(dir.resolve("sd/model_index.json"), map("_class_name", "StableDiffusionPipeline",
        "scheduler", List.of("diffusers", "DDIMScheduler"), "text_encoder", List.of("transformers", "CLIPTextModel"),
        "tokenizer", List.of("transformers", "CLIPTokenizer"), "unet", List.of("diffusers", "UNet2DConditionModel"),
        "vae", List.of("diffusers", "AutoencoderKL")));
  }

  /** Writes GILL's own configuration. */
  void args() throws IOException {
    int[] images;
    try (OptTokenizer tokenizer = OptTokenizer.load(opt(), IMAGE_TOKENS)) {
      images = tokenizer.imageTokenIds();
    }
    json(dir.resolve("model_args.json"), map(
        "opt_version", "opt", "freeze_lm", true, "visual_encoder", "clip", "freeze_vm", true,
        "n_visual_tokens", VISUAL_TOKENS, "ret_emb_dim", 128, "gen_emb_dim", 128, "text_emb_layers", List.of(-1),
        "text_fc_mode", "gill_mapper", "ret_text_fc_mode", "linear", "num_tokens", IMAGE_TOKENS,
        "num_clip_tokens", CLIP_LENGTH, "share_ret_gen", true, "norm_image_embed", "none",
        "retrieval_token_idx", images, "gen_token_idx", images));
    json(dir.resolve("gill_defaults.json"), map(
        "max_tokens", Dialogues.MAX_PICTURES * PICTURE_TOKENS, "max_images", Dialogues.MAX_PICTURES,
        "history_turns", 2 * Dialogues.WINDOW - 1, "num_inference_steps", DIFFUSION_STEPS,
        "guidance_scale", GUIDANCE_SCALE));
  }

  /** Writes the autoencoder's configuration; its scaling factor is known after training. */
  void vae(double scalingFactor) throws IOException {
    json(sd("vae").resolve("config.json"), map(
        "_class_name", "AutoencoderKL", "in_channels", 3, "out_channels", 3, "latent_channels", 4,
        "down_block_types", Collections.nCopies(4, "DownEncoderBlock2D"),
        "up_block_types", Collections.nCopies(4, "UpDecoderBlock2D"),
        "block_out_channels", List.of(16, 32, 64, 64), "layers_per_block", 1, "norm_num_groups", 8, "act_fn", "silu",
        "sample_size", 64, "scaling_factor", scalingFactor));
  }

  /** Writes the weights whose names start with a prefix. */
  static void weights(Path file, Map<String, TensorData> tensors, String prefix) {
    Map<String, TensorData> some = new LinkedHashMap<>();
    tensors.forEach((name, data) -> {
      if (name.startsWith(prefix)) {
        some.put(name, data);
      }
    });
    TensorWriter.safetensors(file, some, Map.of("format", "pt"));
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  private static void json(Path file, Map<String, Object> values) throws IOException {
    AtomicFile.write(file, ByteBuffer.wrap(JSON.writeValueAsBytes(values)));
  }
}
