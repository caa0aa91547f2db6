package io.gill.retrieval;

import io.gill.GillException;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageRetrieverProvider;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens the collection of a model directory: the index in its folder {@code index} or, without this folder, the
 * published {@code cc3m*.npy} files, sorted by name.
 */
public final class ModelCollection implements ImageRetrieverProvider {
  /** For {@link java.util.ServiceLoader}. */
  public ModelCollection() {}

  @Override
  public Optional<ImageRetriever> open(Path modelDirectory, int dimension, float logitScale) {
    Path folder = modelDirectory.resolve("index");
    if (Files.isDirectory(folder)) {
      return Optional.of(index(folder, dimension, logitScale));
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(modelDirectory, "cc3m*.npy")) {
      found.forEach(files::add);
    } catch (IOException e) {
      throw new GillException("cannot list " + modelDirectory + ": " + e.getMessage(), e);
    }
    files.sort(null);
    return files.isEmpty() ? Optional.empty() : Optional.of(ExactIndex.load(files, dimension, logitScale));
  }

  private static ImageRetriever index(Path folder, int dimension, float logitScale) {
    ImageIndex index = ImageIndex.openReadOnly(folder);
    try {
      requireDimension(folder, index.dimension(), dimension);
      if (index.logitScale() != logitScale) {
        throw new GillException(folder + " was built for a model whose logit_scale is " + index.logitScale()
            + ", but this model's is " + logitScale + ": index the pictures again with this model");
      }
      return index;
    } catch (GillException e) {
      index.close();
      throw e;
    }
  }

  /** Checks that the embeddings are as wide as the model's, unless the model's width is unknown (0). */
  static void requireDimension(Path collection, int dimension, int expected) {
    if (expected > 0 && dimension != expected) {
      throw new GillException(collection + " was built for a model whose ret_emb_dim is " + dimension
          + ", but this model's is " + expected + ": index the pictures again with this model");
    }
  }
}
