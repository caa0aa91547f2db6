package io.gill.lm;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.stage.LanguageModelProvider;
import io.gill.stage.StageSettings;
import io.gill.stage.Tokenizer;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

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
   * @throws GillException if no family reads its {@code model_type}, or the configuration is damaged or not supported
   */
  public static DecoderSnapshot of(Path folder) {
    DecoderFamily family = family(folder).orElseThrow(() -> new GillException(folder
        + " holds no language model that can be loaded: its config.json says '"
        + Snapshot.declaredType(folder).orElse("") + "' (model_type), known are "
        + families().stream().map(DecoderFamily::family).toList()));
    return of(folder, family);
  }

  /**
   * Finds the family of a snapshot.
   *
   * @param folder the folder with {@code config.json}
   * @return the family that reads its {@code model_type}, or is called like the folder of a configuration without one
   */
  public static Optional<DecoderFamily> family(Path folder) {
    boolean declared = Snapshot.declaredType(folder).isPresent();
    return families().stream()
        .filter(one -> declared ? one.reads(folder) : folder.endsWith(one.family())).findFirst();
  }

  /** Reads the configuration of a snapshot whose family is known. */
  static DecoderSnapshot of(Path folder, DecoderFamily family) {
    return new DecoderSnapshot(folder, family, family.config(folder.resolve("config.json")));
  }

  /**
   * Finds the language model of a model directory.
   *
   * @param directory a folder with {@code lm/}, or {@code opt/} as in published models
   * @return the snapshot
   * @throws GillException as {@link #of}
   */
  public static DecoderSnapshot ofModel(Path directory) {
    Path folder = directory.resolve("lm");
    return of(Files.isDirectory(folder) ? folder : directory.resolve("opt"));
  }

  private static List<DecoderFamily> families() {
    return ServiceLoader.load(LanguageModelProvider.class, DecoderSnapshot.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .filter(DecoderFamily.class::isInstance)
        .map(DecoderFamily.class::cast)
        .toList();
  }

  /**
   * The sizes.
   *
   * @return the shape
   */
  public DecoderShape shape() {
    return config.shape();
  }

  /**
   * Takes the weights, strictly: every key must be there and none left.
   *
   * @param w all keys of the snapshot
   * @return the network, with the table of the file
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
   * @return the tokenizer, which the caller closes
   * @throws GillException if a file is missing or damaged
   */
  public Tokenizer tokenizer(int imageTokens) {
    return family.tokenizer(folder, imageTokens);
  }

  /**
   * Loads the model and resizes its table to a tokenizer's vocabulary; see {@link DecoderModel}.
   *
   * @param vocabularySize number of rows that the table shall have, more or fewer than the file
   * @param lastRows the last rows of the table, each as wide as the embeddings: the trained [IMG] embeddings
   * @param device where to compute
   * @param precision the type to compute in; where the file has the same and the device is the CPU, the weights stay
   *     memory-mapped
   * @return the model, which the caller closes
   * @throws GillException if weights are missing or damaged, or do not fit the configuration
   * @throws IllegalArgumentException if there are more last rows than rows, or one has another width
   */
  public DecoderModel load(int vocabularySize, float[][] lastRows, Device device, Precision precision) {
    return DecoderModel.load(
        this, Snapshot.open(folder), new StageSettings(device, precision), vocabularySize, lastRows);
  }
}
