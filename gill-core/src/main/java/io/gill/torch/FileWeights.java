package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.weights.DType;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.nio.ByteBuffer;
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
  private static final int PIECE = 1 << 26;

  /**
   * Returns the size of the private copies that loading all tensors makes, in bytes.
   *
   * @param quantization storage of the matrices
   */
  long copies(Quantization quantization) {
    long bytes = 0;
    for (String name : file.names()) {
      StoredTensor stored = file.get(name);
      boolean mapped = isMapped(stored) && !changes.containsKey(name);
      if (!stored.dtype().isFloatingPoint()) {
        bytes += mapped ? 0 : stored.byteSize();
      } else if (quantization != Quantization.NONE && stored.shape().length == 2) {
        bytes += stored.elementCount() * (quantization == Quantization.INT8 ? 17 : 9) / 16; // with scale and offset
      } else if (!mapped || scalarType(stored.dtype()) != Torch.scalarType(precision)) {
        bytes += stored.elementCount() * (precision == Precision.FLOAT32 ? Float.BYTES : Short.BYTES);
      }
    }
    return bytes;
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
      Tensor raw = raw(stored, change == null && device.isCpu() && type == Torch.scalarType(precision));
      Tensor changed = change == null ? raw : change.apply(raw.to(Precision.FLOAT32, device));
      boolean staysMapped =
          change == null && device.isCpu() && type == ScalarType.Float && precision == Precision.FLOAT32;
      Tensor laidOut = kernel && !staysMapped ? changed.channelsLast() : changed;
      return laidOut.to(precision, device);
    });
  }

  /**
   * Loads a tensor without conversion, on the CPU.
   *
   * @param stays whether it may stay mapped for as long as the model lives
   */
  Tensor asStored(String key, boolean stays) {
    return keep("reading " + key, () -> raw(file.get(key), stays));
  }

  private Tensor raw(StoredTensor stored, boolean stays) {
    boolean mapped = isMapped(stored);
    if (mapped && stays) {
      stored.staysMapped();
    }
    file.checkUnchanged();
    ScalarType type = scalarType(stored.dtype());
    return mapped || !stored.isContiguous() ? map(stored, type) : read(stored, type);
  }

  /** Returns whether one buffer can map a tensor. */
  private static boolean isMapped(StoredTensor stored) {
    return stored.isMapped() && stored.byteSize() <= CHUNK;
  }

  @Override
  public boolean overflows(String key) {
    return precision == Precision.FLOAT16 && Weights.isFinite(file.get(key).toFloatArray());
  }

  /** Returns a view of the file. The tensor keeps the buffer reachable. */
  private static Tensor map(StoredTensor stored, ScalarType type) {
    ByteBuffer bytes = stored.bytes();
    return Tensor.wrap(bytes, type, stored.shape());
  }

  /** Copies a tensor in pieces if one buffer cannot map it or mapping is not allowed. */
  private static Tensor read(StoredTensor stored, ScalarType type) {
    Tensor whole = Tensor.empty(type, stored.shape());
    for (long offset = 0; offset < stored.byteSize(); offset += PIECE) {
      int length = (int) Math.min(PIECE, stored.byteSize() - offset);
      whole.putBytes(offset, stored.slice(offset, length));
    }
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
