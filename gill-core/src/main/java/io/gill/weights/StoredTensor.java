package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A tensor in a file: name, element type, shape, and elements on demand.
 *
 * <p>Immutable and thread-safe. Elements are always returned contiguous, row-major (the last axis varies fastest) and
 * little-endian. Usable until the {@link TensorFile} it came from is closed.
 */
public final class StoredTensor {
  /** Limit for views that are larger than their storage: with a stride of 0, four bytes can expand to any size. */
  private static final long MAX_EXPANDED_BYTES = 64L << 20;

  private final Path origin;
  private final String name;
  private final DType dtype;
  private final TensorLayout layout;
  private final ByteRegion storage;

  private StoredTensor(Path origin, String name, DType dtype, TensorLayout layout, ByteRegion storage) {
    this.origin = origin;
    this.name = name;
    this.dtype = dtype;
    this.layout = layout;
    this.storage = storage;
  }

  /** Creates a tensor whose storage consists of exactly its elements, as the caller has checked. */
  static StoredTensor contiguous(Path origin, String name, DType dtype, long[] shape, ByteRegion storage) {
    return new StoredTensor(origin, name, dtype, TensorLayout.contiguous(shape), storage);
  }

  /**
   * Creates a view of a storage, with sizes, strides and offset in elements as in PyTorch.
   *
   * @throws GillException if the view is malformed or reaches outside the storage
   */
  static StoredTensor view(
      Path origin, String name, DType dtype, long[] shape, long[] strides, long offset, ByteRegion storage) {
    TensorLayout layout = TensorLayout.of(shape, strides, offset,
        storage.size() / dtype.byteSize(), dtype.byteSize(), origin + ": tensor '" + name + "'");
    return new StoredTensor(origin, name, dtype, layout, storage);
  }

  /** Returns the same tensor under another name. */
  StoredTensor named(String newName) {
    return new StoredTensor(origin, newName, dtype, layout, storage);
  }

  /** Position of the bytes in a file; −1 if they are not contiguous in it. */
  long position(ByteRegion file) {
    long start = layout.isContiguous() && layout.elementCount() > 0 ? storage.positionIn(file) : -1;
    return start >= 0 ? start + layout.offset() * dtype.byteSize() : -1;
  }

  boolean isLike(StoredTensor other) {
    return dtype == other.dtype && layout.hasShapeOf(other.layout);
  }

  /** Returns a tensor of the same name, type and shape whose bytes are contiguous at a position. */
  StoredTensor at(ByteRegion file, long position) {
    return contiguous(origin, name, dtype, shape(), file.part(position, byteSize()));
  }

  /**
   * Selects an entry of the first axis, such as a row of a matrix.
   *
   * @param index from 0 to the size of the first axis - 1
   * @return a view with one axis less
   * @throws IndexOutOfBoundsException if the index is out of range
   */
  public StoredTensor select(long index) {
    long size = layout.shape()[0];
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("entry " + index + " of " + size + " of tensor '" + name + "'");
    }
    return new StoredTensor(origin, name, dtype, layout.select(index), storage);
  }

  /**
   * Reorders the axes, as PyTorch's {@code permute} does.
   *
   * @param order for each axis of the result, the axis of this tensor
   * @return a view
   * @throws IllegalArgumentException if the order does not name each axis once
   */
  public StoredTensor permute(int... order) {
    return new StoredTensor(origin, name, dtype, layout.permute(order), storage);
  }

  @Nullable MappedFile file() {
    return storage.file();
  }

  /**
   * Returns whether the bytes are pages of a mapped file rather than copied on each call.
   *
   * @return whether {@link #bytes} is a view of the file
   */
  public boolean isMapped() {
    MappedFile file = storage.file();
    return layout.isContiguous() && file != null && file.isMapped();
  }

  /**
   * Declares that native code keeps the address of {@link #bytes}. From now on {@link TensorFile#checkUnchanged} checks
   * the file.
   */
  public void staysMapped() {
    MappedFile file = storage.file();
    if (file != null) {
      file.stays();
    }
  }

  /**
   * Returns the name of the tensor in its file.
   *
   * @return the key, without the {@code module.} prefix of distributed training
   */
  public String name() {
    return name;
  }

  /**
   * Returns the file that contains the tensor.
   *
   * @return the path of the file, or of the shard in a sharded snapshot
   */
  public Path origin() {
    return origin;
  }

  /**
   * Returns the element type.
   *
   * @return the type as stored
   */
  public DType dtype() {
    return dtype;
  }

  /**
   * Returns the size of each axis.
   *
   * @return a new array, empty for a scalar
   */
  public long[] shape() {
    return layout.shape();
  }

  /**
   * Returns the number of elements.
   *
   * @return the product of the shape, 1 for a scalar
   */
  public long elementCount() {
    return layout.elementCount();
  }

  /**
   * Returns the number of bytes of the contiguous tensor.
   *
   * @return element count times element size
   */
  public long byteSize() {
    return layout.elementCount() * dtype.byteSize();
  }

  /** Returns whether the elements are row-major and without gaps in the file, so that {@link #bytes} needs no copy. */
  boolean isContiguous() {
    return layout.isContiguous();
  }

  /**
   * Returns all bytes of the tensor.
   *
   * <p>The bytes of a contiguous, uncompressed tensor are a view of the mapped file; others are copied into new native
   * memory. The address need not be a multiple of the element size.
   *
   * @return a read-only little-endian direct buffer of {@link #byteSize} bytes, row-major
   * @throws GillException if the tensor has 2 GiB or more (see {@link #slice}) or is damaged
   * @throws IllegalStateException if the file is closed
   */
  public ByteBuffer bytes() {
    checkFitsBuffer();
    return slice(0, (int) byteSize());
  }

  /**
   * Returns a range of bytes of the contiguous row-major tensor, for tensors too large for one buffer.
   *
   * @param byteOffset first byte of the range
   * @param length number of bytes
   * @return a read-only little-endian direct buffer
   * @throws IllegalArgumentException if the range is outside the tensor
   * @throws GillException if the tensor is damaged
   * @throws IllegalStateException if the file is closed
   */
  public ByteBuffer slice(long byteOffset, int length) {
    check(byteOffset, length);
    if (length == 0) {
      return ByteBuffer.allocateDirect(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    if (!layout.isContiguous()) {
      return gather(byteOffset, length);
    }
    ByteBuffer bytes = storage.slice(layout.offset() * dtype.byteSize() + byteOffset, length);
    if (bytes.isDirect()) {
      return bytes;
    }
    ByteBuffer direct = ByteBuffer.allocateDirect(length).put(bytes).flip();
    return direct.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Copies a range of bytes of the contiguous row-major tensor. Unlike {@link #slice}, it leaves the pages of a mapped
   * file outside this process's memory.
   *
   * @param byteOffset first byte of the range
   * @param into receives its remaining number of bytes
   * @throws IllegalArgumentException if the range is outside the tensor
   * @throws GillException if the tensor is damaged or the file cannot be read
   * @throws IllegalStateException if the file is closed
   */
  public void read(long byteOffset, ByteBuffer into) {
    check(byteOffset, into.remaining());
    if (layout.isContiguous() && into.hasRemaining()) {
      storage.read(layout.offset() * dtype.byteSize() + byteOffset, into);
    } else {
      into.put(slice(byteOffset, into.remaining()));
    }
  }

  private void check(long byteOffset, int length) {
    if (byteOffset < 0 || length < 0 || byteOffset > byteSize() - length) {
      throw new IllegalArgumentException(
          length + " bytes at " + byteOffset + " of tensor '" + name + "', which has " + byteSize());
    }
  }

  /**
   * Returns the elements as single-precision numbers. F64 and integers are rounded; booleans become 0 and 1.
   *
   * @return a new array, row-major
   * @throws GillException if there are more elements than an array can hold, they are complex, or the tensor is damaged
   * @throws IllegalStateException if the file is closed
   */
  public float[] toFloatArray() {
    if (dtype == DType.C64) {
      throw error("holds complex numbers (C64) where real ones are expected; bytes() has them as they are stored");
    }
    int count = arrayLength();
    return Elements.toFloats(dtype, bytes(), count);
  }

  /**
   * Returns the elements as integers. Booleans become 0 and 1.
   *
   * @return a new array, row-major
   * @throws GillException if the elements are neither integers nor booleans, do not fit, or are more than an array can
   *     hold, or the tensor is damaged
   * @throws IllegalStateException if the file is closed
   */
  public long[] toLongArray() {
    if (!dtype.isInteger() && dtype != DType.BOOL) {
      throw error("holds " + dtype + " where integers are expected");
    }
    long[] values = new long[arrayLength()];
    ByteBuffer bytes = bytes();
    for (int i = 0; i < values.length; i++) {
      values[i] = Elements.integer(dtype, bytes, i);
      if (dtype == DType.U64 && values[i] < 0) {
        throw error("holds " + Long.toUnsignedString(values[i]) + ", too large for a signed integer");
      }
    }
    return values;
  }

  /**
   * Describes the tensor for messages.
   *
   * @return name, element type, shape and file
   */
  @Override
  public String toString() {
    return name + " " + dtype + layout + " in " + origin;
  }

  private int arrayLength() {
    checkFitsBuffer();
    checkExpansion();
    return (int) layout.elementCount();
  }

  private void checkFitsBuffer() {
    if (byteSize() > Integer.MAX_VALUE) {
      throw error("has " + byteSize() + " bytes, more than one buffer holds; read it in slices");
    }
  }

  private void checkExpansion() {
    if (!layout.isContiguous() && byteSize() > Math.max(MAX_EXPANDED_BYTES, storage.size())) {
      throw error(
          "is a view that expands " + storage.size() + " bytes to " + byteSize() + ", which is refused");
    }
  }

  /** Copies a part of a non-contiguous view element by element. */
  private ByteBuffer gather(long byteOffset, int length) {
    checkExpansion();
    int itemSize = dtype.byteSize();
    int skipped = (int) (byteOffset % itemSize);
    int count = (int) (((long) skipped + length + itemSize - 1) / itemSize);
    ByteBuffer out = ByteBuffer.allocateDirect(Math.multiplyExact(count, itemSize)).order(ByteOrder.LITTLE_ENDIAN);
    ElementReader elements = new ElementReader(storage, itemSize, layout.offset());
    TensorLayout.Position position = layout.position(byteOffset / itemSize);
    for (int i = 0; i < count; i++) {
      elements.copy(position.next(), out);
    }
    return out.flip().slice(skipped, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private GillException error(String what) {
    return new GillException(origin + ": tensor '" + name + "' " + what);
  }
}
