package io.gill.torch;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.stage.LoadCost;
import io.gill.stage.StageSettings;
import io.gill.weights.DType;
import io.gill.weights.TensorFile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A strict state dict. A model takes its tensors one by one with the shapes it needs. {@link #finish} then reports
 * every missing, mis-shaped and unexpected key in one error, and every tensor of at most a million elements or
 * quantised here that holds NaN or infinity.
 *
 * <p>Tensors of a file are converted to the stage's precision and device as they are taken, one at a time. If the file
 * already has that precision and the device is the CPU, they stay memory-mapped and nothing is copied, unless there is
 * memory for a faster layout of a language model's matrices. Trainable tensors are returned unchanged, so that the same
 * layers can be trained. Not thread-safe.
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
   * @throws GillException if copies of the tensors would not fit into memory
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
    FileWeights source = new FileWeights(file, owner, device, precision, Map.copyOf(changes));
    requireMemory(source, Quantization.NONE);
    return new Weights(new State(source), "");
  }

  /**
   * Starts reading a file and quantises its matrices, unless they are quantised already.
   *
   * @param file holds the tensors; must stay open as long as the owner lives
   * @param owner keeps the tensors
   * @param device the device of the tensors
   * @param precision the type other floating-point tensors are converted to
   * @param quantization storage of the tensors taken by {@link #matrix} and {@link #table}
   * @return all tensors of the file
   */
  public static Weights of(TensorFile file, Scope owner, Device device, Precision precision,
      Quantization quantization) {
    FileWeights source = new FileWeights(file, owner, device, precision, Map.of());
    long needed = requireMemory(source, quantization);
    // Without memory for copies, matrices stay as they are.
    long copies = source.int8Bytes() + (quantization == Quantization.NONE ? source.mappedHalfBytes() : 0);
    boolean packing = AvailableMemory.hasRoomFor(needed, copies);
    return new Weights(new State(source, quantization, new RowwiseReader(source, packing), null), "");
  }

  /**
   * Returns what taking all tensors of a file costs, from its header.
   *
   * @param file holds the tensors
   * @param settings device, precision and quantisation
   * @return the size of the file's tensors and of their copies in memory; these are 0 on a GPU
   */
  public static LoadCost cost(TensorFile file, StageSettings settings) {
    try (Scope owner = Scope.owner()) {
      LoadCost cost = new FileWeights(file, owner, settings.device(), settings.precision(), Map.of())
          .cost(settings.quantization());
      return settings.device().isCpu() ? cost : new LoadCost(cost.fileBytes(), 0, 0);
    }
  }

  /** Returns how much memory the copies need, once it is known that they fit; 0 on a GPU. */
  private static long requireMemory(FileWeights source, Quantization quantization) {
    if (!source.device().isCpu()) {
      return 0;
    }
    long needed = source.cost(quantization).memory();
    AvailableMemory.require(source.file().path(), needed, quantization == Quantization.NONE
        ? "use the precision of the file, which stays memory-mapped, or quantise a language model"
        : "quantise it once with 'quantize' of gill-examples, whose result stays memory-mapped");
    return needed;
  }

  /**
   * Starts finding out which tensors a model takes as matrices, for {@link #planned}. The matrices are not read: zeros
   * that use no memory stand for them.
   *
   * @param file holds the tensors
   * @param owner keeps the tensors
   * @param quantization the intended storage of the matrices
   * @return all tensors of the file
   */
  public static Weights plan(TensorFile file, Scope owner, Quantization quantization) {
    WeightSource source = new FileWeights(file, owner, Device.CPU, Precision.FLOAT32, Map.of());
    return new Weights(new State(source, quantization, null, new LinkedHashMap<>()), "");
  }

  /**
   * Starts building a model on trainable tensors, which keep their owner.
   *
   * @param parameters the tensors
   * @return all these tensors
   */
  public static Weights of(Parameters parameters) {
    return new Weights(new State(new TrainableWeights(parameters, null)), "");
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
    return new Weights(new State(new TrainableWeights(parameters, initializer)), "");
  }

  /**
   * Reports progress.
   *
   * @param receiver receives the size of each tensor in its file, in bytes, after it was taken
   * @return this
   */
  public Weights reportTo(LongConsumer receiver) {
    state.receiver = receiver;
    return this;
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
    return fits(name, shape) ? loaded(name, kernel) : state.placeholder(shape);
  }

  private Tensor loaded(String name, boolean kernel) {
    Tensor tensor = state.source.load(prefix + name, kernel);
    checkFinite(prefix + name, tensor);
    state.loaded(prefix + name);
    return tensor;
  }

  private void checkFinite(String key, Tensor tensor) {
    if (tensor.elementCount() <= LARGEST_CHECKED && !Scope.compute("checking " + key, tensor::isFinite)) {
      state.check.notFinite(key, state.source);
    }
  }

  /** Returns whether a key exists and has the required shape, and records any problem for {@link #finish}. */
  private boolean fits(String name, long... shape) {
    String key = prefix + name;
    state.check.taken(key);
    if (!has(name) && !state.source.make(key, shape)) {
      state.check.missing(key);
      return false;
    }
    return state.check.hasShape(key, state.source.shape(key), shape) && isNumeric(key);
  }

  private boolean isNumeric(String key) {
    String other = state.source.unfitType(key);
    if (other != null) {
      state.check.unfit(key, other, "a floating-point type");
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
   * Takes the matrix of a linear layer, in the storage of the file or the requested one.
   *
   * @param name name below this prefix
   * @param rows number of rows, or -1 for any
   * @param columns number of columns, or -1 for any
   * @return the matrix, kept by the owner; {@link #finish} reports it if it does not fit
   */
  public Matrix matrix(String name, long rows, long columns) {
    return matrix(name, state.quantization, rows, columns, RowwiseReader::stored, RowwiseReader::quantized,
        tensor -> state.rowwise == null ? new DenseMatrix(tensor) : state.rowwise.dense(tensor), DenseMatrix::new);
  }

  /**
   * Takes an embedding table, like {@link #matrix}. It is quantised to at least 8 bits, since each of its rows is a
   * whole input and most models also use it as the output layer.
   *
   * @param name name below this prefix
   * @param rows number of rows
   * @param width number of columns
   * @return the table, kept by the owner; {@link #finish} reports it if it does not fit
   */
  public Table table(String name, long rows, long width) {
    Quantization wanted = state.quantization == Quantization.NONE ? Quantization.NONE : Quantization.INT8;
    return matrix(name, wanted, rows, width,
        RowwiseReader::storedTable, RowwiseReader::quantizedTable, DenseMatrix::new, DenseMatrix::new);
  }

  /**
   * Takes an optional table.
   *
   * @param name name below this prefix
   * @param rows number of rows
   * @param width number of columns
   * @return the table, or null if the file has no such key
   */
  public @Nullable Table tableIfPresent(String name, long rows, long width) {
    return has(name) || storedFormat(name).isPresent() ? table(name, rows, width) : null;
  }

  /** Takes a quantised matrix: format, full key, number of rows, and what to do if it is not finite. */
  @FunctionalInterface
  private interface Quantized<M extends Matrix> {
    M take(RowwiseReader reader, RowwiseFormat format, String key, long rows, Runnable notFinite);
  }

  private <M extends Matrix> M matrix(String name, Quantization wanted, long rows, long columns,
      Quantized<M> stored, Quantized<M> quantized, Function<Tensor, M> dense, Function<Tensor, M> placeholder) {
    Optional<RowwiseFormat> found = storedFormat(name);
    if (found.isPresent()) {
      RowwiseFormat format = found.get();
      String key = prefix + format.key(name);
      return fitsStored(format, key, rows, columns)
          ? taken(stored, format, key, rows) : placeholder.apply(state.placeholder(rows, columns));
    }
    Optional<RowwiseFormat> format = RowwiseFormat.of(wanted);
    if (!fits(name, rows, columns)) {
      return placeholder.apply(state.placeholder(rows, columns));
    }
    if (format.isEmpty()) {
      return dense.apply(loaded(name, false));
    }
    String key = prefix + name;
    if (state.plan != null) {
      state.plan.put(key, format.get());
      return placeholder.apply(state.placeholder(state.source.shape(key)));
    }
    return taken(quantized, format.get(), key, state.source.shape(key)[0]);
  }

  private <M extends Matrix> M taken(Quantized<M> storage, RowwiseFormat format, String key, long rows) {
    M matrix = storage.take(Objects.requireNonNull(state.rowwise), format, key, rows,
        () -> state.check.notFinite(key, state.source));
    state.loaded(key);
    return matrix;
  }

  /** Returns the format of a matrix that the file holds quantised; empty where only dense tensors are known. */
  private Optional<RowwiseFormat> storedFormat(String name) {
    return state.rowwise == null
        ? Optional.empty()
        : Arrays.stream(RowwiseFormat.values()).filter(format -> has(format.key(name))).findFirst();
  }

  private boolean fitsStored(RowwiseFormat format, String key, long rows, long columns) {
    state.check.taken(key);
    long[] actual = state.source.shape(key);
    String type = state.source.unfitType(key);
    boolean bytes = DType.U8.name().equals(type);
    if (bytes && format.group(actual, rows, columns) > 0) {
      return true;
    }
    state.check.unfit(key, (bytes || type == null ? "" : type + " ") + Arrays.toString(actual),
        "U8 " + Arrays.toString(format.shape(rows, columns)) + " or the same with another group");
    return false;
  }

  /**
   * Returns the matrices taken so far from a state dict that {@link #plan} created.
   *
   * @return intended storage by full key
   */
  public Map<String, RowwiseFormat> planned() {
    return Map.copyOf(Objects.requireNonNull(state.plan, "not a plan"));
  }

  /**
   * Returns how the matrices of this state dict are quantised.
   *
   * @return the least number of bits; {@link Quantization#NONE} if all tensors are dense
   */
  public Quantization quantization() {
    return RowwiseFormat.quantization(state.source.names());
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
    state.check.taken(key);
    long[] shape = shape(name);
    if (shape == null) {
      state.check.missing(key);
      return new float[count][(int) Math.max(width, 0)];
    }
    boolean fits = shape.length == 2 && shape[0] >= count && (width < 0 || shape[1] == width);
    if (!fits) {
      state.check.unfit(
          key, Arrays.toString(shape), "[" + count + " or more, " + (width < 0 ? "any" : width) + "]");
    }
    if (!fits || !isNumeric(key)) {
      return new float[count][(int) Math.max(width, 0)];
    }
    float[][] rows = new float[count][];
    Arrays.setAll(rows, i -> state.source.row(key, shape[0] - count + i));
    if (!Arrays.stream(rows).allMatch(Weights::isFinite)) {
      state.check.notFinite(key, state.source);
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
        state.check.taken(key);
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
    state.check.finish(state.source, prefix, model);
  }

  static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** What a state dict and those with longer prefixes share. */
  private static final class State {
    final WeightSource source;
    final Quantization quantization;
    final @Nullable RowwiseReader rowwise; // null where all matrices are dense
    final @Nullable Map<String, RowwiseFormat> plan; // null unless matrices are only listed
    final WeightCheck check = new WeightCheck();
    LongConsumer receiver = bytes -> {};

    State(WeightSource source) {
      this(source, Quantization.NONE, null, null);
    }

    State(WeightSource source, Quantization quantization, @Nullable RowwiseReader rowwise,
        @Nullable Map<String, RowwiseFormat> plan) {
      this.source = source;
      this.quantization = quantization;
      this.rowwise = rowwise;
      this.plan = plan;
    }

    void loaded(String key) {
      receiver.accept(source.fileBytes(key));
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
}
