package io.gill.weights;

import io.gill.GillException;
import io.gill.weights.PickleGlobal.Function;
import io.gill.weights.PickleGlobal.StorageClass;
import io.gill.weights.PickleGlobal.TorchDType;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pickle as data. Opcodes build maps, lists, numbers and texts; the names in {@link PickleGlobal} build tensors
 * and arrays over bytes of the file; every other name is refused by name, and nothing is ever called.
 *
 * <p>Two passes: the first steps over the opcodes only, which finds damage before anything is built and tells which memo
 * slots are ever fetched; the second builds, and keeps just those. No step recurses, so depth costs no Java stack; and
 * {@link PickleBudget} holds both to what the bytes of the file can ask for.
 *
 * <p>Python to Java: dict and OrderedDict become {@link LinkedHashMap}, list {@link ArrayList} or {@link StoredList},
 * tuple and torch.Size {@link Tuple}, set {@link LinkedHashSet}, int {@link Long} or {@link BigInteger}, float
 * {@link Double}, bytes {@link ByteRegion} or {@link ByteBuffer}, tensors and numpy arrays {@link StoredTensor}, torch
 * dtypes {@link DType}, devices {@link String}.
 */
final class Unpickler {
  private static final int MAX_STACK = 1 << 20;
  private static final int MAX_INTEGER_BYTES = 1024;
  private static final int MAX_PROTOCOL = 5;
  private static final int MAX_RANK = 64;

  /** A run of elements of one type that tensors are views of. */
  record Storage(DType dtype, ByteRegion bytes) {}

  /** Finds the storage behind a persistent id. */
  interface Storages {
    /**
     * The storage.
     *
     * @param elements the claimed number of elements, not negative
     * @param view null, or (key, offset, elements) of a view in old containers
     */
    Storage find(DType dtype, String key, long elements, @Nullable Tuple view);
  }

  /** A value and the position behind it. */
  record Result(@Nullable Object value, long end) {}

  /** A text, and where it lies: of use to a list that keeps only that. */
  record Located(String text, long start, int length) {}

  private final Path origin;
  private final Storages storages;
  private final boolean bytesAsBuffers;
  private final boolean nested;
  private final PickleBudget budget;

  /** Null unless lists are to be {@link StoredList}s over it. */
  private final @Nullable ByteRegion listed;

  private final ArrayList<@Nullable Object> stack = new ArrayList<>();
  private final ArrayList<Integer> marks = new ArrayList<>();
  private final Map<Long, @Nullable Object> memo = new HashMap<>();
  private Set<Long> fetched = Set.of();
  private long memoized;
  private PickleCursor cursor;

  private Unpickler(Path origin, ByteRegion region, long start, Storages storages, boolean nested, PickleBudget budget,
      @Nullable ByteRegion listed) {
    this.origin = origin;
    this.storages = storages;
    this.bytesAsBuffers = listed == null;
    this.nested = nested;
    this.budget = budget;
    this.listed = listed;
    this.cursor = new PickleCursor(origin, region, start);
  }

  /** Reads the pickle at a position; byte strings become read-only buffers. */
  static Result read(Path origin, ByteRegion region, long start, Storages storages) {
    return read(origin, region, start, storages, new PickleBudget(origin, region.storedSize()), false);
  }

  /** Reads one of several pickles on one budget. */
  static Result read(
      Path origin, ByteRegion region, long start, Storages storages, PickleBudget budget, boolean nested) {
    return read(new Unpickler(origin, region, start, storages, nested, budget, null), origin, region, start);
  }

  /**
   * Reads a file that is one pickle with long lists: those of texts and of tensors stay in the file, see
   * {@link StoredList}. No persistent ids are allowed.
   */
  static @Nullable Object readLists(Path origin, ByteRegion file) {
    PickleBudget budget = new PickleBudget(origin, file.storedSize());
    return read(new Unpickler(origin, file, 0, noStorages(origin), false, budget, file), origin, file, 0).value();
  }

  private static Result read(Unpickler unpickler, Path origin, ByteRegion region, long start) {
    unpickler.fetched = unpickler.scan();
    unpickler.cursor = new PickleCursor(origin, region, start);
    try {
      Object value = unpickler.build();
      return new Result(value, unpickler.cursor.position());
    } catch (ClassCastException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new GillException(
          origin + " has a malformed pickle near byte " + unpickler.cursor.position() + " of it", e);
    }
  }

  /** No persistent ids are allowed. */
  static Storages noStorages(Path origin) {
    return (dtype, key, elements, view) -> {
      throw new GillException(origin + " refers to the storage '" + key + "' outside its pickle, which is refused");
    };
  }

  private Set<Long> scan() {
    Set<Long> slots = new HashSet<>();
    boolean implicit = false;
    boolean explicit = false;
    do {
      cursor.next();
      budget.spend(1);
      switch (cursor.opcode) {
        case 'X', 0x8c, 0x8d, 'U', 'T' -> budget.spendShare(cursor.payloadLength);
        case 'h', 'j' -> slots.add(cursor.number);
        case 'q', 'r' -> explicit = true;
        case 0x94 -> implicit = true;
        case 0x80 -> {
          if (cursor.number > MAX_PROTOCOL) {
            throw cursor.error("has pickle protocol " + cursor.number + "; " + MAX_PROTOCOL + " is the newest known");
          }
        }
        default -> {}
      }
    } while (cursor.opcode != '.');
    if (implicit && explicit) {
      throw cursor.error("numbers its pickle memo in two ways, which no writer does");
    }
    return slots;
  }

  private @Nullable Object build() {
    while (true) {
      cursor.next();
      switch (cursor.opcode) {
        case '.' -> {
          Object value = pop();
          if (!stack.isEmpty() || !marks.isEmpty()) {
            throw cursor.error("has a pickle that leaves values behind");
          }
          return value;
        }
        case 0x80, 0x95 -> {}
        case '(' -> {
          limit(marks.size());
          marks.add(stack.size());
        }
        case '0' -> {
          if (stack.size() == fence() && !marks.isEmpty()) {
            marks.remove(marks.size() - 1);
          } else {
            pop();
          }
        }
        case '1' -> popMark();
        case '2' -> push(top());
        case 'N' -> push(null);
        case 0x88 -> push(true);
        case 0x89 -> push(false);
        case 'K', 'M', 'J' -> push(cursor.number);
        case 'G' -> push(Double.longBitsToDouble(cursor.number));
        case 0x8a, 0x8b -> push(integer());
        case 'X', 0x8c, 0x8d -> push(text());
        case 'U', 'T' -> push(StandardCharsets.ISO_8859_1.decode(cursor.payloadBuffer()).toString());
        case 'C', 'B', 0x8e, 0x96 ->
            push(bytesAsBuffers ? cursor.payloadBuffer() : cursor.payloadRegion());
        case ')' -> push(Tuple.EMPTY);
        case 't' -> push(Tuple.copyOf(popMark()));
        case 0x85, 0x86, 0x87 -> push(smallTuple(cursor.opcode - 0x84));
        case ']' -> push(emptyList());
        case 'l' -> {
          List<@Nullable Object> items = popMarkLocated();
          List<@Nullable Object> list = emptyList();
          list.addAll(items);
          push(list);
        }
        case 'a' -> {
          Object item = popLocated();
          list().add(item);
        }
        case 'e' -> {
          List<@Nullable Object> items = popMarkLocated();
          list().addAll(items);
        }
        case '}' -> push(new LinkedHashMap<>(4));
        case 'd' -> {
          List<@Nullable Object> items = popMark();
          push(new LinkedHashMap<>());
          putAll(items);
        }
        case 's' -> {
          Object value = pop();
          Object key = pop();
          Map<@Nullable Object, @Nullable Object> map = map();
          map.put(hashable(key, map.keySet()), value);
        }
        case 'u' -> putAll(popMark());
        case 0x8f -> push(new LinkedHashSet<>(4));
        case 0x90 -> {
          List<@Nullable Object> items = popMark();
          if (!(top() instanceof LinkedHashSet<?> set)) {
            throw cursor.error("adds to something that is not a set in its pickle");
          }
          addAll(set, items);
        }
        case 0x91 -> push(set(popMark()));
        case 'q', 'r' -> remember(cursor.number);
        case 0x94 -> remember(memoized++);
        case 'h', 'j' -> push(recall(cursor.number));
        case 'c' -> push(global(cursor.module, cursor.name));
        case 0x93 -> {
          Object name = pop();
          Object module = pop();
          if (!(module instanceof String from) || !(name instanceof String what)) {
            throw cursor.error("names a class by something that is not a text in its pickle");
          }
          push(global(from, what));
        }
        case 'i' -> throw refused(cursor.module + "." + cursor.name);
        case 'Q' -> push(persistent(pop()));
        case 'R' -> {
          Tuple arguments = tuple(pop());
          push(call(pop(), arguments));
        }
        case 'b' -> {
          Object state = pop();
          push(setState(pop(), state));
        }
        case 'o', 0x81, 0x92 ->
            throw refused("object construction (opcode 0x%02x)".formatted(cursor.opcode));
        default -> throw new AssertionError(cursor.opcode);
      }
    }
  }

  // ---- the stack

  private int fence() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private void limit(int size) {
    if (size >= MAX_STACK) {
      throw cursor.error("has a pickle that needs more than " + MAX_STACK + " values on its stack");
    }
  }

  private void push(@Nullable Object value) {
    limit(stack.size());
    stack.add(value);
  }

  private @Nullable Object pop() {
    return plain(popLocated());
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return value instanceof Located located ? located.text : value;
  }

  private @Nullable Object popLocated() {
    if (stack.size() <= fence()) {
      throw cursor.error("takes more values than it has at byte " + cursor.position() + " of its pickle");
    }
    return stack.remove(stack.size() - 1);
  }

  private @Nullable Object top() {
    if (stack.size() <= fence()) {
      throw cursor.error("takes more values than it has at byte " + cursor.position() + " of its pickle");
    }
    return stack.get(stack.size() - 1);
  }

  /** Removes and returns everything above the last mark. */
  private List<@Nullable Object> popMark() {
    List<@Nullable Object> items = popMarkLocated();
    items.replaceAll(Unpickler::plain);
    return items;
  }

  private List<@Nullable Object> popMarkLocated() {
    if (marks.isEmpty()) {
      throw cursor.error("looks for a mark that is not there at byte " + cursor.position() + " of its pickle");
    }
    List<@Nullable Object> above = stack.subList(marks.remove(marks.size() - 1), stack.size());
    List<@Nullable Object> items = new ArrayList<>(above);
    above.clear();
    return items;
  }

  private Tuple smallTuple(int size) {
    @Nullable Object[] items = new @Nullable Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = pop();
    }
    return new Tuple(items);
  }

  private List<@Nullable Object> emptyList() {
    return listed == null ? new ArrayList<>(0) : new StoredList(listed, budget);
  }

  @SuppressWarnings("unchecked") // every list is made here
  private List<@Nullable Object> list() {
    if (top() instanceof ArrayList<?> list) {
      return (List<@Nullable Object>) list;
    }
    if (top() instanceof StoredList list) {
      return list;
    }
    throw cursor.error("appends to something that is not a list in its pickle");
  }

  @SuppressWarnings("unchecked") // every map is made here
  private Map<@Nullable Object, @Nullable Object> map() {
    if (top() instanceof LinkedHashMap<?, ?> map) {
      return (Map<@Nullable Object, @Nullable Object>) map;
    }
    throw cursor.error("sets an item of something that is not a dict in its pickle");
  }

  private void putAll(List<@Nullable Object> items) {
    if (items.size() % 2 != 0) {
      throw cursor.error("has a dict with a key and no value in its pickle");
    }
    Map<@Nullable Object, @Nullable Object> map = map();
    for (int i = 0; i < items.size(); i += 2) {
      map.put(hashable(items.get(i), map.keySet()), items.get(i + 1));
    }
  }

  private Set<@Nullable Object> set(Collection<?> items) {
    Set<@Nullable Object> set = new LinkedHashSet<>();
    addAll(set, items);
    return set;
  }

  @SuppressWarnings("unchecked") // every set is made here
  private void addAll(Set<?> set, Collection<?> items) {
    for (Object item : items) {
      ((Set<@Nullable Object>) set).add(hashable(item, set));
    }
  }

  /** Only flat values are hashed: hashing a nested one would recurse as deep as the file says. */
  private @Nullable Object hashable(@Nullable Object key, Set<?> others) {
    checkHashable(key);
    spendOn(key);
    if (key instanceof Tuple items) {
      items.forEach(this::spendOn);
    }
    Object first = others.isEmpty() ? key : others.iterator().next();
    if (key != null && (first == null || first.getClass() != key.getClass())) {
      budget.spendShare(others.size()); // to find it among keys of one hash but other classes means to try them all
    }
    return key;
  }

  private void checkHashable(@Nullable Object key) {
    if (key instanceof Tuple items && items.size() <= MAX_RANK) {
      for (Object item : items) {
        if (!isScalar(item)) {
          throw cursor.error("has a nested dict key in its pickle, which is refused");
        }
      }
    } else if (!isScalar(key)) {
      throw cursor.error("has a dict key in its pickle that is neither a text nor a number, which is refused");
    }
  }

  private static boolean isScalar(@Nullable Object value) {
    return value == null || value instanceof String || value instanceof Number || value instanceof Boolean;
  }

  /** Pays for a value that is copied, hashed or compared, as often as the file asks for that. */
  private void spendOn(@Nullable Object value) {
    budget.spend(1);
    if (value instanceof String text) {
      budget.spendShare(text.length());
    }
  }

  // ---- the memo

  private void remember(long slot) {
    Object value = top();
    if (fetched.contains(slot)) {
      memo.put(slot, value);
    }
  }

  private @Nullable Object recall(long slot) {
    Object value = memo.get(slot);
    if (value == null && !memo.containsKey(slot)) {
      throw cursor.error("fetches the memo slot " + slot + ", which was never set, in its pickle");
    }
    return value instanceof NumpyArray array && array.built != null ? array.built : value;
  }

  // ---- texts and numbers

  private Object text() {
    String text = cursor.payloadText();
    return listed == null ? text : new Located(text, cursor.payloadStart, (int) cursor.payloadLength);
  }

  private Object integer() {
    if (cursor.payloadLength > MAX_INTEGER_BYTES) {
      throw cursor.error("has an integer of " + cursor.payloadLength + " bytes in its pickle");
    }
    byte[] digits = new byte[(int) cursor.payloadLength];
    ByteBuffer payload = cursor.payloadBuffer();
    for (int i = 0; i < digits.length; i++) {
      digits[digits.length - 1 - i] = payload.get(i);
    }
    BigInteger value = digits.length == 0 ? BigInteger.ZERO : new BigInteger(digits);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  private long number(@Nullable Object value, String what) {
    if (value instanceof Long number) {
      return number;
    }
    throw cursor.error("has a " + what + " that is not an integer in its pickle");
  }

  private long[] numbers(@Nullable Object value, String what) {
    List<?> items = tuple(value);
    if (items.size() > MAX_RANK) {
      throw cursor.error("has a " + what + " of " + items.size() + " axes in its pickle");
    }
    budget.spend(items.size());
    return items.stream().mapToLong(item -> number(item, what)).toArray();
  }

  private Tuple tuple(@Nullable Object value) {
    if (value instanceof Tuple tuple) {
      return tuple;
    }
    throw cursor.error("has something else where a tuple belongs at byte " + cursor.position() + " of its pickle");
  }

  private ByteRegion bytes(@Nullable Object value) {
    if (value instanceof ByteRegion region) {
      return region;
    }
    if (value instanceof ByteBuffer buffer) {
      return ByteRegion.of(buffer);
    }
    throw cursor.error("has something else where bytes belong at byte " + cursor.position() + " of its pickle");
  }

  private @Nullable Object fromBytes(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    return bytesAsBuffers ? buffer : ByteRegion.of(buffer);
  }

  // ---- names and calls

  private Object global(String module, String name) {
    PickleGlobal found = PickleGlobal.find(module, name);
    if (found == null) {
      throw refused(module + "." + name);
    }
    return found instanceof TorchDType type ? type.dtype() : found;
  }

  private GillException refused(String what) {
    return cursor.error(
        "asks for " + what + " in its pickle, which is refused: weights need only tensors and plain values;"
            + " nothing was executed");
  }

  private Storage persistent(@Nullable Object id) {
    Tuple parts = tuple(id);
    if (parts.size() < 5
        || parts.size() > 6
        || !"storage".equals(parts.get(0))
        || !(parts.get(1) instanceof StorageClass type)
        || !(parts.get(2) instanceof String key)) {
      throw cursor.error("has a persistent id that is not a torch storage in its pickle");
    }
    long elements = number(parts.get(4), "storage size");
    if (elements < 0 || elements > Long.MAX_VALUE / 8) {
      throw cursor.error("has the storage '" + key + "' of " + elements + " elements");
    }
    spendOn(key);
    // parts.get(3) is the device it lived on, which does not matter here.
    Object view = parts.size() == 6 ? parts.get(5) : null;
    return storages.find(type.dtype(), key, elements, view == null ? null : tuple(view));
  }

  private @Nullable Object call(@Nullable Object callee, Tuple arguments) {
    if (!(callee instanceof Function function)) {
      throw refused("a call of something that is not a function");
    }
    int count = arguments.size();
    switch (function) {
      case ORDERED_DICT -> {
        LinkedHashMap<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        if (count > 0) {
          for (Object pair : copied(arguments.get(0))) {
            List<?> entry = (List<?>) require(pair);
            Object value = entry.get(1);
            spendOn(value);
            map.put(hashable(entry.get(0), map.keySet()), value);
          }
        }
        return map;
      }
      case SET, FROZEN_SET -> {
        return count == 0 ? new LinkedHashSet<>() : set(copied(arguments.get(0)));
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
        return count == 2 ? encode(arguments) : require(arguments.get(0));
      }
      case ENCODE -> {
        return encode(arguments);
      }
      case SIZE -> {
        return Tuple.copyOf(copied(arguments.get(0)));
      }
      case DEVICE -> {
        String type = string(arguments.get(0));
        if (count == 1) {
          return type;
        }
        spendOn(type);
        return type + ":" + number(arguments.get(1), "device");
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
        return storage(LegacyContainer.readNested(origin, bytes(arguments.get(0)), budget));
      }
      case NUMPY_RECONSTRUCT -> {
        if (arguments.get(0) != Function.NUMPY_ARRAY_CLASS) {
          throw refused("a numpy array of another class");
        }
        return new NumpyArray();
      }
      case NUMPY_FROM_BUFFER -> {
        boolean fortran = "F".equals(arguments.get(3));
        return numpyArray(bytes(arguments.get(0)), arguments.get(1), arguments.get(2), fortran);
      }
      case NUMPY_SCALAR -> {
        return numpyScalar(arguments);
      }
      case NUMPY_DTYPE -> {
        return new NumpyType(numpyType(arguments.get(0)));
      }
      case NUMPY_ARRAY_CLASS -> throw refused("a call of numpy.ndarray");
    }
    throw new AssertionError(function);
  }

  private static Object require(@Nullable Object value) {
    if (value == null) {
      throw new ClassCastException("None where a value belongs");
    }
    return value;
  }

  /** The elements of a list that a call makes another value of. */
  private List<?> copied(@Nullable Object value) {
    List<?> items = (List<?>) require(value);
    items.forEach(this::spendOn);
    return items;
  }

  private String string(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw cursor.error("has something else where a text belongs at byte " + cursor.position() + " of its pickle");
  }

  /** Bytes before protocol 3: a text with one character per byte. */
  private @Nullable Object encode(Tuple arguments) {
    String text = string(arguments.get(0));
    String encoding = string(arguments.get(1));
    spendOn(text);
    if (!encoding.equalsIgnoreCase("latin1") && !encoding.equalsIgnoreCase("latin-1")) {
      throw refused("_codecs.encode with " + encoding);
    }
    return fromBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private @Nullable Object setState(@Nullable Object target, @Nullable Object state) {
    if (target instanceof NumpyType type) {
      Tuple parts = tuple(state);
      if (">".equals(parts.get(1))) {
        throw cursor.error("holds a big-endian numpy array, which is not supported");
      }
      return type;
    }
    if (target instanceof NumpyArray array && array.built == null) {
      Tuple parts = tuple(state);
      int first = parts.size() - 4; // a version number may come first
      boolean fortran = Boolean.TRUE.equals(parts.get(first + 2));
      array.built = numpyArray(bytes(parts.get(first + 3)), parts.get(first + 1), parts.get(first), fortran);
      return array.built;
    }
    // A state dict carries its version numbers as an attribute of the dict, which nothing here needs.
    if (target instanceof LinkedHashMap<?, ?> map && state instanceof Map<?, ?> attributes) {
      budget.spend(attributes.size());
      if (attributes.keySet().stream().allMatch(key -> key instanceof String text && !text.startsWith("__"))) {
        return map;
      }
    }
    throw refused("the state of an object");
  }

  // ---- tensors

  private Storage storage(@Nullable Object value) {
    if (value instanceof Storage storage) {
      return storage;
    }
    throw cursor.error("has a tensor without a storage in its pickle");
  }

  private StoredTensor tensor(Storage storage, DType dtype, Tuple arguments) {
    return StoredTensor.view(
        origin,
        nearestKey(),
        dtype,
        numbers(arguments.get(2), "shape"),
        numbers(arguments.get(3), "stride"),
        number(arguments.get(1), "storage offset"),
        storage.bytes());
  }

  /** The dict key a tensor is about to be stored under, as far as the stack tells, so that errors can say it. */
  private String nearestKey() {
    for (int i = stack.size() - 1; i >= Math.max(0, stack.size() - 4); i--) {
      if (plain(stack.get(i)) instanceof String key) {
        return key;
      }
    }
    return "?";
  }

  /** A numpy array between its construction and its state. */
  private static final class NumpyArray {
    @Nullable StoredTensor built;
  }

  private record NumpyType(DType dtype) {}

  private StoredTensor numpyArray(
      ByteRegion data, @Nullable Object type, @Nullable Object shape, boolean fortran) {
    if (!(type instanceof NumpyType numpyType)) {
      throw cursor.error("has a numpy array without a dtype in its pickle");
    }
    long[] sizes = numbers(shape, "shape");
    long[] strides = TensorLayout.rowMajor(sizes);
    if (fortran) {
      long stride = 1;
      for (int axis = 0; axis < sizes.length; axis++) {
        strides[axis] = stride;
        stride *= Math.max(1, sizes[axis]);
      }
    }
    StoredTensor array = StoredTensor.view(origin, nearestKey(), numpyType.dtype(), sizes, strides, 0, data);
    if (array.byteSize() != data.size()) {
      throw cursor.error(
          "has a numpy array of shape " + Arrays.toString(sizes) + " with " + data.size() + " bytes instead of "
              + array.byteSize());
    }
    return array;
  }

  private Object numpyScalar(Tuple arguments) {
    ByteRegion data = bytes(arguments.get(1));
    StoredTensor scalar = numpyArray(data, arguments.get(0), Tuple.EMPTY, false);
    ByteBuffer value = data.slice(0, (int) data.size()).order(ByteOrder.LITTLE_ENDIAN);
    return switch (scalar.dtype()) {
      case F64 -> value.getDouble(0);
      case BOOL -> value.get(0) != 0;
      case F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0, F16, BF16, F32, C64 ->
          (double) scalar.toFloatArray()[0];
      case U8, I8, U16, I16, U32, I32, U64, I64 -> scalar.toLongArray()[0];
    };
  }

  private DType numpyType(@Nullable Object code) {
    return switch (string(code)) {
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
    };
  }
}
