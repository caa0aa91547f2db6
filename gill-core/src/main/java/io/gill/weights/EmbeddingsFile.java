package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The retrieval embeddings of the published model, {@code cc3m*.npy}. Despite its name this file is a pickle of
 * {@code {'paths': [...], 'embeddings': [...]}}, with the embeddings as numpy arrays or torch tensors, row by row or as
 * one matrix.
 *
 * <p>Paths and numbers stay in the mapped file until they are requested, so that each of millions of entries takes
 * about 20 bytes. Nothing in the file is executed. Thread-safe.
 */
public final class EmbeddingsFile implements AutoCloseable {
  private final MappedFile file;
  private final List<String> paths;
  private final Rows rows;
  private final int dimension;

  /** Accesses a row. */
  private interface Rows {
    StoredTensor row(int index);
  }

  private EmbeddingsFile(MappedFile file, @Nullable Object root) {
    this.file = file;
    if (!(root instanceof Map<?, ?> dict)
        || !(dict.get("paths") instanceof List<?> pathList)
        || dict.get("embeddings") == null) {
      throw bad("is a pickle, but not of a dict with the lists 'paths' and 'embeddings'");
    }
    this.paths = texts(pathList);
    Object embeddings = dict.get("embeddings");
    long count;
    if (embeddings instanceof StoredTensor matrix && matrix.shape().length == 2) {
      count = matrix.shape()[0];
      this.rows = matrix::select;
    } else if (embeddings instanceof List<?> list) {
      List<StoredTensor> vectors = vectors(list);
      count = vectors.size();
      this.rows = vectors::get;
    } else {
      throw bad("has 'embeddings' that are neither a list of rows nor a matrix");
    }
    if (count != paths.size()) {
      throw bad("has " + paths.size() + " paths and " + count + " embeddings; their numbers must be equal");
    }
    if (count == 0) {
      throw bad("holds no embeddings");
    }
    this.dimension = firstDimension();
    if (embeddings instanceof List<?>) {
      checkDimensions();
    }
  }

  /**
   * Opens an embeddings file.
   *
   * @param path path of the file
   * @return its paths and rows, to be closed by the caller
   * @throws GillException if the file is missing, damaged or unsafe, or has other content
   */
  public static EmbeddingsFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      FileFormat.refuseImpostors(file);
      if (FileFormat.startsWith(file, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
        throw new GillException(
            path + " is a plain numpy array; a pickled dict of 'paths' and 'embeddings' is needed");
      }
      if (!FileFormat.isPickle(file)) {
        throw new GillException(path + " is not a pickle of 'paths' and 'embeddings'");
      }
      return new EmbeddingsFile(file, Unpickler.readLists(path, file));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    } catch (InternalError e) {
      file.close();
      throw file.shrunk(e);
    }
  }

  /**
   * Writes an embeddings file that the published code can read: the paths, and a numpy matrix of 32-bit floats.
   *
   * @param path path of the file, replaced if it exists; {@code cc3m*.npy} in a model directory
   * @param paths paths of the images
   * @param rows embeddings of the images, all of the same length
   * @throws IllegalArgumentException if the numbers of rows and paths differ, there are none, or rows differ in length
   * @throws GillException if the file cannot be written; an existing file is then unchanged
   */
  public static void write(Path path, List<String> paths, List<float[]> rows) {
    if (paths.size() != rows.size() || rows.isEmpty()) {
      throw new IllegalArgumentException(
          "there must be an embedding for every path, and at least one: " + paths.size() + ", " + rows.size());
    }
    int dimension = rows.get(0).length;
    ByteBuffer numbers = ByteBuffer.allocate(
        Math.multiplyExact(Math.multiplyExact(rows.size(), dimension), Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      if (row.length != dimension) {
        throw new IllegalArgumentException("embeddings of " + dimension + " and of " + row.length + " numbers");
      }
      numbers.asFloatBuffer().put(row);
      numbers.position(numbers.position() + dimension * Float.BYTES);
    }
    PickleWriter pickle = new PickleWriter(3);
    pickle.op('}').op('('); // EMPTY_DICT, MARK
    pickle.string("paths").op(']').op('('); // EMPTY_LIST, MARK
    paths.forEach(pickle::string);
    pickle.op('e'); // APPENDS
    pickle.string("embeddings").global("numpy.core.multiarray", "_reconstruct");
    pickle.op('(').global("numpy", "ndarray").tuple(0).bytes(new byte[] {'b'}).op('t').op('R'); // an empty array, …
    pickle.op('(').integer(1).tuple(rows.size(), dimension); // … and its state: version, shape,
    pickle.global("numpy", "dtype").op('(').string("f4").op(0x89).op(0x88).op('t').op('R');
    pickle.op('(').integer(3).string("<").op('N').op('N').op('N').integer(-1).integer(-1).integer(0).op('t').op('b');
    pickle.op(0x89).bytes(numbers.array()).op('t').op('b'); // type, row-major, bytes
    pickle.op('u').op('.'); // SETITEMS, STOP
    AtomicFile.write(path, ByteBuffer.wrap(pickle.bytes()));
  }

  /**
   * Returns the image paths or addresses.
   *
   * @return paths in file order; usable until {@link #close}, since they stay in the file
   */
  public List<String> paths() {
    return paths;
  }

  /**
   * Returns the number of rows.
   *
   * @return at least 1
   */
  public int size() {
    return paths.size();
  }

  /**
   * Returns the length of the rows.
   *
   * @return at least 1; 256 in the published file
   */
  public int dimension() {
    return dimension;
  }

  /**
   * Returns a row, converted to single precision.
   *
   * @param index from 0 to {@link #size} - 1
   * @return a new array of {@link #dimension} numbers
   * @throws IndexOutOfBoundsException if the index is out of range
   * @throws IllegalStateException after {@link #close}
   */
  public float[] row(int index) {
    return rows.row(index).toFloatArray();
  }

  /** Releases the mapping of the file. Idempotent. */
  @Override
  public void close() {
    file.close();
  }

  /** Returns the list itself, since it may have millions of entries. */
  @SuppressWarnings("unchecked") // checked
  private List<String> texts(List<?> items) {
    checkType(items, String.class, "a path that is not a text");
    return (List<String>) Collections.unmodifiableList(items);
  }

  @SuppressWarnings("unchecked") // checked
  private List<StoredTensor> vectors(List<?> items) {
    checkType(items, StoredTensor.class, "an embedding that is neither a numpy array nor a tensor");
    return (List<StoredTensor>) items;
  }

  private void checkType(List<?> items, Class<?> type, String what) {
    if (items instanceof StoredList stored && stored.isOf(type)) {
      return;
    }
    int index = 0;
    for (Object item : items) {
      if (!type.isInstance(item)) {
        throw bad("has " + what + " at index " + index);
      }
      index++;
    }
  }

  private int firstDimension() {
    StoredTensor first = rows.row(0);
    if (first.elementCount() == 0 || first.elementCount() > 1 << 20 || !first.dtype().isFloatingPoint()) {
      throw bad("has embeddings that are not vectors of floating-point numbers: " + first.elementCount() + " of "
          + first.dtype());
    }
    return (int) first.elementCount();
  }

  private void checkDimensions() {
    for (int i = 0; i < size(); i++) {
      StoredTensor row = rows.row(i);
      if (row.elementCount() != dimension || !row.dtype().isFloatingPoint()) {
        throw bad(
            "has " + row.elementCount() + " numbers of " + row.dtype() + " in embedding " + i + " where the first has "
                + dimension);
      }
    }
  }

  private GillException bad(String what) {
    return new GillException(file.path() + " " + what);
  }
}
