package io.gill.training;

import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The language model's input and labels for a batch: the published labels and masks by position, before embeddings are
 * looked up.
 *
 * @param rows one per sequence, all of the same length
 * @param imageTokens index of every example's [IMG0]: sequence · length + position; empty for captioning
 */
@SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
record Sequences(List<Row> rows, int[] imageTokens) {
  private static final long IGNORED = Tensor.IGNORED_LABEL;

  /**
   * A sequence.
   *
   * @param sources the input at each position: a token, or -1 - (example · n_visual_tokens + i) for an image's i-th
   *     token
   * @param labels the token to predict at each position, or -100 for none
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  record Row(int[] sources, long[] labels) {
    int length() {
      return labels.length;
    }

    private Row slice(int from, int to) {
      return new Row(Arrays.copyOfRange(sources, from, to), Arrays.copyOfRange(labels, from, to));
    }

    /** Returns the row with padding at its end. */
    private Row padded(int length, int pad) {
      Row padded = new Row(Arrays.copyOf(sources, length), Arrays.copyOf(labels, length));
      Arrays.fill(padded.sources, length(), length, pad);
      Arrays.fill(padded.labels, length(), length, IGNORED);
      return padded;
    }

    private static Row join(Row... parts) {
      return new Row(
          Stream.of(parts).flatMapToInt(part -> Arrays.stream(part.sources)).toArray(),
          Stream.of(parts).flatMapToLong(part -> Arrays.stream(part.labels)).toArray());
    }
  }

  /**
   * What joining needs.
   *
   * @param row a sequence
   * @param start the index of the text's first token
   * @param beginning number of beginning tokens there
   * @param end the start of the padding
   */
  private record Cut(Row row, int start, int beginning, int end) {}

  /** The ids that masks depend on. */
  record Vocabulary(int pad, int[] images) {
    boolean isImage(long id) {
      return Arrays.stream(images).anyMatch(image -> image == id);
    }
  }

  /**
   * Returns sequences for captioning: the image, then the text. The labels are the text up to the first [IMG] token.
   *
   * @param joined whether to join neighbours into one sequence without the second beginning token, as published. The
   *     last of an odd number stays alone; the published code takes even numbers only.
   */
  static Sequences captioning(List<TokenizedText> texts, int visualTokens, Vocabulary vocabulary, boolean joined) {
    List<Cut> cuts = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      int first = i * visualTokens;
      int[] visual = IntStream.range(first, first + visualTokens).map(v -> -1 - v).toArray();
      long[] unlabelled = new long[visualTokens];
      Arrays.fill(unlabelled, IGNORED);
      cuts.add(cut(Row.join(new Row(visual, unlabelled), row(texts.get(i))), visualTokens, texts.get(i), vocabulary,
          true));
    }
    List<Row> rows = joined ? join(cuts, vocabulary.pad) : cuts.stream().map(Cut::row).toList();
    return new Sequences(rows, new int[0]);
  }

  /**
   * Returns sequences for retrieval and generation: the text and its [IMG] tokens. The labels are the text up to and
   * including [IMG0]. As published, only the first of two joined neighbours has labels.
   *
   * @param joined whether to join neighbours, as in {@link #captioning}
   */
  static Sequences requests(List<TokenizedText> texts, Vocabulary vocabulary, boolean joined) {
    List<Cut> cuts = texts.stream().map(text -> cut(row(text), 0, text, vocabulary, false)).toList();
    List<Row> rows = joined ? join(cuts, vocabulary.pad) : cuts.stream().map(Cut::row).toList();
    int count = vocabulary.images.length;
    int[] imageTokens = new int[texts.size()];
    for (int i = 0; i < imageTokens.length; i++) {
      int position = texts.get(i).length() - count;
      int row = joined ? i / 2 : i;
      if (joined && i % 2 == 1) {
        position += cuts.get(i - 1).end - cuts.get(i).beginning; // which the second text has lost
      }
      imageTokens[i] = row * rows.get(row).length() + position;
    }
    for (Row row : rows) {
      int k = 0;
      while (k < row.length() && row.labels[k] != vocabulary.pad
          && (row.labels[k] == vocabulary.images[0] || !vocabulary.isImage(row.labels[k]))) {
        k++;
      }
      Arrays.fill(row.labels, k, row.length(), IGNORED);
    }
    return new Sequences(rows, imageTokens);
  }

  private static Row row(TokenizedText text) {
    return new Row(text.ids().clone(), Arrays.stream(text.ids()).asLongStream().toArray());
  }

  /** Masks the context, and everything from the first padding or the first [IMG] token. */
  private static Cut cut(Row row, int start, TokenizedText text, Vocabulary vocabulary, boolean beforeImages) {
    int end = start;
    while (end < row.length() && row.labels[end] != vocabulary.pad
        && !(beforeImages && vocabulary.isImage(row.labels[end]))) {
      end++;
    }
    Arrays.fill(row.labels, end, row.length(), IGNORED);
    if (text.context() > 0) {
      Arrays.fill(row.labels, start, Math.min(end, start + text.context()), IGNORED);
    }
    return new Cut(row, start, text.beginning(), end);
  }

  /** Joins pairs: both texts, then both paddings. */
  private static List<Row> join(List<Cut> cuts, int pad) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i + 1 < cuts.size(); i += 2) {
      Row first = cuts.get(i).row;
      Cut cut = cuts.get(i + 1);
      Row second = cut.row;
      int firstEnd = cuts.get(i).end;
      rows.add(Row.join(
          first.slice(0, firstEnd),
          second.slice(0, cut.start),
          second.slice(cut.start + cut.beginning, cut.end),
          first.slice(firstEnd, first.length()),
          second.slice(cut.end, second.length())));
    }
    if (cuts.size() % 2 == 1) {
      Cut last = cuts.get(cuts.size() - 1);
      rows.add(last.row.padded(2 * last.row.length() - last.beginning, pad));
    }
    return rows;
  }

  int length() {
    return rows.get(0).sources.length;
  }

  /** Returns sequences without the unused positions at the end, which no earlier position sees. */
  Sequences trimmed(int imageTokenCount) {
    int needed = 1;
    for (Row row : rows) {
      for (int k = 0; k < row.length(); k++) {
        if (row.labels[k] != IGNORED) {
          needed = Math.max(needed, k); // position k - 1 predicts it
        }
      }
    }
    for (int place : imageTokens) {
      needed = Math.max(needed, place % length() + imageTokenCount);
    }
    int kept = needed;
    int[] places = Arrays.stream(imageTokens).map(place -> place / length() * kept + place % length()).toArray();
    return new Sequences(
        rows.stream().map(row -> new Row(Arrays.copyOf(row.sources, kept), row.labels)).toList(), places);
  }

  /** Returns the positions that predict a label: sequence · length + position, by the length of the sources. */
  long[] predictingPlaces() {
    return IntStream.range(0, rows.size())
        .flatMap(r -> learned(r).map(k -> r * rows.get(r).sources.length + k - 1))
        .asLongStream().toArray();
  }

  /** Returns the labels, in the order of {@link #predictingPlaces}. */
  long[] targets() {
    return IntStream.range(0, rows.size())
        .boxed()
        .flatMapToLong(r -> learned(r).mapToLong(k -> rows.get(r).labels[k]))
        .toArray();
  }

  private IntStream learned(int r) {
    long[] labels = rows.get(r).labels;
    return IntStream.range(1, labels.length).filter(k -> labels[k] != IGNORED);
  }
}
