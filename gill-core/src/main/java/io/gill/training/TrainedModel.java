package io.gill.training;

import com.google.common.primitives.Floats;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.concurrent.Closing;
import io.gill.lm.DecoderSnapshot;
import io.gill.projection.ModelArgs;
import io.gill.projection.ProjectionNetwork;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The frozen language model and the trained layers around it, on tensors. Axes: N examples, B sequences, L positions, D
 * the language model's width, P the vision encoder's, V the vocabulary.
 */
final class TrainedModel implements AutoCloseable {
  /** Prefix of every name in a checkpoint. */
  static final String PREFIX = "model.";

  static final String IMAGE_TOKENS = PREFIX + "input_embeddings.weight";
  static final String LOGIT_SCALE = PREFIX + "logit_scale";

  final ModelArgs args;
  final Parameters parameters;
  final FrozenDecoder language;
  final ProjectionNetwork projections;
  final Tensor logitScale;
  private final Device device;
  private final Scope owner;
  private final TensorFile file;

  private TrainedModel(
      ModelArgs args,
      Parameters parameters,
      FrozenDecoder language,
      ProjectionNetwork projections,
      Tensor logitScale,
      Settings settings,
      Scope owner,
      TensorFile file) {
    this.args = args;
    this.parameters = parameters;
    this.language = language;
    this.projections = projections;
    this.logitScale = logitScale;
    this.device = settings.device;
    this.owner = owner;
    this.file = file;
  }

  /**
   * Settings and initial values.
   *
   * @param precision precision of the frozen model; the trained layers have 32 bits
   * @param checkpoint the trained layers to start from, or null for new ones
   * @param mapperWidth width of a new mapper
   * @param seed seed of new layers
   * @param changingTable whether {@link FrozenDecoder#scaleFrozenRows} will be called
   */
  record Settings(
      Device device,
      Precision precision,
      @Nullable Path checkpoint,
      int mapperWidth,
      long seed,
      boolean changingTable) {}

  /**
   * Loads the language model and loads or creates the trained layers.
   *
   * @param language the snapshot of the language model
   * @param vocabularySize the tokenizer's vocabulary size
   * @param visionWidth P
   */
  static TrainedModel load(
      DecoderSnapshot language, ModelArgs args, int vocabularySize, int visionWidth, Settings settings) {
    int width = language.shape().width(); // D
    Parameters parameters = Parameters.on(settings.device);
    Scope owner = Scope.owner();
    TensorFile file = null;
    try {
      if (settings.checkpoint == null) {
        InitialProjections.addTo(parameters, args, visionWidth, width, settings.mapperWidth, settings.seed);
      } else {
        addCheckpoint(parameters, settings.checkpoint, args);
      }
      Weights w = Weights.of(parameters);
      ProjectionNetwork projections = ProjectionNetwork.of(w.at("model"), args);
      Tensor rows = w.take(IMAGE_TOKENS, args.numTokens(), width);
      Tensor scale = w.take(LOGIT_SCALE);
      w.finish("GILL's trained parts" + (settings.checkpoint == null ? "" : " in " + settings.checkpoint));
      checkWidths(projections, width, visionWidth, settings);
      file = Snapshot.open(language.folder());
      TensorFile weights = file;
      // Recorded, so that gradients can flow through the frozen weights.
      FrozenDecoder frozen = Scope.record("loading the language model", () -> FrozenDecoder.load(
          language, Weights.of(weights, owner, settings.device, settings.precision), vocabularySize, rows,
          settings.changingTable, owner));
      return new TrainedModel(args, parameters, frozen, projections, scale, settings, owner, file);
    } catch (RuntimeException | Error e) {
      Closing.closeAfter(e, Arrays.asList(file, owner, parameters));
      throw e;
    }
  }

  private static void checkWidths(
      ProjectionNetwork projections, int width, int visionWidth, Settings settings) {
    if (projections.languageWidth() != width || projections.visionWidth() != visionWidth) {
      throw new GillException(settings.checkpoint + " belongs to a language model of width "
          + projections.languageWidth() + " and a vision encoder of width " + projections.visionWidth()
          + ", but these are " + width + " and " + visionWidth + " wide: it is a checkpoint of another architecture");
    }
  }

  /** Copies the trained layers. Of an unpruned embedding table, only the last rows are copied. */
  private static void addCheckpoint(Parameters parameters, Path path, ModelArgs args) {
    // Windows does not replace a mapped file, and the checkpoint may be one that this training writes.
    try (TensorFile checkpoint = TensorFile.withoutMapping(() -> TensorFile.open(path))) {
      for (String key : checkpoint.names()) {
        if (!key.startsWith(PREFIX) || key.startsWith(PREFIX + "lm.") || key.startsWith(PREFIX + "visual_model.")) {
          continue; // the frozen models and the decision model have files of their own
        }
        long[] shape = checkpoint.get(key).shape();
        if (!checkpoint.get(key).dtype().isFloatingPoint()) {
          throw new GillException(path + ": " + key + " does not hold floating-point numbers");
        }
        long surplus = key.equals(IMAGE_TOKENS) && shape.length == 2 ? shape[0] - args.numTokens() : 0;
        if (surplus > 0) {
          parameters.add(key, lastRows(checkpoint.get(key), args.numTokens()), args.numTokens(), shape[1]);
        } else {
          parameters.add(key, checkpoint.get(key).toFloatArray(), shape);
        }
      }
    }
  }

  /** Reads the last rows of a table that may be larger than an array. */
  private static float[] lastRows(StoredTensor table, int count) {
    long first = table.shape()[0] - count;
    return Floats.concat(IntStream.range(0, count)
        .mapToObj(i -> table.select(first + i).toFloatArray()).toArray(float[][]::new));
  }

  /** Returns pooled images as a tensor: (N, P). */
  Tensor pooled(float[][] rows) {
    return Tensor.ofRows(rows).to(Precision.FLOAT32, device);
  }

  /** Returns targets (N, R, C) as a tensor, R = Q or, with a pooled vector, Q + 1. */
  Tensor conditioning(float[] values, int examples) {
    return Tensor.of(values, examples, args.conditioningRows(), args.conditioningWidth()).to(Precision.FLOAT32, device);
  }

  /**
   * The language model's input and output for a batch.
   *
   * @param embeddings (B · L, D) the input, in the model's precision
   * @param hidden (B · L, D) the last hidden states, in the model's precision
   */
  record Reading(Tensor embeddings, Tensor hidden) {}

  /**
   * Reads sequences.
   *
   * @param sequences {@link Sequences#trimmed trimmed}
   * @param visual (N, n_visual_tokens, D), or null if no sequence has an image
   */
  Reading read(Sequences sequences, @Nullable Tensor visual) {
    int[] sources = sequences.rows().stream().flatMapToInt(row -> Arrays.stream(row.sources())).toArray();
    int[] ids = Arrays.stream(sources).filter(source -> source >= 0).toArray();
    Tensor tokens = language.embeddings(ids); // (n, D)
    Tensor embeddings = tokens;
    if (visual != null) {
      long count = visual.size(0) * visual.size(1);
      Tensor all = Tensor.cat(0, visual.reshape(count, -1).to(tokens), tokens); // (N · n_visual_tokens + n, D)
      long[] places = new long[sources.length];
      long next = count;
      for (int i = 0; i < places.length; i++) {
        places[i] = sources[i] < 0 ? -1 - sources[i] : next++;
      }
      embeddings = all.indexSelect(indices(places)); // (B · L, D)
    }
    int b = sequences.rows().size();
    Tensor hidden = language.hidden(embeddings.reshape(b, sequences.length(), -1)); // (B, L, D)
    return new Reading(embeddings, hidden.reshape(sources.length, -1));
  }

  Tensor indices(long[] values) {
    return Tensor.of(values, values.length).toDeviceOf(logitScale);
  }

  /** Scores the labels with the language model. */
  FrozenDecoder.Scores scores(Reading reading, Sequences sequences, boolean recorded) {
    Tensor hidden = reading.hidden.indexSelect(indices(sequences.predictingPlaces())); // (m, D)
    return language.score(hidden, sequences.targets(), recorded);
  }

  /** Returns the retrieval embeddings of [IMG0]: (N, E), normalised. */
  Tensor queries(Reading reading, Sequences sequences) {
    long[] places = Arrays.stream(sequences.imageTokens()).asLongStream().toArray();
    Tensor hidden = reading.hidden.indexSelect(indices(places)).to(Precision.FLOAT32); // (N, D)
    return normalized(projections.queryEmbeddings(hidden)); // (N, E)
  }

  /** Returns the retrieval embeddings of images: (N, E), normalised. */
  Tensor images(Tensor pooled) {
    return normalized(projections.imageEmbeddings(pooled));
  }

  static Tensor normalized(Tensor rows) {
    return rows.div(rows.norm(1));
  }

  /** Returns the conditioning from the [IMG] tokens: (N, R, C). */
  Tensor requests(Reading reading, Sequences sequences) {
    int count = args.numTokens();
    long[] places = Arrays.stream(sequences.imageTokens())
        .asLongStream()
        .flatMap(place -> LongStream.range(place, place + count))
        .toArray();
    Tensor index = indices(places);
    long n = sequences.imageTokens().length;
    Tensor hidden = reading.hidden.indexSelect(index).to(Precision.FLOAT32).reshape(n, count, -1); // (N, T, D)
    Tensor embeddings = reading.embeddings.indexSelect(index).to(Precision.FLOAT32).reshape(n, count, -1); // (N, T, D)
    return projections.conditioning(hidden, embeddings);
  }

  /**
   * Continues sequences greedily without [IMG] tokens.
   *
   * @param pooled (N, P)
   * @param prompts the tokens after each image, the same number for each
   * @param words number of tokens to generate
   * @return the generated tokens for each image
   */
  int[][] describe(Tensor pooled, int[][] prompts, int words) {
    int n = (int) pooled.size(0);
    int[][] written = new int[n][words];
    int plain = language.vocabularySize() - args.numTokens(); // the [IMG] tokens are last
    Tensor start = projections.visualTokens(pooled);
    int[] all = Arrays.stream(prompts).flatMapToInt(Arrays::stream).toArray();
    Tensor question = language.embeddings(all).reshape(n, prompts[0].length, -1); // (N, T, D)
    Tensor read = Tensor.cat(1, start.to(question), question); // (N, n_visual_tokens + T, D)
    for (int i = 0; i < words; i++) {
      Tensor before = read;
      Tensor next = Scope.tidy(() ->
          language.logits(language.hidden(before).select(1, -1)).narrow(1, 0, plain).topk(1)); // (N, 1)
      int[] ids = Arrays.stream(next.toLongs()).mapToInt(Math::toIntExact).toArray();
      next.close();
      for (int k = 0; k < n; k++) {
        written[k][i] = ids[k];
      }
      read = Tensor.cat(1, before, language.embeddings(ids).unsqueeze(1)); // (N, one more, D)
      before.close();
    }
    return written;
  }

  @Override
  public void close() {
    Closing.closeAll(List.of(file, owner, parameters));
  }
}
