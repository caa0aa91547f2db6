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
 * Opens a model directory's collection: the index in its folder {@code index}, or else the published {@code cc3m*.npy}
 * files in the order of their names.
 */
public final class ModelCollection implements ImageRetrieverProvider {
  /** Called by {@link java.util.ServiceLoader}. */
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
      throw new GillException("cannot look into " + modelDirectory + ": " + e.getMessage(), e);
    }
    files.sort(null);
    return files.isEmpty() ? Optional.empty() : Optional.of(ExactIndex.load(files, dimension, logitScale));
  }

  private static ImageRetriever index(Path folder, int dimension, float logitScale) {
    ImageIndex index = ImageIndex.openReadOnly(folder);
    try {
      requireDimension(folder, index.dimension(), dimension);
      if (index.logitScale() != logitScale) {
        throw new GillException(folder + " was made for a model whose logit_scale is " + index.logitScale()
            + ", and this model's is " + logitScale + ": index the pictures anew with this model");
      }
      return index;
    } catch (GillException e) {
      index.close();
      throw e;
    }
  }

  /** Refuses embeddings of another width than the model's, where that is known. */
  static void requireDimension(Path collection, int dimension, int expected) {
    if (expected > 0 && dimension != expected) {
      throw new GillException(collection + " was made for a model whose ret_emb_dim is " + dimension
          + ", and this model's is " + expected + ": index the pictures anew with this model");
    }
  }
}
