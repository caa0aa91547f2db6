package io.gill.torch;

import io.gill.Device;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.LayoutOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Creates libtorch's own tensors, which have no owner yet, and copies their elements to and from Java arrays. */
final class NativeTensors {
  private NativeTensors() {}

  /** Copies row-major elements into a new tensor on the CPU. */
  static Tensor of(float[] values, long... shape) {
    checkCount(values.length, shape);
    Tensor tensor = empty(ScalarType.Float, Device.CPU, shape);
    if (values.length > 0) {
      try (Pointer data = tensor.data_ptr(); FloatPointer floats = new FloatPointer(data)) {
        floats.put(values, 0, values.length);
      }
    }
    return tensor;
  }

  /** Copies row-major elements into a new tensor on the CPU. */
  static Tensor of(long[] values, long... shape) {
    checkCount(values.length, shape);
    Tensor tensor = empty(ScalarType.Long, Device.CPU, shape);
    if (values.length > 0) {
      try (Pointer data = tensor.data_ptr(); LongPointer longs = new LongPointer(data)) {
        longs.put(values, 0, values.length);
      }
    }
    return tensor;
  }

  /** Returns a tensor whose elements are not set. */
  static Tensor empty(ScalarType type, Device device, long... shape) {
    try (ScalarTypeOptional dtype = new ScalarTypeOptional(type);
        LayoutOptional layout = new LayoutOptional();
        org.bytedeco.pytorch.Device where = new org.bytedeco.pytorch.Device(device.toString());
        DeviceOptional target = new DeviceOptional(where);
        BoolOptional pinned = new BoolOptional();
        MemoryFormatOptional format = new MemoryFormatOptional()) {
      return torch.empty(shape, dtype, layout, target, pinned, format);
    }
  }

  /** Returns a view of memory that outlives the tensor. */
  static Tensor wrap(Pointer memory, ScalarType type, long... shape) {
    try (TensorOptions options = new TensorOptions(type)) {
      return torch.from_blob(memory, shape, options);
    }
  }

  /** Returns a converted copy, or a tensor that shares the memory if nothing changes. */
  static Tensor convert(Tensor tensor, ScalarType type, Device device) {
    try (org.bytedeco.pytorch.Device target = new org.bytedeco.pytorch.Device(device.toString())) {
      return tensor.to(target, type);
    }
  }

  /** Returns the elements, row-major, converted to floats. */
  static float[] floats(Tensor tensor) {
    try (Tensor cpu = onCpu(tensor, ScalarType.Float);
        Pointer data = cpu.data_ptr();
        FloatPointer floats = new FloatPointer(data)) {
      float[] values = new float[Math.toIntExact(cpu.numel())];
      if (values.length > 0) {
        floats.get(values, 0, values.length);
      }
      return values;
    }
  }

  /** Returns the elements, row-major, converted to longs. */
  static long[] longs(Tensor tensor) {
    try (Tensor cpu = onCpu(tensor, ScalarType.Long);
        Pointer data = cpu.data_ptr();
        LongPointer longs = new LongPointer(data)) {
      long[] values = new long[Math.toIntExact(cpu.numel())];
      if (values.length > 0) {
        longs.get(values, 0, values.length);
      }
      return values;
    }
  }

  private static Tensor onCpu(Tensor tensor, ScalarType type) {
    try (Tensor converted = convert(tensor, type, Device.CPU)) {
      return converted.contiguous();
    }
  }

  private static void checkCount(int count, long... shape) {
    long expected = 1;
    for (long size : shape) {
      expected = Math.multiplyExact(expected, size);
    }
    if (expected != count) {
      throw new IllegalArgumentException(count + " values do not fill a tensor of shape " + Arrays.toString(shape));
    }
  }
}
