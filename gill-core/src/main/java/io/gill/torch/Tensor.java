package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.kBilinear;
import org.jspecify.annotations.Nullable;

/**
 * A libtorch tensor with an owner. Operations have the meaning of the PyTorch operations of the same name. Each creates
 * a new tensor in the current computation ({@link Scope}), unless its name ends in {@code InPlace}. While gradients are
 * recorded ({@link Scope#record}) no memory is overwritten: the tensor refers to the result instead.
 *
 * <p>Not thread-safe, but any number of threads may read a tensor that no thread changes.
 */
public final class Tensor {
  private static final AtomicLong LIVE = new AtomicLong();

  /** Label that {@link #crossEntropy} ignores. */
  public static final long IGNORED_LABEL = -100;

  /** libtorch's constant for the mean reduction of {@link #crossEntropy}. */
  private static final long MEAN = 1;

  private org.bytedeco.pytorch.@Nullable Tensor handle;
  private Scope owner;
  private @Nullable Tensor previous;
  private @Nullable Tensor next;

  /** Java memory that this tensor is a view of, kept reachable as long as the tensor. */
  private @Nullable ByteBuffer memory;

  private Tensor(org.bytedeco.pytorch.Tensor handle, Scope owner) {
    this.handle = handle;
    this.owner = owner;
    LIVE.incrementAndGet();
    link();
  }

  /**
   * Returns the number of tensors in the process that have not been freed.
   *
   * @return the count, for tests and diagnostics
   */
  public static long live() {
    return LIVE.get();
  }

  // ---- ownership

  Scope owner() {
    return owner;
  }

  void moveTo(Scope scope) {
    at();
    if (scope != owner) {
      boolean outermost = scope.beginChange(); // rejects a second thread before the tensor leaves its owner
      try {
        unlink();
        owner = scope;
        link();
      } finally {
        scope.endChange(outermost);
      }
    }
  }

  /** Frees the native memory before the owner closes. Idempotent. */
  public void close() {
    Scope scope = owner;
    boolean outermost = scope.beginChange();
    try {
      org.bytedeco.pytorch.Tensor tensor = handle;
      if (tensor != null) {
        handle = null;
        memory = null;
        unlink();
        LIVE.decrementAndGet();
        tensor.close();
      }
    } finally {
      scope.endChange(outermost);
    }
  }

  private void link() {
    boolean outermost = owner.beginChange();
    try {
      next = owner.head();
      if (next != null) {
        next.previous = this;
      }
      owner.head(this);
    } finally {
      owner.endChange(outermost);
    }
  }

  private void unlink() {
    boolean outermost = owner.beginChange();
    try {
      if (previous != null) {
        previous.next = next;
      } else {
        owner.head(next);
      }
      if (next != null) {
        next.previous = previous;
      }
      previous = null;
      next = null;
    } finally {
      owner.endChange(outermost);
    }
  }

  org.bytedeco.pytorch.Tensor at() {
    org.bytedeco.pytorch.Tensor tensor = handle;
    if (tensor == null) {
      throw new IllegalStateException("this tensor has been freed");
    }
    return tensor;
  }

  static Tensor adopt(org.bytedeco.pytorch.Tensor handle) {
    return new Tensor(handle, Scope.current());
  }

  // ---- from and to Java

  /**
   * Creates a tensor of 32-bit floats on the CPU.
   *
   * @param values row-major elements, copied
   * @param shape the sizes; their product is the number of values
   * @return the tensor
   */
  public static Tensor of(float[] values, long... shape) {
    return adopt(NativeTensors.of(values, shape));
  }

  /**
   * Creates a tensor of 64-bit integers on the CPU, for indices.
   *
   * @param values row-major elements, copied
   * @param shape the sizes; their product is the number of values
   * @return the tensor
   */
  public static Tensor of(long[] values, long... shape) {
    return adopt(NativeTensors.of(values, shape));
  }

  /**
   * Creates a matrix from its rows.
   *
   * @param rows rows of equal length
   * @return (rows, columns), 32-bit floats, on the CPU
   */
  public static Tensor ofRows(float[][] rows) {
    int columns = rows.length == 0 ? 0 : rows[0].length;
    float[] flat = new float[Math.multiplyExact(rows.length, columns)];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != columns) {
        throw new IllegalArgumentException("row " + i + " has " + rows[i].length + " columns, row 0 has " + columns);
      }
      System.arraycopy(rows[i], 0, flat, i * columns, columns);
    }
    return of(flat, rows.length, columns);
  }

  /**
   * Creates a tensor over memory that Java owns, without copying.
   *
   * @param bytes a direct buffer; must stay reachable for as long as the tensor lives
   * @param type the element type
   * @param shape the sizes, row-major
   * @return a view of the buffer
   */
  static Tensor wrap(ByteBuffer bytes, ScalarType type, long... shape) {
    try (Pointer data = new BytePointer(bytes)) {
      Tensor tensor = adopt(NativeTensors.wrap(data, type, shape));
      tensor.memory = bytes;
      return tensor;
    }
  }

  static Tensor empty(ScalarType type, long... shape) {
    return adopt(NativeTensors.empty(type, Device.CPU, shape));
  }

  /** Returns 0, step, 2·step, …: count 32-bit integers on the CPU. */
  static Tensor range(long count, long step) {
    try (Scalar start = new Scalar(0L);
        Scalar end = new Scalar(Math.multiplyExact(count, step));
        Scalar each = new Scalar(step);
        TensorOptions options = new TensorOptions(ScalarType.Int)) {
      return adopt(torch.arange(start, end, each, options));
    }
  }

  /** Returns part of the memory of a contiguous CPU tensor; valid as long as the tensor. */
  ByteBuffer memory(long byteOffset, long length) {
    try (Pointer data = at().data_ptr();
        BytePointer bytes = new BytePointer(data);
        BytePointer part = bytes.getPointer(byteOffset)) {
      return part.capacity(length).asByteBuffer();
    }
  }

  /**
   * Creates a tensor of zeros.
   *
   * @param precision the element type
   * @param device the device
   * @param shape the sizes
   * @return a new tensor
   */
  public static Tensor zeros(Precision precision, Device device, long... shape) {
    org.bytedeco.pytorch.Tensor tensor = NativeTensors.empty(Torch.scalarType(precision), device, shape);
    tensor.zero_();
    return adopt(tensor);
  }

  /**
   * Creates a tensor of zeros with this type and device.
   *
   * @param shape the sizes
   * @return a new tensor
   */
  public Tensor newZeros(long... shape) {
    org.bytedeco.pytorch.Tensor tensor = NativeTensors.empty(type(), device(), shape);
    tensor.zero_();
    return adopt(tensor);
  }

  /**
   * Returns the size of the elements.
   *
   * @return the size in bytes
   */
  public long byteCount() {
    return at().nbytes();
  }

  /**
   * Returns the elements, row-major, as floats.
   *
   * @return a new array
   */
  public float[] toFloats() {
    return NativeTensors.floats(at());
  }

  /**
   * Returns the rows of a matrix.
   *
   * @return one array per row, for a tensor of shape (rows, columns)
   */
  public float[][] toRows() {
    long[] shape = shape();
    if (shape.length != 2) {
      throw new IllegalArgumentException("a matrix was expected, not " + Arrays.toString(shape));
    }
    float[] flat = toFloats();
    int columns = Math.toIntExact(shape[1]);
    float[][] rows = new float[Math.toIntExact(shape[0])][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * columns, (i + 1) * columns);
    }
    return rows;
  }

  /**
   * Returns the elements of a tensor of longs, row-major.
   *
   * @return a new array
   */
  public long[] toLongs() {
    return NativeTensors.longs(at());
  }

  // ---- shape and type

  /**
   * Returns the sizes of all dimensions.
   *
   * @return a new array
   */
  public long[] shape() {
    org.bytedeco.pytorch.Tensor tensor = at();
    long[] shape = new long[Math.toIntExact(tensor.dim())];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.size(i);
    }
    return shape;
  }

  /**
   * Returns the size of a dimension.
   *
   * @param dim the dimension; negative values count from the end
   * @return its size
   */
  public long size(int dim) {
    return at().size(dim);
  }

  /**
   * Returns the number of elements.
   *
   * @return the product of the sizes
   */
  public long elementCount() {
    return at().numel();
  }

  /**
   * Returns the tensor's device.
   *
   * @return the device
   */
  public Device device() {
    org.bytedeco.pytorch.Tensor tensor = at();
    return tensor.is_cuda() ? Device.cuda(cudaIndex(tensor)) : Device.CPU;
  }

  private static int cudaIndex(org.bytedeco.pytorch.Tensor tensor) {
    try (org.bytedeco.pytorch.Device device = tensor.device()) {
      return device.index();
    }
  }

  ScalarType type() {
    // Native calls return a copy of the enum constant.
    return at().scalar_type().intern();
  }

  /**
   * Converts the elements.
   *
   * @param precision the new type
   * @return a converted copy, or a tensor that shares the memory if the type is unchanged
   */
  public Tensor to(Precision precision) {
    return apply(t -> t.to(Torch.scalarType(precision)));
  }

  /**
   * Moves the tensor to a device and converts the elements.
   *
   * @param precision the new type
   * @param device the new device
   * @return a converted copy, or a tensor that shares the memory if nothing changes
   */
  public Tensor to(Precision precision, Device device) {
    return apply(t -> NativeTensors.convert(t, Torch.scalarType(precision), device));
  }

  /**
   * Converts to another tensor's element type and device.
   *
   * @param other the tensor to match
   * @return a converted copy, or a tensor that shares the memory if nothing changes
   */
  public Tensor to(Tensor other) {
    return apply(other, (t, o) -> t.to(o));
  }

  /**
   * Moves the tensor to another tensor's device and keeps the element type.
   *
   * @param other the tensor to match
   * @return a copy, or a tensor that shares the memory
   */
  public Tensor toDeviceOf(Tensor other) {
    ScalarType type = type();
    return apply(t -> NativeTensors.convert(t, type, other.device()));
  }

  /**
   * Returns whether the elements have a type.
   *
   * @param precision the type
   * @return true if they do
   */
  public boolean is(Precision precision) {
    return type() == Torch.scalarType(precision);
  }

  // ---- views

  /**
   * Changes the shape; copies only if the memory layout requires it.
   *
   * @param shape the new sizes; one may be -1
   * @return the tensor in that shape
   */
  public Tensor reshape(long... shape) {
    return apply(t -> t.reshape(shape));
  }

  /**
   * Swaps two dimensions.
   *
   * @param a a dimension
   * @param b another dimension
   * @return a view
   */
  public Tensor transpose(int a, int b) {
    return apply(t -> t.transpose(a, b));
  }

  /**
   * Reorders all dimensions.
   *
   * @param dims the old dimension for each new one
   * @return a view
   */
  public Tensor permute(long... dims) {
    return apply(t -> t.permute(dims));
  }

  /**
   * Returns a range of a dimension.
   *
   * @param dim the dimension
   * @param start first index
   * @param length length of the range
   * @return a view
   */
  public Tensor narrow(int dim, long start, long length) {
    return apply(t -> t.narrow(dim, start, length));
  }

  /**
   * Returns the slice at an index of a dimension, without that dimension.
   *
   * @param dim the dimension
   * @param index the index; negative values count from the end
   * @return a view
   */
  public Tensor select(int dim, long index) {
    return apply(t -> t.select(dim, index));
  }

  /**
   * Inserts a dimension of size 1.
   *
   * @param dim position of the new dimension
   * @return a view
   */
  public Tensor unsqueeze(int dim) {
    return apply(t -> t.unsqueeze(dim));
  }

  /**
   * Removes a dimension of size 1.
   *
   * @param dim which
   * @return a view
   */
  public Tensor squeeze(int dim) {
    return apply(t -> t.squeeze((long) dim));
  }

  /**
   * Repeats dimensions of size 1 without copying.
   *
   * @param shape the new sizes; -1 keeps one
   * @return a view
   */
  public Tensor expand(long... shape) {
    return apply(t -> t.expand(shape));
  }

  /**
   * Returns the tensor in row-major memory.
   *
   * @return a view if the memory has this layout already, otherwise a copy
   */
  public Tensor contiguous() {
    return apply(t -> t.contiguous());
  }

  /**
   * Returns the tensor in the memory layout NHWC with shape (N, C, H, W). 16-bit convolutions are fast in this layout.
   *
   * @return a view if the memory has this layout already, otherwise a copy
   */
  public Tensor channelsLast() {
    return apply(t -> t.contiguous(torch.MemoryFormat.ChannelsLast));
  }

  /**
   * Returns a copy with its own memory.
   *
   * @return the copy
   */
  public Tensor copy() {
    return apply(t -> t.clone());
  }

  /**
   * Joins tensors along a dimension.
   *
   * @param dim the dimension
   * @param tensors tensors with the same sizes in all other dimensions
   * @return the joined tensor
   */
  public static Tensor cat(int dim, List<Tensor> tensors) {
    try (TensorVector vector = vector(tensors)) {
      return adopt(torch.cat(vector, dim));
    }
  }

  /**
   * Joins tensors along a dimension.
   *
   * @param dim the dimension
   * @param tensors tensors with the same sizes in all other dimensions
   * @return the joined tensor
   */
  public static Tensor cat(int dim, Tensor... tensors) {
    return cat(dim, List.of(tensors));
  }

  /** Joins tensors without an owner along their first dimension. */
  static Tensor joined(org.bytedeco.pytorch.Tensor... tensors) {
    try (TensorVector vector = new TensorVector(tensors)) {
      return adopt(torch.cat(vector, 0));
    }
  }

  static TensorVector vector(List<Tensor> tensors) {
    TensorVector vector = new TensorVector(tensors.size());
    for (int i = 0; i < tensors.size(); i++) {
      vector.put(i, tensors.get(i).at());
    }
    return vector;
  }

  /**
   * Splits a dimension into equal parts.
   *
   * @param parts number of parts; divides the size
   * @param dim the dimension
   * @return views, in order
   */
  public Tensor[] chunk(int parts, int dim) {
    long length = size(dim) / parts;
    Tensor[] chunks = new Tensor[parts];
    for (int i = 0; i < parts; i++) {
      chunks[i] = narrow(dim, i * length, length);
    }
    return chunks;
  }

  // ---- arithmetic

  /**
   * Returns the element-wise sum.
   *
   * @param other broadcasts against this
   * @return this + other
   */
  public Tensor add(Tensor other) {
    return apply(other, (t, o) -> t.add(o));
  }

  /**
   * Returns the element-wise sum.
   *
   * @param value added to every element
   * @return this + value
   */
  public Tensor add(double value) {
    return applyScalar(value, (t, s) -> t.add(s));
  }

  /**
   * Adds a tensor element-wise and overwrites this tensor.
   *
   * @param other broadcasts against this
   * @return this
   */
  public Tensor addInPlace(Tensor other) {
    return overwrite(t -> t.add_(other.at()), t -> t.add(other.at()));
  }

  /**
   * Returns the element-wise product.
   *
   * @param other broadcasts against this
   * @return this * other
   */
  public Tensor mul(Tensor other) {
    return apply(other, (t, o) -> t.mul(o));
  }

  /**
   * Returns the element-wise product.
   *
   * @param value the factor
   * @return this * value
   */
  public Tensor mul(double value) {
    return applyScalar(value, (t, s) -> t.mul(s));
  }

  /**
   * Multiplies element-wise and overwrites this tensor.
   *
   * @param value the factor
   * @return this
   */
  public Tensor mulInPlace(double value) {
    try (Scalar scalar = new Scalar(value)) {
      return overwrite(t -> t.mul_(scalar), t -> t.mul(scalar));
    }
  }

  /**
   * Multiplies element-wise and overwrites this tensor.
   *
   * @param other broadcasts to this shape
   * @return this
   */
  public Tensor mulInPlace(Tensor other) {
    return overwrite(t -> t.mul_(other.at()), t -> t.mul(other.at()));
  }

  /**
   * Returns the element-wise quotient.
   *
   * @param other broadcasts against this
   * @return this / other
   */
  public Tensor div(Tensor other) {
    return apply(other, (t, o) -> t.div(o));
  }

  /**
   * Returns the element-wise quotient.
   *
   * @param value the divisor
   * @return this / value
   */
  public Tensor div(double value) {
    return applyScalar(value, (t, s) -> t.div(s));
  }

  /**
   * Returns the element-wise power.
   *
   * @param exponent the exponent
   * @return this to the power of the exponent
   */
  public Tensor pow(double exponent) {
    return applyScalar(exponent, (t, s) -> t.pow(s));
  }

  /**
   * Returns the element-wise exponential.
   *
   * @return e to the power of this
   */
  public Tensor exp() {
    return apply(t -> t.exp());
  }

  /**
   * Returns the element-wise square root.
   *
   * @return the root
   */
  public Tensor sqrt() {
    return apply(t -> t.sqrt());
  }

  /**
   * Returns the element-wise sine.
   *
   * @return the sine
   */
  public Tensor sin() {
    return apply(t -> t.sin());
  }

  /**
   * Returns the element-wise cosine.
   *
   * @return the cosine
   */
  public Tensor cos() {
    return apply(t -> t.cos());
  }

  /**
   * Returns the element-wise hyperbolic tangent.
   *
   * @return the hyperbolic tangent
   */
  public Tensor tanh() {
    return apply(t -> t.tanh());
  }

  /**
   * Limits every element to a range.
   *
   * @param low the minimum
   * @param high the maximum
   * @return the limited tensor
   */
  public Tensor clamp(double low, double high) {
    try (Scalar least = new Scalar(low);
        Scalar greatest = new Scalar(high);
        ScalarOptional min = new ScalarOptional(least);
        ScalarOptional max = new ScalarOptional(greatest)) {
      return adopt(at().clamp(min, max));
    }
  }

  /** Limits elements to bounds that broadcast to this shape. */
  Tensor clamp(Tensor low, Tensor high) {
    try (TensorOptional min = optional(low); TensorOptional max = optional(high)) {
      return adopt(at().clamp(min, max));
    }
  }

  /** Returns whether each element is less than another tensor's. */
  Tensor lessThan(Tensor other) {
    return apply(other, (t, o) -> t.lt(o));
  }

  /** Returns this tensor's elements where a condition holds, and another tensor's elsewhere. */
  Tensor where(Tensor condition, Tensor other) {
    return adopt(torch.where(condition.at(), at(), other.at()));
  }

  /**
   * Overwrites this tensor with another tensor's elements.
   *
   * @param source broadcasts to this shape; converted to this element type
   * @return this
   * @throws IllegalStateException while gradients are recorded
   */
  public Tensor copyFrom(Tensor source) {
    if (Scope.isRecording()) {
      throw new IllegalStateException("memory cannot be overwritten while gradients are recorded");
    }
    discard(at().copy_(source.at()));
    return this;
  }

  void fillNormal(GeneratorOptional generator) {
    discard(at().normal_(0, 1, generator));
  }

  /** Returns ones, with the given probability, and zeros, in this tensor's shape. */
  Tensor bernoulli(double probability, GeneratorOptional generator) {
    return apply(t -> {
      try (org.bytedeco.pytorch.Tensor plain = t.detach()) {
        return plain.bernoulli(probability, generator);
      }
    });
  }

  // ---- reductions

  /**
   * Returns the mean of all elements.
   *
   * @return one number
   */
  public Tensor mean() {
    return apply(t -> t.mean());
  }

  /**
   * Returns the mean over a dimension.
   *
   * @param dim the dimension, which is removed
   * @return the means
   */
  public Tensor mean(int dim) {
    try (ScalarTypeOptional same = new ScalarTypeOptional()) {
      return apply(t -> t.mean(new long[] {dim}, false, same));
    }
  }

  /**
   * Returns the Euclidean norm over a dimension.
   *
   * @param dim the dimension, whose size becomes 1
   * @return the norms
   */
  public Tensor norm(int dim) {
    try (Scalar two = new Scalar(2.0); ScalarTypeOptional same = new ScalarTypeOptional()) {
      return apply(t -> torch.linalg_vector_norm(t, two, new long[] {dim}, true, same));
    }
  }

  /** Returns the largest magnitudes over a dimension, which is kept with size 1. */
  Tensor largestMagnitude(int dim) {
    return amax(dim).apply(amin(dim).mul(-1), torch::maximum); // faster than libtorch's norm
  }

  /** Returns the sums over a dimension, which is removed. */
  Tensor sum(int dim) {
    return apply(t -> t.sum(dim));
  }

  /** Returns the nearest integers. */
  Tensor round() {
    return apply(org.bytedeco.pytorch.Tensor::round);
  }

  /** Returns the minima over a dimension, which is kept with size 1. */
  Tensor amin(int dim) {
    return apply(t -> t.amin(new long[] {dim}, true));
  }

  /** Returns the maxima over a dimension, which is kept with size 1. */
  Tensor amax(int dim) {
    return apply(t -> t.amax(new long[] {dim}, true));
  }

  /**
   * Returns the indices of each row's k largest elements, in descending order.
   *
   * @param k number of elements
   * @return (…, C) → (…, k) longs
   */
  public Tensor topk(int k) {
    try (T_TensorTensor_T both = at().topk(k)) {
      return adopt(new org.bytedeco.pytorch.Tensor(both.get1())); // a new reference, since the pair is freed
    }
  }

  /**
   * Returns whether no element is NaN or infinite.
   *
   * @return true if all are finite
   */
  public boolean isFinite() {
    // A sum is never finite if an element is not. The sum of finite elements can be infinite, too.
    try (ScalarTypeOptional type = new ScalarTypeOptional(ScalarType.Float);
        org.bytedeco.pytorch.Tensor sum = at().sum(type)) {
      if (Float.isFinite(sum.item_float())) {
        return true;
      }
    }
    try (org.bytedeco.pytorch.Tensor each = at().isfinite(); org.bytedeco.pytorch.Tensor all = each.all()) {
      return all.item_bool();
    }
  }

  /**
   * Compares with another tensor.
   *
   * @param other a tensor of the same element type and device
   * @return whether shape and all elements are equal
   */
  public boolean sameAs(Tensor other) {
    return at().equal(other.at());
  }

  // ---- activations

  /**
   * Applies max(x, 0) and overwrites this tensor.
   *
   * @return this
   */
  public Tensor reluInPlace() {
    return overwrite(t -> t.relu_(), t -> t.relu());
  }

  /**
   * Applies GELU, x·Φ(x), in its exact form.
   *
   * @return the activation
   */
  public Tensor gelu() {
    return apply(t -> torch.gelu(t));
  }

  /**
   * Applies GELU, approximated by tanh.
   *
   * @return the activation
   */
  public Tensor geluTanh() {
    return apply(t -> torch.gelu(t, "tanh"));
  }

  /**
   * Applies x·σ(1.702 x), CLIP's approximation of GELU.
   *
   * @return the activation
   */
  public Tensor quickGelu() {
    return Scope.tidy(() -> mul(mul(1.702).sigmoid()));
  }

  /**
   * Applies SiLU, x·σ(x).
   *
   * @return the activation
   */
  public Tensor silu() {
    return apply(t -> torch.silu(t));
  }

  /**
   * Applies SiLU, x·σ(x), and overwrites this tensor.
   *
   * @return this
   */
  public Tensor siluInPlace() {
    return overwrite(t -> torch.silu_(t), t -> torch.silu(t));
  }

  private Tensor sigmoid() {
    return apply(t -> t.sigmoid());
  }

  /**
   * Returns the logarithm of the softmax.
   *
   * @param dim the dimension of the softmax
   * @return the log-probabilities
   */
  public Tensor logSoftmax(int dim) {
    return apply(t -> torch.log_softmax(t, (long) dim));
  }

  // ---- layers

  /**
   * Returns the matrix product.
   *
   * @param other (…, K, N)
   * @return (…, M, K) @ (…, K, N) → (…, M, N)
   */
  public Tensor matmul(Tensor other) {
    return apply(other, (t, o) -> t.matmul(o));
  }

  /**
   * Returns x·Wᵀ + b. Large products on the CPU are computed by {@link MatrixProduct}, unless gradients are recorded. A
   * small matrix is multiplied with a single row by the matrix-vector product.
   *
   * @param weight (out, in)
   * @param bias (out), or null
   * @return (…, in) → (…, out)
   */
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    if (MatrixProduct.isFor(this, weight)) {
      return MatrixProduct.of(this, weight, bias);
    }
    org.bytedeco.pytorch.Tensor x = at();
    org.bytedeco.pytorch.Tensor w = weight.at();
    if (x.numel() == w.size(1) && x.scalar_type().value == ScalarType.Float.value && !x.is_cuda()) {
      long[] shape = shape();
      shape[shape.length - 1] = w.size(0);
      try (org.bytedeco.pytorch.Tensor row = x.reshape(-1);
          org.bytedeco.pytorch.Tensor y = bias == null ? torch.mv(w, row) : torch.addmv(bias.at(), w, row)) {
        return adopt(y.view(shape));
      }
    }
    try (TensorOptional b = optional(bias)) {
      return adopt(torch.linear(x, w, b));
    }
  }

  /**
   * Pads with zeros.
   *
   * @param sides (left, right, top, bottom), from the last dimension inwards
   * @return the padded tensor
   */
  public Tensor padZeros(long... sides) {
    return apply(t -> torch.constant_pad_nd(t, sides));
  }

  /**
   * Enlarges an image by repeating pixels.
   *
   * @param height new height
   * @param width new width
   * @return (N, C, H, W) → (N, C, height, width)
   */
  public Tensor upsampleNearest(long height, long width) {
    return apply(t -> torch.upsample_nearest2d(t, height, width));
  }

  /**
   * Resizes an image bilinearly. Where the image shrinks, all of its pixels count (PyTorch's {@code antialias}).
   *
   * @param height new height
   * @param width new width
   * @return (N, C, H, W) → (N, C, height, width)
   */
  public Tensor resizeBilinear(long height, long width) {
    return apply(t -> {
      try (InterpolateFuncOptions options = new InterpolateFuncOptions();
          LongVector size = new LongVector(height, width);
          kBilinear bilinear = new kBilinear()) {
        options.size().put(size);
        options.mode().put(bilinear);
        options.align_corners().put(false); // the default, without a warning
        options.antialias().put(true);
        return torch.interpolate(t, options);
      }
    });
  }

  /**
   * Takes the maximum of each window, without padding.
   *
   * @param kernel height and width of a window
   * @param stride distance between windows
   * @return (N, C, H, W) → (N, C, H', W')
   */
  public Tensor maxPool(int kernel, int stride) {
    return apply(t -> torch.max_pool2d(t, new long[] {kernel, kernel}, new long[] {stride, stride}, new long[] {0, 0},
        new long[] {1, 1}, false));
  }

  /**
   * Takes the mean of each window. Padding does not count.
   *
   * @param kernel height and width of a window
   * @param stride distance between windows
   * @param padding padding of all sides
   * @return (N, C, H, W) → (N, C, H', W')
   */
  public Tensor averagePool(int kernel, int stride, int padding) {
    try (LongOptional divisor = new LongOptional()) {
      return apply(t -> torch.avg_pool2d(t, new long[] {kernel, kernel}, new long[] {stride, stride},
          new long[] {padding, padding}, false, false, divisor));
    }
  }

  /**
   * Returns the upper triangle of a matrix.
   *
   * @param diagonal the lowest diagonal to keep: 0 for the main one, positive above it
   * @return the matrix with zeros below that diagonal
   */
  public Tensor triu(long diagonal) {
    return apply(t -> torch.triu(t, diagonal));
  }

  /**
   * Returns the lower triangle of a matrix.
   *
   * @param diagonal the highest diagonal to keep: 0 for the main one, positive above it
   * @return the matrix with zeros above that diagonal
   */
  public Tensor tril(long diagonal) {
    return apply(t -> torch.tril(t, diagonal));
  }

  /**
   * Returns rows of a table.
   *
   * @param indices (n) longs
   * @return (rows, C) → (n, C)
   */
  public Tensor indexSelect(Tensor indices) {
    return apply(indices, (t, i) -> t.index_select(0, i));
  }

  // ---- training

  /**
   * Computes the gradient with respect to every trainable tensor behind this number and adds it to that tensor's
   * {@link #gradient}. Requires a single element; call it once, inside the {@link Scope#record} that computed it.
   */
  public void backward() {
    at().backward();
  }

  /**
   * Returns the gradient accumulated by {@link #backward}.
   *
   * @return the gradient itself, of this shape, or null if there is none yet
   */
  public @Nullable Tensor gradient() {
    org.bytedeco.pytorch.Tensor gradient = at().grad(); // a reference into this
    return gradient.defined() ? adopt(new org.bytedeco.pytorch.Tensor(gradient)) : null;
  }

  /**
   * Returns the same numbers without recorded gradients.
   *
   * @return a view
   */
  public Tensor detach() {
    return apply(t -> t.detach());
  }

  /** Makes gradients with respect to this tensor available. No operation on it may have been recorded yet. */
  void makeTrainable() {
    at().set_requires_grad(true);
  }

  /** Drops the gradient. */
  void dropGradient() {
    org.bytedeco.pytorch.Tensor gradient = at().mutable_grad();
    gradient.reset();
  }

  /** Applies an in-place operation, also to a trainable tensor. */
  Tensor update(UnaryOperator<org.bytedeco.pytorch.Tensor> inPlace) {
    discard(inPlace.apply(at()));
    return this;
  }

  /**
   * Returns the mean negative log-probability of labels.
   *
   * @param labels (n) longs; -100 is ignored
   * @return one number, for this tensor of logits (n, V)
   */
  public Tensor crossEntropy(Tensor labels) {
    try (TensorOptional unweighted = new TensorOptional()) {
      return adopt(torch.cross_entropy_loss(at(), labels.at(), unweighted, MEAN, IGNORED_LABEL, 0.0));
    }
  }

  // ---- helpers

  private Tensor apply(Function<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> operation) {
    Tensor result = adopt(operation.apply(at()));
    result.memory = memory; // the result may be a view
    return result;
  }

  private Tensor apply(
      Tensor other,
      BiFunction<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> operation) {
    return adopt(operation.apply(at(), other.at()));
  }

  private Tensor applyScalar(
      double value, BiFunction<org.bytedeco.pytorch.Tensor, Scalar, org.bytedeco.pytorch.Tensor> operation) {
    try (Scalar scalar = new Scalar(value)) {
      return adopt(operation.apply(at(), scalar));
    }
  }

  static TensorOptional optional(@Nullable Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor.at());
  }

  /** Overwrites the memory; while gradients are recorded, which may need it, makes this refer to the result instead. */
  private Tensor overwrite(
      UnaryOperator<org.bytedeco.pytorch.Tensor> inPlace, UnaryOperator<org.bytedeco.pytorch.Tensor> recorded) {
    org.bytedeco.pytorch.Tensor tensor = at();
    if (!Scope.isRecording()) {
      discard(inPlace.apply(tensor));
      return this;
    }
    if (tensor.is_leaf() && tensor.requires_grad()) {
      throw new IllegalStateException("a trainable tensor cannot be overwritten while gradients are recorded");
    }
    org.bytedeco.pytorch.Tensor result = recorded.apply(tensor);
    if (result.scalar_type().value != tensor.scalar_type().value) {
      try (org.bytedeco.pytorch.Tensor promoted = result) {
        result = promoted.to(type());
      }
    }
    handle = result;
    memory = null;
    tensor.close();
    return this;
  }

  /** Frees the result of an in-place operation unless it is this very Java object, as it mostly is. */
  @SuppressWarnings("ReferenceEquality") // tests for the same Java object
  private void discard(org.bytedeco.pytorch.Tensor alias) {
    if (alias != handle) {
      alias.close();
    }
  }

  @Override
  public String toString() {
    return handle == null ? "Tensor (freed)" : "Tensor " + type() + Arrays.toString(shape());
  }
}
