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

/** Opens the {@code cc3m*.npy} files of a published model directory, in the order of their names. */
public final class PublishedEmbeddings implements ImageRetrieverProvider {
  /** Called by {@link java.util.ServiceLoader}. */
  public PublishedEmbeddings() {}

  @Override
  public Optional<ImageRetriever> open(Path modelDirectory, float logitScale) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(modelDirectory, "cc3m*.npy")) {
      found.forEach(files::add);
    } catch (IOException e) {
      throw new GillException("cannot look into " + modelDirectory + ": " + e.getMessage(), e);
    }
    files.sort(null);
    return files.isEmpty() ? Optional.empty() : Optional.of(ExactIndex.load(files, logitScale));
  }
}
