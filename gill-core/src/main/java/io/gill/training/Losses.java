package io.gill.training;

import io.gill.torch.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The losses of a batch (paper, sections 3.1 and 3.2):
 *
 * <pre>L = a·CE_cap + r·[½·CE_ret + ½(CE(S) + CE(Sᵀ))] + g·[½·CE_gen + mean‖target − predicted‖₂]</pre>
 *
 * where S holds e^logit_scale times the cosine similarities of all images and requests in the batch.
 */
final class Losses {
  private final TrainedModel model;
  private final Sequences.Vocabulary vocabulary;
  private final Weights weights;

  Losses(TrainedModel model, Sequences.Vocabulary vocabulary, Weights weights) {
    this.model = model;
    this.vocabulary = vocabulary;
    this.weights = weights;
  }

  /** The factors a, r and g. */
  record Weights(double captioning, double retrieval, double generation) {}

  /** The passes that join neighbouring examples. */
  record Joins(boolean captioning, boolean retrieval, boolean generation) {}

  /**
   * Examples that take part in one kind of loss.
   *
   * @param texts (N)
   * @param pooled (N, P)
   * @param targets (N · Q · C); empty for captioning, or if generation has no weight
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  record Batch(List<TokenizedText> texts, float[][] pooled, float[] targets) {}

  /** The sum, which has gradients, and its parts. */
  record Result(Tensor loss, Parts parts) {}

  /** See {@link StepMetrics}. */
  record Parts(
      double loss,
      double captioning,
      double retrieval,
      double generation,
      double contrastive,
      double conditioning,
      double accuracy1,
      double accuracy5,
      double textToImage1,
      double imageToText1,
      double visualNorm) {}

  /**
   * Computes all losses.
   *
   * @param captions the examples that captioning learns from, or null
   * @param requests the examples that retrieval and generation learn from, or null
   * @return the losses, or null if there are no examples
   */
  @Nullable Result of(@Nullable Batch captions, @Nullable Batch requests, Joins joins) {
    Captioning captioning = captions == null ? null : captioning(captions, joins.captioning);
    Requests others = requests == null ? null : requests(requests, joins);
    Tensor loss = sum(captioning == null ? null : captioning.loss, others == null ? null : others.loss);
    if (loss == null) {
      return null;
    }
    return new Result(loss, new Parts(
        number(loss),
        captioning == null ? Double.NaN : number(captioning.loss),
        others == null ? Double.NaN : number(others.retrieval),
        others == null || others.generation == null ? Double.NaN : number(others.generation.entropy),
        others == null ? Double.NaN : number(others.contrastive),
        others == null || others.generation == null ? Double.NaN : number(others.generation.conditioning),
        captioning == null ? Double.NaN : captioning.accuracy1,
        captioning == null ? Double.NaN : captioning.accuracy5,
        others == null ? Double.NaN : others.textToImage1,
        others == null ? Double.NaN : others.imageToText1,
        captioning == null ? Double.NaN : captioning.visualNorm));
  }

  private static @Nullable Tensor sum(@Nullable Tensor a, @Nullable Tensor b) {
    return a == null ? b : b == null ? a : a.add(b);
  }

  static double number(Tensor one) {
    return one.toFloats()[0];
  }

  private record Captioning(Tensor loss, double accuracy1, double accuracy5, double visualNorm) {}

  private @Nullable Captioning captioning(Batch batch, boolean join) {
    Tensor visual = model.projections.visualTokens(model.pooled(batch.pooled)); // (N, n_visual_tokens, D)
    Sequences sequences = Sequences.captioning(
        batch.texts, model.args.nVisualTokens(), vocabulary, joins(batch, join)).trimmed(0);
    if (sequences.targets().length == 0) {
      return null; // [IMG] tokens have overwritten the whole text
    }
    FrozenDecoder.Scores scores = model.scores(model.read(sequences, visual), sequences, true);
    return new Captioning(scores.loss().mul(weights.captioning), percentBelow(scores.ranks(), 1),
        percentBelow(scores.ranks(), 5), number(visual.norm(-1).mean()));
  }

  private record Requests(
      Tensor loss,
      Tensor retrieval,
      Tensor contrastive,
      @Nullable Generation generation,
      double textToImage1,
      double imageToText1) {}

  /** The two parts of the generation loss, scaled. */
  private record Generation(Tensor entropy, Tensor conditioning) {}

  private Requests requests(Batch batch, Joins joins) {
    boolean join = joins(batch, joins.retrieval);
    Sequences asked = Sequences.requests(batch.texts, vocabulary, join).trimmed(model.args.numTokens());
    TrainedModel.Reading reading = model.read(asked, null);
    Tensor entropy = model.scores(reading, asked, true).loss();

    Tensor images = model.images(model.pooled(batch.pooled)); // (N, E)
    Tensor queries = model.queries(reading, asked); // (N, E)
    Tensor similarity = images.mul(model.logitScale.exp()).matmul(queries.transpose(0, 1)); // S: (N, N)
    Tensor transposed = similarity.transpose(0, 1);
    long[] own = IntStream.range(0, batch.texts.size()).asLongStream().toArray();
    Tensor contrastive = crossEntropy(transposed, own).add(crossEntropy(similarity, own)).mul(0.5)
        .mul(weights.retrieval);

    Tensor retrieval = entropy.mul(0.5 * weights.retrieval);
    Tensor loss = retrieval.add(contrastive);
    Generation generation = null;
    if (weights.generation > 0) {
      // The passes have the same input if both join or neither does.
      boolean joinGeneration = joins(batch, joins.generation);
      generation = join == joinGeneration
          ? generation(batch, asked, reading, entropy) : generation(batch, joinGeneration);
      loss = loss.add(generation.entropy).add(generation.conditioning);
    }
    return new Requests(loss, retrieval, contrastive, generation,
        percentBelow(FrozenDecoder.ranks(transposed, own), 1), percentBelow(FrozenDecoder.ranks(similarity, own), 1));
  }

  private Generation generation(Batch batch, boolean join) {
    Sequences drawn = Sequences.requests(batch.texts, vocabulary, join).trimmed(model.args.numTokens());
    TrainedModel.Reading reading = model.read(drawn, null);
    return generation(batch, drawn, reading, model.scores(reading, drawn, true).loss());
  }

  private Generation generation(Batch batch, Sequences drawn, TrainedModel.Reading reading, Tensor entropy) {
    Tensor predicted = model.requests(reading, drawn); // (N, Q, C)
    Tensor distance = model.conditioning(batch.targets, batch.texts.size())
        .add(predicted.mul(-1)).norm(-1).mean(); // (N, Q, C) -> (N, Q, 1) -> ()
    return new Generation(entropy.mul(0.5 * weights.generation), distance.mul(weights.generation));
  }

  /** Returns whether to join examples in pairs. */
  private static boolean joins(Batch batch, boolean wanted) {
    return wanted && batch.texts.size() > 1;
  }

  private Tensor crossEntropy(Tensor logits, long[] targets) {
    return logits.crossEntropy(model.indices(targets));
  }

  static double percentBelow(int[] ranks, int limit) {
    return 100.0 * IntStream.of(ranks).filter(rank -> rank < limit).count() / ranks.length;
  }
}
