package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Named tensors of a file, or of the shards of a snapshot, read in place.
 *
 * <p>Thread-safe. The data is memory-mapped: opening a file takes no memory proportional to the weights, and the bytes
 * of a contiguous tensor are pages of the file. {@link #close} releases this object's hold on the mapping. Buffers
 * obtained before stay valid, and the JVM unmaps the file when the last of them is unreachable. Until then the file
 * must not be truncated or modified, and cannot be deleted on Windows; replace it by renaming another file to its name.
 * If a page is gone when native code accesses it, the JVM crashes. {@link #checkUnchanged} detects this beforehand,
 * unless the file is truncated during a computation or by another machine on a network file system.
 * {@link #withoutMapping} reads files instead of mapping them.
 */
public interface TensorFile extends AutoCloseable {
  /**
   * Opens a weight file and detects its format from the content: safetensors, a PyTorch zip checkpoint (torch.save
   * since 1.6), the container before that, or a frozen TensorFlow graph, whose tensors are the constants of 32-bit
   * floats by the names of their nodes. Nothing in the file is executed.
   *
   * @param path path of the file
   * @return its tensors, to be closed by the caller
   * @throws GillException if the file is missing, damaged, unsafe, or of another format
   */
  static TensorFile open(Path path) {
    return FileFormat.open(path);
  }

  /**
   * Returns the location of the tensors, for messages.
   *
   * @return the file, or the folder of a snapshot
   */
  Path path();

  /**
   * Returns the names of the tensors.
   *
   * @return an unmodifiable set in file order
   */
  Set<String> names();

  /**
   * Returns the strings that a safetensors file has beside its tensors.
   *
   * @return strings by name; empty for other formats and for the shards of a snapshot
   */
  default Map<String, String> metadata() {
    return Map.of();
  }

  /**
   * Returns a tensor.
   *
   * @param name name of the tensor
   * @return the tensor
   * @throws GillException if there is no such tensor
   * @throws IllegalStateException after {@link #close}
   */
  StoredTensor get(String name);

  /**
   * Rejects files that were modified or truncated while weights stay mapped from them
   * ({@link StoredTensor#staysMapped}). Reads the attributes of each such file.
   *
   * @throws GillException if a file has changed; the message names it
   */
  default void checkUnchanged() {}

  /**
   * Runs a task, such as loading a model, during which weight files opened on this thread are read instead of mapped:
   * their tensors are private copies.
   *
   * @param body the task
   * @param <T> type of the result
   * @return the task's result
   */
  static <T> T withoutMapping(Supplier<T> body) {
    return MappedFile.withoutMapping(body);
  }

  /** Releases the mapping. Tensors obtained before become unreadable; buffers stay valid. Idempotent. */
  @Override
  void close();
}
