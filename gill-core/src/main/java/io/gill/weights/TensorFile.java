package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.Set;

/**
 * Named tensors in a file or in the shards of a snapshot, read in place.
 *
 * <p>Thread-safe. The data is memory-mapped: opening costs no memory in proportion to the weights, and the bytes of a
 * contiguous tensor are the file's own pages. {@link #close} drops this object's hold on the mapping; buffers obtained
 * before stay valid, and the JVM unmaps the file when the last of them is unreachable. Until then the file must not be
 * shortened (and on Windows cannot be deleted).
 */
public interface TensorFile extends AutoCloseable {
  /**
   * Opens a file of weights; what it is, its content tells: safetensors, a PyTorch zip checkpoint (torch.save since
   * 1.6), or the container before that. Nothing in it is executed.
   *
   * @param path the file
   * @return its tensors; close it after use
   * @throws GillException if the file is missing, damaged, unsafe, or something else altogether
   */
  static TensorFile open(Path path) {
    return FileFormat.open(path);
  }

  /**
   * Where the tensors are, for messages.
   *
   * @return the file, or the folder of a snapshot
   */
  Path path();

  /**
   * The names of the tensors.
   *
   * @return an unmodifiable set in the order of the file
   */
  Set<String> names();

  /**
   * One tensor.
   *
   * @param name its name
   * @return the tensor
   * @throws GillException if there is none of that name
   * @throws IllegalStateException after {@link #close}
   */
  StoredTensor get(String name);

  /** Drops the mapping; tensors obtained before can no longer be read, buffers can. Idempotent. */
  @Override
  void close();
}
