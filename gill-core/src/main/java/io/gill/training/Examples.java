package io.gill.training;

import io.gill.GillException;
import io.gill.image.Images;
import io.gill.projection.ModelArgs;
import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns examples into what the model computes with. The vision encoder is frozen, so that every picture is encoded once
 * and its features are kept. Examples whose picture or target cannot be read are reported once and skipped.
 */
final class Examples {
  private final Tokenizer tokenizer;
  private final VisionEncoder vision;
  private final GenerationTargets targets;
  private final ModelArgs args;
  private final int maxLength;
  private final Consumer<SkippedExample> onSkipped;
  private final Map<Path, float[]> features = new HashMap<>();
  private final Set<TrainingExample> bad = new HashSet<>();

  Examples(
      Tokenizer tokenizer,
      VisionEncoder vision,
      GenerationTargets targets,
      ModelArgs args,
      int maxLength,
      Consumer<SkippedExample> onSkipped) {
    this.tokenizer = tokenizer;
    this.vision = vision;
    this.targets = targets;
    this.args = args;
    this.maxLength = maxLength;
    this.onSkipped = onSkipped;
  }

  /**
   * An example that is ready.
   *
   * @param pooled (P)
   * @param target (Q · C), or null where the example is not for pictures
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  record Ready(TrainingExample example, TokenizedText text, float[] pooled, float @Nullable [] target) {}

  /** Those that can be used, in order. */
  List<Ready> prepare(List<TrainingExample> examples) {
    encode(examples);
    List<Ready> ready = new ArrayList<>();
    for (TrainingExample example : examples) {
      float[] pooled = features.get(example.image());
      if (pooled == null || bad.contains(example)) {
        continue;
      }
      try {
        float[] target = example.use().pictures() ? target(example) : null;
        ready.add(new Ready(
            example, TokenizedText.of(tokenizer, example.context(), example.text(), maxLength), pooled, target));
      } catch (GillException e) {
        skip(example, String.valueOf(e.getMessage()));
      }
    }
    return ready;
  }

  /** One picture at a time: in a batch its features depend, in the last digit, on how many others there are. */
  private void encode(List<TrainingExample> examples) {
    for (TrainingExample example : examples) {
      if (!features.containsKey(example.image()) && !bad.contains(example)) {
        try {
          features.put(example.image(), vision.encode(List.of(Images.read(example.image())))[0]);
        } catch (GillException e) {
          skip(example, String.valueOf(e.getMessage()));
        }
      }
    }
  }

  private float[] target(TrainingExample example) {
    float[][] rows = targets.of(example);
    int count = args.numClipTokens();
    int width = args.genEmbDim();
    if (rows.length < count || rows[0].length != width) {
      throw new GillException("its target is " + rows.length + " by " + (rows.length == 0 ? 0 : rows[0].length)
          + ", but the model maps to " + count + " by " + width + " (num_clip_tokens, gen_emb_dim)");
    }
    float[] flat = new float[Math.multiplyExact(count, width)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(rows[i], 0, flat, i * width, width);
    }
    for (float value : flat) {
      if (!Float.isFinite(value)) {
        throw new GillException("its target holds " + value);
      }
    }
    return flat;
  }

  private void skip(TrainingExample example, String reason) {
    if (bad.add(example)) {
      onSkipped.accept(new SkippedExample(example.origin(), reason));
    }
  }

  /** The examples of one kind of loss as a batch, or null if there are none. */
  static Losses.@Nullable Batch captions(List<Ready> ready) {
    List<Ready> some = ready.stream().filter(one -> one.example.use().captions()).toList();
    return some.isEmpty() ? null : new Losses.Batch(texts(some), pooled(some), new float[0]);
  }

  /** The examples of one kind of loss as a batch, or null if there are none. */
  static Losses.@Nullable Batch requests(List<Ready> ready) {
    List<Ready> some = ready.stream().filter(one -> one.target != null).toList();
    if (some.isEmpty()) {
      return null;
    }
    int length = Objects.requireNonNull(some.get(0).target).length;
    float[] targets = new float[Math.multiplyExact(some.size(), length)];
    for (int i = 0; i < some.size(); i++) {
      System.arraycopy(Objects.requireNonNull(some.get(i).target), 0, targets, i * length, length);
    }
    return new Losses.Batch(texts(some), pooled(some), targets);
  }

  private static List<TokenizedText> texts(List<Ready> ready) {
    return ready.stream().map(Ready::text).toList();
  }

  private static float[][] pooled(List<Ready> ready) {
    return ready.stream().map(Ready::pooled).toArray(float[][]::new);
  }
}
