package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Converts untyped values of a pickle to the types that opcodes and calls need, and fills its dicts and sets. Charges
 * the budget each time the file makes it copy, hash or compare a value.
 */
final class PickleValues {
  private static final int MAX_RANK = 64;

  private final PickleCursor cursor;
  private final PickleBudget budget;

  PickleValues(PickleCursor cursor, PickleBudget budget) {
    this.cursor = cursor;
    this.budget = budget;
  }

  // ---- types

  static Object present(@Nullable Object value) {
    if (value == null) {
      throw new ClassCastException("None where a value belongs");
    }
    return value;
  }

  long number(@Nullable Object value, String what) {
    if (value instanceof Long number) {
      return number;
    }
    throw cursor.error("has a " + what + " that is not an integer in its pickle");
  }

  long[] numbers(@Nullable Object value, String what) {
    List<?> items = tuple(value);
    if (items.size() > MAX_RANK) {
      throw cursor.error("has a " + what + " of " + items.size() + " axes in its pickle");
    }
    budget.spend(items.size());
    return items.stream().mapToLong(item -> number(item, what)).toArray();
  }

  Tuple tuple(@Nullable Object value) {
    if (value instanceof Tuple tuple) {
      return tuple;
    }
    throw wrongType("a tuple belongs");
  }

  String text(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrongType("a text belongs");
  }

  ByteRegion bytes(@Nullable Object value) {
    if (value instanceof ByteRegion region) {
      return region;
    }
    if (value instanceof ByteBuffer buffer) {
      return ByteRegion.of(buffer);
    }
    throw wrongType("bytes belong");
  }

  private GillException wrongType(String expected) {
    return cursor.error(
        "has something else where " + expected + " at byte " + cursor.position() + " of its pickle");
  }

  // ---- containers

  /** Returns the elements of a list for a call that copies them. */
  List<?> copied(@Nullable Object value) {
    List<?> items = (List<?>) present(value);
    items.forEach(this::charge);
    return items;
  }

  /** Charges for one copy, hash or comparison of a value. */
  void charge(@Nullable Object value) {
    budget.spend(1);
    if (value instanceof String text) {
      budget.spendShare(text.length());
    }
  }

  void put(Map<@Nullable Object, @Nullable Object> map, @Nullable Object key, @Nullable Object value) {
    map.put(hashable(key, map.keySet()), value);
  }

  /** Puts alternating keys and values. */
  void putAll(Map<@Nullable Object, @Nullable Object> map, List<@Nullable Object> items) {
    if (items.size() % 2 != 0) {
      throw cursor.error("has a dict with a key and no value in its pickle");
    }
    for (int i = 0; i < items.size(); i += 2) {
      put(map, items.get(i), items.get(i + 1));
    }
  }

  /** Creates a dict from a list of pairs. */
  Map<@Nullable Object, @Nullable Object> map(@Nullable Object pairs) {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (Object pair : copied(pairs)) {
      List<?> entry = (List<?>) present(pair);
      charge(entry.get(1));
      put(map, entry.get(0), entry.get(1));
    }
    return map;
  }

  Set<@Nullable Object> set(Collection<?> items) {
    Set<@Nullable Object> set = new LinkedHashSet<>();
    addAll(set, items);
    return set;
  }

  void addAll(Set<@Nullable Object> set, Collection<?> items) {
    for (Object item : items) {
      set.add(hashable(item, set));
    }
  }

  /** Accepts only flat values as keys: hashing a nested one would recurse as deeply as the file nests. */
  private @Nullable Object hashable(@Nullable Object key, Set<?> others) {
    checkFlat(key);
    charge(key);
    if (key instanceof Tuple items) {
      items.forEach(this::charge);
    }
    Object first = others.isEmpty() ? key : others.iterator().next();
    if (key != null && (first == null || first.getClass() != key.getClass())) {
      budget.spendShare(others.size()); // keys of equal hashes but different classes are compared one by one
    }
    return key;
  }

  private void checkFlat(@Nullable Object key) {
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
}
