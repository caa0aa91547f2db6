package io.gill.training;

import com.google.common.primitives.Floats;
import io.gill.GillException;
import io.gill.image.Images;
import io.gill.projection.ModelArgs;
import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Converts examples to the model's inputs. Since the vision encoder is frozen, every picture is encoded once and its
 * features are kept in a file. Examples whose picture or target cannot be read are reported once and skipped.
 */
final class Examples implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final VisionEncoder vision;
  private final GenerationTargets targets;
  private final ModelArgs args;
  private final int maxLength;
  private final boolean readsTargets;
  private final Consumer<SkippedExample> onSkipped;
  private final FeatureFile features = new FeatureFile();
  private final Set<TrainingExample> bad = new HashSet<>();

  Examples(
      Tokenizer tokenizer,
      VisionEncoder vision,
      GenerationTargets targets,
      ModelArgs args,
      int maxLength,
      boolean readsTargets,
      Consumer<SkippedExample> onSkipped) {
    this.tokenizer = tokenizer;
    this.vision = vision;
    this.targets = targets;
    this.args = args;
    this.maxLength = maxLength;
    this.readsTargets = readsTargets;
    this.onSkipped = onSkipped;
  }

  /**
   * A converted example.
   *
   * @param pooled (P)
   * @param target (Q · C), or null if the example is not for pictures or targets are not used
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  record Ready(TrainingExample example, TokenizedText text, float[] pooled, float @Nullable [] target) {}

  /** Converts the usable examples, in order. */
  List<Ready> prepare(List<TrainingExample> examples) {
    List<Ready> ready = new ArrayList<>();
    for (TrainingExample example : examples) {
      if (bad.contains(example)) {
        continue;
      }
      TokenizedText text;
      float @Nullable [] target;
      float @Nullable [] encoded;
      try {
        // The target first: without it, a picture need not be encoded, which takes much longer.
        target = readsTargets && example.use().pictures() ? target(example) : null;
        encoded = features.has(example.image()) ? null : encode(example.image());
        text = TokenizedText.of(tokenizer, example.context(), example.text(), maxLength);
      } catch (GillException e) {
        skip(example, String.valueOf(e.getMessage()));
        continue;
      }
      if (encoded != null) {
        features.put(example.image(), encoded);
      }
      ready.add(new Ready(example, text, encoded == null ? features.get(example.image()) : encoded, target));
    }
    return ready;
  }

  /** Encodes a picture alone. In a batch, the last digit of its features would depend on the size of the batch. */
  private float[] encode(Path image) {
    return vision.encode(List.of(Images.read(image)))[0];
  }

  private float[] target(TrainingExample example) {
    float[][] rows = targets.of(example);
    int count = args.conditioningRows();
    int width = args.conditioningWidth();
    if (rows.length < count) {
      throw misfit(rows.length, rows.length == 0 ? 0 : rows[0].length);
    }
    float[] flat = new float[Math.multiplyExact(count, width)];
    for (int i = 0; i < count; i++) {
      float[] row = i < args.numClipTokens() ? rows[i] : rows[rows.length - 1]; // the pooled vector is the last row
      if (row.length != width) {
        throw misfit(rows.length, row.length);
      }
      System.arraycopy(row, 0, flat, i * width, width);
    }
    for (float value : flat) {
      if (!Float.isFinite(value)) {
        throw new GillException("its target holds " + value);
      }
    }
    return flat;
  }

  private GillException misfit(int count, int width) {
    return new GillException("its target is " + count + " by " + width + ", but the model maps to "
        + args.conditioningRows() + " by " + args.conditioningWidth() + " (num_clip_tokens"
        + (args.genPooledDim() == 0 ? "" : " and the pooled vector") + ", gen_emb_dim)");
  }

  private void skip(TrainingExample example, String reason) {
    if (bad.add(example)) {
      onSkipped.accept(new SkippedExample(example.origin(), reason));
    }
  }

  @Override
  public void close() {
    features.close();
  }

  /** Returns the examples of one kind of loss as a batch, or null if there are none. */
  static Losses.@Nullable Batch captions(List<Ready> ready) {
    List<Ready> some = ready.stream().filter(one -> one.example.use().captions()).toList();
    return some.isEmpty() ? null : new Losses.Batch(texts(some), pooled(some), new float[0]);
  }

  /** Returns the examples of one kind of loss as a batch, or null if there are none. */
  static Losses.@Nullable Batch requests(List<Ready> ready) {
    List<Ready> some = ready.stream().filter(one -> one.example.use().pictures()).toList();
    return some.isEmpty() ? null : new Losses.Batch(texts(some), pooled(some), targets(some));
  }

  /** Returns the targets (N · Q · C); empty if targets are not used. */
  private static float[] targets(List<Ready> ready) {
    List<float[]> all = ready.stream().map(Ready::target).filter(Objects::nonNull).toList();
    return Floats.concat(all.toArray(float[][]::new));
  }

  private static List<TokenizedText> texts(List<Ready> ready) {
    return ready.stream().map(Ready::text).toList();
  }

  private static float[][] pooled(List<Ready> ready) {
    return ready.stream().map(Ready::pooled).toArray(float[][]::new);
  }
}
