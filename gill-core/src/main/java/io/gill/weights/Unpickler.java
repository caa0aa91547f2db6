package io.gill.weights;

import io.gill.GillException;
import io.gill.weights.PickleStack.Located;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pickle as data. Opcodes build maps, lists, numbers and texts; {@link PickleCalls} builds tensors and arrays
 * over bytes of the file for the names in {@link PickleGlobal}. Every other name is rejected, and nothing is executed.
 *
 * <p>There are two passes. The first scans the opcodes: it finds damage before anything is built, and collects the memo
 * slots that are fetched. The second builds the values and keeps only those slots. Nothing recurses, so that depth
 * takes no Java stack, and {@link PickleBudget} limits the work of both passes in proportion to the size of the file.
 *
 * <p>Python to Java: dict and OrderedDict become {@link LinkedHashMap}, list {@link ArrayList} or {@link StoredList},
 * tuple and torch.Size {@link Tuple}, set {@link LinkedHashSet}, int {@link Long} or {@link BigInteger}, float
 * {@link Double}, bytes {@link ByteRegion} or {@link ByteBuffer}, tensors and numpy arrays {@link StoredTensor}, torch
 * dtypes {@link DType}, devices {@link String}.
 */
final class Unpickler {
  private static final int MAX_INTEGER_BYTES = 1024;
  private static final int MAX_PROTOCOL = 5;

  /** A run of elements of one type that tensors are views of. */
  record Storage(DType dtype, ByteRegion bytes) {}

  /** Finds the storage of a persistent id. */
  interface Storages {
    /**
     * Finds a storage.
     *
     * @param elements claimed number of elements, not negative
     * @param view null, or (key, offset, elements) of a view in old containers
     */
    Storage find(DType dtype, String key, long elements, @Nullable Tuple view);
  }

  /** A value and the position after its pickle. */
  record Result(@Nullable Object value, long end) {}

  private final Path origin;
  private final PickleCursor cursor;
  private final PickleBudget budget;

  /** The file, if long lists are to stay in it as {@link StoredList}s; else null. */
  private final @Nullable ByteRegion listed;

  private final Set<Long> fetched;
  private final PickleStack stack;
  private final PickleValues values;
  private final PickleCalls calls;
  private final Map<Long, @Nullable Object> memo = new HashMap<>();
  private long memoized;

  private Unpickler(Path origin, ByteRegion region, long start, Storages storages, boolean nested, PickleBudget budget,
      @Nullable ByteRegion listed) {
    this.origin = origin;
    this.budget = budget;
    this.listed = listed;
    fetched = scan(new PickleCursor(origin, region, start), budget);
    cursor = new PickleCursor(origin, region, start);
    stack = new PickleStack(cursor);
    values = new PickleValues(cursor, budget);
    calls = new PickleCalls(origin, storages, nested, listed == null, cursor, budget, values, stack);
  }

  /** Reads the pickle at a position; byte strings become read-only buffers. */
  static Result read(Path origin, ByteRegion region, long start, Storages storages) {
    return read(origin, region, start, storages, new PickleBudget(origin, region.storedSize()), false);
  }

  /** Reads one of several pickles that share a budget. */
  static Result read(
      Path origin, ByteRegion region, long start, Storages storages, PickleBudget budget, boolean nested) {
    return new Unpickler(origin, region, start, storages, nested, budget, null).read();
  }

  /**
   * Reads a file that is one pickle with long lists: lists of texts and of tensors stay in the file, see
   * {@link StoredList}. Persistent ids are refused.
   */
  static @Nullable Object readLists(Path origin, ByteRegion file) {
    PickleBudget budget = new PickleBudget(origin, file.storedSize());
    return new Unpickler(origin, file, 0, noStorages(origin), false, budget, file).read().value();
  }

  /** Refuses all persistent ids. */
  static Storages noStorages(Path origin) {
    return (dtype, key, elements, view) -> {
      throw new GillException(origin + " refers to the storage '" + key + "' outside its pickle, which is refused");
    };
  }

  /** Steps over the opcodes and returns the memo slots that are fetched. */
  private static Set<Long> scan(PickleCursor cursor, PickleBudget budget) {
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

  private Result read() {
    try {
      Object value = build();
      return new Result(value, cursor.position());
    } catch (ClassCastException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new GillException(origin + " has a malformed pickle near byte " + cursor.position() + " of it", e);
    }
  }

  private @Nullable Object build() {
    while (true) {
      cursor.next();
      switch (cursor.opcode) {
        case '.' -> {
          Object value = stack.pop();
          if (!stack.isEmpty()) {
            throw cursor.error("has a pickle that leaves values behind");
          }
          return value;
        }
        case 0x80, 0x95 -> {}
        case '(' -> stack.mark();
        case '0' -> stack.discard();
        case '1' -> stack.popMark();
        case '2' -> stack.push(stack.top());
        case 'N' -> stack.push(null);
        case 0x88 -> stack.push(true);
        case 0x89 -> stack.push(false);
        case 'K', 'M', 'J' -> stack.push(cursor.number);
        case 'G' -> stack.push(Double.longBitsToDouble(cursor.number));
        case 0x8a, 0x8b -> stack.push(integer());
        case 'X', 0x8c, 0x8d -> stack.push(text());
        case 'U', 'T' -> stack.push(StandardCharsets.ISO_8859_1.decode(cursor.payloadBuffer()).toString());
        case 'C', 'B', 0x8e, 0x96 ->
            stack.push(listed == null ? cursor.payloadBuffer() : cursor.payloadRegion());
        case ')' -> stack.push(Tuple.EMPTY);
        case 't' -> stack.push(Tuple.copyOf(stack.popMark()));
        case 0x85, 0x86, 0x87 -> stack.push(stack.popTuple(cursor.opcode - 0x84));
        case ']' -> stack.push(emptyList());
        case 'l' -> {
          List<@Nullable Object> list = emptyList();
          list.addAll(stack.popMarkLocated());
          stack.push(list);
        }
        case 'a' -> {
          Object item = stack.popLocated();
          list().add(item);
        }
        case 'e' -> {
          List<@Nullable Object> items = stack.popMarkLocated();
          list().addAll(items);
        }
        case '}' -> stack.push(new LinkedHashMap<>(4));
        case 'd' -> {
          List<@Nullable Object> items = stack.popMark();
          stack.push(new LinkedHashMap<>());
          values.putAll(map(), items);
        }
        case 's' -> {
          Object value = stack.pop();
          Object key = stack.pop();
          values.put(map(), key, value);
        }
        case 'u' -> {
          List<@Nullable Object> items = stack.popMark();
          values.putAll(map(), items);
        }
        case 0x8f -> stack.push(new LinkedHashSet<>(4));
        case 0x90 -> {
          List<@Nullable Object> items = stack.popMark();
          values.addAll(set(), items);
        }
        case 0x91 -> stack.push(values.set(stack.popMark()));
        case 'q', 'r' -> remember(cursor.number);
        case 0x94 -> remember(memoized++);
        case 'h', 'j' -> stack.push(recall(cursor.number));
        case 'c' -> stack.push(calls.global(cursor.module, cursor.name));
        case 0x93 -> {
          Object name = stack.pop();
          Object module = stack.pop();
          if (!(module instanceof String from) || !(name instanceof String what)) {
            throw cursor.error("names a class by something that is not a text in its pickle");
          }
          stack.push(calls.global(from, what));
        }
        case 'i' -> throw calls.refused(cursor.module + "." + cursor.name);
        case 'Q' -> stack.push(calls.persistent(stack.pop()));
        case 'R' -> {
          Tuple arguments = values.tuple(stack.pop());
          stack.push(calls.call(stack.pop(), arguments));
        }
        case 'b' -> {
          Object state = stack.pop();
          stack.push(calls.withState(stack.pop(), state));
        }
        case 'o', 0x81, 0x92 ->
            throw calls.refused("object construction (opcode 0x%02x)".formatted(cursor.opcode));
        default -> throw new AssertionError(cursor.opcode);
      }
    }
  }

  private List<@Nullable Object> emptyList() {
    return listed == null ? new ArrayList<>(0) : new StoredList(listed, budget);
  }

  @SuppressWarnings("unchecked") // every list is made here
  private List<@Nullable Object> list() {
    if (stack.top() instanceof ArrayList<?> list) {
      return (List<@Nullable Object>) list;
    }
    if (stack.top() instanceof StoredList list) {
      return list;
    }
    throw cursor.error("appends to something that is not a list in its pickle");
  }

  @SuppressWarnings("unchecked") // every map is made here
  private Map<@Nullable Object, @Nullable Object> map() {
    if (stack.top() instanceof LinkedHashMap<?, ?> map) {
      return (Map<@Nullable Object, @Nullable Object>) map;
    }
    throw cursor.error("sets an item of something that is not a dict in its pickle");
  }

  @SuppressWarnings("unchecked") // every set is made here
  private Set<@Nullable Object> set() {
    if (stack.top() instanceof LinkedHashSet<?> set) {
      return (Set<@Nullable Object>) set;
    }
    throw cursor.error("adds to something that is not a set in its pickle");
  }

  private void remember(long slot) {
    Object value = stack.top();
    if (fetched.contains(slot)) {
      memo.put(slot, value);
    }
  }

  private @Nullable Object recall(long slot) {
    Object value = memo.get(slot);
    if (value == null && !memo.containsKey(slot)) {
      throw cursor.error("fetches the memo slot " + slot + ", which was never set, in its pickle");
    }
    return value instanceof PickleNumpy.Unfinished numpy && numpy.array != null ? numpy.array : value;
  }

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
}
