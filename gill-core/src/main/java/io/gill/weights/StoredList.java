package io.gill.weights;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * A list of a pickle, of which millions of entries take little memory: where all are texts, or tensors of one shape and
 * type, it keeps where they lie in the file, and makes them when they are asked for. Of anything else it is an ordinary
 * list.
 */
final class StoredList extends AbstractList<@Nullable Object> implements RandomAccess {
  private static final long[] NO_STARTS = {};
  private static final int[] NO_LENGTHS = {};

  private final ByteRegion file;
  private final PickleBudget budget;
  private int size;

  /** What the entries are, by where they lie; empty once they are ordinary. */
  private long[] starts = NO_STARTS;

  /** Of texts; empty otherwise. */
  private int[] lengths = NO_LENGTHS;

  /** Of tensors: the first one. */
  private @Nullable StoredTensor like;

  private @Nullable List<@Nullable Object> ordinary;

  StoredList(ByteRegion file, PickleBudget budget) {
    this.file = file;
    this.budget = budget;
  }

  @Override
  public boolean add(@Nullable Object item) {
    if (ordinary == null && item instanceof Unpickler.Located text && like == null) {
      if (size == lengths.length) {
        lengths = Arrays.copyOf(lengths, grown(size));
      }
      lengths[size] = text.length();
      append(text.start());
    } else if (ordinary == null && item instanceof StoredTensor tensor && lengths.length == 0
        && tensor.position(file) >= 0 && (like == null || tensor.isLike(like))) {
      like = like == null ? tensor : like;
      append(tensor.position(file));
    } else {
      ordinary().add(item instanceof Unpickler.Located text ? text.text() : item);
      size++;
    }
    return true;
  }

  private void append(long start) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, grown(size));
    }
    starts[size++] = start;
  }

  private static int grown(int size) {
    return size + size / 2 + 2;
  }

  /** What lies in one place becomes one object, however often the list has it; the budget bounds what lists share. */
  private List<@Nullable Object> ordinary() {
    List<@Nullable Object> items = ordinary;
    if (items == null) {
      items = new ArrayList<>(size);
      Map<Long, Object> made = new HashMap<>();
      for (int i = 0; i < size; i++) {
        int index = i;
        items.add(made.computeIfAbsent(starts[i], start -> {
          budget.spend(1);
          budget.spendShare(like == null ? lengths[index] : 0);
          return stored(index);
        }));
      }
      ordinary = items;
      starts = NO_STARTS;
      lengths = NO_LENGTHS;
      like = null;
    }
    return items;
  }

  /** Whether all entries are of a type; without making those that lie in the file. */
  boolean isOf(Class<?> type) {
    if (ordinary != null) {
      return ordinary.stream().allMatch(type::isInstance);
    }
    return size == 0 || type == (like != null ? StoredTensor.class : String.class);
  }

  @Override
  public @Nullable Object get(int index) {
    Objects.checkIndex(index, size);
    if (ordinary != null) {
      return ordinary.get(index);
    }
    return stored(index);
  }

  private Object stored(int index) {
    return like != null ? like.at(file, starts[index])
        : StandardCharsets.UTF_8.decode(file.slice(starts[index], lengths[index])).toString();
  }

  @Override
  public int size() {
    return size;
  }
}
