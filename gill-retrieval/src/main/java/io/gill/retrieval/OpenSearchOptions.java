package io.gill.retrieval;

import java.time.Duration;
import java.util.Objects;

/**
 * Options of an {@link OpenSearchIndex}. Immutable. {@link #builder()} starts from the defaults, {@link #toBuilder()}
 * from these options.
 *
 * @param shards number of shards of a new index, at least 1; one thread of one node searches a shard
 * @param replicas number of replicas of each shard of a new index, at least 0: the number of nodes that may fail
 * @param candidates minimum number of images that every shard retrieves from its graph before it returns the best
 *     k, 1 to 10,000
 * @param patience how long failed requests are retried, not negative
 */
public record OpenSearchOptions(int shards, int replicas, int candidates, Duration patience) {
  private static final OpenSearchOptions DEFAULT = new OpenSearchOptions(3, 1, 100, Duration.ofSeconds(30));

  /**
   * Checks the ranges.
   *
   * @param shards number of shards of a new index, at least 1; one thread of one node searches a shard
   * @param replicas number of replicas of each shard of a new index, at least 0: the number of nodes that may fail
   * @param candidates minimum number of images that every shard retrieves from its graph before it returns the best
   *     k, 1 to 10,000
   * @param patience how long failed requests are retried, not negative
   */
  public OpenSearchOptions {
    if (shards < 1 || replicas < 0 || candidates < 1 || candidates > OpenSearchIndex.MAX_HITS
        || patience.isNegative()) {
      throw new IllegalArgumentException("shards must be at least 1, candidates between 1 and "
          + OpenSearchIndex.MAX_HITS + ", replicas and patience at least 0: " + shards + ", " + candidates + ", "
          + replicas + ", " + patience);
    }
  }

  /**
   * Returns the defaults.
   *
   * @return three shards, one replica, 100 candidates, 30 seconds of retries
   */
  public static OpenSearchOptions defaults() {
    return DEFAULT;
  }

  /**
   * Creates a builder with the defaults.
   *
   * @return the builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Creates a builder with these options.
   *
   * @return the builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Builds the options. Not thread-safe. */
  public static final class Builder {
    private int shards;
    private int replicas;
    private int candidates;
    private Duration patience;

    private Builder(OpenSearchOptions from) {
      shards = from.shards;
      replicas = from.replicas;
      candidates = from.candidates;
      patience = from.patience;
    }

    /**
     * Sets {@link OpenSearchOptions#shards()}.
     *
     * @param value number of shards of a new index, at least 1; one thread of one node searches a shard
     * @return this
     */
    public Builder shards(int value) {
      shards = value;
      return this;
    }

    /**
     * Sets {@link OpenSearchOptions#replicas()}.
     *
     * @param value number of replicas of each shard of a new index, at least 0: the number of nodes that may fail
     * @return this
     */
    public Builder replicas(int value) {
      replicas = value;
      return this;
    }

    /**
     * Sets {@link OpenSearchOptions#candidates()}.
     *
     * @param value minimum number of images that every shard retrieves from its graph before it returns the best k, 1
     *     to 10,000
     * @return this
     */
    public Builder candidates(int value) {
      candidates = value;
      return this;
    }

    /**
     * Sets {@link OpenSearchOptions#patience()}.
     *
     * @param value how long failed requests are retried, not negative
     * @return this
     */
    public Builder patience(Duration value) {
      patience = Objects.requireNonNull(value, "patience");
      return this;
    }

    /**
     * Builds the options.
     *
     * @return the options
     * @throws IllegalArgumentException if a value is outside its range
     */
    public OpenSearchOptions build() {
      return new OpenSearchOptions(shards, replicas, candidates, patience);
    }
  }
}
