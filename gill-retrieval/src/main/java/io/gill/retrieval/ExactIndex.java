package io.gill.retrieval;

import io.gill.GillException;
import io.gill.stage.ImageRetriever;
import io.gill.weights.EmbeddingsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Exact cosine search over a matrix in memory, as published: rows are L2-normalised once, queries when they come, and
 * scores are multiplied by {@code exp(logit_scale)}. Immutable and thread-safe.
 *
 * <p>n images of E dimensions take 4·n·E bytes; a search reads them once, on all processors.
 */
public final class ExactIndex implements ImageRetriever {
  /** Numbers in one array: no array holds 2³¹, and a search hands whole arrays to threads, 5 ms of work each. */
  private static final int CHUNK_NUMBERS = 1 << 24;

  private final int dimension;
  private final float scale;
  private final List<String> ids;
  private final List<String> uris;
  private final Map<String, Integer> rowById;
  private final int chunkRows;
  private final List<float[]> chunks;

  private ExactIndex(Builder builder) {
    dimension = builder.dimension;
    scale = builder.scale;
    ids = List.copyOf(builder.ids);
    uris = List.copyOf(builder.uris);
    rowById = Map.copyOf(builder.rowById);
    chunkRows = builder.chunkRows;
    chunks = List.copyOf(builder.chunks);
  }

  /**
   * Reads published embeddings files; an image's id is its row number over all files, its URI the path in the file.
   *
   * @param files {@code cc3m*.npy}, in the order that numbers the rows
   * @param logitScale the model's {@code logit_scale}
   * @return the index
   * @throws GillException if a file cannot be read, the files differ in dimension, or a row is zero or not finite
   */
  public static ExactIndex load(List<Path> files, float logitScale) {
    Builder builder = builder(logitScale);
    for (Path path : files) {
      try (EmbeddingsFile file = EmbeddingsFile.open(path)) {
        for (int i = 0; i < file.size(); i++) {
          try {
            builder.add(Integer.toString(builder.ids.size()), file.paths().get(i), file.row(i));
          } catch (IllegalArgumentException e) {
            throw new GillException(path + ": row " + i + " cannot be searched: " + e.getMessage(), e);
          }
        }
      }
    }
    return builder.build();
  }

  /**
   * Starts an index that is filled by hand.
   *
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @return a builder
   * @throws IllegalArgumentException if {@code exp(logitScale)} is not a positive number
   */
  public static Builder builder(float logitScale) {
    return builder(logitScale, CHUNK_NUMBERS);
  }

  static Builder builder(float logitScale, int chunkNumbers) {
    float scale = (float) Math.exp(logitScale);
    if (!(scale > 0 && scale < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("logit_scale is " + logitScale + ", the logarithm of no usable factor");
    }
    return new Builder(scale, chunkNumbers);
  }

  /**
   * How many images there are.
   *
   * @return n
   */
  public int size() {
    return ids.size();
  }

  /**
   * The embeddings' width.
   *
   * @return E, or 0 for an empty index
   */
  public int dimension() {
    return dimension;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the query has another width, is zero or not finite, or k is below 1
   */
  @Override
  public List<Hit> search(float[] query, int k, Set<String> excluded) {
    if (k < 1) {
      throw new IllegalArgumentException("k is " + k + ": use 1 or more");
    }
    if (ids.isEmpty()) {
      return List.of();
    }
    if (query.length != dimension) {
      throw new IllegalArgumentException(
          "the query has " + query.length + " dimensions, the index " + dimension + ": they must be of one model");
    }
    float[] unit = normalised(query, "the query");
    int[] skipped =
        excluded.stream().map(rowById::get).filter(Objects::nonNull).mapToInt(Integer::intValue).sorted().toArray();
    return IntStream.range(0, chunks.size())
        .parallel()
        .mapToObj(chunk -> scan(chunk, unit, k, skipped))
        .reduce(TopK::merge)
        .map(this::hits)
        .orElse(List.of());
  }

  private TopK scan(int chunk, float[] query, int k, int[] skipped) {
    float[] rows = chunks.get(chunk);
    int first = chunk * chunkRows;
    int count = Math.min(chunkRows, ids.size() - first);
    TopK best = new TopK(Math.min(k, ids.size()));
    for (int i = 0; i < count; i++) {
      float score = dot(rows, i * dimension, query);
      if (best.wouldKeep(score) && Arrays.binarySearch(skipped, first + i) < 0) {
        best.add(score, first + i);
      }
    }
    return best;
  }

  /** Eight independent sums, which the compiler can keep in vector registers and the processor in flight. */
  private static float dot(float[] rows, int offset, float[] query) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    int i = 0;
    for (int end = query.length - 7; i < end; i += 8) {
      int at = offset + i;
      a = Math.fma(rows[at], query[i], a);
      b = Math.fma(rows[at + 1], query[i + 1], b);
      c = Math.fma(rows[at + 2], query[i + 2], c);
      d = Math.fma(rows[at + 3], query[i + 3], d);
      e = Math.fma(rows[at + 4], query[i + 4], e);
      f = Math.fma(rows[at + 5], query[i + 5], f);
      g = Math.fma(rows[at + 6], query[i + 6], g);
      h = Math.fma(rows[at + 7], query[i + 7], h);
    }
    for (; i < query.length; i++) {
      a = Math.fma(rows[offset + i], query[i], a);
    }
    return ((a + e) + (b + f)) + ((c + g) + (d + h));
  }

  private List<Hit> hits(TopK best) {
    List<Hit> hits = new ArrayList<>();
    best.forEachDescending((score, row) -> hits.add(new Hit(ids.get(row), uris.get(row), score * scale)));
    return hits;
  }

  private static float[] normalised(float[] vector, String what) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + " is " + (sum == 0 ? "zero" : "not finite") + " and has no direction");
    }
    float norm = (float) Math.sqrt(sum);
    float[] unit = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      unit[i] = vector[i] / norm;
    }
    return unit;
  }

  /** Collects images; for one thread. */
  public static final class Builder {
    private final float scale;
    private final int chunkNumbers;
    private final List<String> ids = new ArrayList<>();
    private final List<String> uris = new ArrayList<>();
    private final Map<String, Integer> rowById = new HashMap<>();
    private final List<float[]> chunks = new ArrayList<>();
    private int dimension;
    private int chunkRows;

    private Builder(float scale, int chunkNumbers) {
      this.scale = scale;
      this.chunkNumbers = chunkNumbers;
    }

    /**
     * Adds an image.
     *
     * @param id what the index knows it by
     * @param uri where it lies
     * @param embedding (E), of any length but zero
     * @return this
     * @throws IllegalArgumentException if the id is there already, or the embedding is zero, not finite or of another
     *     width than those before it
     */
    public Builder add(String id, String uri, float[] embedding) {
      if (rowById.containsKey(id)) {
        throw new IllegalArgumentException("there is already an image with the id " + id);
      }
      if (!ids.isEmpty() && embedding.length != dimension) {
        throw new IllegalArgumentException(
            "the embedding has " + embedding.length + " dimensions, those before it " + dimension);
      }
      float[] unit = normalised(embedding, "the embedding");
      if (ids.isEmpty()) {
        dimension = embedding.length;
        chunkRows = Math.max(1, chunkNumbers / dimension);
      }
      int row = ids.size() % chunkRows;
      if (row == 0) {
        chunks.add(new float[Math.min(chunkRows, 256) * dimension]);
      }
      float[] chunk = chunks.get(chunks.size() - 1);
      if ((row + 1) * dimension > chunk.length) {
        chunk = Arrays.copyOf(chunk, Math.min(2 * chunk.length, chunkRows * dimension));
        chunks.set(chunks.size() - 1, chunk);
      }
      System.arraycopy(unit, 0, chunk, row * dimension, dimension);
      rowById.put(id, ids.size());
      ids.add(id);
      uris.add(uri);
      return this;
    }

    /**
     * Ends.
     *
     * @return the index
     */
    public ExactIndex build() {
      return new ExactIndex(this);
    }
  }
}
