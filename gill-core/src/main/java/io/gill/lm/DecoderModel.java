package io.gill.lm;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.OutputCheck;
import io.gill.stage.StageSettings;
import io.gill.torch.ModelMemory;
import io.gill.torch.RowwiseFormat;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.TensorFile;

/**
 * A decoder-only language model of any family.
 *
 * <p>Loading resizes the published embedding table to a tokenizer's vocabulary. The published GILL does so in two
 * steps: {@code resize_token_embeddings(len(tokenizer))}, then a copy of the trained rows over the last ones. A file
 * of OPT, for example, has 50272 rows, and its tokenizer has 50265 entries. {@code <|image|>} = 50265 uses the first
 * spare row. [IMG0…7] = 50266…50273 replace the other six and add two. A row that neither the file nor the caller
 * supplies is random in the published code; here it is the mean of the file's rows. A tied output layer shares the new
 * rows; an untied one receives copies of them.
 *
 * <p>Thread-safe. Each of its contexts is for one thread at a time and rejects a second one. {@link #close} waits for
 * running computations; contexts that are still open then throw {@link IllegalStateException}.
 */
public final class DecoderModel implements LanguageModel {
  private final DecoderShape shape;
  private final DecoderNetwork network;
  private final Device device;
  private final Precision precision;
  private final CachePrecision cache;
  private final ModelMemory memory;
  private final OutputCheck outputs;
  private final SharedSteps steps = new SharedSteps(this);

  private DecoderModel(
      DecoderNetwork network, Device device, Precision precision, CachePrecision cache, ModelMemory memory) {
    this.shape = network.decoder().shape();
    this.network = network;
    this.device = device;
    this.precision = precision;
    this.cache = cache;
    this.memory = memory;
    this.outputs = new OutputCheck("language model", precision);
  }

  /** Loads from an open file and takes it over, even if loading fails; see {@link DecoderSnapshot#load}. */
  static DecoderModel load(DecoderSnapshot snapshot, TensorFile file, StageSettings settings, int vocabularySize,
      float[][] lastRows) {
    return ModelMemory.load("language model", file, memory -> {
      Device device = settings.device();
      int width = snapshot.shape().width();
      check(width, vocabularySize, lastRows);
      CachePrecision cache = cache(snapshot, settings);
      Torch.require(device);
      Scope owner = memory.owner();
      Precision precision = precision(snapshot, RowwiseFormat.quantization(file.names()), settings);
      Weights w = Weights.of(file, owner, device, precision, settings.quantization())
          .reportTo(settings.loaded());
      Tensor rows = Scope.compute("loading the last rows", () -> owner.keep(
          lastRows.length == 0
              ? Tensor.zeros(precision, device, 0, width)
              : Tensor.ofRows(lastRows).to(precision, device))); // (A, D)
      DecoderNetwork network = snapshot.network(w).resized(vocabularySize, rows, owner).forLogits(owner);
      return new DecoderModel(network, device, precision, cache, memory);
    });
  }

  /** Checks that the device can store the cache as wanted. */
  private static CachePrecision cache(DecoderSnapshot snapshot, StageSettings settings) {
    if (settings.device().isCpu()) {
      return settings.cache();
    }
    if (settings.cache() == CachePrecision.INT8) {
      throw new GillException(snapshot.folder() + ": a key/value cache of 8 bits is for the CPU only, not for "
          + settings.device() + ", where the cache has the precision of the model: use Precision.FLOAT16 or BFLOAT16");
    }
    return CachePrecision.valueOf(settings.precision().name());
  }

  /** Checks that the quantisation is possible and returns the type of activations. */
  private static Precision precision(DecoderSnapshot snapshot, Quantization stored, StageSettings settings) {
    Quantization wanted = settings.quantization();
    if (stored == Quantization.NONE && wanted == Quantization.NONE) {
      return settings.precision();
    }
    if (!settings.device().isCpu()) {
      throw new GillException(snapshot.folder() + ": a quantised language model runs on the CPU only, not on "
          + settings.device() + "; on a GPU use Precision.FLOAT16 or BFLOAT16 and weights that are not quantised");
    }
    if (stored != Quantization.NONE && wanted != Quantization.NONE && stored != wanted) {
      throw new GillException(snapshot.folder() + " is already quantised (" + stored
          + ") and cannot be quantised again to " + wanted + ": quantise the model it was made from");
    }
    return Precision.FLOAT32;
  }

  private static void check(int width, int vocabularySize, float[][] lastRows) {
    if (vocabularySize < 1 || lastRows.length > vocabularySize) {
      throw new IllegalArgumentException(
          "a vocabulary of " + vocabularySize + " has no room for " + lastRows.length + " given rows");
    }
    for (int i = 0; i < lastRows.length; i++) {
      if (lastRows[i].length != width) {
        throw new IllegalArgumentException("embedding row " + i + " is " + lastRows[i].length
            + " wide, but the language model's embeddings are " + width + " wide");
      }
    }
  }

  @Override
  public int vocabularySize() {
    return network.vocabularySize();
  }

  @Override
  public int embeddingSize() {
    return shape.width();
  }

  @Override
  public int maxPositions() {
    return shape.positions();
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

  DecoderContext openContext() {
    return memory.use(() -> new DecoderContext(this, newCache()));
  }

  KeyValueCache newCache() {
    return new KeyValueCache(shape, precision, cache, device);
  }

  /** Returns the embeddings of an input: (T, D). */
  Tensor embed(LanguageInput input) {
    if (input instanceof LanguageInput.Tokens some) {
      return network.embeddings(some.ids());
    }
    return Tensor.ofRows(((LanguageInput.Embeddings) input).rows()).to(precision, device);
  }

  /** Returns the network. */
  DecoderNetwork network() {
    return network;
  }

  void checkIds(int[] ids) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabularySize()) {
        throw new IllegalArgumentException(
            "token " + ids[i] + " at index " + i + " is outside the vocabulary of " + vocabularySize());
      }
    }
  }

  /** Returns the computation of single positions, which all contexts share. */
  SharedSteps steps() {
    return steps;
  }

  /** Returns the check that all output passes. */
  OutputCheck outputs() {
    return outputs;
  }

  /** Returns the memory of the weights. Every computation must run in its {@link ModelMemory#use}. */
  ModelMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    memory.close();
  }
}
