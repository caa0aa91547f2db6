package io.gill.lm;

import io.gill.Precision;
import io.gill.concurrent.ExclusiveUse;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageOutput;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A context of a {@link DecoderModel}. It caches keys, values and last hidden states, so that appending computes only
 * the new positions and {@link #truncate} computes nothing. Rejects a second thread; {@link #close} waits for a running
 * computation.
 */
final class DecoderContext implements LanguageContext {
  /** Number of positions whose logits are computed at a time while scoring: 13 MB with a vocabulary of 50,272. */
  private static final int SCORED_AT_ONCE = 64;

  private final DecoderModel model;
  private final KeyValueCache cache;
  private final ExclusiveUse use;

  DecoderContext(DecoderModel model, KeyValueCache cache) {
    this.model = model;
    this.cache = cache;
    use = new ExclusiveUse("context", cache::close);
  }

  @Override
  public int length() {
    use.checkOpen();
    model.memory().checkOpen();
    return cache.length();
  }

  @Override
  public LanguageOutput append(List<LanguageInput> inputs) {
    return use.run(() -> model.memory().use(() -> {
      int added = check(inputs);
      return added == 1 ? step(inputs) : read(inputs, added, state -> {});
    }));
  }

  /** Appends one position, in one pass with those that other contexts append at this moment. */
  private LanguageOutput step(List<LanguageInput> inputs) {
    int length = cache.length();
    Scope.compute("extending a context", () -> {
      cache.reserve(length + 1);
      return length;
    });
    LanguageInput input = inputs.stream().filter(some -> some.length() > 0).findFirst().orElseThrow();
    LanguageOutput output = model.steps().run(cache, input);
    model.outputs().finite("hidden states", output.hidden());
    model.outputs().finite("logits", output.logits());
    cache.setLength(length + 1);
    return output;
  }

  /** Appends inputs as {@link #append} does and passes on all hidden states (T, C). */
  LanguageOutput append(List<LanguageInput> inputs, Consumer<Tensor> eachState) {
    return use.run(() -> model.memory().use(() -> read(inputs, check(inputs), eachState)));
  }

  private LanguageOutput read(List<LanguageInput> inputs, int added, Consumer<Tensor> eachState) {
    return Scope.compute("reading with the language model", () -> {
      Tensor hidden = hidden(inputs, added, eachState); // (T, D)
      Tensor last = hidden.narrow(0, added - 1L, 1); // (1, D)
      LanguageOutput output = new LanguageOutput(
          model.outputs().finite("hidden states", hidden.toRows()),
          model.outputs().finite("logits", model.network().logits(last).toFloats()));
      cache.setLength(cache.length() + added);
      return output;
    });
  }

  @Override
  public float[] score(int[] ids) {
    List<LanguageInput> inputs = List.of(new LanguageInput.Tokens(ids));
    return use.run(() -> model.memory().use(() -> Scope.compute("scoring with the language model", () -> {
      check(inputs);
      int past = cache.length();
      Tensor hidden = hidden(inputs, ids.length, state -> {}); // (T, D)
      float[] scores = new float[ids.length];
      scores[0] = past == 0 ? Float.NaN : score(cache.hidden(past - 1), ids, 0, 1)[0];
      for (int start = 1; start < ids.length; start += SCORED_AT_ONCE) {
        int count = Math.min(SCORED_AT_ONCE, ids.length - start);
        float[] some = score(hidden.narrow(0, start - 1L, count), ids, start, count);
        System.arraycopy(some, 0, scores, start, count);
      }
      cache.setLength(past + ids.length);
      return scores;
    })));
  }

  /** Returns the log-probabilities of {@code count} tokens given the hidden states (count, D) before each. */
  private float[] score(Tensor hidden, int[] ids, int start, int count) {
    return Scope.compute("scoring with the language model", () -> {
      int vocabulary = model.vocabularySize();
      Tensor logits = model.network().logits(hidden).to(Precision.FLOAT32); // (count, vocabulary)
      long[] chosen = new long[count];
      Arrays.setAll(chosen, i -> (long) i * vocabulary + ids[start + i]);
      Tensor flat = logits.logSoftmax(-1).reshape(-1); // (count · vocabulary)
      return model.outputs().finite(
          "log-probabilities", flat.indexSelect(Tensor.of(chosen, count).toDeviceOf(flat)).toFloats());
    });
  }

  private Tensor hidden(List<LanguageInput> inputs, int added, Consumer<Tensor> eachState) {
    cache.reserve(cache.length() + added);
    List<Tensor> parts = new ArrayList<>();
    for (LanguageInput input : inputs) {
      if (input.length() > 0) {
        parts.add(model.embed(input));
      }
    }
    Tensor embeddings = parts.size() == 1 ? parts.get(0) : Tensor.cat(0, parts); // (T, D)
    Tensor hidden = model.network().decoder().apply(embeddings, cache, eachState); // (T, D)
    cache.appendHidden(hidden);
    return hidden;
  }

  /** Copies the keys and values of every layer, for {@link Inspection}. */
  Inspection.Cache copyCache() {
    return use.run(() -> model.memory().use(() -> Scope.compute("reading the cache", () -> {
      List<float[]> keys = new ArrayList<>();
      List<float[]> values = new ArrayList<>();
      for (int layer = 0; layer < model.network().decoder().shape().layers(); layer++) {
        keys.add(cache.keys(layer).toFloats());
        values.add(cache.values(layer).toFloats());
      }
      return new Inspection.Cache(keys, values);
    })));
  }

  /** Rejects inputs that cannot be appended before anything changes. Returns the number of positions. */
  private int check(List<LanguageInput> inputs) {
    long added = 0;
    for (LanguageInput input : inputs) {
      if (input instanceof LanguageInput.Tokens tokens) {
        model.checkIds(tokens.ids());
      } else if (input instanceof LanguageInput.Embeddings embeddings) {
        checkRows(embeddings.rows(), model.embeddingSize());
      }
      added += input.length();
    }
    if (added == 0) {
      throw new IllegalArgumentException("nothing to read: the inputs hold no position");
    }
    if (cache.length() + added > model.maxPositions()) {
      throw new IllegalArgumentException("the context holds " + cache.length() + " positions and " + added
          + " more do not fit into the model's " + model.maxPositions());
    }
    return (int) added;
  }

  private static void checkRows(float[][] rows, int width) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != width) {
        throw new IllegalArgumentException(
            "embedding " + i + " is " + rows[i].length + " wide, but the model reads " + width);
      }
    }
  }

  @Override
  public void truncate(int length) {
    use.run(() -> model.memory().use(() -> {
      if (length < 0 || length > cache.length()) {
        throw new IllegalArgumentException(
            "cannot truncate to " + length + " positions: the context holds " + cache.length());
      }
      cache.setLength(length);
      return length;
    }));
  }

  @Override
  public Optional<LanguageContext> copy(int positions) {
    return Optional.of(use.run(() -> model.memory().use(() -> {
      if (positions < 0 || positions > cache.length()) {
        throw new IllegalArgumentException(
            "cannot copy " + positions + " positions: the context holds " + cache.length());
      }
      return new DecoderContext(model, cache.copy(positions));
    })));
  }

  @Override
  public void close() {
    use.close();
  }
}
