package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A tensor as it lies in a file: name, element type, shape, and its numbers on demand.
 *
 * <p>Immutable and thread-safe. What is handed out is always contiguous, row-major (the last axis runs fastest) and
 * little-endian. Usable until the {@link TensorFile} it came from is closed.
 */
public final class StoredTensor {
  /** What a view may take beyond the storage under it: a stride of 0 turns four bytes into as many as it likes. */
  private static final long MAX_EXPANDED_BYTES = 64L << 20;

  private static final int MAX_RANK = 64;

  private final Path origin;
  private final String name;
  private final DType dtype;
  private final long[] shape;
  private final long[] strides;
  private final long offset;
  private final long elementCount;
  private final boolean contiguous;
  private final ByteRegion storage;

  private StoredTensor(
      Path origin, String name, DType dtype, long[] shape, long[] strides, long offset, ByteRegion storage) {
    this.origin = origin;
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.storage = storage;
    this.elementCount = elementCount(shape);
    this.contiguous = elementCount == 0 || Arrays.equals(effective(strides, shape), effective(dense(shape), shape));
  }

  /** A tensor whose storage is exactly its elements; the caller has checked that. */
  static StoredTensor contiguous(Path origin, String name, DType dtype, long[] shape, ByteRegion storage) {
    return new StoredTensor(origin, name, dtype, shape, dense(shape), 0, storage);
  }

  /**
   * A view of a storage, sizes, strides and offset counted in elements as PyTorch does; checked against the storage.
   *
   * @throws GillException if the view is malformed or reaches outside the storage
   */
  static StoredTensor view(
      Path origin, String name, DType dtype, long[] shape, long[] strides, long offset, ByteRegion storage) {
    String where = origin + ": tensor '" + name + "' ";
    if (shape.length != strides.length || shape.length > MAX_RANK) {
      throw new GillException(where + "has " + shape.length + " sizes and " + strides.length + " strides");
    }
    if (offset < 0) {
      throw new GillException(where + "has the negative storage offset " + offset);
    }
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] < 0 || strides[axis] < 0) {
        throw new GillException(
            where + "has a negative size or stride: " + Arrays.toString(shape) + ", " + Arrays.toString(strides));
      }
    }
    try {
      long count = Math.multiplyExact(elementCount(shape), dtype.byteSize()) / dtype.byteSize();
      long last = offset;
      for (int axis = 0; axis < shape.length && count > 0; axis++) {
        last = Math.addExact(last, Math.multiplyExact(shape[axis] - 1, strides[axis]));
      }
      if (count > 0 && last >= storage.size() / dtype.byteSize()) {
        throw new GillException(
            where + "of shape " + Arrays.toString(shape) + " reaches element " + last + " of a storage of "
                + storage.size() / dtype.byteSize());
      }
    } catch (ArithmeticException e) {
      throw new GillException(where + "has a shape too large for any file: " + Arrays.toString(shape), e);
    }
    return new StoredTensor(origin, name, dtype, shape.clone(), strides.clone(), offset, storage);
  }

  /** The same tensor under another name. */
  StoredTensor named(String newName) {
    return new StoredTensor(origin, newName, dtype, shape, strides, offset, storage);
  }

  /** Where its bytes lie in a file; −1 if they do not lie there one after the other. */
  long position(ByteRegion file) {
    long start = contiguous && elementCount > 0 ? storage.positionIn(file) : -1;
    return start >= 0 ? start + offset * dtype.byteSize() : -1;
  }

  boolean isLike(StoredTensor other) {
    return dtype == other.dtype && Arrays.equals(shape, other.shape);
  }

  /** A tensor of the same name, type and shape whose bytes lie there one after the other. */
  StoredTensor at(ByteRegion file, long position) {
    return contiguous(origin, name, dtype, shape, file.part(position, byteSize()));
  }

  /**
   * One entry of the first axis: a row of a matrix.
   *
   * @param index from 0 to the size of the first axis - 1
   * @return a view, of one axis less
   * @throws IndexOutOfBoundsException if there is no such entry
   */
  public StoredTensor select(long index) {
    if (index < 0 || index >= shape[0]) {
      throw new IndexOutOfBoundsException("entry " + index + " of " + shape[0] + " of tensor '" + name + "'");
    }
    return new StoredTensor(
        origin,
        name,
        dtype,
        Arrays.copyOfRange(shape, 1, shape.length),
        Arrays.copyOfRange(strides, 1, strides.length),
        offset + index * strides[0],
        storage);
  }

  @Nullable MappedFile file() {
    return storage.file();
  }

  /**
   * Whether its bytes are pages of a mapped file: false for those that are copied when they are asked for.
   *
   * @return whether {@link #bytes} is a view of the file
   */
  public boolean isMapped() {
    MappedFile file = storage.file();
    return contiguous && file != null && file.isMapped();
  }

  /**
   * Says that native code keeps the address of {@link #bytes}: from now on {@link TensorFile#checkUnchanged} checks the
   * file.
   */
  public void staysMapped() {
    MappedFile file = storage.file();
    if (file != null) {
      file.stays();
    }
  }

  /**
   * The name in its file.
   *
   * @return the key, without the {@code module.} prefix of distributed training
   */
  public String name() {
    return name;
  }

  /**
   * The file it lies in.
   *
   * @return the path of the file, of the shard in a sharded snapshot
   */
  public Path origin() {
    return origin;
  }

  /**
   * The element type.
   *
   * @return the type as stored
   */
  public DType dtype() {
    return dtype;
  }

  /**
   * The size of each axis.
   *
   * @return a fresh array, empty for a scalar
   */
  public long[] shape() {
    return shape.clone();
  }

  /**
   * The number of elements.
   *
   * @return the product of the shape, 1 for a scalar
   */
  public long elementCount() {
    return elementCount;
  }

  /**
   * The number of bytes of the contiguous tensor.
   *
   * @return element count times element size
   */
  public long byteSize() {
    return elementCount * dtype.byteSize();
  }

  /**
   * Whether the elements lie row-major and without gaps in the file, so that {@link #bytes} needs no copy.
   *
   * @return false for transposed, strided and expanded views
   */
  public boolean isContiguous() {
    return contiguous;
  }

  /**
   * All bytes of the tensor.
   *
   * <p>A contiguous tensor that is not compressed comes as a view of the mapped file; anything else is gathered into
   * fresh native memory. The address need not be a multiple of the element size.
   *
   * @return a read-only little-endian direct buffer of {@link #byteSize} bytes, row-major
   * @throws GillException if the tensor has 2 GiB or more (see {@link #slice}) or is damaged
   * @throws IllegalStateException if the file is closed
   */
  public ByteBuffer bytes() {
    if (byteSize() > Integer.MAX_VALUE) {
      throw error("has " + byteSize() + " bytes, more than one buffer holds; read it in slices");
    }
    return slice(0, (int) byteSize());
  }

  /**
   * Some bytes of the contiguous row-major tensor, for those too large for one buffer.
   *
   * @param byteOffset where to begin
   * @param length how many bytes
   * @return a read-only little-endian direct buffer
   * @throws IllegalArgumentException if the range is not inside the tensor
   * @throws GillException if the tensor is damaged
   * @throws IllegalStateException if the file is closed
   */
  public ByteBuffer slice(long byteOffset, int length) {
    if (byteOffset < 0 || length < 0 || byteOffset > byteSize() - length) {
      throw new IllegalArgumentException(
          length + " bytes at " + byteOffset + " of tensor '" + name + "', which has " + byteSize());
    }
    if (length == 0) {
      return ByteBuffer.allocateDirect(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    if (!contiguous) {
      return gather(byteOffset, length);
    }
    ByteBuffer bytes = storage.slice(offset * dtype.byteSize() + byteOffset, length);
    if (bytes.isDirect()) {
      return bytes;
    }
    ByteBuffer direct = ByteBuffer.allocateDirect(length).put(bytes).flip();
    return direct.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The elements as single precision numbers; F64 and integers are rounded, booleans become 0 and 1.
   *
   * @return a fresh array, row-major
   * @throws GillException if there are more elements than an array holds, they are complex numbers, or the tensor is
   *     damaged
   * @throws IllegalStateException if the file is closed
   */
  public float[] toFloatArray() {
    if (dtype == DType.C64) {
      throw error("holds complex numbers (C64) where real ones are expected; bytes() has them as they are stored");
    }
    float[] values = new float[arrayLength()];
    ByteBuffer bytes = bytes();
    switch (dtype) {
      case F32 -> bytes.asFloatBuffer().get(values);
      case F16 -> fill(values, i -> SmallFloats.half(bytes.getShort(2 * i)));
      case BF16 -> fill(values, i -> SmallFloats.bfloat16(bytes.getShort(2 * i)));
      case F8_E4M3 -> fill(values, i -> SmallFloats.float8e4m3(bytes.get(i)));
      case F8_E5M2 -> fill(values, i -> SmallFloats.float8e5m2(bytes.get(i)));
      case F8_E4M3FNUZ -> fill(values, i -> SmallFloats.float8e4m3fnuz(bytes.get(i)));
      case F8_E5M2FNUZ -> fill(values, i -> SmallFloats.float8e5m2fnuz(bytes.get(i)));
      case F8_E8M0 -> fill(values, i -> SmallFloats.float8e8m0(bytes.get(i)));
      case F64 -> fill(values, i -> (float) bytes.getDouble(8 * i));
      case U64 -> fill(values, i -> unsignedToFloat(bytes.getLong(8 * i)));
      case BOOL, U8, I8, U16, I16, U32, I32, I64 -> fill(values, i -> integer(bytes, i));
      case C64 -> throw new AssertionError(dtype);
    }
    return values;
  }

  /**
   * The elements as integers, booleans as 0 and 1.
   *
   * @return a fresh array, row-major
   * @throws GillException if the elements are floating-point or complex numbers, do not fit, or are more than an array
   *     holds, or the tensor is damaged
   * @throws IllegalStateException if the file is closed
   */
  public long[] toLongArray() {
    if (!dtype.isInteger() && dtype != DType.BOOL) {
      throw error("holds " + dtype + " where integers are expected");
    }
    long[] values = new long[arrayLength()];
    ByteBuffer bytes = bytes();
    for (int i = 0; i < values.length; i++) {
      values[i] = integer(bytes, i);
      if (dtype == DType.U64 && values[i] < 0) {
        throw error("holds " + Long.toUnsignedString(values[i]) + ", too large for a signed integer");
      }
    }
    return values;
  }

  /**
   * For messages.
   *
   * @return name, element type, shape and file
   */
  @Override
  public String toString() {
    return name + " " + dtype + Arrays.toString(shape) + " in " + origin;
  }

  private interface FloatAt {
    float at(int index);
  }

  private static void fill(float[] values, FloatAt source) {
    for (int i = 0; i < values.length; i++) {
      values[i] = source.at(i);
    }
  }

  private long integer(ByteBuffer bytes, int i) {
    return switch (dtype) {
      case BOOL -> bytes.get(i) == 0 ? 0 : 1;
      case U8 -> Byte.toUnsignedLong(bytes.get(i));
      case I8 -> bytes.get(i);
      case U16 -> Short.toUnsignedLong(bytes.getShort(2 * i));
      case I16 -> bytes.getShort(2 * i);
      case U32 -> Integer.toUnsignedLong(bytes.getInt(4 * i));
      case I32 -> bytes.getInt(4 * i);
      case U64, I64 -> bytes.getLong(8 * i);
      case F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0, F16, BF16, F32, F64, C64 ->
          throw new AssertionError(dtype);
    };
  }

  private static float unsignedToFloat(long bits) {
    // Half with the lost bit kept for rounding, then doubled.
    return bits >= 0 ? bits : 2f * ((bits >>> 1) | (bits & 1));
  }

  private int arrayLength() {
    if (byteSize() > Integer.MAX_VALUE) {
      throw error("has " + byteSize() + " bytes, more than one buffer holds; read it in slices");
    }
    checkExpansion();
    return (int) elementCount;
  }

  private void checkExpansion() {
    if (!contiguous && byteSize() > Math.max(MAX_EXPANDED_BYTES, storage.size())) {
      throw error(
          "is a view that expands " + storage.size() + " bytes to " + byteSize() + ", which is refused");
    }
  }

  /** Copies part of a view element by element, the last axis in the inner loop. */
  private ByteBuffer gather(long byteOffset, int length) {
    checkExpansion();
    int itemSize = dtype.byteSize();
    long first = byteOffset / itemSize;
    int skipped = (int) (byteOffset % itemSize);
    int count = (int) (((long) skipped + length + itemSize - 1) / itemSize);
    ByteBuffer out = ByteBuffer.allocateDirect(Math.multiplyExact(count, itemSize)).order(ByteOrder.LITTLE_ENDIAN);

    long[] index = new long[shape.length];
    long position = offset;
    long rest = first;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest /= shape[axis];
      position += index[axis] * strides[axis];
    }
    long begin = offset * itemSize;
    Source source = new Source(storage, begin, storage.size() - begin);
    for (int i = 0; i < count; i++) {
      source.copy(position * itemSize, itemSize, out);
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        position += strides[axis];
        if (++index[axis] < shape[axis]) {
          break;
        }
        position -= shape[axis] * strides[axis];
        index[axis] = 0;
      }
    }
    return out.flip().slice(skipped, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Random access to a region that may be longer than a buffer: one buffer where it fits, else a slice per element. */
  private static final class Source {
    private final ByteRegion region;
    private final ByteBuffer whole;
    private final long begin;

    Source(ByteRegion region, long begin, long size) {
      this.region = region;
      this.begin = begin;
      this.whole = size <= Integer.MAX_VALUE ? region.slice(begin, (int) size) : ByteBuffer.allocate(0);
    }

    void copy(long at, int itemSize, ByteBuffer out) {
      ByteBuffer from = whole;
      int start = (int) (at - begin);
      if (from.capacity() == 0) {
        from = region.slice(at, itemSize);
        start = 0;
      }
      switch (itemSize) {
        case 1 -> out.put(from.get(start));
        case 2 -> out.putShort(from.getShort(start));
        case 4 -> out.putInt(from.getInt(start));
        default -> out.putLong(from.getLong(start));
      }
    }
  }

  private GillException error(String what) {
    return new GillException(origin + ": tensor '" + name + "' " + what);
  }

  private static long elementCount(long[] shape) {
    long count = 1;
    for (long size : shape) {
      if (size == 0) {
        return 0;
      }
    }
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    return count;
  }

  /** Row-major strides. */
  static long[] dense(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, shape[axis]);
    }
    return strides;
  }

  /** Strides with those of axes of size 1, which are never taken, set to 0. */
  private static long[] effective(long[] strides, long[] shape) {
    long[] taken = strides.clone();
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] == 1) {
        taken[axis] = 0;
      }
    }
    return taken;
  }
}
