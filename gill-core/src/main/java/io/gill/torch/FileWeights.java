package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.stage.LoadCost;
import io.gill.weights.DType;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** The tensors of a file, converted to a precision as they are taken. */
record FileWeights(TensorFile file, Scope owner, Device device, Precision precision,
    Map<String, UnaryOperator<Tensor>> changes) implements WeightSource {
  private static final int CHUNK = 1 << 30;

  /** Number of elements that are read and converted at a time: as many bytes as fit into a core's cache. */
  private static final int PIECE = 1 << 18;

  /**
   * Returns the size of the tensors and of the private copies that loading all of them makes.
   *
   * @param quantization storage of the matrices
   */
  LoadCost cost(Quantization quantization) {
    long copies = 0;
    long mapped = 0;
    long all = 0;
    for (String name : file.names()) {
      StoredTensor stored = file.get(name);
      all += stored.byteSize();
      long copy = copyBytes(name, stored, quantization);
      copies += copy;
      mapped += copy == 0 ? stored.byteSize() : 0;
    }
    return new LoadCost(all, copies, mapped);
  }

  /** Returns the size of a tensor's private copy; 0 if it stays mapped. */
  private long copyBytes(String name, StoredTensor stored, Quantization quantization) {
    boolean mapped = isMapped(stored) && !changes.containsKey(name);
    if (!stored.dtype().isFloatingPoint()) {
      return mapped ? 0 : stored.byteSize();
    }
    if (quantization != Quantization.NONE && stored.shape().length == 2) {
      return stored.elementCount() * (quantization == Quantization.INT8 ? 17 : 9) / 16; // with scale and offset
    }
    return mapped && scalarType(stored.dtype()) == Torch.scalarType(precision) ? 0
        : stored.elementCount() * (precision == Precision.FLOAT32 ? Float.BYTES : Short.BYTES);
  }

  /** Returns the size of the matrices that the file holds in 8 bits. */
  long int8Bytes() {
    return file.names().stream().filter(RowwiseFormat.INT8::isKey).mapToLong(this::fileBytes).sum();
  }

  /** Returns the size of the matrices of 16 bits that stay mapped, and that a {@link HalfMatrix} copies. */
  long mappedHalfBytes() {
    ScalarType type = Torch.scalarType(precision);
    return device.isCpu() && HalfMatrix.isFor(type) ? file.names().stream().map(file::get)
        .filter(stored -> stored.shape().length == 2 && isMapped(stored)
            && scalarType(stored.dtype()) == type)
        .mapToLong(StoredTensor::byteSize).sum() : 0;
  }

  @Override
  public String where() {
    return file.path().toString();
  }

  @Override
  public Set<String> names() {
    return file.names();
  }

  @Override
  public long[] shape(String key) {
    return file.get(key).shape();
  }

  @Override
  public @Nullable String unfitType(String key) {
    DType type = file.get(key).dtype();
    return type.isFloatingPoint() ? null : type.toString();
  }

  @Override
  public boolean make(String key, long... shape) {
    return false;
  }

  @Override
  public Tensor load(String key, boolean kernel) {
    StoredTensor stored = file.get(key);
    return keep("reading " + key, () -> {
      ScalarType type = scalarType(stored.dtype());
      UnaryOperator<Tensor> change = changes.get(key);
      boolean unchanged = change == null && device.isCpu() && type == Torch.scalarType(precision);
      boolean channelsLast = kernel && !(unchanged && precision == Precision.FLOAT32);
      if (unchanged && !channelsLast) {
        return asStored(stored, type);
      }
      ScalarType target = Torch.scalarType(change == null ? precision : Precision.FLOAT32);
      Tensor read = read(stored, type, device.isCpu() ? target : type); // a GPU converts the tensor itself
      Tensor changed = change == null ? read : change.apply(read.to(Precision.FLOAT32, device));
      Tensor laidOut = channelsLast ? changed.channelsLast() : changed;
      return laidOut.to(precision, device);
    });
  }

  /** Loads a tensor without conversion, on the CPU. It may stay mapped for as long as the model lives. */
  Tensor asStored(String key) {
    StoredTensor stored = file.get(key);
    return keep("reading " + key, () -> asStored(stored, scalarType(stored.dtype())));
  }

  private Tensor asStored(StoredTensor stored, ScalarType type) {
    if (!isMapped(stored)) {
      return read(stored, type, type);
    }
    stored.staysMapped();
    file.checkUnchanged();
    return Tensor.wrap(stored.bytes(), type, stored.shape()); // keeps the buffer reachable
  }

  /** Reads some entries of the first dimension without conversion: (count, …). Any thread may call it. */
  Tensor rows(String key, long first, long count) {
    StoredTensor stored = file.get(key);
    long[] shape = stored.shape();
    long row = stored.byteSize() / shape[0];
    shape[0] = count;
    Tensor rows = Tensor.empty(scalarType(stored.dtype()), shape);
    stored.read(first * row, rows.memory(0, Math.multiplyExact(count, row)));
    return rows;
  }

  /** Returns whether one buffer can map a tensor. */
  private static boolean isMapped(StoredTensor stored) {
    return stored.isMapped() && stored.byteSize() <= CHUNK;
  }

  @Override
  public long fileBytes(String key) {
    return file.get(key).byteSize();
  }

  @Override
  public boolean overflows(String key) {
    return precision == Precision.FLOAT16 && Weights.isFinite(file.get(key).toFloatArray());
  }

  /**
   * Copies a tensor piece by piece, on all threads. No page of the mapped file becomes memory of this process.
   *
   * @param type its type in the file
   * @param target its type in memory
   */
  private Tensor read(StoredTensor stored, ScalarType type, ScalarType target) {
    file.checkUnchanged();
    Tensor whole = Tensor.empty(target, stored.shape());
    Tensor flat = whole.reshape(-1);
    long count = stored.elementCount();
    int size = stored.dtype().byteSize();
    WorkerThreads.runWithoutOpenMp(Math.toIntExact((count + PIECE - 1) / PIECE), part -> Scope.part(() -> {
      long start = (long) part * PIECE;
      long length = Math.min(PIECE, count - start);
      if (type == target) {
        stored.read(start * size, flat.memory(start * size, length * size));
      } else {
        Tensor piece = Tensor.empty(type, length);
        stored.read(start * size, piece.memory(0, length * size));
        flat.narrow(0, start, length).copyFrom(piece);
      }
    }));
    return whole;
  }

  @Override
  public float number(String key) {
    return file.get(key).toFloatArray()[0];
  }

  @Override
  public float[] row(String key, long index) {
    return file.get(key).select(index).toFloatArray();
  }

  @Override
  public Tensor constant(double value, long... shape) {
    return keep("loading", () -> Tensor.zeros(precision, device, shape).add(value));
  }

  @Override
  public Tensor keep(String what, Supplier<Tensor> body) {
    return Scope.compute(what, () -> owner.keep(body.get()));
  }

  private static ScalarType scalarType(DType dtype) {
    return switch (dtype) {
      case BOOL -> ScalarType.Bool;
      case U8 -> ScalarType.Byte;
      case I8 -> ScalarType.Char;
      case I16 -> ScalarType.Short;
      case U16 -> ScalarType.UInt16;
      case I32 -> ScalarType.Int;
      case U32 -> ScalarType.UInt32;
      case I64 -> ScalarType.Long;
      case U64 -> ScalarType.UInt64;
      case F16 -> ScalarType.Half;
      case BF16 -> ScalarType.BFloat16;
      case F32 -> ScalarType.Float;
      case F64 -> ScalarType.Double;
      case F8_E4M3 -> ScalarType.Float8_e4m3fn;
      case F8_E5M2 -> ScalarType.Float8_e5m2;
      case F8_E4M3FNUZ -> ScalarType.Float8_e4m3fnuz;
      case F8_E5M2FNUZ -> ScalarType.Float8_e5m2fnuz;
      case F8_E8M0 -> ScalarType.Float8_e8m0fnu;
      case C64 -> ScalarType.ComplexFloat;
    };
  }
}
