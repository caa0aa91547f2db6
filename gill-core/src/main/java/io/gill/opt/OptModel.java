package io.gill.opt;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.OutputCheck;
import io.gill.stage.StageSettings;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An OPT causal language model (Zhang et al. 2022, arXiv 2205.01068) from a Hugging Face snapshot.
 *
 * <p>Thread-safe: contexts opened from it are for one thread at a time each, and refuse a second one. {@link #close}
 * waits for reading that is under way; contexts that are still open then throw {@link IllegalStateException}.
 */
public final class OptModel implements LanguageModel {
  private final OptConfig config;
  private final int vocabularySize;
  private final OptNetwork network;
  private final Device device;
  private final Precision precision;
  private final ModelMemory memory;
  private final OutputCheck outputs;

  private OptModel(OptNetwork network, Device device, Precision precision, ModelMemory memory) {
    this.config = network.config();
    this.vocabularySize = network.vocabularySize();
    this.network = network;
    this.device = device;
    this.precision = precision;
    this.memory = memory;
    this.outputs = new OutputCheck("language model", precision);
  }

  /**
   * Loads a snapshot and resizes its embedding table to a tokenizer's vocabulary.
   *
   * <p>The published model does so in two steps, {@code resize_token_embeddings(len(tokenizer))} and a copy of the
   * trained rows over the last ones. The files of every OPT have 50272 rows, of which the tokenizer's 50265 entries use
   * the first, so that {@code <|image|>} = 50265 has a row there and [IMG0…7] = 50266…50273 replace the rest and go two
   * beyond. A row that neither the file nor the caller supplies is random there; here it is the mean of the file's rows.
   *
   * <p>The output layer is tied to the embeddings, the new rows included. A file whose {@code lm_head.weight} differs
   * from its embeddings keeps that as the output layer, with the same new rows.
   *
   * @param dir the folder with {@code config.json} and the weights
   * @param vocabularySize how many rows the table shall have, more or fewer than the file
   * @param lastRows the last rows of the table, each {@code word_embed_proj_dim} wide: the trained [IMG] embeddings
   * @param device where to compute
   * @param precision in which type; where it is the file's and the device is the CPU, the weights stay memory-mapped
   * @return the model, which the caller closes
   * @throws GillException if the files are missing, damaged, or describe another kind of model
   * @throws IllegalArgumentException if there are more last rows than rows, or one has another width
   */
  public static OptModel load(
      Path dir, int vocabularySize, float[][] lastRows, Device device, Precision precision) {
    OptConfig config = OptConfig.read(dir.resolve("config.json"));
    check(config, vocabularySize, lastRows);
    Torch.require(device);
    return load(config, Snapshot.open(dir), new StageSettings(device, precision), vocabularySize, lastRows);
  }

  /** Loads from an open file, which passes to the model. */
  static OptModel load(
      OptConfig config, TensorFile file, StageSettings settings, int vocabularySize, float[][] lastRows) {
    return ModelMemory.load("language model", file, memory -> {
      Device device = settings.device();
      Precision precision = settings.precision();
      check(config, vocabularySize, lastRows);
      Torch.require(device);
      Scope owner = memory.owner();
      Weights w = Weights.of(file, owner, device, precision);
      Tensor rows = Scope.compute("loading the last rows", () -> owner.keep(
          lastRows.length == 0
              ? Tensor.zeros(precision, device, 0, config.wordEmbedProjDim())
              : Tensor.ofRows(lastRows).to(precision, device))); // (A, D)
      OptNetwork network = OptNetwork.published(w, config, vocabularySize, rows, false, owner);
      return new OptModel(network, device, precision, memory);
    });
  }

  private static void check(OptConfig config, int vocabularySize, float[][] lastRows) {
    if (vocabularySize < 1 || lastRows.length > vocabularySize) {
      throw new IllegalArgumentException(
          "a vocabulary of " + vocabularySize + " has no room for " + lastRows.length + " given rows");
    }
    for (int i = 0; i < lastRows.length; i++) {
      if (lastRows[i].length != config.wordEmbedProjDim()) {
        throw new IllegalArgumentException("embedding row " + i + " is " + lastRows[i].length
            + " wide, but the language model's word_embed_proj_dim is " + config.wordEmbedProjDim());
      }
    }
  }

  @Override
  public int vocabularySize() {
    return vocabularySize;
  }

  @Override
  public int embeddingSize() {
    return config.wordEmbedProjDim();
  }

  @Override
  public int maxPositions() {
    return config.maxPositionEmbeddings();
  }

  @Override
  public float[][] embeddings(int[] ids) {
    checkIds(ids);
    if (ids.length == 0) {
      return new float[0][];
    }
    return memory.use(() -> Scope.compute("looking up embeddings", () ->
        outputs.finite("token embeddings", network.embeddings(ids).toRows())));
  }

  @Override
  public LanguageContext open() {
    return openContext();
  }

  /**
   * All hidden states of a sequence, for comparison with other implementations.
   *
   * @param inputs at least one position
   * @return (T, C) row-major each: what enters the first layer, what leaves every layer but the last, then the last
   *     hidden state (T, D) after the final norm and projection
   */
  public List<float[]> hiddenStates(List<LanguageInput> inputs) {
    List<float[]> states = new ArrayList<>();
    try (OptContext context = openContext()) {
      context.append(inputs, state -> states.add(state.toFloats()));
    }
    return states;
  }

  OptContext openContext() {
    return memory.use(() -> new OptContext(this, new KeyValueCache(config, precision, device)));
  }

  /** The embeddings of some input: (T, D). */
  Tensor embed(LanguageInput input) {
    if (input instanceof LanguageInput.Tokens some) {
      return network.embeddings(some.ids());
    }
    return Tensor.ofRows(((LanguageInput.Embeddings) input).rows()).to(precision, device);
  }

  OptDecoder decoder() {
    return network.decoder();
  }

  /** The output layer. */
  TokenTable head() {
    return network.head();
  }

  /** Whether the output layer is the embedding table itself. */
  boolean isTied() {
    return network.head().equals(network.tokens());
  }

  void checkIds(int[] ids) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabularySize) {
        throw new IllegalArgumentException(
            "token " + ids[i] + " at index " + i + " is outside the vocabulary of " + vocabularySize);
      }
    }
  }

  /** What is handed out passes through here. */
  OutputCheck outputs() {
    return outputs;
  }

  /** The weights, which must be in use while anything here is computed. */
  ModelMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    memory.close();
  }
}
