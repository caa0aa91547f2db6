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
 * A strict state dict: a model takes its tensors one by one with the shapes it needs, and {@link #finish} reports every
 * missing, mis-shaped and unexpected key in one error, and every tensor of at most a million elements that holds NaN or
 * infinity.
 *
 * <p>Tensors of a file are converted to the stage's precision and device as they are taken, one at a time; where the file
 * already holds that precision and the device is the CPU, they stay memory-mapped and nothing is copied. Trainable
 * tensors are handed out as they are, so that the same layers can be trained. For one thread.
 */
public final class Weights {
  /** Larger tensors are not looked through: where they stay mapped, nothing of them is read before it is used. */
  private static final long LARGEST_CHECKED = 1 << 20;

  private final State state;
  private final String prefix;

  private Weights(State state, String prefix) {
    this.state = state;
    this.prefix = prefix;
  }

  /**
   * Starts reading.
   *
   * @param file where the tensors lie; must stay open as long as the owner lives
   * @param owner keeps the tensors
   * @param device where they go
   * @param precision the type floating-point tensors are converted to
   * @return all tensors of the file
   */
  public static Weights of(TensorFile file, Scope owner, Device device, Precision precision) {
    return of(file, owner, device, precision, Map.of());
  }

  /**
   * Starts reading a file, some of whose tensors are changed on the way, as by adapters that are merged into them.
   *
   * @param file where the tensors lie; must stay open as long as the owner lives
   * @param owner keeps the tensors
   * @param device where they go
   * @param precision the type floating-point tensors are converted to
   * @param changes what becomes of a tensor, by its whole key. An operator is given the tensor in 32 bits on its device,
   *     which it leaves as it is, and returns another of the same shape. Tensors without one stay memory-mapped as ever.
   * @return all tensors of the file
   */
  public static Weights of(TensorFile file, Scope owner, Device device, Precision precision,
      Map<String, UnaryOperator<Tensor>> changes) {
    return new Weights(new State(new FileSource(file, owner, device, precision, Map.copyOf(changes))), "");
  }

  /**
   * Starts building a model on trainable tensors, which stay their owner's.
   *
   * @param parameters the tensors
   * @return all of them
   */
  public static Weights of(Parameters parameters) {
    return new Weights(new State(new ParameterSource(parameters, null)), "");
  }

  /**
   * Starts building a model that is to be trained from the beginning: a tensor that is taken and not there yet is made.
   * Those that a model may lack are lacking unless they are there.
   *
   * @param parameters receives the tensors
   * @param initializer their values; the model must ask for whole shapes
   * @return the tensors that are there, and any other
   */
  public static Weights fresh(Parameters parameters, Parameters.Initializer initializer) {
    return new Weights(new State(new ParameterSource(parameters, initializer)), "");
  }

  /**
   * The tensors under a name.
   *
   * @param name a module's name, as {@code model.decoder} or {@code layers.0}
   * @return the same state dict with a longer prefix
   */
  public Weights at(String name) {
    return new Weights(state, prefix + name + ".");
  }

  /**
   * The tensors under a numbered name.
   *
   * @param name a module list's name
   * @param index from 0
   * @return the same state dict with a longer prefix
   */
  public Weights at(String name, int index) {
    return at(name + "." + index);
  }

  /**
   * Whether a key exists.
   *
   * @param name below this prefix
   * @return true if so
   */
  public boolean has(String name) {
    return state.source.names().contains(prefix + name);
  }

  /**
   * The shape of a tensor, for widths that only the file knows.
   *
   * @param name below this prefix
   * @return its sizes, or null if the key is missing; taking it then reports that
   */
  public long @Nullable [] shape(String name) {
    return has(name) ? state.source.shape(prefix + name) : null;
  }

  /**
   * Takes a tensor.
   *
   * @param name below this prefix
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

  /** Whether a key exists and has the shape it must have; remembers for {@link #finish} what does not fit. */
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
   * A tensor that belongs to a model and to no file.
   *
   * @param value of every element
   * @param shape the sizes
   * @return the tensor, kept by the owner, never trained
   */
  public Tensor constant(double value, long... shape) {
    return state.source.constant(value, shape);
  }

  /**
   * Takes a matrix, also from files that hold it as the kernel of a 1×1 convolution.
   *
   * @param name below this prefix
   * @param out rows
   * @param in columns
   * @return (out, in), as {@link #take}
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
   * Takes the kernel of a convolution, laid out channels-last unless it is in 32 bits and can stay mapped: convolutions
   * of activations in that layout are the fast ones.
   *
   * @param name below this prefix
   * @param out output channels
   * @param in input channels
   * @param kernel size of both dimensions
   * @return (out, in, kernel, kernel), as {@link #take}
   */
  public Tensor takeKernel(String name, long out, long in, long kernel) {
    return take(name, true, out, in, kernel, kernel);
  }

  /**
   * Takes a tensor that a model may lack.
   *
   * @param name below this prefix
   * @param shape the sizes it must have
   * @return the tensor, or null if the file has no such key
   */
  public @Nullable Tensor takeIfPresent(String name, long... shape) {
    return has(name) ? take(name, shape) : null;
  }

  /**
   * Reads the last rows of a table that a file may hold whole or cut down to them. Nothing else of it is read.
   *
   * @param name below this prefix
   * @param count how many rows
   * @param width of a row; -1 for any
   * @return (count, width), in 32 bits whatever the precision; zeros if the table is missing or unfit, which
   *     {@link #finish} reports
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
   * @param name below this prefix
   * @return the number, in 32 bits whatever the precision; 0 if it is missing or no number, which {@link #finish}
   *     reports
   */
  public float scalar(String name) {
    return fits(name) ? state.source.number(prefix + name) : 0;
  }

  /**
   * Passes over keys that a file may have and no model needs, such as buffers of position ids.
   *
   * @param test what to pass over; sees whole keys
   */
  public void ignore(Predicate<String> test) {
    for (String key : state.source.names()) {
      if (key.startsWith(prefix) && test.test(key)) {
        state.taken.add(key);
      }
    }
  }

  /**
   * Ends reading.
   *
   * @param model what was being loaded, for the message: "the UNet"
   * @throws GillException if a key was missing, had another shape, held NaN or infinity, or was not taken and begins
   *     with this prefix
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

  /** What has been asked for so far. */
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

    /** A tensor of the right shape that takes no memory, so that loading goes on to find every problem. */
    Tensor placeholder(long... shape) {
      long[] sizes = shape.clone();
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = Math.max(sizes[i], 1);
      }
      Tensor zero = source.constant(0);
      return source.keep("loading", () -> zero.expand(sizes));
    }
  }

  /** Where the tensors come from. Keys are whole. */
  private interface Source {
    /** For messages. */
    String where();

    Set<String> names();

    long[] shape(String key);

    /** The type of a tensor that is not of floating-point numbers, or null if it is. */
    @Nullable String unfitType(String key);

    /** Makes a missing tensor, if that is possible. */
    boolean make(String key, long... shape);

    Tensor load(String key, boolean kernel);

    /** Whether a tensor that was finite is no longer when it is loaded. */
    boolean overflows(String key);

    /** The only element of a tensor, or its first. */
    float number(String key);

    float[] row(String key, long index);

    Tensor constant(double value, long... shape);

    /** Computes a tensor that lives as long as the others. */
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

    /** A view of the file; the buffer is kept reachable by the tensor. */
    private static Tensor map(StoredTensor stored, ScalarType type) {
      ByteBuffer bytes = stored.bytes();
      return Tensor.wrap(bytes, type, stored.shape());
    }

    /** What one buffer cannot map, or nobody may map, is copied in pieces. */
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
              key + " cannot be made: the model does not know its shape, " + describe(shape));
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
