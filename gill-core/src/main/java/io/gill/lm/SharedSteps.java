package io.gill.lm;

import io.gill.concurrent.Batching;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageOutput;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes single positions of several contexts in one pass over the weights: one position needs all weights, and so do
 * sixteen. Thread-safe. Axes: B contexts, D the embeddings' width, V the vocabulary.
 */
final class SharedSteps {
  /** Number of positions that are computed at a time: as many as take about as long as one. */
  private static final int MOST = 16;

  private final DecoderModel model;
  private final Batching<Step, LanguageOutput> batching = new Batching<>(MOST, this::compute);

  SharedSteps(DecoderModel model) {
    this.model = model;
  }

  record Step(KeyValueCache cache, LanguageInput input) {}

  /**
   * Computes one position of a context. The caller sets the new length.
   *
   * @param cache has room for it; used by no other thread meanwhile
   * @param input one position
   * @return the output, not yet checked
   */
  LanguageOutput run(KeyValueCache cache, LanguageInput input) {
    return batching.call(new Step(cache, input));
  }

  List<LanguageOutput> compute(List<Step> batch) {
    return Scope.compute("reading with the language model", () -> {
      Tensor hidden = hidden(batch); // (B, D)
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).cache().appendHidden(hidden.narrow(0, i, 1));
      }
      float[][] states = hidden.toRows();
      float[][] logits = model.network().logits(hidden).toRows(); // (B, V)
      List<LanguageOutput> outputs = new ArrayList<>();
      for (int i = 0; i < states.length; i++) {
        outputs.add(new LanguageOutput(new float[][] {states[i]}, logits[i]));
      }
      return outputs;
    });
  }

  private Tensor hidden(List<Step> batch) {
    Tensor[] rows = batch.stream().map(step -> model.embed(step.input())).toArray(Tensor[]::new); // (1, D) each
    Decoder decoder = model.network().decoder();
    if (rows.length == 1) {
      return decoder.apply(rows[0], batch.get(0).cache(), state -> {});
    }
    Past past = new SharedPast(batch.stream().map(Step::cache).toList());
    return decoder.apply(Tensor.cat(0, rows).unsqueeze(1), past, state -> {}).reshape(rows.length, -1);
  }
}
