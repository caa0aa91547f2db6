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
 * A list in a pickle that keeps millions of entries in little memory. If all entries are texts, or tensors of one shape
 * and type, it stores their positions in the file and creates entries on access. Otherwise it is an ordinary list.
 */
final class StoredList extends AbstractList<@Nullable Object> implements RandomAccess {
  private static final long[] NO_STARTS = {};
  private static final int[] NO_LENGTHS = {};

  private final ByteRegion file;
  private final PickleBudget budget;
  private int size;

  /** Position of each entry in the file; empty once the list is ordinary. */
  private long[] starts = NO_STARTS;

  /** Length of each text; empty for other entries. */
  private int[] lengths = NO_LENGTHS;

  /** First entry of a list of tensors. */
  private @Nullable StoredTensor like;

  private @Nullable List<@Nullable Object> ordinary;

  StoredList(ByteRegion file, PickleBudget budget) {
    this.file = file;
    this.budget = budget;
  }

  @Override
  public boolean add(@Nullable Object item) {
    if (ordinary == null && item instanceof PickleStack.Located text && like == null) {
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
      ordinary().add(item instanceof PickleStack.Located text ? text.text() : item);
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

  /** Converts all entries; repeated positions yield one shared object. The budget bounds lists that share entries. */
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

  /** Returns whether all entries have a type, without creating those in the file. */
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
