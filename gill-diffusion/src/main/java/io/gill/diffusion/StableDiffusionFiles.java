package io.gill.diffusion;

import io.gill.concurrent.Closing;
import io.gill.diffusion.lora.LoraMerger;
import io.gill.diffusion.lora.LoraTarget;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.stage.Problems;
import io.gill.weights.ConfigFile;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything a diffusers snapshot of Stable Diffusion holds, opened but not yet loaded.
 *
 * @param dir the snapshot
 * @param unetConfig {@code unet/config.json}
 * @param schedulerConfig {@code scheduler/scheduler_config.json}
 * @param unet weights
 * @param autoencoder {@code vae}, or what stands in for it
 * @param textEncoder {@code text_encoder} and {@code tokenizer}
 * @param adapters what is merged into the weights
 * @param adapterFiles where the adapters lie, needed until the weights are loaded
 */
record StableDiffusionFiles(
    Path dir,
    UNetConfig unetConfig,
    SchedulerConfig schedulerConfig,
    TensorFile unet,
    AutoencoderFiles autoencoder,
    TextEncoderFiles textEncoder,
    LoraMerger adapters,
    List<TensorFile> adapterFiles) {

  /** {@code _class_name} of the pipeline that published snapshots name. */
  static final String PIPELINE = "StableDiffusionPipeline";

  /**
   * Opens all parts and checks that they fit each other.
   *
   * @param dir the snapshot
   * @param options what replaces or changes parts of the snapshot
   * @param problems receives everything that is missing, damaged or does not fit
   * @return the parts, of which the caller closes {@link #open()}; empty if there were problems
   */
  static Optional<StableDiffusionFiles> open(Path dir, StableDiffusionOptions options, Problems problems) {
    Object pipeline = problems.attempt(() -> {
      ConfigFile.read(dir.resolve("model_index.json")).only("_class_name", PIPELINE);
      return PIPELINE;
    });
    UNetConfig unetConfig = problems.attempt(() -> UNetConfig.read(dir.resolve("unet/config.json")));
    TensorFile unet = problems.attempt(() -> Snapshot.open(dir.resolve("unet")));
    Path vae = dir.resolve("vae");
    AutoencoderFiles autoencoder = options.tinyAutoencoder()
        .map(path -> AutoencoderFiles.openTiny(path, vae, problems))
        .orElseGet(() -> AutoencoderFiles.open(vae, problems))
        .orElse(null);
    TextEncoderFiles text = TextEncoderFiles.open(dir, "", problems).orElse(null);
    SchedulerConfig schedulerConfig =
        problems.attempt(() -> SchedulerConfig.read(dir.resolve("scheduler/scheduler_config.json")));
    List<TensorFile> adapterFiles = new ArrayList<>();
    boolean fit = unetConfig != null && autoencoder != null && text != null
        && fit(dir, unetConfig, autoencoder, text, problems);
    if (fit && pipeline != null && unet != null && unetConfig != null && autoencoder != null && text != null
        && schedulerConfig != null) {
      LoraMerger adapters = new LoraMerger(List.of(
          LoraTarget.unet(unet), LoraTarget.textEncoder(text.weights(), "lora_te", text.folder())));
      if (merge(options.loras(), adapters, adapterFiles, problems)) {
        return Optional.of(new StableDiffusionFiles(
            dir, unetConfig, schedulerConfig, unet, autoencoder, text, adapters, adapterFiles));
      }
    }
    List<AutoCloseable> opened = new ArrayList<>(adapterFiles);
    if (unet != null) {
      opened.add(unet);
    }
    if (autoencoder != null) {
      opened.addAll(autoencoder.open());
    }
    if (text != null) {
      opened.addAll(text.open());
    }
    Closing.closeAll(opened);
    return Optional.empty();
  }

  private static boolean merge(
      List<Lora> loras, LoraMerger adapters, List<TensorFile> opened, Problems problems) {
    boolean all = true;
    for (Lora lora : loras) {
      Object merged = problems.attempt(() -> {
        TensorFile file = TensorFile.open(lora.file());
        opened.add(file);
        adapters.add(file, lora.scale());
        return file;
      });
      all &= merged != null;
    }
    return all;
  }

  private static boolean fit(
      Path dir, UNetConfig unet, AutoencoderFiles autoencoder, TextEncoderFiles text, Problems problems) {
    List<String> mismatches = new ArrayList<>();
    int channels = autoencoder.latentChannels();
    if (unet.inChannels() != channels || unet.outChannels() != channels) {
      mismatches.add("unet/config.json has in_channels " + unet.inChannels() + " and out_channels "
          + unet.outChannels() + ", " + autoencoder.path() + " has latent_channels " + channels
          + ": they must be equal (models for inpainting and the like are not supported)");
    }
    autoencoder.mismatch().ifPresent(mismatches::add);
    if (unet.crossAttentionDim() != text.width()) {
      mismatches.add("unet/config.json has cross_attention_dim " + unet.crossAttentionDim()
          + ", text_encoder/config.json has hidden_size " + text.width() + ": they must be equal");
    }
    text.mismatch().ifPresent(mismatches::add);
    mismatches.forEach(mismatch -> problems.add(dir + ": " + mismatch));
    return mismatches.isEmpty();
  }

  /** What must be closed, in the order it was opened. */
  List<AutoCloseable> open() {
    List<AutoCloseable> open = new ArrayList<>(List.of(unet));
    open.addAll(autoencoder.open());
    open.addAll(textEncoder.open());
    open.addAll(adapterFiles);
    return open;
  }
}
