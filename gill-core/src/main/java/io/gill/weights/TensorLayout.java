package io.gill.weights;

import io.gill.GillException;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Where the elements of a tensor are in its storage: sizes, strides and an offset, in elements as in PyTorch. */
final class TensorLayout {
  private static final int MAX_RANK = 64;

  private final long[] shape;
  private final long[] strides;
  private final long offset;
  private final long elementCount;
  private final boolean contiguous;

  private TensorLayout(long[] shape, long[] strides, long offset) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    elementCount = count(shape);
    contiguous = elementCount == 0 || Arrays.equals(effective(strides, shape), effective(rowMajor(shape), shape));
  }

  /** Creates a contiguous layout at the start of a storage. */
  static TensorLayout contiguous(long[] shape) {
    return new TensorLayout(shape, rowMajor(shape), 0);
  }

  /**
   * Creates a layout that was read from a file.
   *
   * @param capacity number of elements in the storage
   * @param itemSize bytes per element
   * @param tensor the tensor, for messages
   * @throws GillException if the layout is malformed or reaches outside the storage
   */
  static TensorLayout of(long[] shape, long[] strides, long offset, long capacity, int itemSize, String tensor) {
    if (shape.length != strides.length || shape.length > MAX_RANK) {
      throw new GillException(tensor + " has " + shape.length + " sizes and " + strides.length + " strides");
    }
    if (offset < 0) {
      throw new GillException(tensor + " has the negative storage offset " + offset);
    }
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] < 0 || strides[axis] < 0) {
        throw new GillException(
            tensor + " has a negative size or stride: " + Arrays.toString(shape) + ", " + Arrays.toString(strides));
      }
    }
    try {
      long count = Math.multiplyExact(count(shape), itemSize) / itemSize;
      long last = offset;
      for (int axis = 0; axis < shape.length && count > 0; axis++) {
        last = Math.addExact(last, Math.multiplyExact(shape[axis] - 1, strides[axis]));
      }
      if (count > 0 && last >= capacity) {
        throw new GillException(
            tensor + " of shape " + Arrays.toString(shape) + " reaches element " + last + " of a storage of "
                + capacity);
      }
    } catch (ArithmeticException e) {
      throw new GillException(tensor + " has a shape too large for any file: " + Arrays.toString(shape), e);
    }
    return new TensorLayout(shape.clone(), strides.clone(), offset);
  }

  /** Strides of contiguous elements, the last axis varying fastest. */
  static long[] rowMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, shape[axis]);
    }
    return strides;
  }

  /** Selects an entry of the first axis. */
  TensorLayout select(long index) {
    return new TensorLayout(
        Arrays.copyOfRange(shape, 1, shape.length),
        Arrays.copyOfRange(strides, 1, strides.length),
        offset + index * strides[0]);
  }

  /**
   * Reorders the axes.
   *
   * @throws IllegalArgumentException if the order does not name each axis once
   */
  TensorLayout permute(int... order) {
    if (!Arrays.equals(IntStream.of(order).sorted().toArray(), IntStream.range(0, shape.length).toArray())) {
      throw new IllegalArgumentException(Arrays.toString(order) + " is no order of " + shape.length + " axes");
    }
    return new TensorLayout(
        IntStream.of(order).mapToLong(axis -> shape[axis]).toArray(),
        IntStream.of(order).mapToLong(axis -> strides[axis]).toArray(),
        offset);
  }

  long[] shape() {
    return shape.clone();
  }

  boolean hasShapeOf(TensorLayout other) {
    return Arrays.equals(shape, other.shape);
  }

  long offset() {
    return offset;
  }

  long elementCount() {
    return elementCount;
  }

  boolean isContiguous() {
    return contiguous;
  }

  /** Starts at an element, counted in row-major order. */
  Position position(long element) {
    return new Position(element);
  }

  /** Walks over the elements in row-major order. */
  final class Position {
    private final long[] index = new long[shape.length];
    private long position = offset;

    private Position(long element) {
      long rest = element;
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        index[axis] = rest % shape[axis];
        rest /= shape[axis];
        position += index[axis] * strides[axis];
      }
    }

    /** Returns the element's position in the storage and moves to the next one. */
    long next() {
      long current = position;
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        position += strides[axis];
        if (++index[axis] < shape[axis]) {
          break;
        }
        position -= shape[axis] * strides[axis];
        index[axis] = 0;
      }
      return current;
    }
  }

  @Override
  public String toString() {
    return Arrays.toString(shape);
  }

  private static long count(long[] shape) {
    for (long size : shape) {
      if (size == 0) {
        return 0;
      }
    }
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    return count;
  }

  /** Sets the strides of axes of size 1, which have no effect, to 0. */
  private static long[] effective(long[] strides, long[] shape) {
    long[] effective = strides.clone();
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] == 1) {
        effective[axis] = 0;
      }
    }
    return effective;
  }
}
