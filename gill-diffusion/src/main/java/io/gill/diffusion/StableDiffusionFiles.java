package io.gill.diffusion;

import com.google.common.collect.ImmutableSortedSet;
import io.gill.concurrent.Closing;
import io.gill.diffusion.lora.LoraMerger;
import io.gill.diffusion.lora.LoraTarget;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.diffusion.scheduler.SchedulerConfig.Corrections;
import io.gill.stage.Problems;
import io.gill.weights.ConfigFile;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The open files of a Stable Diffusion snapshot, before loading.
 *
 * @param dir the snapshot
 * @param unetConfig {@code unet/config.json}
 * @param schedulerConfig {@code scheduler/scheduler_config.json}
 * @param unet weights of the UNet
 * @param autoencoder {@code vae}, or its replacement
 * @param textEncoders the text encoder, or both of SDXL
 * @param zeroEmptyPrompt {@code force_zeros_for_empty_prompt} of SDXL
 * @param adapters adapters to merge into the weights
 * @param adapterFiles files of the adapters, open until the weights are loaded
 */
record StableDiffusionFiles(
    Path dir,
    UNetConfig unetConfig,
    SchedulerConfig schedulerConfig,
    TensorFile unet,
    AutoencoderFiles autoencoder,
    List<TextEncoderFiles> textEncoders,
    boolean zeroEmptyPrompt,
    LoraMerger adapters,
    List<TensorFile> adapterFiles) {

  private static final String PIPELINE = "StableDiffusionPipeline";

  private static final String INPAINTING = "StableDiffusionInpaintPipeline";

  /** {@code _class_name} of SDXL's pipelines, with two text encoders. */
  private static final Set<String> XL_PIPELINES = Set.of(
      "StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline");

  /** {@code _class_name} of the pipelines of latent consistency models, which are Stable Diffusion otherwise. */
  private static final Set<String> LCM_PIPELINES =
      Set.of("LatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline");

  /** {@code _class_name} of all pipelines, in the order of messages. */
  static final Set<String> PIPELINES = ImmutableSortedSet.<String>naturalOrder()
      .add(PIPELINE, "StableDiffusionImg2ImgPipeline", INPAINTING).addAll(LCM_PIPELINES).addAll(XL_PIPELINES).build();

  /** Maximum width and height of a picture, as in the diffusion options. */
  private static final int MAX_PIXELS = 4096;

  /**
   * Opens all parts and checks that they fit each other.
   *
   * @param dir the snapshot
   * @param options replaced and changed parts
   * @param problems collects missing, damaged and mismatched parts
   * @return the parts; the caller closes {@link #open()}. Empty if there were problems
   */
  static Optional<StableDiffusionFiles> open(Path dir, StableDiffusionOptions options, Problems problems) {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Optional<StableDiffusionFiles> files = open(dir, options, problems, opened);
      if (files.isEmpty()) {
        Closing.closeAll(opened);
      }
      return files;
    } catch (RuntimeException | Error e) {
      Closing.closeAfter(e, opened);
      throw e;
    }
  }

  /** Opens all parts, and adds each open one to {@code opened}. */
  private static Optional<StableDiffusionFiles> open(
      Path dir, StableDiffusionOptions options, Problems problems, List<AutoCloseable> opened) {
    ConfigFile index = problems.attempt(() -> ConfigFile.read(dir.resolve("model_index.json")));
    String pipeline = index == null ? PIPELINE : problems.attempt(() -> pipeline(index));
    boolean xl = pipeline != null && XL_PIPELINES.contains(pipeline);
    UNetConfig unetConfig = problems.attempt(() -> UNetConfig.read(dir.resolve("unet/config.json")));
    TensorFile unet = problems.attempt(() -> Snapshot.open(dir.resolve("unet")));
    if (unet != null) {
      opened.add(unet);
    }
    Path vae = dir.resolve("vae");
    AutoencoderFiles autoencoder = options.tinyAutoencoder()
        .map(path -> AutoencoderFiles.openTiny(path, vae, problems))
        .orElseGet(() -> AutoencoderFiles.open(vae, problems))
        .orElse(null);
    if (autoencoder != null) {
      opened.addAll(autoencoder.open());
    }
    List<TextEncoderFiles> texts = new ArrayList<>();
    for (String which : xl ? List.of("", "_2") : List.of("")) {
      TextEncoderFiles.open(dir, which, problems).ifPresent(text -> {
        texts.add(text);
        opened.addAll(text.open());
      });
    }
    SchedulerConfig schedulerConfig = problems.attempt(() ->
        SchedulerConfig.read(dir.resolve("scheduler/scheduler_config.json")).with(corrections(pipeline)));
    Boolean zero =
        index == null ? null : problems.attempt(() -> index.flag("force_zeros_for_empty_prompt", true));
    boolean complete = texts.size() == (xl ? 2 : 1);
    List<TensorFile> adapterFiles = new ArrayList<>();
    LoraMerger adapters = pipeline == null || unet == null || !complete ? null
        : merge(options.loras(), new LoraMerger(targets(unet, texts)), adapterFiles, opened, problems);
    boolean fit = unetConfig != null && autoencoder != null && complete
        && fit(dir, unetConfig, autoencoder, texts, problems);
    if (fit && pipeline != null && unet != null && unetConfig != null && autoencoder != null
        && schedulerConfig != null && zero != null && adapters != null) {
      return Optional.of(new StableDiffusionFiles(
          dir, unetConfig, schedulerConfig, unet, autoencoder, texts, zero, adapters, adapterFiles));
    }
    return Optional.empty();
  }

  private static String pipeline(ConfigFile index) {
    String pipeline = index.text("_class_name", PIPELINE);
    if (!PIPELINES.contains(pipeline)) {
      throw index.refuse("_class_name", "it must be one of " + String.join(", ", PIPELINES));
    }
    if (index.flag("requires_aesthetics_score", false)) {
      throw index.refuse("requires_aesthetics_score", "a refiner of SDXL is not supported: use the base model");
    }
    return pipeline;
  }

  private static Corrections corrections(@Nullable String pipeline) {
    return pipeline == null || XL_PIPELINES.contains(pipeline) || LCM_PIPELINES.contains(pipeline)
        ? Corrections.LATENTS : pipeline.equals(INPAINTING) ? Corrections.INPAINTING : Corrections.STABLE_DIFFUSION;
  }

  private static List<LoraTarget> targets(TensorFile unet, List<TextEncoderFiles> texts) {
    List<LoraTarget> targets = new ArrayList<>(List.of(LoraTarget.unet(unet)));
    for (int i = 0; i < texts.size(); i++) {
      String flattened = texts.size() == 1 ? "lora_te" : "lora_te" + (i + 1);
      targets.add(LoraTarget.textEncoder(texts.get(i).weights(), flattened, texts.get(i).folder()));
    }
    return targets;
  }

  /** Returns null if an adapter cannot be merged. */
  private static @Nullable LoraMerger merge(List<Lora> loras, LoraMerger adapters, List<TensorFile> adapterFiles,
      List<AutoCloseable> opened, Problems problems) {
    boolean all = true;
    for (Lora lora : loras) {
      Object merged = problems.attempt(() -> {
        TensorFile file = TensorFile.open(lora.file());
        opened.add(file);
        adapterFiles.add(file);
        adapters.add(file, lora.scale());
        return file;
      });
      all &= merged != null;
    }
    return all ? adapters : null;
  }

  private static boolean fit(
      Path dir, UNetConfig unet, AutoencoderFiles autoencoder, List<TextEncoderFiles> texts, Problems problems) {
    List<String> mismatches = new ArrayList<>();
    int channels = autoencoder.latentChannels();
    if ((unet.inChannels() != channels && !unet.forInpainting()) || unet.outChannels() != channels) {
      mismatches.add("unet/config.json has in_channels " + unet.inChannels() + " and out_channels "
          + unet.outChannels() + ", " + autoencoder.path() + " has latent_channels " + channels
          + ": they must be equal, or in_channels " + (2 * channels + 1) + " for inpainting");
    }
    autoencoder.mismatch().ifPresent(mismatches::add);
    long side = (long) unet.sampleSize() * autoencoder.factor();
    if (side > MAX_PIXELS) {
      mismatches.add("unet/config.json has sample_size " + unet.sampleSize() + ", with which a picture has " + side
          + "×" + side + " pixels: use at most " + MAX_PIXELS + "×" + MAX_PIXELS);
    }
    int width = texts.stream().mapToInt(TextEncoderFiles::width).sum();
    if (unet.crossAttentionDim() != width) {
      mismatches.add("unet/config.json has cross_attention_dim " + unet.crossAttentionDim() + ", "
          + (texts.size() == 1 ? "text_encoder/config.json has hidden_size " + width
              : "the hidden_size of both text encoders together is " + width) + ": they must be equal");
    }
    int pooled = texts.size() == 1 ? 0 : texts.get(1).config().projectionDim();
    if (unet.pooledDim() != pooled) {
      mismatches.add("unet/config.json takes a pooled text of width " + unet.pooledDim()
          + " (projection_class_embeddings_input_dim less six times addition_time_embed_dim), but "
          + (pooled == 0 ? "this pipeline has none" : "text_encoder_2/config.json has projection_dim " + pooled));
    }
    texts.forEach(text -> text.mismatch().ifPresent(mismatches::add));
    if (texts.stream().map(text -> text.config().maxPositionEmbeddings()).distinct().count() > 1) {
      mismatches.add("text_encoder/config.json and text_encoder_2/config.json differ in max_position_embeddings");
    }
    mismatches.forEach(mismatch -> problems.add(dir + ": " + mismatch));
    return mismatches.isEmpty();
  }

  /** Returns whether this is SDXL, with two text encoders. */
  boolean isXl() {
    return textEncoders.size() == 2;
  }

  /** Returns the files whose tensors become the model, in the order of loading. */
  Stream<TensorFile> weights() {
    return Stream.of(textEncoders.stream().map(TextEncoderFiles::weights), Stream.of(unet), autoencoder.open().stream())
        .flatMap(Function.identity());
  }

  /** Returns the resources to close, in the order of opening. */
  List<AutoCloseable> open() {
    List<AutoCloseable> open = new ArrayList<>(List.of(unet));
    open.addAll(autoencoder.open());
    textEncoders.forEach(text -> open.addAll(text.open()));
    open.addAll(adapterFiles);
    return open;
  }
}
