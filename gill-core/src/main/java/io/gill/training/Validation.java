package io.gill.training;

import com.google.common.collect.Lists;
import io.gill.stage.Tokenizer;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.training.Examples.Ready;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Evaluates a model on examples it is not trained on: its predictions of captions, the captions it generates, retrieval
 * between all images and requests, and the distance of conditioning from its targets.
 */
final class Validation {
  /** Number of rows of the similarity matrix that are computed at a time. */
  private static final int ROWS_AT_ONCE = 1024;

  private final TrainedModel model;
  private final Tokenizer tokenizer;
  private final Sequences.Vocabulary vocabulary;
  private final TrainingOptions options;

  private double captionLoss;
  private long captionTokens;
  private long first;
  private long firstFive;
  private double distance;
  private long conditioned;
  private long requests;
  private final List<float[]> images = new ArrayList<>();
  private final List<float[]> queries = new ArrayList<>();
  private final List<String> written = new ArrayList<>();
  private final List<Asked> writtenFor = new ArrayList<>();
  private final Map<Asked, List<String>> captions = new HashMap<>();

  Validation(TrainedModel model, Tokenizer tokenizer, Sequences.Vocabulary vocabulary, TrainingOptions options) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
    this.options = options;
  }

  /** A picture and a question. All texts for both are correct answers. */
  private record Asked(Path image, String context) {}

  /**
   * Evaluates the model.
   *
   * @param step number of steps taken
   * @param all examples; those that cannot be converted are left out
   */
  ValidationMetrics measure(long step, List<TrainingExample> all, Examples examples) {
    long started = System.nanoTime();
    int used = 0;
    for (List<TrainingExample> some : Lists.partition(all, options.validationBatchSize())) {
      List<Ready> ready = examples.prepare(some);
      add(ready);
      used += ready.size();
    }
    return result(step, used, started);
  }

  private void add(List<Ready> ready) {
    Losses.Batch described = Examples.captions(ready);
    if (described != null) {
      predict(described);
      if (options.validationWords() > 0) {
        describe(ready.stream().filter(one -> one.example().use().captions()).toList());
      }
    }
    Losses.Batch asked = Examples.requests(ready);
    if (asked != null) {
      request(asked);
    }
  }

  private void predict(Losses.Batch batch) {
    Scope.compute("validating captions", () -> {
      Sequences sequences =
          Sequences.captioning(batch.texts(), model.args.nVisualTokens(), vocabulary, false).trimmed(0);
      long[] targets = sequences.targets();
      if (targets.length == 0) {
        return null;
      }
      Tensor visual = model.projections.visualTokens(model.pooled(batch.pooled()));
      FrozenDecoder.Scores scores = model.scores(model.read(sequences, visual), sequences, false);
      captionLoss += targets.length * Losses.number(scores.loss());
      captionTokens += targets.length;
      for (int rank : scores.ranks()) {
        first += rank < 1 ? 1 : 0;
        firstFive += rank < 5 ? 1 : 0;
      }
      return null;
    });
  }

  private void request(Losses.Batch batch) {
    Scope.compute("validating requests", () -> {
      int n = batch.texts().size();
      Sequences sequences = Sequences.requests(batch.texts(), vocabulary, false).trimmed(model.args.numTokens());
      TrainedModel.Reading reading = model.read(sequences, null);
      images.addAll(List.of(model.images(model.pooled(batch.pooled())).toRows()));
      queries.addAll(List.of(model.queries(reading, sequences).toRows()));
      requests += n;
      if (batch.targets().length > 0) {
        Tensor predicted = model.requests(reading, sequences); // (N, Q, C)
        distance += n * Losses.number(
            model.conditioning(batch.targets(), n).add(predicted.mul(-1)).norm(-1).mean());
        conditioned += n;
      }
      return null;
    });
  }

  /** Generates captions, in batches of prompts of the same length. */
  private void describe(List<Ready> ready) {
    Map<Integer, List<Ready>> byLength = new LinkedHashMap<>();
    for (Ready one : ready) {
      byLength.computeIfAbsent(prompt(one).length, length -> new ArrayList<>()).add(one);
    }
    for (List<Ready> some : byLength.values()) {
      int[][] prompts = some.stream().map(this::prompt).toArray(int[][]::new);
      int room = model.language.positions() - model.args.nVisualTokens() - prompts[0].length;
      int words = Math.min(options.validationWords(), room);
      int[][] ids = words < 1 ? new int[some.size()][0] : Scope.compute("writing captions", () ->
          model.describe(model.pooled(some.stream().map(Ready::pooled).toArray(float[][]::new)), prompts, words));
      for (int i = 0; i < ids.length; i++) {
        Asked asked = new Asked(some.get(i).example().image(), some.get(i).example().context());
        writtenFor.add(asked);
        written.add(cut(tokenizer.decode(ended(ids[i]), true)));
        captions.computeIfAbsent(asked, absent -> new ArrayList<>()).add(expected(some.get(i)));
      }
    }
  }

  private int[] prompt(Ready one) {
    String context = one.example().context();
    return tokenizer.encodeWithMarkers(context.isEmpty() ? options.validationPrompt() : context, true);
  }

  /** Returns the ids before the end of the text. */
  private int[] ended(int[] ids) {
    int end = IntStream.range(0, ids.length).filter(i -> ids[i] == tokenizer.eosId()).findFirst().orElse(ids.length);
    return Arrays.copyOf(ids, end);
  }

  /** Cuts a text after the first full stop unless it is the first character, as published. */
  private static String cut(String text) {
    int stop = text.indexOf('.');
    return stop > 5 ? text.substring(0, stop) : text;
  }

  private String expected(Ready one) {
    int[] ids = one.text().ids();
    int end = IntStream.range(0, ids.length)
        .filter(i -> ids[i] == vocabulary.pad() || vocabulary.isImage(ids[i])).findFirst().orElse(ids.length);
    return tokenizer.decode(Arrays.copyOfRange(ids, Math.min(end, one.text().context()), end), true).strip();
  }

  private ValidationMetrics result(long step, int examples, long started) {
    List<List<String>> references =
        writtenFor.stream().map(asked -> Objects.requireNonNull(captions.get(asked))).toList();
    double[] bleu = new double[4];
    for (int n = 1; n <= 4; n++) {
      bleu[n - 1] = written.isEmpty() ? Double.NaN : Bleu.of(written, references, n);
    }
    Direction textToImage = direction(queries, images);
    Direction imageToText = direction(images, queries);
    return new ValidationMetrics(
        step,
        examples,
        captionTokens == 0 ? Double.NaN : captionLoss / captionTokens,
        percent(first, captionTokens),
        percent(firstFive, captionTokens),
        bleu[0],
        bleu[1],
        bleu[2],
        bleu[3],
        (textToImage.loss + imageToText.loss) / 2,
        percent(textToImage.first, requests),
        percent(textToImage.firstFive, requests),
        percent(imageToText.first, requests),
        percent(imageToText.firstFive, requests),
        conditioned == 0 ? Double.NaN : distance / conditioned,
        (System.nanoTime() - started) / 1e9);
  }

  private static double percent(long count, long of) {
    return of == 0 ? Double.NaN : 100.0 * count / of;
  }

  private record Direction(double loss, long first, long firstFive) {}

  /** Evaluates how well each row of one list finds the same row of the other. */
  private Direction direction(List<float[]> from, List<float[]> to) {
    if (from.isEmpty()) {
      return new Direction(Double.NaN, 0, 0);
    }
    return Scope.compute("comparing images and requests", () -> {
      Tensor all = model.pooled(to.toArray(float[][]::new)).transpose(0, 1); // (E, all)
      double loss = 0;
      long hits = 0;
      long near = 0;
      for (int start = 0; start < from.size(); start += ROWS_AT_ONCE) {
        int end = Math.min(from.size(), start + ROWS_AT_ONCE);
        long[] own = IntStream.range(start, end).asLongStream().toArray();
        float[][] rows = from.subList(start, end).toArray(float[][]::new);
        Found found = Scope.compute("comparing images and requests", () -> {
          Tensor similarity = model.pooled(rows).matmul(all).mul(model.logitScale.exp()); // (rows, all)
          return new Found(
              Losses.number(similarity.crossEntropy(model.indices(own))), FrozenDecoder.ranks(similarity, own));
        });
        loss += found.loss * own.length;
        hits += Arrays.stream(found.ranks).filter(rank -> rank < 1).count();
        near += Arrays.stream(found.ranks).filter(rank -> rank < 5).count();
      }
      return new Direction(loss / from.size(), hits, near);
    });
  }

  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  private record Found(double loss, int[] ranks) {}
}
