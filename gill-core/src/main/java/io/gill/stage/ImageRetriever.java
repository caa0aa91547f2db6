package io.gill.stage;

import java.util.List;
import java.util.Set;

/** Searches a collection of images by embedding. */
@FunctionalInterface
public interface ImageRetriever extends AutoCloseable {
  /**
   * The best matches.
   *
   * @param query (E), of any length but zero: it is normalised here
   * @param k how many at most
   * @param excluded ids that must not be returned
   * @return best first; equal scores by ascending id order of the collection
   */
  List<Hit> search(float[] query, int k, Set<String> excluded);

  /**
   * Where some of the images lie, without a search.
   *
   * @param most how many at most
   * @return URIs as the index has them; by default none
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
   * @param id what the collection knows the image by
   * @param uri where the image lies, as the collection's author wrote it
   * @param score cosine similarity times {@code exp(logit_scale)}, as published
   */
  record Hit(String id, String uri, double score) {}
}
