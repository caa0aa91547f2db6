package io.gill.weights;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/** A Python tuple: an unmodifiable list that may hold null. */
final class Tuple extends AbstractList<@Nullable Object> implements RandomAccess {
  static final Tuple EMPTY = new Tuple();

  private final @Nullable Object[] items;

  /** Takes over the array. */
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
}
