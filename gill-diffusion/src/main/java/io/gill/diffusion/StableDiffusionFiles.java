package io.gill.diffusion;

import io.gill.GillException;
import io.gill.diffusion.network.ClipTextConfig;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.text.ClipTokenizer;
import io.gill.weights.ConfigFile;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  /**
   * Opens all parts and checks that they fit each other.
   *
   * @param dir the snapshot
   * @return its parts; the caller closes {@link #closeables}
   * @throws GillException naming everything that is missing, damaged or does not fit
   */
  static StableDiffusionFiles open(Path dir) {
    Opening opening = new Opening();
    opening.part(() -> {
      ConfigFile.read(dir.resolve("model_index.json")).only("_class_name", "StableDiffusionPipeline");
      return true;
    });
    UNetConfig unetConfig = opening.part(() -> UNetConfig.read(dir.resolve("unet/config.json")));
    TensorFile unet = opening.closeable(() -> Snapshot.open(dir.resolve("unet")));
    VaeConfig vaeConfig = opening.part(() -> VaeConfig.read(dir.resolve("vae/config.json")));
    TensorFile vae = opening.closeable(() -> Snapshot.open(dir.resolve("vae")));
    ClipTextConfig textConfig = opening.part(() -> ClipTextConfig.read(dir.resolve("text_encoder/config.json")));
    TensorFile textEncoder = opening.closeable(() -> Snapshot.open(dir.resolve("text_encoder")));
    ClipTokenizer tokenizer = opening.closeable(() -> ClipTokenizer.load(dir.resolve("tokenizer")));
    SchedulerConfig schedulerConfig =
        opening.part(() -> SchedulerConfig.read(dir.resolve("scheduler/scheduler_config.json")));
    if (unetConfig != null && vaeConfig != null && textConfig != null && tokenizer != null) {
      opening.problems.addAll(mismatches(unetConfig, vaeConfig, textConfig, tokenizer));
    }
    opening.finish(dir);
    return new StableDiffusionFiles(
        dir,
        Objects.requireNonNull(unetConfig),
        Objects.requireNonNull(vaeConfig),
        Objects.requireNonNull(textConfig),
        Objects.requireNonNull(schedulerConfig),
        Objects.requireNonNull(unet),
        Objects.requireNonNull(vae),
        Objects.requireNonNull(textEncoder),
        Objects.requireNonNull(tokenizer));
  }

  /**
   * Opens all parts and closes them again.
   *
   * @param dir the snapshot
   * @throws GillException as {@link #open}
   */
  static void check(Path dir) {
    StableDiffusionFiles files = open(dir);
    files.unet.close();
    files.vae.close();
    files.textEncoder.close();
    files.tokenizer.close();
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

  /** What must be closed. */
  List<AutoCloseable> closeables() {
    return List.of(unet, vae, textEncoder, tokenizer);
  }

  /** Opens part after part and remembers what went wrong. */
  private static final class Opening {
    final List<String> problems = new ArrayList<>();
    final List<AutoCloseable> open = new ArrayList<>();
    private @Nullable GillException first;

    <T> @Nullable T part(Supplier<T> reader) {
      try {
        return reader.get();
      } catch (GillException e) {
        problems.add(String.valueOf(e.getMessage()));
        first = first == null ? e : first;
        return null;
      }
    }

    <T extends AutoCloseable> @Nullable T closeable(Supplier<T> reader) {
      T opened = part(reader);
      if (opened != null) {
        open.add(opened);
      }
      return opened;
    }

    void finish(Path dir) {
      if (problems.isEmpty()) {
        return;
      }
      GillException failure = new GillException(
          dir + " is no usable snapshot of Stable Diffusion: " + String.join("; ", problems), first);
      for (AutoCloseable resource : open) {
        try {
          resource.close();
        } catch (Exception e) {
          failure.addSuppressed(e);
        }
      }
      throw failure;
    }
  }
}
