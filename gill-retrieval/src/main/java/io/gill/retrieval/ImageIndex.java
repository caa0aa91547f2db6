package io.gill.retrieval;

import io.gill.GillException;
import io.gill.stage.ImageRetriever;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

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
  /** Up to so many images an exact scan takes a few milliseconds, and {@link #create} chooses it. */
  long EXACT_UP_TO = 200_000;

  /**
   * Makes an empty index in a folder: exact up to {@value #EXACT_UP_TO} images, approximate beyond.
   *
   * @param path a folder that is empty or not there
   * @param dimension the embeddings' width
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @param expected how many images it will have, roughly
   * @return the index
   * @throws IllegalArgumentException as {@link ExactIndex#create} and {@link LuceneIndex#create}
   * @throws GillException if the folder has something in it or cannot be written
   */
  static ImageIndex create(Path path, int dimension, float logitScale, long expected) {
    return expected > EXACT_UP_TO
        ? LuceneIndex.create(path, dimension, logitScale) : ExactIndex.create(path, dimension, logitScale);
  }

  /**
   * Opens an index of any kind to search and to change it.
   *
   * @param path its folder
   * @return the index as it was committed last
   * @throws GillException if there is none, a file of it is damaged or missing, or another process has it open to change
   *     it
   */
  static ImageIndex open(Path path) {
    return ExactIndex.isIn(path) ? ExactIndex.open(path) : LuceneIndex.open(path);
  }

  /**
   * Opens an index of any kind to search it. Any number of processes may do so, and one may change it meanwhile: what it
   * commits is seen by those that open the index later.
   *
   * @param path its folder
   * @return the index as it was committed last; calls that would change it throw {@link UnsupportedOperationException}
   * @throws GillException if there is none, or a file of it is damaged or missing
   */
  static ImageIndex openReadOnly(Path path) {
    return ExactIndex.isIn(path) ? ExactIndex.openReadOnly(path) : LuceneIndex.openReadOnly(path);
  }

  /**
   * The best matches among the images that a filter accepts.
   *
   * @param query (E), of any length but zero: it is normalised here
   * @param k how many at most, at least 1
   * @param filter which images
   * @param excluded ids that must not be returned; unknown ones do no harm
   * @return best first; empty if there are none
   * @throws IllegalArgumentException if the query has another width, is zero or not finite, k is below 1, or the filter
   *     has more conditions than the kind of index takes: hundreds, and any number on one attribute in one
   *     {@link ImageFilter#any}
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
   * The best matches of several queries, which an exact index finds in much less time together than one by one.
   *
   * @param queries (n, E), as above
   * @param k as above, for each
   * @param filter as above
   * @param excluded as above
   * @return (n): what {@link #search(float[], int, ImageFilter, Set)} finds for each
   * @throws IllegalArgumentException as above
   * @throws GillException as above
   */
  default List<List<Hit>> searchAll(List<float[]> queries, int k, ImageFilter filter, Set<String> excluded) {
    return queries.stream().map(query -> search(query, k, filter, excluded)).toList();
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
   * Every image as {@link #find} gives it, in no particular order; those that are there when the call begins.
   *
   * @param action what is done with each
   * @throws GillException if the index cannot be read
   */
  void forEach(Consumer<IndexedImage> action);

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
   * What scores are multiplied by.
   *
   * @return {@code logit_scale}: scores are multiplied by its exponential
   */
  float logitScale();

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
