package io.gill.weights;

import io.gill.GillException;
import io.gill.weights.Unpickler.Storage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A PyTorch checkpoint: the tensors of its {@code state_dict}, or of the root if the root contains the tensors itself,
 * and the complete structure as plain values.
 *
 * <p>Nothing in the file is executed: all names except those of tensors and plain containers are rejected. The prefix
 * {@code module.}, which distributed training adds to keys, is removed. The device a tensor was saved from is ignored.
 * Thread-safe, like every {@link TensorFile}.
 */
public final class PyTorchFile implements TensorFile {
  private static final String DISTRIBUTED_PREFIX = "module.";
  private static final String STATE_DICT = "state_dict";

  /** The pickle describes tensors but does not contain them; this is far more than the largest checkpoints need. */
  private static final long MAX_PICKLE_BYTES = 64L << 20;

  private final Map<?, ?> root;
  private final boolean hasStateDict;
  private final NamedTensors tensors;

  private PyTorchFile(MappedFile file, @Nullable Object value) {
    if (!(value instanceof Map<?, ?> dict)) {
      throw new GillException(
          file.path() + " holds " + describe(value) + " at its root; a checkpoint is a dict of tensors");
    }
    this.root = Collections.unmodifiableMap(dict);
    Map<?, ?> state = dict.get(STATE_DICT) instanceof Map<?, ?> inner ? inner : dict;
    this.hasStateDict = state != dict;
    Map<String, StoredTensor> named = named(file.path(), state);
    if (named.isEmpty()) {
      throw new GillException(
          file.path() + " holds no tensors, neither at its root nor in a state_dict; its root has " + dict.size()
              + " entries" + someKeys(dict));
    }
    this.tensors = new NamedTensors(file.path(), named, file::close);
  }

  /**
   * Opens a checkpoint.
   *
   * @param path path of a file written by any version of torch.save
   * @return its tensors, to be closed by the caller
   * @throws GillException if the file is missing, damaged, unsafe, or not a checkpoint
   */
  public static PyTorchFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      FileFormat.refuseImpostors(file);
      return read(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    } catch (InternalError e) {
      file.close();
      throw file.shrunk(e);
    }
  }

  /** Takes over the file on success. */
  static PyTorchFile read(MappedFile file) {
    if (FileFormat.startsWith(file, 'P', 'K')) {
      return new PyTorchFile(file, readZip(file));
    }
    if (FileFormat.isPickle(file)) {
      return new PyTorchFile(file, LegacyContainer.read(file.path(), file));
    }
    throw new GillException(file.path() + " is neither safetensors nor a PyTorch checkpoint; download it again");
  }

  private static @Nullable Object readZip(MappedFile file) {
    Path path = file.path();
    ZipContainer zip = new ZipContainer(file);
    ByteRegion order = zip.record("byteorder");
    if (order != null && order.size() < 16) {
      ByteBuffer text = order.slice(0, (int) order.size());
      if (!StandardCharsets.ISO_8859_1.decode(text).toString().strip().equals("little")) {
        throw new GillException(path + " was not written on a little-endian machine, which is not supported");
      }
    }
    ByteRegion pickle = zip.record("data.pkl");
    if (pickle == null || pickle.size() > MAX_PICKLE_BYTES) {
      throw new GillException(path + " has a data.pkl of more than " + MAX_PICKLE_BYTES + " bytes");
    }
    return Unpickler.read(path, pickle, 0, (dtype, key, elements, view) -> storage(zip, path, dtype, key, elements))
        .value();
  }

  private static Storage storage(ZipContainer zip, Path path, DType dtype, String key, long elements) {
    ByteRegion bytes = zip.record("data/" + key);
    if (bytes == null) {
      throw new GillException(path + " lacks the record data/" + key + " that its tensors need");
    }
    if (bytes.size() != elements * dtype.byteSize()) {
      throw new GillException(
          path + ": record data/" + key + " has " + bytes.size() + " bytes where " + elements + " elements of "
              + dtype + " need " + elements * dtype.byteSize());
    }
    return new Storage(dtype, bytes);
  }

  private static Map<String, StoredTensor> named(Path path, Map<?, ?> state) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    state.forEach(
        (key, value) -> {
          if (key instanceof String text && value instanceof StoredTensor tensor) {
            String name =
                text.startsWith(DISTRIBUTED_PREFIX) ? text.substring(DISTRIBUTED_PREFIX.length()) : text;
            if (tensors.put(name, tensor.named(name)) != null) {
              throw new GillException(path + " has '" + name + "' with and without the prefix module.");
            }
          }
        });
    return tensors;
  }

  /**
   * Returns the complete structure: {@link Map} (in file order, with keys of any type), {@link java.util.List},
   * {@link Set}, {@link String}, {@link Long}, {@link java.math.BigInteger}, {@link Double}, {@link Boolean},
   * {@link StoredTensor}, {@link DType}, {@link ByteBuffer} and null.
   *
   * <p>A file may nest deeply or contain itself: access known keys only, and do not compare or print the structure.
   *
   * @return the root dict, unmodifiable
   */
  public Map<?, ?> root() {
    return root;
  }

  /**
   * Returns whether the root contains a {@code state_dict}, as training checkpoints do.
   *
   * @return true if the tensors come from the state_dict, false if they come from the root
   */
  public boolean hasStateDict() {
    return hasStateDict;
  }

  @Override
  public Path path() {
    return tensors.path();
  }

  @Override
  public Set<String> names() {
    return tensors.names();
  }

  @Override
  public StoredTensor get(String name) {
    return tensors.get(name);
  }

  @Override
  public void checkUnchanged() {
    tensors.checkUnchanged();
  }

  @Override
  public void close() {
    tensors.close();
  }

  /**
   * Returns a description for messages.
   *
   * @return the file and the number of tensors
   */
  @Override
  public String toString() {
    return tensors.toString();
  }

  private static String someKeys(Map<?, ?> dict) {
    return dict.keySet().stream()
        .filter(key -> key instanceof String text && text.length() < 80)
        .limit(8)
        .map(key -> " '" + key + "'")
        .collect(Collectors.joining());
  }

  private static String describe(@Nullable Object value) {
    return value == null ? "nothing" : "a " + value.getClass().getSimpleName();
  }
}
