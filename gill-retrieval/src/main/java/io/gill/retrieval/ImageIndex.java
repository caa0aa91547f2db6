package io.gill.retrieval;

import io.gill.GillException;
import io.gill.stage.ImageRetriever;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A collection of images that can be searched by embedding and that grows. One interface for ten images and for a
 * billion: an application that changes the implementation changes nothing else.
 *
 * <p>Scores are cosine similarities times {@code exp(logit_scale)}, as published. Equal scores come in the order of the
 * ids, shorter ids first, so that row numbers come in order.
 *
 * <p>Thread-safe: any number of threads search while one changes the index; changes of several threads wait for each
 * other. A search that begins after a change has returned sees it. A change survives the end of the process once
 * {@link #commit} has returned, however the process ends.
 */
public interface ImageIndex extends ImageRetriever {
  /**
   * The best matches among the images that a filter accepts.
   *
   * @param query (E), of any length but zero: it is normalised here
   * @param k how many at most, at least 1
   * @param filter which images
   * @param excluded ids that must not be returned; unknown ones do no harm
   * @return best first; empty if there are none
   * @throws IllegalArgumentException if the query has another width, is zero or not finite, or k is below 1
   * @throws GillException if the index cannot be read
   */
  List<Hit> search(float[] query, int k, ImageFilter filter, Set<String> excluded);

  /**
   * The best matches among all images.
   *
   * @param query as above
   * @param k as above
   * @param excluded as above
   * @return as above
   */
  @Override
  default List<Hit> search(float[] query, int k, Set<String> excluded) {
    return search(query, k, ImageFilter.EVERY, excluded);
  }

  /**
   * Adds images: all of them, or none.
   *
   * @param images with ids that are not in the index; a few thousand at a time are quickest
   * @throws IllegalArgumentException if an id is there already or twice among them, or an embedding has another width,
   *     is zero or not finite
   * @throws GillException if they cannot be written; what was committed last is then unchanged
   */
  void add(List<IndexedImage> images);

  /**
   * Replaces images, with their URIs, attributes and embeddings: all of them, or none.
   *
   * @param images with ids that are in the index
   * @throws IllegalArgumentException if an id is not there or twice among them, or an embedding has another width, is
   *     zero or not finite
   * @throws GillException if they cannot be written; what was committed last is then unchanged
   */
  void update(List<IndexedImage> images);

  /**
   * Deletes images.
   *
   * @param ids of any images; unknown ones do no harm
   * @return how many there were
   * @throws GillException if that cannot be written; what was committed last is then unchanged
   */
  int delete(Collection<String> ids);

  /**
   * One image as it was added, its embedding normalised.
   *
   * @param id its id
   * @return the image; empty if there is none
   * @throws GillException if the index cannot be read
   */
  Optional<IndexedImage> find(String id);

  /**
   * How many images there are.
   *
   * @return n
   */
  long size();

  /**
   * The embeddings' width.
   *
   * @return E
   */
  int dimension();

  /**
   * Makes all changes so far last.
   *
   * @throws GillException if they cannot be written; what was committed before is then unchanged
   */
  void commit();

  /**
   * Commits and closes. Idempotent.
   *
   * @throws GillException if the changes since the last {@link #commit} cannot be written; the index is closed all the
   *     same
   */
  @Override
  void close();
}
