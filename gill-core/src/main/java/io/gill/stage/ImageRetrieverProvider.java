package io.gill.stage;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens a model's collection of images; found by {@link java.util.ServiceLoader}. Of several providers, the first that
 * finds a collection is used.
 */
public interface ImageRetrieverProvider {
  /**
   * Opens the collection of a model directory.
   *
   * @param modelDirectory holds an index, or {@code cc3m*.npy} as published
   * @param dimension the width of the model's retrieval embeddings, {@code ret_emb_dim}; 0 if that is not known, since
   *     the application brings its own {@link QueryEmbedder}
   * @param logitScale the model's {@code logit_scale}; scores are multiplied by its exponential
   * @return the collection, or empty if the directory has none
   * @throws io.gill.GillException if there is one and it cannot be read, or it was made for another model
   */
  Optional<ImageRetriever> open(Path modelDirectory, int dimension, float logitScale);
}
