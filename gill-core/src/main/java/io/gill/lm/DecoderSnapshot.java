package io.gill.lm;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.directory.Providers;
import io.gill.stage.LanguageModelProvider;
import io.gill.stage.StageSettings;
import io.gill.stage.Tokenizer;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A Hugging Face snapshot of a decoder-only language model whose family is known.
 *
 * @param folder the snapshot
 * @param family the family that reads its {@code model_type}
 * @param config the configuration
 */
public record DecoderSnapshot(Path folder, DecoderFamily family, DecoderConfig config) {
  /**
   * Finds the family of a snapshot and reads the configuration.
   *
   * @param folder the folder with {@code config.json}, the weights and the tokenizer
   * @return the snapshot
   * @throws GillException if no decoder family reads its {@code model_type}, or the configuration is damaged or not
   *     supported
   */
  public static DecoderSnapshot of(Path folder) {
    LanguageModelProvider provider = Providers.reading(LanguageModelProvider.class, "language model", folder);
    if (provider instanceof DecoderFamily family) {
      return of(folder, family);
    }
    throw new GillException(folder + " belongs to the family " + provider.family()
        + ", whose provider is not a DecoderFamily: it can answer, but cannot be trained or inspected");
  }

  /**
   * Returns whether a decoder family reads a snapshot.
   *
   * @param folder the folder
   * @return false if its family is unknown or not a decoder
   */
  public static boolean isKnown(Path folder) {
    Set<String> types = Providers.of(LanguageModelProvider.class).stream()
        .filter(DecoderFamily.class::isInstance).flatMap(family -> family.types().stream()).collect(Collectors.toSet());
    return Snapshot.declaredType(folder).filter(types::contains).isPresent();
  }

  /** Reads the configuration of a snapshot whose family is known. */
  static DecoderSnapshot of(Path folder, DecoderFamily family) {
    return new DecoderSnapshot(folder, family, family.config(folder.resolve("config.json")));
  }

  /**
   * Returns the sizes.
   *
   * @return the shape
   */
  public DecoderShape shape() {
    return config.shape();
  }

  /**
   * Takes the weights strictly: no key may be missing or unexpected.
   *
   * @param w all keys of the snapshot
   * @return the network, with the embedding table of the file
   * @throws GillException if a key is missing, unexpected or has another shape
   */
  public DecoderNetwork network(Weights w) {
    DecoderNetwork network = config.network(w);
    w.finish("the language model");
    return network;
  }

  /**
   * Loads the tokenizer.
   *
   * @param imageTokens number of [IMG] tokens to add
   * @return the tokenizer, to be closed by the caller
   * @throws GillException if a file is missing or damaged
   */
  public Tokenizer tokenizer(int imageTokens) {
    return family.tokenizer(folder, imageTokens);
  }

  /**
   * Loads the model and resizes its table to a tokenizer's vocabulary; see {@link DecoderModel}.
   *
   * @param vocabularySize number of rows of the resized table, more or fewer than in the file
   * @param lastRows the last rows of the table, as wide as the embeddings: the trained [IMG] embeddings
   * @param device the device to compute on
   * @param precision the type to compute in; if the file has the same type and the device is the CPU, the weights stay
   *     memory-mapped
   * @return the model, to be closed by the caller
   * @throws GillException if weights are missing or damaged, or do not fit the configuration
   * @throws IllegalArgumentException if there are more last rows than rows, or one has another width
   */
  public DecoderModel load(int vocabularySize, float[][] lastRows, Device device, Precision precision) {
    return load(vocabularySize, lastRows, new StageSettings(device, precision));
  }

  /**
   * Loads the model as {@link #load(int, float[][], Device, Precision)} does, or quantises it while it is read.
   *
   * @param vocabularySize number of rows of the resized table, more or fewer than in the file
   * @param lastRows the last rows of the table, as wide as the embeddings: the trained [IMG] embeddings
   * @param settings the device, the type to compute in and the quantisation
   * @return the model, to be closed by the caller
   * @throws GillException if weights are missing or damaged, do not fit the configuration, or cannot be quantised
   * @throws IllegalArgumentException if there are more last rows than rows, or one has another width
   */
  public DecoderModel load(int vocabularySize, float[][] lastRows, StageSettings settings) {
    return DecoderModel.load(this, Snapshot.open(folder), settings, vocabularySize, lastRows);
  }
}
