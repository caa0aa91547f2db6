package io.gill.training;

import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.lm.DecoderNetwork;
import io.gill.lm.DecoderSnapshot;
import io.gill.lm.Past;
import io.gill.lm.TokenTable;
import io.gill.torch.DenseMatrix;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The frozen language model during training. It reads whole batches and has no cache. Everything runs in the caller's
 * {@link Scope}. Axes: B sequences, T positions, D the embeddings' width, V the vocabulary, A the last rows of the
 * embedding table, which may be trainable.
 *
 * <p>Immutable except for {@link #scaleFrozenRows}. The weights belong to the owner that loaded them.
 */
final class FrozenDecoder {
  /** Number of rows measured at a time, which limits the memory used. */
  private static final long ROWS_AT_ONCE = 8192;

  /**
   * Number of logits computed at a time: few enough that their memory is reused, and enough for an efficient matrix
   * product.
   */
  private static final long LOGITS_AT_ONCE = 2L << 20;

  private final DecoderNetwork network;

  FrozenDecoder(DecoderNetwork network) {
    this.network = network;
  }

  /**
   * Loads a model and resizes its table to a tokenizer's vocabulary.
   *
   * @param w all keys of the snapshot
   * @param vocabularySize V
   * @param lastRows (A, D) the last rows of the table
   * @param ownTable whether to copy the table's other rows in 32 bits, so that {@link #scaleFrozenRows} can change them
   * @param owner keeps new tensors
   */
  static FrozenDecoder load(DecoderSnapshot snapshot, Weights w, int vocabularySize, Tensor lastRows, boolean ownTable,
      Scope owner) {
    if (w.quantization() != Quantization.NONE) {
      throw new GillException(snapshot.folder() + " is quantised (" + w.quantization()
          + "): it can answer, but cannot be used for training; use the model it was made from");
    }
    DecoderNetwork network = snapshot.network(w).resized(vocabularySize, lastRows, owner);
    return new FrozenDecoder(ownTable ? withOwnTable(network, owner) : network);
  }

  private static DecoderNetwork withOwnTable(DecoderNetwork network, Scope owner) {
    TokenTable tokens = network.tokens();
    Tensor copy = Scope.compute("copying the embedding table", () ->
        owner.keep(dense(tokens).to(Precision.FLOAT32).copy()));
    TokenTable own = new TokenTable(new DenseMatrix(copy), tokens.added());
    return new DecoderNetwork(own, network.isTied() ? own : network.head(), network.decoder());
  }

  /** The published rows, which {@link #load} has found to be dense. */
  private static Tensor dense(TokenTable table) {
    return ((DenseMatrix) table.published()).tensor();
  }

  int vocabularySize() {
    return network.vocabularySize();
  }

  /** Returns the maximum number of positions of a sequence. */
  int positions() {
    return network.decoder().shape().positions();
  }

  /** Looks up embeddings: (n, D), which must not be changed. */
  Tensor embeddings(int[] ids) {
    return network.embeddings(ids);
  }

  /**
   * Reads sequences. Shorter ones are padded at the end with any values, since no position sees a later one.
   *
   * @param embeddings (B, T, D), left unchanged
   * @return (B, T, D): the last hidden states
   * @throws GillException if there are more positions than the model has
   */
  Tensor hidden(Tensor embeddings) {
    if (embeddings.size(1) > positions()) {
      throw new GillException("a sequence of " + embeddings.size(1) + " positions does not fit into the language "
          + "model's " + positions() + " (max_position_embeddings): use a smaller maximal length");
    }
    return network.decoder().apply(embeddings, Past.NONE, state -> {});
  }

  /** Applies the output layer: (n, D) → (n, V) logits. */
  Tensor logits(Tensor hidden) {
    return network.logits(hidden);
  }

  /**
   * Scores of tokens by the output layer.
   *
   * @param loss mean negative log-probability of the tokens; one number
   * @param ranks for each token, the number of more likely ones: 0 to 4, or 5 for five and more
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  record Scores(Tensor loss, int[] ranks) {}

  /**
   * Scores tokens in pieces, since all logits together would need more memory than the rest of training. Recorded
   * gradients flow to the hidden states and to the last rows of the table. They are computed with each piece, while its
   * logits exist. The other rows must be frozen.
   *
   * @param hidden (n, D) last hidden states
   * @param targets (n) the token after each state
   * @param recorded whether gradients are recorded
   * @return the scores
   */
  Scores score(Tensor hidden, long[] targets, boolean recorded) {
    int n = targets.length;
    TokenTable head = network.head();
    long split = head.published().rows();
    TokenTable table = new TokenTable(head.published(), head.added().detach());
    Tensor states = hidden.detach();
    int[] ranks = new int[n];
    double sum = 0;
    List<Tensor> byState = new ArrayList<>();
    Tensor byRow = recorded ? Tensor.zeros(Precision.FLOAT32, hidden.device(), head.added().shape()) : null; // (A, D)
    int piece = (int) Math.max(1, LOGITS_AT_ONCE / vocabularySize());
    for (int start = 0; start < n; start += piece) {
      int count = Math.min(piece, n - start);
      Tensor some = states.narrow(0, start, count); // (c, D)
      long[] own = Arrays.copyOfRange(targets, start, start + count);
      Tensor logits = table.logits(some).to(Precision.FLOAT32); // (c, V)
      System.arraycopy(ranks(logits, own), 0, ranks, start, count);
      Tensor logarithms = logits.logSoftmax(-1); // (c, V)
      logits.close();
      for (float logarithm : logarithms.reshape(-1).indexSelect(places(own).toDeviceOf(logarithms)).toFloats()) {
        sum -= logarithm;
      }
      if (byRow != null) {
        // The gradient with respect to the logits is softmax − one-hot(target). The two terms are multiplied
        // separately.
        Tensor likely = logarithms.exp(); // (c, V)
        Tensor known = likely.narrow(1, 0, split).to(some).matmul(dense(head)); // (c, P) @ (P, D)
        Tensor last = likely.narrow(1, split, table.added().size(0)); // (c, A)
        Tensor gradient = known.add(last.to(some).matmul(table.added().to(some)))
            .add(table.rows(ints(own)).mul(-1)); // (c, D)
        byState.add(gradient);
        byRow = byRow.add(last.add(chosen(own, split).toDeviceOf(last).mul(-1)).transpose(0, 1)
            .matmul(some.to(Precision.FLOAT32))); // (A, c) @ (c, D)
        likely.close();
      }
      logarithms.close();
    }
    double mean = sum / n;
    Tensor loss = Tensor.of(new float[] {(float) mean}, 1).to(Precision.FLOAT32, hidden.device());
    if (byRow != null) {
      // Adds a value of zero that has the gradients of the loss.
      Tensor linear = inner(hidden.to(Precision.FLOAT32), Tensor.cat(0, byState).to(Precision.FLOAT32).mul(1.0 / n))
          .add(inner(head.added(), byRow.mul(1.0 / n)));
      loss = loss.add(linear).add(linear.detach().mul(-1));
    }
    return new Scores(loss.mean(), ranks);
  }

  private static Tensor inner(Tensor a, Tensor b) {
    return a.mul(b).mean().mul((double) a.elementCount());
  }

  /** Returns the element indices of the targets in a (c, V) matrix. */
  private Tensor places(long[] targets) {
    long[] places = new long[targets.length];
    Arrays.setAll(places, i -> (long) i * vocabularySize() + targets[i]);
    return Tensor.of(places, places.length);
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  /** Returns a (c, A) matrix with a one for every target among the last rows. */
  private Tensor chosen(long[] targets, long split) {
    int width = Math.toIntExact(network.head().added().size(0));
    float[] ones = new float[targets.length * width];
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] >= split) {
        ones[i * width + (int) (targets[i] - split)] = 1;
      }
    }
    return Tensor.of(ones, targets.length, width);
  }

  /**
   * Returns the number of tokens that are more likely than the targets.
   *
   * @param logits (n, V)
   * @param targets (n)
   * @return 0 to 4, or 5 for five and more
   */
  static int[] ranks(Tensor logits, long[] targets) {
    int k = (int) Math.min(5, logits.size(1));
    long[] best = logits.topk(k).toLongs();
    int[] ranks = new int[targets.length];
    for (int i = 0; i < ranks.length; i++) {
      int rank = 0;
      while (rank < k && best[i * k + rank] != targets[i]) {
        rank++;
      }
      ranks[i] = rank < k ? rank : 5;
    }
    return ranks;
  }

  /**
   * Returns the mean Euclidean norm of the table's rows, except the last ones.
   *
   * @return a positive number, computed in 32 bits
   */
  double frozenNorm() {
    return Scope.compute("measuring the embedding table", () -> {
      Tensor rows = dense(network.tokens());
      double sum = 0;
      for (long start = 0; start < rows.size(0); start += ROWS_AT_ONCE) {
        long first = start;
        long count = Math.min(ROWS_AT_ONCE, rows.size(0) - first);
        sum += Scope.tidy(() -> rows.narrow(0, first, count).to(Precision.FLOAT32).norm(1).mean())
            .toFloats()[0] * (double) count;
      }
      return sum / (double) rows.size(0);
    });
  }

  /**
   * Multiplies the table's rows, except the last ones, by a factor. These rows must be copies.
   *
   * @param factor close to 1
   */
  void scaleFrozenRows(double factor) {
    Scope.compute("scaling the embedding table", () -> dense(network.tokens()).mulInPlace(factor));
  }
}
