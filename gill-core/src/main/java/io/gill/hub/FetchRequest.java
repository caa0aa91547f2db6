package io.gill.hub;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;

/**
 * What to fetch. Immutable. {@link #builder} starts from the defaults, {@link #toBuilder()} from this request.
 *
 * @param name {@link ModelFetcher#PUBLISHED} for the published GILL, or the name of a repository, such as
 *     {@code facebook/opt-125m}
 * @param revision branch, tag or commit of the repository
 * @param halfPrecision whether to prefer weights in 16 bits ({@code fp16} variants) if the repository has them
 * @param include patterns of the files to fetch, in which {@code *} matches any characters, slashes included; empty for
 *     the files that gill reads. These are configurations, vocabularies, licences, and one set of weights: safetensors
 *     if there are any, otherwise PyTorch files. Weights for ONNX, Flax and TensorFlow are left out, and so are the
 *     safety checker and the feature extractor of a pipeline
 * @param exclude patterns of files not to fetch
 */
public record FetchRequest(
    String name, String revision, boolean halfPrecision, List<String> include, List<String> exclude) {
  private static final String MAIN = "main";

  /**
   * Copies the lists and rejects null.
   *
   * @param name the published GILL or a repository
   * @param revision branch, tag or commit
   * @param halfPrecision whether to prefer weights in 16 bits
   * @param include patterns of the files to fetch
   * @param exclude patterns of files not to fetch
   */
  public FetchRequest {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(revision, "revision");
    include = ImmutableList.copyOf(include);
    exclude = ImmutableList.copyOf(exclude);
  }

  /**
   * Returns a builder.
   *
   * @param name the published GILL or a repository
   * @return a new builder for the files that gill reads, of the branch {@code main}
   */
  public static Builder builder(String name) {
    return new FetchRequest(name, MAIN, false, List.of(), List.of()).toBuilder();
  }

  /**
   * Returns a builder that starts from this request.
   *
   * @return a new builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Whether the request selects a revision or files. */
  boolean isSelective() {
    return !revision.equals(MAIN) || !include.isEmpty() || !exclude.isEmpty();
  }

  /** Builds a {@link FetchRequest}. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private String revision;
    private boolean halfPrecision;
    private List<String> include;
    private List<String> exclude;

    private Builder(FetchRequest from) {
      name = from.name;
      revision = from.revision;
      halfPrecision = from.halfPrecision;
      include = from.include;
      exclude = from.exclude;
    }

    /**
     * Sets the revision.
     *
     * @param value branch, tag or commit; default {@code main}
     * @return this
     */
    public Builder revision(String value) {
      revision = value;
      return this;
    }

    /**
     * Sets whether to prefer weights in 16 bits.
     *
     * @param value default false
     * @return this
     */
    public Builder halfPrecision(boolean value) {
      halfPrecision = value;
      return this;
    }

    /**
     * Sets patterns of the files to fetch, in place of the files that gill reads.
     *
     * @param patterns {@code *} matches any characters, {@code ?} any one; default none
     * @return this
     */
    public Builder include(List<String> patterns) {
      include = ImmutableList.copyOf(patterns);
      return this;
    }

    /**
     * Sets patterns of files not to fetch.
     *
     * @param patterns {@code *} matches any characters, {@code ?} any one; default none
     * @return this
     */
    public Builder exclude(List<String> patterns) {
      exclude = ImmutableList.copyOf(patterns);
      return this;
    }

    /**
     * Builds the request.
     *
     * @return the request
     */
    public FetchRequest build() {
      return new FetchRequest(name, revision, halfPrecision, include, exclude);
    }
  }
}
