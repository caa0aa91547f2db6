package io.gill.stage;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens a model's image collection. Providers are found by {@link java.util.ServiceLoader}; the first one that finds a
 * collection is used.
 */
public interface ImageRetrieverProvider {
  /**
   * Opens the image collection of a model directory.
   *
   * @param modelDirectory a folder with an index, or with {@code cc3m*.npy} as published
   * @param dimension width of the model's retrieval embeddings, {@code ret_emb_dim}; 0 if unknown because the
   *     application brings its own {@link QueryEmbedder}
   * @param logitScale the model's {@code logit_scale}; scores are multiplied by its exponential
   * @return the collection, or empty if the directory has none
   * @throws io.gill.GillException if the collection cannot be read or was made for another model
   */
  Optional<ImageRetriever> open(Path modelDirectory, int dimension, float logitScale);
}
