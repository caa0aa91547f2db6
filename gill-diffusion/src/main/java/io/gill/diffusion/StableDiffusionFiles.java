package io.gill.diffusion;

import io.gill.concurrent.Closing;
import io.gill.diffusion.network.ClipTextConfig;
import io.gill.diffusion.network.UNetConfig;
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
 * @param textConfig {@code text_encoder/config.json}
 * @param schedulerConfig {@code scheduler/scheduler_config.json}
 * @param unet weights
 * @param autoencoder {@code vae}, or what stands in for it
 * @param textEncoder weights
 * @param tokenizer {@code tokenizer}
 */
record StableDiffusionFiles(
    Path dir,
    UNetConfig unetConfig,
    ClipTextConfig textConfig,
    SchedulerConfig schedulerConfig,
    TensorFile unet,
    AutoencoderFiles autoencoder,
    TensorFile textEncoder,
    ClipTokenizer tokenizer) {

  /** {@code _class_name} of the pipeline that published snapshots name. */
  static final String PIPELINE = "StableDiffusionPipeline";

  /**
   * Opens all parts and checks that they fit each other.
   *
   * @param dir the snapshot
   * @param tiny a tiny autoencoder to take in place of the snapshot's, if there is one
   * @param problems receives everything that is missing, damaged or does not fit
   * @return the parts, of which the caller closes {@link #open()}; empty if there were problems
   */
  static Optional<StableDiffusionFiles> open(Path dir, Optional<Path> tiny, Problems problems) {
    Object pipeline = problems.attempt(() -> {
      ConfigFile.read(dir.resolve("model_index.json")).only("_class_name", PIPELINE);
      return PIPELINE;
    });
    UNetConfig unetConfig = problems.attempt(() -> UNetConfig.read(dir.resolve("unet/config.json")));
    TensorFile unet = problems.attempt(() -> Snapshot.open(dir.resolve("unet")));
    Path vae = dir.resolve("vae");
    AutoencoderFiles autoencoder = tiny
        .map(path -> AutoencoderFiles.openTiny(path, vae, problems))
        .orElseGet(() -> AutoencoderFiles.open(vae, problems))
        .orElse(null);
    ClipTextConfig textConfig =
        problems.attempt(() -> ClipTextConfig.read(dir.resolve("text_encoder/config.json")));
    TensorFile textEncoder = problems.attempt(() -> Snapshot.open(dir.resolve("text_encoder")));
    ClipTokenizer tokenizer = problems.attempt(() -> ClipTokenizer.load(dir.resolve("tokenizer")));
    SchedulerConfig schedulerConfig =
        problems.attempt(() -> SchedulerConfig.read(dir.resolve("scheduler/scheduler_config.json")));
    List<String> mismatches = unetConfig == null || autoencoder == null || textConfig == null || tokenizer == null
        ? List.of() : mismatches(unetConfig, autoencoder, textConfig, tokenizer);
    mismatches.forEach(mismatch -> problems.add(dir + ": " + mismatch));
    if (pipeline == null || unetConfig == null || unet == null || autoencoder == null || textConfig == null
        || textEncoder == null || tokenizer == null || schedulerConfig == null || !mismatches.isEmpty()) {
      Closing.closeAll(Arrays.asList(unet, textEncoder, tokenizer));
      Closing.closeAll(autoencoder == null ? List.of() : autoencoder.open());
      return Optional.empty();
    }
    return Optional.of(new StableDiffusionFiles(
        dir, unetConfig, textConfig, schedulerConfig, unet, autoencoder, textEncoder, tokenizer));
  }

  /** What must be closed, in the order it was opened. */
  List<AutoCloseable> open() {
    List<AutoCloseable> open = new ArrayList<>(List.of(unet));
    open.addAll(autoencoder.open());
    open.addAll(List.of(textEncoder, tokenizer));
    return open;
  }

  private static List<String> mismatches(
      UNetConfig unet, AutoencoderFiles autoencoder, ClipTextConfig text, ClipTokenizer tokenizer) {
    List<String> problems = new ArrayList<>();
    int channels = autoencoder.latentChannels();
    if (unet.inChannels() != channels || unet.outChannels() != channels) {
      problems.add("unet/config.json has in_channels " + unet.inChannels() + " and out_channels " + unet.outChannels()
          + ", " + autoencoder.path() + " has latent_channels " + channels
          + ": they must be equal (models for inpainting and the like are not supported)");
    }
    autoencoder.mismatch().ifPresent(problems::add);
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
