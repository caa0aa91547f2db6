package io.gill.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Builds numpy arrays, scalars and dtypes from their pickled form. */
final class PickleNumpy {
  /** An array between its construction and its state. */
  static final class Unfinished {
    @Nullable StoredTensor array;
  }

  private record Type(DType dtype) {}

  private final Path origin;
  private final PickleCursor cursor;
  private final PickleValues values;
  private final PickleStack stack;

  PickleNumpy(Path origin, PickleCursor cursor, PickleValues values, PickleStack stack) {
    this.origin = origin;
    this.cursor = cursor;
    this.values = values;
    this.stack = stack;
  }

  StoredTensor array(ByteRegion data, @Nullable Object type, @Nullable Object shape, boolean fortran) {
    if (!(type instanceof Type numpyType)) {
      throw cursor.error("has a numpy array without a dtype in its pickle");
    }
    long[] sizes = values.numbers(shape, "shape");
    long[] strides = TensorLayout.rowMajor(sizes);
    if (fortran) {
      long stride = 1;
      for (int axis = 0; axis < sizes.length; axis++) {
        strides[axis] = stride;
        stride *= Math.max(1, sizes[axis]);
      }
    }
    StoredTensor array = StoredTensor.view(origin, stack.nearestText(), numpyType.dtype(), sizes, strides, 0, data);
    if (array.byteSize() != data.size()) {
      throw cursor.error(
          "has a numpy array of shape " + Arrays.toString(sizes) + " with " + data.size() + " bytes instead of "
              + array.byteSize());
    }
    return array;
  }

  Object scalar(@Nullable Object type, @Nullable Object bytes) {
    ByteRegion data = values.bytes(bytes);
    StoredTensor scalar = array(data, type, Tuple.EMPTY, false);
    ByteBuffer value = data.slice(0, (int) data.size()).order(ByteOrder.LITTLE_ENDIAN);
    return switch (scalar.dtype()) {
      case F64 -> value.getDouble(0);
      case BOOL -> value.get(0) != 0;
      case F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0, F16, BF16, F32, C64 ->
          (double) scalar.toFloatArray()[0];
      case U8, I8, U16, I16, U32, I32, U64, I64 -> scalar.toLongArray()[0];
    };
  }

  Object type(@Nullable Object code) {
    return new Type(switch (values.text(code)) {
      case "f2" -> DType.F16;
      case "f4" -> DType.F32;
      case "f8" -> DType.F64;
      case "i1" -> DType.I8;
      case "i2" -> DType.I16;
      case "i4" -> DType.I32;
      case "i8" -> DType.I64;
      case "u1" -> DType.U8;
      case "u2" -> DType.U16;
      case "u4" -> DType.U32;
      case "u8" -> DType.U64;
      case "b1" -> DType.BOOL;
      default -> throw cursor.error("holds a numpy array of type " + code + ", which is refused");
    });
  }

  /** Sets the state of a dtype or an unfinished array; null if the target is neither. */
  @Nullable Object withState(@Nullable Object target, @Nullable Object state) {
    if (target instanceof Type type) {
      if (">".equals(values.tuple(state).get(1))) {
        throw cursor.error("holds a big-endian numpy array, which is not supported");
      }
      return type;
    }
    if (target instanceof Unfinished unfinished && unfinished.array == null) {
      Tuple parts = values.tuple(state);
      int first = parts.size() - 4; // a version number may come first
      boolean fortran = Boolean.TRUE.equals(parts.get(first + 2));
      unfinished.array = array(values.bytes(parts.get(first + 3)), parts.get(first + 1), parts.get(first), fortran);
      return unfinished.array;
    }
    return null;
  }
}
