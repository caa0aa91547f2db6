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
  public Optional<ImageRetriever> open(Path modelDirectory, float logitScale) {
    Path folder = modelDirectory.resolve("index");
    if (Files.isDirectory(folder)) {
      return Optional.of(index(folder, logitScale));
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(modelDirectory, "cc3m*.npy")) {
      found.forEach(files::add);
    } catch (IOException e) {
      throw new GillException("cannot look into " + modelDirectory + ": " + e.getMessage(), e);
    }
    files.sort(null);
    return files.isEmpty() ? Optional.empty() : Optional.of(ExactIndex.load(files, logitScale));
  }

  private static ImageRetriever index(Path folder, float logitScale) {
    ImageIndex index = ImageIndex.openReadOnly(folder);
    if (index.logitScale() != logitScale) {
      index.close();
      throw new GillException(folder + " was made for a model whose logit_scale is " + index.logitScale() + ", and this "
          + "model's is " + logitScale + ": index the pictures anew with this model");
    }
    return index;
  }
}
