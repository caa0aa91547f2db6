package io.gill.stage;

import java.util.List;
import java.util.Set;

/** Searches an image collection by embedding. */
@FunctionalInterface
public interface ImageRetriever extends AutoCloseable {
  /**
   * Returns the best matches.
   *
   * @param query (E), of any length except zero; it is normalised here
   * @param k maximum number of matches
   * @param excluded ids to leave out
   * @return matches, best first; equal scores in the collection's order
   */
  List<Hit> search(float[] query, int k, Set<String> excluded);

  /**
   * Returns the locations of some images, without a search.
   *
   * @param most maximum number of locations
   * @return URIs as stored in the index; empty by default
   * @throws io.gill.GillException if the collection cannot be read
   */
  default List<String> someUris(int most) {
    return List.of();
  }

  @Override
  default void close() {}

  /**
   * A match.
   *
   * @param id the collection's id of the image
   * @param uri location of the image as stored in the collection
   * @param score cosine similarity times {@code exp(logit_scale)}, as published
   */
  record Hit(String id, String uri, double score) {}
}
