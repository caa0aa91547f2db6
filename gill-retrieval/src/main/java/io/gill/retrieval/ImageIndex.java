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
 * A growing collection of images, searchable by embedding. The same interface serves ten images and a billion:
 * switching the implementation requires no other change in an application.
 *
 * <p>Scores are cosine similarities times {@code exp(logit_scale)}, as published. Hits with equal scores are sorted by
 * id, shorter ids first, so that row numbers are in numeric order.
 *
 * <p>Thread-safe: any number of threads can search while one changes the index. Changes by several threads run one
 * after the other. A search sees every change that returned before the search began. Once {@link #commit} has returned,
 * the changes survive a crash of the process.
 */
public interface ImageIndex extends ImageRetriever {
  /** Largest expected size at which {@link #create} chooses an exact index: a scan then takes a few milliseconds. */
  long EXACT_UP_TO = 200_000;

  /**
   * Creates an empty index in a folder: exact up to {@value #EXACT_UP_TO} images, approximate beyond.
   *
   * @param path an empty or missing folder
   * @param dimension width of the embeddings
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @param expected approximate number of images that the index will hold
   * @return the index
   * @throws IllegalArgumentException under the conditions of {@link ExactIndex#create} or {@link LuceneIndex#create}
   * @throws GillException if the folder is not empty or cannot be written
   */
  static ImageIndex create(Path path, int dimension, float logitScale, long expected) {
    return expected > EXACT_UP_TO
        ? LuceneIndex.create(path, dimension, logitScale) : ExactIndex.create(path, dimension, logitScale);
  }

  /**
   * Opens an index of any kind for searches and changes.
   *
   * @param path folder of the index
   * @return the index at its last commit
   * @throws GillException if the folder holds no index, a file is damaged or missing, or the index is already open for
   *     changes
   */
  static ImageIndex open(Path path) {
    return ExactFolder.isCommitted(path) ? ExactIndex.open(path) : LuceneIndex.open(path);
  }

  /**
   * Opens an index of any kind for searches only. Any number of processes may do so while one process changes the
   * index. Later commits are visible only after the index has been opened again.
   *
   * @param path folder of the index
   * @return the index at its last commit; methods that change it throw {@link UnsupportedOperationException}
   * @throws GillException if the folder holds no index, or a file is damaged or missing
   */
  static ImageIndex openReadOnly(Path path) {
    return ExactFolder.isCommitted(path) ? ExactIndex.openReadOnly(path) : LuceneIndex.openReadOnly(path);
  }

  /**
   * Returns the best matches among the images that a filter accepts.
   *
   * @param query (E), of any non-zero length; the search normalises it
   * @param k maximum number of hits, at least 1
   * @param filter accepts the images to search
   * @param excluded ids that must not be returned; unknown ids are ignored
   * @return best first; empty if there are no matches
   * @throws IllegalArgumentException if the query's width differs from the index's, the query is zero or not finite, k
   *     is below 1, or the filter has more conditions than the index supports. Every index supports hundreds of
   *     conditions, and any number of conditions on one attribute within one {@link ImageFilter#any}.
   * @throws GillException if the index cannot be read
   */
  List<Hit> search(float[] query, int k, ImageFilter filter, Set<String> excluded);

  /**
   * Returns the best matches among all images.
   *
   * @param query (E), of any non-zero length; the search normalises it
   * @param k maximum number of hits, at least 1
   * @param excluded ids that must not be returned; unknown ids are ignored
   * @return best first; empty if there are no matches
   */
  @Override
  default List<Hit> search(float[] query, int k, Set<String> excluded) {
    return search(query, k, ImageFilter.EVERY, excluded);
  }

  /**
   * Returns the best matches of several queries. An exact index reads its data once for up to 32 of them.
   *
   * @param queries (n, E), each of any non-zero length
   * @param k maximum number of hits per query, at least 1
   * @param filter accepts the images to search
   * @param excluded ids that must not be returned; unknown ids are ignored
   * @return (n), the result of {@link #search(float[], int, ImageFilter, Set)} for each query
   * @throws IllegalArgumentException if {@link #search(float[], int, ImageFilter, Set)} would throw it for a query
   * @throws GillException if the index cannot be read
   */
  default List<List<Hit>> searchAll(List<float[]> queries, int k, ImageFilter filter, Set<String> excluded) {
    return queries.stream().map(query -> search(query, k, filter, excluded)).toList();
  }

  /**
   * Adds all images or, if the call fails, none.
   *
   * @param images with ids that are not in the index; batches of a few thousand are fastest
   * @throws IllegalArgumentException if the index already contains an id, an id occurs twice, or an embedding is zero,
   *     not finite or of a different width
   * @throws GillException if the images cannot be written; the last commit is then unchanged
   */
  void add(List<IndexedImage> images);

  /**
   * Replaces all images, including their URIs, attributes and embeddings, or, if the call fails, none.
   *
   * @param images with ids that are in the index
   * @throws IllegalArgumentException if the index does not contain an id, an id occurs twice, or an embedding is zero,
   *     not finite or of a different width
   * @throws GillException if the images cannot be written; the last commit is then unchanged
   */
  void update(List<IndexedImage> images);

  /**
   * Deletes images.
   *
   * @param ids of the images; unknown ids are ignored
   * @return number of deleted images
   * @throws GillException if the change cannot be written; the last commit is then unchanged
   */
  int delete(Collection<String> ids);

  /**
   * Returns an image as it was added, with its embedding normalised.
   *
   * @param id of the image
   * @return the image; empty if the index does not contain the id
   * @throws GillException if the index cannot be read
   */
  Optional<IndexedImage> find(String id);

  /**
   * Calls an action with every image, as {@link #find} returns it, in no particular order. The action receives the
   * images that the index contains when the call begins.
   *
   * @param action called once per image
   * @throws GillException if the index cannot be read
   */
  void forEach(Consumer<IndexedImage> action);

  /**
   * Returns the number of images.
   *
   * @return n
   */
  long size();

  /**
   * Returns the width of the embeddings.
   *
   * @return E
   */
  int dimension();

  /**
   * Returns the logarithm of the factor by which scores are multiplied.
   *
   * @return {@code logit_scale}
   */
  float logitScale();

  /**
   * Makes all changes so far durable.
   *
   * @throws GillException if the changes cannot be written; the previous commit is then unchanged
   */
  void commit();

  /**
   * Commits and closes the index. Idempotent.
   *
   * @throws GillException if the changes since the last {@link #commit} cannot be written; the index is closed anyway
   */
  @Override
  void close();
}
