package io.gill.torch;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.weights.DType;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A strict state dict. A model takes its tensors one by one with the shapes it needs. {@link #finish} then reports
 * every missing, mis-shaped and unexpected key in one error, and every tensor of at most a million elements that holds
 * NaN or infinity.
 *
 * <p>Tensors of a file are converted to the stage's precision and device as they are taken, one at a time. If the file
 * already has that precision and the device is the CPU, they stay memory-mapped and nothing is copied. Trainable
 * tensors are returned unchanged, so that the same layers can be trained. Not thread-safe.
 */
public final class Weights {
  /**
   * Maximum size of a tensor to check for NaN. Larger ones may stay mapped, and none of their pages is read before use.
   */
  private static final long LARGEST_CHECKED = 1 << 20;

  private final State state;
  private final String prefix;

  private Weights(State state, String prefix) {
    this.state = state;
    this.prefix = prefix;
  }

  /**
   * Starts reading a file.
   *
   * @param file holds the tensors; must stay open as long as the owner lives
   * @param owner keeps the tensors
   * @param device the device of the tensors
   * @param precision the type floating-point tensors are converted to
   * @return all tensors of the file
   */
  public static Weights of(TensorFile file, Scope owner, Device device, Precision precision) {
    return of(file, owner, device, precision, Map.of());
  }

  /**
   * Starts reading a file and changes some of its tensors, for example to merge adapters into them.
   *
   * @param file holds the tensors; must stay open as long as the owner lives
   * @param owner keeps the tensors
   * @param device the device of the tensors
   * @param precision the type floating-point tensors are converted to
   * @param changes changes by full key. An operator receives the tensor in 32 bits on its device, leaves it unchanged
   *     and returns another one of the same shape. Tensors without an operator stay memory-mapped.
   * @return all tensors of the file
   */
  public static Weights of(TensorFile file, Scope owner, Device device, Precision precision,
      Map<String, UnaryOperator<Tensor>> changes) {
    return new Weights(new State(new FileSource(file, owner, device, precision, Map.copyOf(changes))), "");
  }

  /**
   * Starts building a model on trainable tensors, which keep their owner.
   *
   * @param parameters the tensors
   * @return all these tensors
   */
  public static Weights of(Parameters parameters) {
    return new Weights(new State(new ParameterSource(parameters, null)), "");
  }

  /**
   * Starts building a model to train from scratch: taking a missing tensor creates it. Optional tensors are not
   * created.
   *
   * @param parameters receives the tensors
   * @param initializer the initial values; the model must give complete shapes
   * @return a state dict that has every required key
   */
  public static Weights fresh(Parameters parameters, Parameters.Initializer initializer) {
    return new Weights(new State(new ParameterSource(parameters, initializer)), "");
  }

  /**
   * Returns the tensors under a name.
   *
   * @param name a module's name, such as {@code model.decoder} or {@code layers.0}
   * @return the same state dict with a longer prefix
   */
  public Weights at(String name) {
    return new Weights(state, prefix + name + ".");
  }

  /**
   * Returns the tensors under a numbered name.
   *
   * @param name a module list's name
   * @param index index from 0
   * @return the same state dict with a longer prefix
   */
  public Weights at(String name, int index) {
    return at(name + "." + index);
  }

  /**
   * Returns whether a key exists.
   *
   * @param name name below this prefix
   * @return true if it exists
   */
  public boolean has(String name) {
    return state.source.names().contains(prefix + name);
  }

  /**
   * Returns the shape of a tensor, for widths that only the file knows.
   *
   * @param name name below this prefix
   * @return the sizes, or null if the key is missing; taking it then reports that
   */
  public long @Nullable [] shape(String name) {
    return has(name) ? state.source.shape(prefix + name) : null;
  }

  /**
   * Takes a tensor.
   *
   * @param name name below this prefix
   * @param shape the sizes it must have; -1 for any
   * @return the tensor, kept by the owner; zeros if it is missing or has another shape, which {@link #finish} reports
   */
  public Tensor take(String name, long... shape) {
    return take(name, false, shape);
  }

  private Tensor take(String name, boolean kernel, long... shape) {
    if (!fits(name, shape)) {
      return state.placeholder(shape);
    }
    Tensor tensor = state.source.load(prefix + name, kernel);
    if (tensor.elementCount() <= LARGEST_CHECKED && !Scope.compute("checking " + prefix + name, tensor::isFinite)) {
      state.addNotFinite(prefix + name);
    }
    return tensor;
  }

  /** Returns whether a key exists and has the required shape, and records any problem for {@link #finish}. */
  private boolean fits(String name, long... shape) {
    String key = prefix + name;
    state.taken.add(key);
    if (!has(name) && !state.source.make(key, shape)) {
      state.missing.add(key);
      return false;
    }
    long[] actual = state.source.shape(key);
    if (!matches(actual, shape)) {
      state.misshaped.put(key, Arrays.toString(actual) + " instead of " + describe(shape));
      return false;
    }
    return isNumeric(key);
  }

  private boolean isNumeric(String key) {
    String other = state.source.unfitType(key);
    if (other != null) {
      state.misshaped.put(key, other + " instead of a floating-point type");
    }
    return other == null;
  }

  /**
   * Creates a tensor that is part of a model but of no file.
   *
   * @param value value of every element
   * @param shape the sizes
   * @return the tensor, kept by the owner, never trained
   */
  public Tensor constant(double value, long... shape) {
    return state.source.constant(value, shape);
  }

  /**
   * Takes a matrix, which the file may hold as the kernel of a 1×1 convolution.
   *
   * @param name name below this prefix
   * @param out rows
   * @param in columns
   * @return (out, in); see {@link #take}
   */
  public Tensor takeMatrix(String name, long out, long in) {
    long[] stored = shape(name);
    if (stored == null || stored.length != 4 || stored[2] != 1 || stored[3] != 1) {
      return take(name, out, in);
    }
    Tensor kernel = take(name, out, in, 1, 1);
    return state.source.keep("reading " + prefix + name, () -> kernel.reshape(out, in));
  }

  /**
   * Takes the kernel of a convolution, in the channels-last layout unless it has 32 bits and can stay mapped.
   * Convolutions are fast if activations have that layout.
   *
   * @param name name below this prefix
   * @param out output channels
   * @param in input channels
   * @param kernel size of both dimensions
   * @return (out, in, kernel, kernel); see {@link #take}
   */
  public Tensor takeKernel(String name, long out, long in, long kernel) {
    return take(name, true, out, in, kernel, kernel);
  }

  /**
   * Takes an optional tensor.
   *
   * @param name name below this prefix
   * @param shape the sizes it must have
   * @return the tensor, or null if the file has no such key
   */
  public @Nullable Tensor takeIfPresent(String name, long... shape) {
    return has(name) ? take(name, shape) : null;
  }

  /**
   * Reads the last rows of a table. A file may hold the whole table or only these rows. No other row is read.
   *
   * @param name name below this prefix
   * @param count number of rows
   * @param width width of a row; -1 for any
   * @return (count, width), always in 32 bits; zeros if the table is missing or does not fit, which {@link #finish}
   *     reports
   */
  public float[][] lastRows(String name, int count, long width) {
    String key = prefix + name;
    state.taken.add(key);
    long[] shape = shape(name);
    if (shape == null) {
      state.missing.add(key);
      return new float[count][(int) Math.max(width, 0)];
    }
    boolean fits = shape.length == 2 && shape[0] >= count && (width < 0 || shape[1] == width);
    if (!fits) {
      state.misshaped.put(key,
          Arrays.toString(shape) + " instead of [" + count + " or more, " + (width < 0 ? "any" : width) + "]");
    }
    if (!fits || !isNumeric(key)) {
      return new float[count][(int) Math.max(width, 0)];
    }
    float[][] rows = new float[count][];
    Arrays.setAll(rows, i -> state.source.row(key, shape[0] - count + i));
    if (!Arrays.stream(rows).allMatch(Weights::isFinite)) {
      state.addNotFinite(key);
    }
    return rows;
  }

  /**
   * Reads a number.
   *
   * @param name name below this prefix
   * @return the number, always in 32 bits; 0 if it is missing or not a number, which {@link #finish} reports
   */
  public float scalar(String name) {
    return fits(name) ? state.source.number(prefix + name) : 0;
  }

  /**
   * Ignores keys that a file may have and no model needs, such as buffers of position ids.
   *
   * @param test matches the full keys to ignore
   */
  public void ignore(Predicate<String> test) {
    for (String key : state.source.names()) {
      if (key.startsWith(prefix) && test.test(key)) {
        state.taken.add(key);
      }
    }
  }

  /**
   * Checks that reading was complete and without problems.
   *
   * @param model the loaded model, for the message: "the UNet"
   * @throws GillException if a key was missing, had another shape, held NaN or infinity, or starts with this prefix and
   *     was not taken
   */
  public void finish(String model) {
    List<String> problems = new ArrayList<>();
    if (!state.missing.isEmpty()) {
      problems.add("missing " + abbreviate(state.missing));
    }
    if (!state.misshaped.isEmpty()) {
      List<String> shapes = new ArrayList<>();
      state.misshaped.forEach((key, value) -> shapes.add(key + " is " + value));
      problems.add("unfit: " + abbreviate(shapes));
    }
    if (!state.notFinite.isEmpty()) {
      problems.add("unusable: " + abbreviate(state.notFinite));
    }
    List<String> unexpected = new ArrayList<>();
    for (String key : state.source.names()) {
      if (key.startsWith(prefix) && !state.taken.contains(key)) {
        unexpected.add(key);
      }
    }
    if (!unexpected.isEmpty()) {
      problems.add("unexpected " + abbreviate(unexpected));
    }
    if (!problems.isEmpty()) {
      throw new GillException(state.source.where() + " does not hold the weights of " + model + " that its configuration "
          + "describes: " + String.join("; ", problems));
    }
  }

  private static boolean matches(long[] actual, long[] expected) {
    if (actual.length != expected.length) {
      return false;
    }
    for (int i = 0; i < actual.length; i++) {
      if (expected[i] >= 0 && actual[i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static String describe(long[] shape) {
    return Arrays.toString(shape).replace("-1", "any");
  }

  private static String abbreviate(List<String> keys) {
    int shown = Math.min(keys.size(), 8);
    String rest = keys.size() > shown ? " and " + (keys.size() - shown) + " more" : "";
    return String.join(", ", keys.subList(0, shown)) + rest;
  }

  /** The keys taken so far and the problems found. */
  private static final class State {
    final Source source;
    final Set<String> taken = new HashSet<>();
    final List<String> missing = new ArrayList<>();
    final List<String> notFinite = new ArrayList<>();
    final Map<String, String> misshaped = new LinkedHashMap<>();

    State(Source source) {
      this.source = source;
    }

    void addNotFinite(String key) {
      notFinite.add(key + (source.overflows(key)
          ? " overflows in FLOAT16 (load with Precision.BFLOAT16 or FLOAT32)" : " holds NaN or infinity"));
    }

    /** Returns a tensor of the right shape that uses no memory, so that loading continues and finds every problem. */
    Tensor placeholder(long... shape) {
      long[] sizes = shape.clone();
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = Math.max(sizes[i], 1);
      }
      Tensor zero = source.constant(0);
      return source.keep("loading", () -> zero.expand(sizes));
    }
  }

  /** The source of the tensors, by full key. */
  private interface Source {
    /** Returns the source's name, for messages. */
    String where();

    Set<String> names();

    long[] shape(String key);

    /** Returns the type of a tensor unless it holds floating-point numbers; null if it does. */
    @Nullable String unfitType(String key);

    /** Creates a missing tensor if possible. */
    boolean make(String key, long... shape);

    Tensor load(String key, boolean kernel);

    /** Returns whether a finite tensor becomes infinite in the precision it is loaded in. */
    boolean overflows(String key);

    /** Returns the first or only element of a tensor. */
    float number(String key);

    float[] row(String key, long index);

    Tensor constant(double value, long... shape);

    /** Computes a tensor with the same lifetime as the others. */
    Tensor keep(String what, Supplier<Tensor> body);
  }

  private record FileSource(TensorFile file, Scope owner, Device device, Precision precision,
      Map<String, UnaryOperator<Tensor>> changes) implements Source {
    private static final int CHUNK = 1 << 30;
    private static final int PIECE = 1 << 26;

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
        boolean mapped = stored.isMapped() && stored.byteSize() <= CHUNK;
        if (mapped && change == null && device.isCpu() && type == Torch.scalarType(precision)) {
          stored.staysMapped();
        }
        file.checkUnchanged();
        Tensor raw = mapped || !stored.isContiguous() ? map(stored, type) : read(stored, type);
        Tensor changed = change == null ? raw : change.apply(raw.to(Precision.FLOAT32, device));
        boolean staysMapped =
            change == null && device.isCpu() && type == ScalarType.Float && precision == Precision.FLOAT32;
        Tensor laidOut = kernel && !staysMapped ? changed.channelsLast() : changed;
        return laidOut.to(precision, device);
      });
    }

    @Override
    public boolean overflows(String key) {
      return precision == Precision.FLOAT16 && isFinite(file.get(key).toFloatArray());
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

  private record ParameterSource(Parameters parameters, Parameters.@Nullable Initializer initializer)
      implements Source {
    @Override
    public String where() {
      return "this set of trainable tensors";
    }

    @Override
    public Set<String> names() {
      return parameters.names();
    }

    @Override
    public long[] shape(String key) {
      return parameters.get(key).shape();
    }

    @Override
    public @Nullable String unfitType(String key) {
      return null;
    }

    @Override
    public boolean make(String key, long... shape) {
      if (initializer == null) {
        return false;
      }
      for (long size : shape) {
        if (size < 0) {
          throw new IllegalArgumentException(
              key + " cannot be created: the model does not know its shape, " + describe(shape));
        }
      }
      parameters.add(key, initializer.values(key, shape), shape);
      return true;
    }

    @Override
    public Tensor load(String key, boolean kernel) {
      return parameters.get(key);
    }

    @Override
    public boolean overflows(String key) {
      return false;
    }

    @Override
    public float number(String key) {
      return parameters.values(key)[0];
    }

    @Override
    public float[] row(String key, long index) {
      return Scope.compute("reading " + key, () -> parameters.get(key).select(0, index).toFloats());
    }

    @Override
    public Tensor constant(double value, long... shape) {
      return keep("loading", () -> Tensor.zeros(Precision.FLOAT32, parameters.device(), shape).add(value));
    }

    @Override
    public Tensor keep(String what, Supplier<Tensor> body) {
      return parameters.keep(what, body);
    }
  }
}
