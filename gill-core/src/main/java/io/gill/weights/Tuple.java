package io.gill.weights;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * A Python tuple: an unmodifiable list that may contain null. It is comparable only for hash tables, which order keys
 * with equal hashes: a file full of such keys is read as fast as any other.
 */
final class Tuple extends AbstractList<@Nullable Object> implements RandomAccess, Comparable<Tuple> {
  static final Tuple EMPTY = new Tuple();

  private final @Nullable Object[] items;

  /** Takes ownership of the array. */
  Tuple(@Nullable Object... items) {
    this.items = items;
  }

  static Tuple copyOf(List<?> items) {
    return items.isEmpty() ? EMPTY : new Tuple(items.toArray());
  }

  @Override
  public @Nullable Object get(int index) {
    return items[index];
  }

  @Override
  public int size() {
    return items.length;
  }

  /** Orders by length, then by the first items that differ. */
  @Override
  public int compareTo(Tuple other) {
    int order = Integer.compare(items.length, other.items.length);
    for (int i = 0; order == 0 && i < items.length; i++) {
      order = compare(items[i], other.items[i]);
    }
    return order;
  }

  @SuppressWarnings("unchecked") // of one class
  private static int compare(@Nullable Object item, @Nullable Object other) {
    if (item == other) {
      return 0;
    }
    if (item instanceof Comparable<?> comparable && other != null && item.getClass() == other.getClass()) {
      return ((Comparable<Object>) comparable).compareTo(other);
    }
    return kind(item).compareTo(kind(other));
  }

  private static String kind(@Nullable Object item) {
    return item == null ? "" : item.getClass().getName();
  }
}
