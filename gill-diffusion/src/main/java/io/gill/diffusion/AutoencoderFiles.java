package io.gill.diffusion;

import io.gill.concurrent.Closing;
import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.LatentEncoder;
import io.gill.diffusion.network.TiledDecoder;
import io.gill.diffusion.network.TiledEncoder;
import io.gill.diffusion.network.TinyAutoencoderConfig;
import io.gill.diffusion.network.TinyDecoder;
import io.gill.diffusion.network.TinyEncoder;
import io.gill.diffusion.network.VaeConfig;
import io.gill.diffusion.network.VaeDecoder;
import io.gill.diffusion.network.VaeEncoder;
import io.gill.stage.Problems;
import io.gill.torch.Weights;
import io.gill.weights.ConfigFile;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Open files of an autoencoder. Only {@link #load} and {@link #loadEncoder} read weights. */
interface AutoencoderFiles {
  /** {@code _class_name} of a tiny autoencoder. */
  String TINY = "AutoencoderTiny";

  /** Memory above which an image is decoded or encoded in tiles; 1024×1024 pixels need 2.5 and 1.5 GiB. */
  long MAX_BYTES = 3L << 30;

  /** Returns the file with the shape, for messages. */
  Path path();

  /** Returns the number of latent channels. */
  int latentChannels();

  /** Returns the number of pixels per latent, in height and in width. */
  int factor();

  /** Returns whether SDXL computes it in 32 bits instead of {@code FLOAT16}. */
  boolean forceUpcast();

  /** Returns why its parts do not fit together; empty if they do. */
  Optional<String> mismatch();

  /** Returns the open files, in the order of opening. */
  List<TensorFile> open();

  /** Loads the networks. {@code weights} starts reading a file. */
  Autoencoder load(Function<TensorFile, Weights> weights);

  /** Loads the encoder alone. */
  LatentEncoder loadEncoder(Function<TensorFile, Weights> weights);

  /**
   * Opens an autoencoder in the layout of diffusers.
   *
   * @param dir a folder with {@code config.json} and weights
   * @param problems collects missing, damaged and unsupported parts
   * @return the files; empty if there were problems
   */
  static Optional<AutoencoderFiles> open(Path dir, Problems problems) {
    return open(dir, problems.attempt(() -> ConfigFile.read(dir.resolve("config.json"))), problems);
  }

  private static Optional<AutoencoderFiles> open(Path dir, @Nullable ConfigFile config, Problems problems) {
    TensorFile file = problems.attempt(() -> Snapshot.open(dir));
    AutoencoderFiles files =
        config == null || file == null ? null : problems.attempt(() -> config.text("_class_name", "").equals(TINY)
            ? new Tiny(config.path(), TinyAutoencoderConfig.of(config), file, file, null)
            : new Vae(config.path(), VaeConfig.of(config), file));
    if (files == null) {
      Closing.closeAll(Arrays.asList(file));
    }
    return Optional.ofNullable(files);
  }

  /**
   * Opens a tiny autoencoder.
   *
   * @param path a folder as for {@link #open}, or an original {@code taesd_decoder.pth}, with or without
   *     {@code taesd_encoder.pth} beside it
   * @param other folder of the autoencoder that it replaces, opened if there is no tiny encoder
   * @param problems collects missing, damaged and unsupported parts
   * @return the files; empty if there were problems
   */
  static Optional<AutoencoderFiles> openTiny(Path path, Path other, Problems problems) {
    if (Files.isDirectory(path)) {
      ConfigFile config = problems.attempt(() -> {
        ConfigFile tiny = ConfigFile.read(path.resolve("config.json"));
        tiny.only("_class_name", TINY);
        return tiny;
      });
      return config == null ? Optional.empty() : open(path, config, problems);
    }
    TensorFile decoder = problems.attempt(() -> TensorFile.open(path));
    TinyAutoencoderConfig shape = decoder == null ? null : problems.attempt(() -> TinyAutoencoderConfig.of(decoder));
    if (decoder == null || shape == null) {
      Closing.closeAll(Arrays.asList(decoder));
      return Optional.empty();
    }
    Path encoder = path.resolveSibling(path.getFileName().toString().replace("decoder", "encoder"));
    Optional<AutoencoderFiles> files = !encoder.equals(path) && Files.exists(encoder)
        ? Optional.ofNullable(problems.attempt(() -> TensorFile.open(encoder)))
            .map(file -> new Tiny(path, shape, decoder, file, null))
        : open(other, problems).map(vae -> new Tiny(path, shape, decoder, null, vae));
    if (files.isEmpty()) {
      decoder.close();
    }
    return files;
  }

  /** A VAE. */
  record Vae(Path path, VaeConfig config, TensorFile file) implements AutoencoderFiles {
    @Override
    public Optional<String> mismatch() {
      return config.inChannels() == 3 && config.outChannels() == 3 ? Optional.empty()
          : Optional.of(path + " has in_channels " + config.inChannels() + " and out_channels "
              + config.outChannels() + ": images have 3");
    }

    @Override
    public int latentChannels() {
      return config.latentChannels();
    }

    @Override
    public int factor() {
      return config.factor();
    }

    @Override
    public boolean forceUpcast() {
      return config.forceUpcast();
    }

    @Override
    public List<TensorFile> open() {
      return List.of(file);
    }

    @Override
    public Autoencoder load(Function<TensorFile, Weights> weights) {
      Weights w = weights.apply(file);
      LatentDecoder decoder =
          new TiledDecoder(new VaeDecoder(config, w), config.factor(), MAX_BYTES / config.bytesPerLatent());
      Autoencoder loaded = new Autoencoder(encoder(w), decoder);
      w.finish("the autoencoder");
      return loaded;
    }

    private LatentEncoder encoder(Weights w) {
      return new TiledEncoder(
          new VaeEncoder(config, w), config.factor(), MAX_BYTES / config.bytesPerEncodedLatent());
    }

    @Override
    public LatentEncoder loadEncoder(Function<TensorFile, Weights> weights) {
      Weights w = weights.apply(file);
      LatentEncoder encoder = encoder(w);
      w.ignore(key -> key.startsWith("decoder.") || key.startsWith("post_quant_conv."));
      w.finish("the autoencoder's encoder");
      return encoder;
    }
  }

  /**
   * A tiny autoencoder.
   *
   * @param encoder the decoder's file in diffusers' layout, another file in the original one; null without an encoder
   * @param other encodes if there is no tiny encoder
   */
  record Tiny(Path path, TinyAutoencoderConfig config, TensorFile decoder, @Nullable TensorFile encoder,
      @Nullable AutoencoderFiles other) implements AutoencoderFiles {

    @Override
    public Optional<String> mismatch() {
      return other == null || other.factor() == factor() ? Optional.empty()
          : Optional.of(path + " decodes a latent to " + factor() + "×" + factor() + " pixels, and " + other.path()
              + " encodes " + other.factor() + "×" + other.factor() + ": put an encoder beside the decoder");
    }

    @Override
    public int latentChannels() {
      return config.latentChannels();
    }

    @Override
    public int factor() {
      return config.factor();
    }

    @Override
    public boolean forceUpcast() {
      return other != null && other.forceUpcast();
    }

    @Override
    public List<TensorFile> open() {
      List<TensorFile> open = new ArrayList<>(List.of(decoder));
      if (encoder != null && encoder != decoder) {
        open.add(encoder);
      }
      if (other != null) {
        open.addAll(other.open());
      }
      return open;
    }

    @Override
    public Autoencoder load(Function<TensorFile, Weights> weights) {
      Weights w = weights.apply(decoder);
      if (encoder == decoder) {
        Autoencoder loaded = new Autoencoder(
            new TinyEncoder(config, w.at("encoder.layers")), new TinyDecoder(config, w.at("decoder.layers"), 0));
        w.finish("the tiny autoencoder");
        return loaded;
      }
      TinyDecoder tiny = new TinyDecoder(config, w, 1);
      w.finish("the tiny autoencoder's decoder");
      return new Autoencoder(loadEncoder(weights), tiny);
    }

    @Override
    public LatentEncoder loadEncoder(Function<TensorFile, Weights> weights) {
      if (encoder == null) {
        return Objects.requireNonNull(other).loadEncoder(weights);
      }
      Weights w = weights.apply(encoder);
      boolean shared = encoder == decoder;
      LatentEncoder alone = new TinyEncoder(config, shared ? w.at("encoder.layers") : w);
      w.ignore(key -> shared && key.startsWith("decoder."));
      w.finish("the tiny autoencoder's encoder");
      return alone;
    }
  }
}
