package io.gill.projection;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.stage.Conditioning;
import io.gill.stage.GenerationMapper;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.OutputCheck;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.VisualProjection;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The trained parts of a model (paper, section 3), from {@code pretrained_ckpt.pth.tar} or {@code gill.safetensors}.
 * Its stages share its memory, are thread-safe, and are closed with it.
 */
public final class Projections implements AutoCloseable {
  private static final String DISTRIBUTED_PREFIX = "module.";

  /** Other parts a checkpoint may contain: the frozen models, which are loaded from their own snapshots. */
  private static final List<String> PASSED_OVER = List.of("model.lm.", "model.visual_model.");

  private static final String DECISION_MODEL = "decision_model.";

  /** Trained factors on cosine similarities are about e³ to e⁵; e⁸⁹ overflows. */
  private static final float MAX_LOGIT_SCALE = 20;

  /** Number of conditioning tokens the published code passes to the image generator, padded with zeros. */
  private static final int CONDITIONING_TOKENS = ModelArgs.MAX_CLIP_TOKENS;

  final ModelMemory memory;
  private final Device device;
  private final Precision precision;
  final ProjectionNetwork network;
  private final float logitScale;
  private final float[][] imageTokenRows;
  private final int pooledWidth;
  private final Optional<DecisionClassifier> decisionModel;

  private Projections(Weights w, ModelArgs args, ModelMemory memory, Device device, Precision precision,
      @Nullable Weights decision) {
    this.memory = memory;
    this.device = device;
    this.precision = precision;
    network = ProjectionNetwork.of(w, args);
    pooledWidth = args.genPooledDim();
    logitScale = w.scalar("logit_scale");
    // The [IMG] embeddings are the last rows, whether or not the file is pruned.
    imageTokenRows = w.lastRows("input_embeddings.weight", args.numTokens(), network.languageWidth());
    decisionModel = Optional.ofNullable(decision)
        .map(weights -> DecisionClassifier.of(weights, network.languageWidth(), memory, device, precision));
  }

  /**
   * Loads the trained parts without a decision model.
   *
   * @param checkpoint path of the file
   * @param args the widths the weights must have
   * @param device device to compute on
   * @param precision precision to compute in
   * @return the parts, to be closed by the caller
   * @throws GillException if keys are missing or unexpected, or have the wrong shape; the message names all of them
   */
  public static Projections load(Path checkpoint, ModelArgs args, Device device, Precision precision) {
    return load(checkpoint, args, device, precision, false);
  }

  /**
   * Loads the trained parts.
   *
   * @param checkpoint path of the file
   * @param args the widths the weights must have
   * @param device device to compute on
   * @param precision precision to compute in
   * @param decides whether to load the decision model, if the file has one: {@code decision_model.1.weight} and
   *     {@code .bias}
   * @return the parts, to be closed by the caller
   * @throws GillException if keys are missing or unexpected, or have the wrong shape; the message names all of them
   */
  public static Projections load(
      Path checkpoint, ModelArgs args, Device device, Precision precision, boolean decides) {
    Torch.require(device);
    TensorFile file = TensorFile.open(checkpoint);
    return ModelMemory.load("set of projections", file, memory -> {
      Weights w = Weights.of(file, memory.owner(), device, precision);
      boolean distributed = file.names().stream().anyMatch(key -> key.startsWith(DISTRIBUTED_PREFIX));
      String prefix = distributed ? DISTRIBUTED_PREFIX : "";
      boolean decision = decides && file.names().stream().anyMatch(key -> key.startsWith(prefix + DECISION_MODEL));
      Projections parts = new Projections(w.at(prefix + "model"), args, memory, device, precision,
          decision ? w.at(prefix + DECISION_MODEL + DecisionClassifier.LAYER) : null);
      PASSED_OVER.forEach(name -> w.ignore(key -> key.startsWith(prefix + name)));
      w.ignore(key -> !decision && key.startsWith(prefix + DECISION_MODEL));
      w.finish("GILL's trained parts");
      if (!Float.isFinite(parts.logitScale) || Math.abs(parts.logitScale) > MAX_LOGIT_SCALE) {
        throw new GillException(checkpoint + ": model.logit_scale is " + parts.logitScale + ", but it must lie within ±"
            + MAX_LOGIT_SCALE + ": the file is damaged");
      }
      return parts;
    });
  }

  /** Returns the name of a tensor without the prefix that distributed training adds. */
  static String withoutPrefix(String key) {
    return key.startsWith(DISTRIBUTED_PREFIX) ? key.substring(DISTRIBUTED_PREFIX.length()) : key;
  }

  /** Returns whether a tensor belongs to a frozen model, given its name without prefix. */
  static boolean isFrozen(String name) {
    return PASSED_OVER.stream().anyMatch(name::startsWith);
  }

  /**
   * {@code visual_embeddings}: maps an image to visual tokens.
   *
   * @return the stage
   */
  public VisualProjection visualProjection() {
    return new VisualProjection() {
      @Override
      public float[][] project(float[] pooled) {
        return compute("visual projection", "projecting an image", () ->
            network.visualTokens(row(pooled, network.visionWidth())).select(0, 0)); // (1, P) -> (n_visual_tokens, D)
      }

      @Override
      public int visualTokens() {
        return network.visualTokens();
      }
    };
  }

  /**
   * {@code visual_fc}: maps an image into the retrieval space.
   *
   * @return the stage
   */
  public ImageEmbedder imageEmbedder() {
    return new ImageEmbedder() {
      @Override
      public float[] embed(float[] pooled) {
        return compute("image embedder", "embedding an image", () ->
            network.imageEmbeddings(row(pooled, network.visionWidth())))[0]; // (1, P) -> (1, E)
      }

      @Override
      public float logitScale() {
        return logitScale;
      }
    };
  }

  /**
   * {@code ret_text_hidden_fcs.0}: maps [IMG0] into the retrieval space.
   *
   * @return the stage
   */
  public QueryEmbedder queryEmbedder() {
    return hidden -> compute("query embedder", "embedding a request", () ->
        network.queryEmbeddings(row(hidden, network.languageWidth())))[0]; // (1, D) -> (1, E)
  }

  /**
   * {@code gen_text_hidden_fcs.0}: GILLMapper or the linear mapping. Fewer than 77 conditioning tokens are padded with
   * zeros, as published.
   *
   * @return the stage
   */
  public GenerationMapper generationMapper() {
    return (hidden, embeddings) -> {
      float[][] rows = compute("generation mapper", "mapping a request", () ->
          network.conditioning(batch(hidden), batch(embeddings)).select(0, 0)); // (1, T, D) -> (Q or Q + 1, C)
      int tokens = pooledWidth == 0 ? rows.length : rows.length - 1;
      float[][] padded = new float[CONDITIONING_TOKENS][rows[0].length]; // (77, C)
      System.arraycopy(rows, 0, padded, 0, tokens);
      return new Conditioning(padded, Arrays.copyOf(rows[rows.length - 1], pooledWidth));
    };
  }

  /**
   * The decision model in the file of the trained parts.
   *
   * @return the stage; empty if the file has none or it was not requested
   */
  public Optional<DecisionClassifier> decisionModel() {
    return decisionModel;
  }

  /**
   * {@code logit_scale}.
   *
   * @return the logarithm of the factor on cosine similarities
   */
  public float logitScale() {
    return logitScale;
  }

  /**
   * Returns the required width of the vision encoder's output.
   *
   * @return P, of {@code visual_fc.weight}
   */
  public long visionWidth() {
    return network.visionWidth();
  }

  /**
   * Returns the required width of the language model's embeddings.
   *
   * @return D, of {@code input_embeddings.weight}
   */
  public long languageWidth() {
    return network.languageWidth();
  }

  /**
   * Returns the trained embeddings of [IMG0]…: the last rows of {@code input_embeddings.weight}.
   *
   * @return (num_tokens, D); must not be modified
   */
  public float[][] imageTokenRows() {
    return imageTokenRows;
  }

  private Tensor row(float[] values, long width) {
    checkWidth(values, width);
    return Tensor.of(values, 1, values.length).to(precision, device);
  }

  Tensor batch(float[][] rows) {
    if (rows.length != imageTokenRows.length) {
      throw new IllegalArgumentException(
          rows.length + " [IMG] tokens were given to a model of " + imageTokenRows.length);
    }
    for (float[] row : rows) {
      checkWidth(row, network.languageWidth());
    }
    return Tensor.ofRows(rows).unsqueeze(0).to(precision, device);
  }

  private static void checkWidth(float[] values, long width) {
    if (values.length != width) {
      throw new IllegalArgumentException(
          "a vector of " + values.length + " numbers was given to a layer that takes " + width);
    }
  }

  private float[][] compute(String stage, String what, Supplier<Tensor> body) {
    OutputCheck outputs = new OutputCheck(stage, precision);
    return memory.use(() -> Scope.compute(what, () -> outputs.finite("output", body.get().toRows())));
  }

  @Override
  public void close() {
    memory.close();
  }
}
