package io.gill.weights;

import io.gill.GillException;
import io.gill.weights.PickleGlobal.Function;
import io.gill.weights.PickleGlobal.StorageClass;
import io.gill.weights.PickleGlobal.TorchDType;
import io.gill.weights.Unpickler.Storage;
import io.gill.weights.Unpickler.Storages;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds containers, tensors and numpy arrays from a pickle's names, calls, states and persistent ids. Everything else
 * is rejected with an error that names it; nothing is executed.
 */
final class PickleCalls {
  private final Path origin;
  private final Storages storages;
  private final boolean nested;
  private final boolean bytesAsBuffers;
  private final PickleCursor cursor;
  private final PickleBudget budget;
  private final PickleValues values;
  private final PickleStack stack;
  private final PickleNumpy numpy;

  /**
   * Creates the calls of one pickle.
   *
   * @param nested whether the pickle may not contain another checkpoint
   * @param bytesAsBuffers whether byte strings become buffers rather than regions
   */
  PickleCalls(Path origin, Storages storages, boolean nested, boolean bytesAsBuffers, PickleCursor cursor,
      PickleBudget budget, PickleValues values, PickleStack stack) {
    this.origin = origin;
    this.storages = storages;
    this.nested = nested;
    this.bytesAsBuffers = bytesAsBuffers;
    this.cursor = cursor;
    this.budget = budget;
    this.values = values;
    this.stack = stack;
    numpy = new PickleNumpy(origin, cursor, values, stack);
  }

  GillException refused(String what) {
    return cursor.error(
        "asks for " + what + " in its pickle, which is refused: weights need only tensors and plain values;"
            + " nothing was executed");
  }

  Object global(String module, String name) {
    PickleGlobal found = PickleGlobal.find(module, name);
    if (found == null) {
      throw refused(module + "." + name);
    }
    return found instanceof TorchDType type ? type.dtype() : found;
  }

  Storage persistent(@Nullable Object id) {
    Tuple parts = values.tuple(id);
    if (parts.size() < 5
        || parts.size() > 6
        || !"storage".equals(parts.get(0))
        || !(parts.get(1) instanceof StorageClass type)
        || !(parts.get(2) instanceof String key)) {
      throw cursor.error("has a persistent id that is not a torch storage in its pickle");
    }
    long elements = values.number(parts.get(4), "storage size");
    if (elements < 0 || elements > Long.MAX_VALUE / 8) {
      throw cursor.error("has the storage '" + key + "' of " + elements + " elements");
    }
    values.charge(key);
    // parts.get(3) is the device it was saved from, which is ignored.
    Object view = parts.size() == 6 ? parts.get(5) : null;
    return storages.find(type.dtype(), key, elements, view == null ? null : values.tuple(view));
  }

  @Nullable Object call(@Nullable Object callee, Tuple arguments) {
    if (!(callee instanceof Function function)) {
      throw refused("a call of something that is not a function");
    }
    int count = arguments.size();
    switch (function) {
      case ORDERED_DICT -> {
        return count == 0 ? new LinkedHashMap<>() : values.map(arguments.get(0));
      }
      case SET, FROZEN_SET -> {
        return count == 0 ? new LinkedHashSet<>() : values.set(values.copied(arguments.get(0)));
      }
      case BYTES -> {
        if (count == 0) {
          return fromBytes(new byte[0]);
        }
        throw refused("builtins.bytes with arguments");
      }
      case BYTE_ARRAY -> {
        if (count == 0) {
          return fromBytes(new byte[0]);
        }
        return count == 2 ? encode(arguments) : PickleValues.present(arguments.get(0));
      }
      case ENCODE -> {
        return encode(arguments);
      }
      case SIZE -> {
        return Tuple.copyOf(values.copied(arguments.get(0)));
      }
      case DEVICE -> {
        String type = values.text(arguments.get(0));
        if (count == 1) {
          return type;
        }
        values.charge(type);
        return type + ":" + values.number(arguments.get(1), "device");
      }
      case REBUILD_TENSOR, REBUILD_TENSOR_V2 -> {
        Storage storage = storage(arguments.get(0));
        return tensor(storage, storage.dtype(), arguments);
      }
      case REBUILD_TENSOR_V3 -> {
        if (!(arguments.get(6) instanceof DType dtype)) {
          throw cursor.error("has a tensor whose dtype is not one in its pickle");
        }
        return tensor(storage(arguments.get(0)), dtype, arguments);
      }
      case REBUILD_PARAMETER, REBUILD_PARAMETER_WITH_STATE -> {
        if (arguments.get(0) instanceof StoredTensor tensor) {
          return tensor;
        }
        throw cursor.error("has a parameter without a tensor in its pickle");
      }
      case LOAD_STORAGE_FROM_BYTES -> {
        if (nested) {
          throw refused("a checkpoint within a checkpoint within a checkpoint");
        }
        return storage(LegacyContainer.readNested(origin, values.bytes(arguments.get(0)), budget));
      }
      case NUMPY_RECONSTRUCT -> {
        if (arguments.get(0) != Function.NUMPY_ARRAY_CLASS) {
          throw refused("a numpy array of another class");
        }
        return new PickleNumpy.Unfinished();
      }
      case NUMPY_FROM_BUFFER -> {
        boolean fortran = "F".equals(arguments.get(3));
        return numpy.array(values.bytes(arguments.get(0)), arguments.get(1), arguments.get(2), fortran);
      }
      case NUMPY_SCALAR -> {
        return numpy.scalar(arguments.get(0), arguments.get(1));
      }
      case NUMPY_DTYPE -> {
        return numpy.type(arguments.get(0));
      }
      case NUMPY_ARRAY_CLASS -> throw refused("a call of numpy.ndarray");
    }
    throw new AssertionError(function);
  }

  /** Returns the target with its state. */
  Object withState(@Nullable Object target, @Nullable Object state) {
    Object array = numpy.withState(target, state);
    if (array != null) {
      return array;
    }
    // A state dict has its version numbers as an attribute, which is not needed.
    if (target instanceof LinkedHashMap<?, ?> map && state instanceof Map<?, ?> attributes) {
      budget.spend(attributes.size());
      if (attributes.keySet().stream().allMatch(key -> key instanceof String text && !text.startsWith("__"))) {
        return map;
      }
    }
    throw refused("the state of an object");
  }

  /** Decodes the bytes of protocols before 3: a text with one character per byte. */
  private Object encode(Tuple arguments) {
    String text = values.text(arguments.get(0));
    String encoding = values.text(arguments.get(1));
    values.charge(text);
    if (!encoding.equalsIgnoreCase("latin1") && !encoding.equalsIgnoreCase("latin-1")) {
      throw refused("_codecs.encode with " + encoding);
    }
    return fromBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private Object fromBytes(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    return bytesAsBuffers ? buffer : ByteRegion.of(buffer);
  }

  private Storage storage(@Nullable Object value) {
    if (value instanceof Storage storage) {
      return storage;
    }
    throw cursor.error("has a tensor without a storage in its pickle");
  }

  private StoredTensor tensor(Storage storage, DType dtype, Tuple arguments) {
    return StoredTensor.view(
        origin,
        stack.nearestText(),
        dtype,
        values.numbers(arguments.get(2), "shape"),
        values.numbers(arguments.get(3), "stride"),
        values.number(arguments.get(1), "storage offset"),
        storage.bytes());
  }
}
