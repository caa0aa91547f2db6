package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Named tensors in a file or in the shards of a snapshot, read in place.
 *
 * <p>Thread-safe. The data is memory-mapped: opening costs no memory in proportion to the weights, and the bytes of a
 * contiguous tensor are the file's own pages. {@link #close} drops this object's hold on the mapping; buffers obtained
 * before stay valid, and the JVM unmaps the file when the last of them is unreachable. Until then the file must not be
 * shortened or written to (and on Windows cannot be deleted): replace it by renaming another to its name. A page that
 * is gone when native code touches it ends the JVM; {@link #checkUnchanged} sees that beforehand, except where the file
 * is cut short during a computation, or on another machine of a network file system. {@link #withoutMapping} reads
 * files in place of mapping them.
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

  /**
   * Refuses files that have been written to or cut short since weights of theirs stayed mapped
   * ({@link StoredTensor#staysMapped}). Costs a look at each such file's attributes.
   *
   * @throws GillException naming the file
   */
  default void checkUnchanged() {}

  /**
   * Runs something, such as loading a model, in which files of weights that are opened on this thread are read and not
   * mapped: their tensors are private copies.
   *
   * @param body what to run
   * @param <T> the type of the result
   * @return what the body returned
   */
  static <T> T withoutMapping(Supplier<T> body) {
    return MappedFile.withoutMapping(body);
  }

  /** Drops the mapping; tensors obtained before can no longer be read, buffers can. Idempotent. */
  @Override
  void close();
}
