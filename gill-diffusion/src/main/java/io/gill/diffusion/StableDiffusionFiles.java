package io.gill.diffusion;

import io.gill.concurrent.Closing;
import io.gill.diffusion.network.ClipTextConfig;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.stage.Problems;
import io.gill.text.ClipTokenizer;
import io.gill.weights.ConfigFile;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Everything a diffusers snapshot of Stable Diffusion holds, opened but not yet loaded.
 *
 * @param dir the snapshot
 * @param unetConfig {@code unet/config.json}
 * @param vaeConfig {@code vae/config.json}
 * @param textConfig {@code text_encoder/config.json}
 * @param schedulerConfig {@code scheduler/scheduler_config.json}
 * @param unet weights
 * @param vae weights
 * @param textEncoder weights
 * @param tokenizer {@code tokenizer}
 */
record StableDiffusionFiles(
    Path dir,
    UNetConfig unetConfig,
    VaeConfig vaeConfig,
    ClipTextConfig textConfig,
    SchedulerConfig schedulerConfig,
    TensorFile unet,
    TensorFile vae,
    TensorFile textEncoder,
    ClipTokenizer tokenizer) {

  /** {@code _class_name} of the pipeline that published snapshots name. */
  static final String PIPELINE = "StableDiffusionPipeline";

  /**
   * Opens all parts and checks that they fit each other.
   *
   * @param dir the snapshot
   * @param problems receives everything that is missing, damaged or does not fit
   * @return the parts, whose four files the caller closes; empty if there were problems
   */
  static Optional<StableDiffusionFiles> open(Path dir, Problems problems) {
    Object pipeline = problems.attempt(() -> {
      ConfigFile.read(dir.resolve("model_index.json")).only("_class_name", PIPELINE);
      return PIPELINE;
    });
    UNetConfig unetConfig = problems.attempt(() -> UNetConfig.read(dir.resolve("unet/config.json")));
    TensorFile unet = problems.attempt(() -> Snapshot.open(dir.resolve("unet")));
    VaeConfig vaeConfig = problems.attempt(() -> VaeConfig.read(dir.resolve("vae/config.json")));
    TensorFile vae = problems.attempt(() -> Snapshot.open(dir.resolve("vae")));
    ClipTextConfig textConfig =
        problems.attempt(() -> ClipTextConfig.read(dir.resolve("text_encoder/config.json")));
    TensorFile textEncoder = problems.attempt(() -> Snapshot.open(dir.resolve("text_encoder")));
    ClipTokenizer tokenizer = problems.attempt(() -> ClipTokenizer.load(dir.resolve("tokenizer")));
    SchedulerConfig schedulerConfig =
        problems.attempt(() -> SchedulerConfig.read(dir.resolve("scheduler/scheduler_config.json")));
    List<String> mismatches = unetConfig == null || vaeConfig == null || textConfig == null || tokenizer == null
        ? List.of() : mismatches(unetConfig, vaeConfig, textConfig, tokenizer);
    mismatches.forEach(mismatch -> problems.add(dir + ": " + mismatch));
    if (pipeline == null || unetConfig == null || unet == null || vaeConfig == null || vae == null
        || textConfig == null || textEncoder == null || tokenizer == null || schedulerConfig == null
        || !mismatches.isEmpty()) {
      Closing.closeAll(Arrays.asList(unet, vae, textEncoder, tokenizer));
      return Optional.empty();
    }
    return Optional.of(new StableDiffusionFiles(
        dir, unetConfig, vaeConfig, textConfig, schedulerConfig, unet, vae, textEncoder, tokenizer));
  }

  private static List<String> mismatches(
      UNetConfig unet, VaeConfig vae, ClipTextConfig text, ClipTokenizer tokenizer) {
    List<String> problems = new ArrayList<>();
    if (unet.inChannels() != vae.latentChannels() || unet.outChannels() != vae.latentChannels()) {
      problems.add("unet/config.json has in_channels " + unet.inChannels() + " and out_channels " + unet.outChannels()
          + ", vae/config.json has latent_channels " + vae.latentChannels()
          + ": they must be equal (models for inpainting and the like are not supported)");
    }
    if (vae.outChannels() != 3 || vae.inChannels() != 3) {
      problems.add("vae/config.json has in_channels " + vae.inChannels() + " and out_channels " + vae.outChannels()
          + ": images have 3");
    }
    if (unet.crossAttentionDim() != text.encoder().hiddenSize()) {
      problems.add("unet/config.json has cross_attention_dim " + unet.crossAttentionDim()
          + ", text_encoder/config.json has hidden_size " + text.encoder().hiddenSize() + ": they must be equal");
    }
    if (tokenizer.maxLength() != text.maxPositionEmbeddings()) {
      problems.add("tokenizer/tokenizer_config.json has model_max_length " + tokenizer.maxLength()
          + ", text_encoder/config.json has max_position_embeddings " + text.maxPositionEmbeddings()
          + ": they must be equal");
    }
    return problems;
  }
}
