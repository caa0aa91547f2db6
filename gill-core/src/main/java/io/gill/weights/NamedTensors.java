package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** A fixed map of tensors over open files, the parsed form of every kind of tensor file. */
final class NamedTensors implements TensorFile {
  private final Path path;
  private final Map<String, StoredTensor> tensors;
  private final Map<String, String> metadata;
  private final Runnable onClose;
  private final List<MappedFile> files;
  private volatile boolean closed;

  /** Takes ownership of the map. */
  NamedTensors(Path path, Map<String, StoredTensor> tensors, Runnable onClose) {
    this(path, tensors, Map.of(), onClose);
  }

  /** Takes ownership of the maps. */
  NamedTensors(Path path, Map<String, StoredTensor> tensors, Map<String, String> metadata, Runnable onClose) {
    this.path = path;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = Collections.unmodifiableMap(metadata);
    this.onClose = onClose;
    this.files = tensors.values().stream().map(StoredTensor::file).filter(Objects::nonNull).distinct().toList();
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public StoredTensor get(String name) {
    if (closed) {
      throw new IllegalStateException(path + " is closed");
    }
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new GillException("no tensor '" + name + "' in " + path + ", which has " + tensors.size() + " tensors");
    }
    return tensor;
  }

  @Override
  public void checkUnchanged() {
    files.forEach(MappedFile::checkUnchanged);
  }

  @Override
  public void close() {
    closed = true;
    onClose.run();
  }

  @Override
  public String toString() {
    return path + " (" + tensors.size() + " tensors)";
  }
}
