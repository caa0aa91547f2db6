package io.gill.weights;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names a pickle may use. Each stands for a plain value that is created here; no name is looked up in a class
 * loader or a library.
 */
sealed interface PickleGlobal {
  /** Functions and classes that {@link Unpickler} implements. */
  enum Function implements PickleGlobal {
    ORDERED_DICT,
    SET,
    FROZEN_SET,
    BYTES,
    BYTE_ARRAY,
    ENCODE,
    SIZE,
    DEVICE,
    REBUILD_TENSOR,
    REBUILD_TENSOR_V2,
    REBUILD_TENSOR_V3,
    REBUILD_PARAMETER,
    REBUILD_PARAMETER_WITH_STATE,
    LOAD_STORAGE_FROM_BYTES,
    NUMPY_ARRAY_CLASS,
    NUMPY_RECONSTRUCT,
    NUMPY_FROM_BUFFER,
    NUMPY_SCALAR,
    NUMPY_DTYPE
  }

  /** A class of torch storages; untyped storages count bytes. */
  record StorageClass(DType dtype) implements PickleGlobal {}

  /** An element type as a value, such as torch.float32. */
  record TorchDType(DType dtype) implements PickleGlobal {}

  /** Returns the meaning of a name, or null if it is not allowed. */
  static @Nullable PickleGlobal find(String module, String name) {
    return Names.ALLOWED.get(module + "." + name);
  }

  /** The allowed names. */
  final class Names {
    private static final Map<String, PickleGlobal> ALLOWED = new HashMap<>();

    static {
      function(Function.ORDERED_DICT, "collections.OrderedDict");
      function(Function.SET, "builtins.set", "__builtin__.set");
      function(Function.FROZEN_SET, "builtins.frozenset", "__builtin__.frozenset");
      function(Function.BYTES, "builtins.bytes", "__builtin__.bytes");
      function(Function.BYTE_ARRAY, "builtins.bytearray", "__builtin__.bytearray");
      function(Function.ENCODE, "_codecs.encode");
      function(Function.SIZE, "torch.Size");
      function(Function.DEVICE, "torch.device");
      function(Function.REBUILD_TENSOR, "torch._utils._rebuild_tensor");
      function(Function.REBUILD_TENSOR_V2, "torch._utils._rebuild_tensor_v2");
      function(Function.REBUILD_TENSOR_V3, "torch._utils._rebuild_tensor_v3");
      function(Function.REBUILD_PARAMETER, "torch._utils._rebuild_parameter");
      function(Function.REBUILD_PARAMETER_WITH_STATE, "torch._utils._rebuild_parameter_with_state");
      function(Function.LOAD_STORAGE_FROM_BYTES, "torch.storage._load_from_bytes");
      function(Function.NUMPY_ARRAY_CLASS, "numpy.ndarray");
      function(Function.NUMPY_DTYPE, "numpy.dtype");
      for (String core : new String[] {"numpy.core", "numpy._core"}) {
        function(Function.NUMPY_RECONSTRUCT, core + ".multiarray._reconstruct");
        function(Function.NUMPY_SCALAR, core + ".multiarray.scalar");
        function(Function.NUMPY_FROM_BUFFER, core + ".numeric._frombuffer");
      }
      type(DType.F32, "FloatStorage", "float32", "float");
      type(DType.F64, "DoubleStorage", "float64", "double");
      type(DType.F16, "HalfStorage", "float16", "half");
      type(DType.BF16, "BFloat16Storage", "bfloat16");
      type(DType.I64, "LongStorage", "int64", "long");
      type(DType.I32, "IntStorage", "int32", "int");
      type(DType.I16, "ShortStorage", "int16", "short");
      type(DType.I8, "CharStorage", "int8");
      type(DType.U8, "ByteStorage", "uint8");
      type(DType.BOOL, "BoolStorage", "bool");
      type(DType.C64, "ComplexFloatStorage", "complex64", "cfloat");
      type(DType.U8, "UntypedStorage");
      ALLOWED.put("torch.storage.UntypedStorage", new StorageClass(DType.U8));
      ALLOWED.put("torch.storage._UntypedStorage", new StorageClass(DType.U8));
      ALLOWED.put("torch.uint16", new TorchDType(DType.U16));
      ALLOWED.put("torch.uint32", new TorchDType(DType.U32));
      ALLOWED.put("torch.uint64", new TorchDType(DType.U64));
      ALLOWED.put("torch.float8_e4m3fn", new TorchDType(DType.F8_E4M3));
      ALLOWED.put("torch.float8_e5m2", new TorchDType(DType.F8_E5M2));
      ALLOWED.put("torch.float8_e4m3fnuz", new TorchDType(DType.F8_E4M3FNUZ));
      ALLOWED.put("torch.float8_e5m2fnuz", new TorchDType(DType.F8_E5M2FNUZ));
      ALLOWED.put("torch.float8_e8m0fnu", new TorchDType(DType.F8_E8M0));
    }

    private Names() {}

    private static void function(Function function, String... names) {
      for (String name : names) {
        ALLOWED.put(name, function);
      }
    }

    private static void type(DType dtype, String storage, String... names) {
      ALLOWED.put("torch." + storage, new StorageClass(dtype));
      for (String name : names) {
        ALLOWED.put("torch." + name, new TorchDType(dtype));
      }
    }
  }
}
