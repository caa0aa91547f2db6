package io.gill.weights;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A list of a pickle, of which millions of entries take little memory: where all are texts, or tensors of one shape and
 * type, it keeps where they lie in the file, and makes them when they are asked for. Of anything else it is an ordinary
 * list.
 */
final class StoredList extends AbstractList<@Nullable Object> {
  private final ByteRegion file;
  private int size;

  /** What the entries are, by where they lie; empty once they are ordinary. */
  private long[] starts = new long[0];

  /** Of texts; empty otherwise. */
  private int[] lengths = new int[0];

  /** Of tensors: the first one. */
  private @Nullable StoredTensor like;

  private @Nullable List<@Nullable Object> ordinary;

  StoredList(ByteRegion file) {
    this.file = file;
  }

  @Override
  public boolean add(@Nullable Object item) {
    if (ordinary == null && item instanceof Unpickler.Located text && like == null) {
      lengths = roomFor(lengths);
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

  private int[] roomFor(int[] numbers) {
    return size < numbers.length ? numbers : Arrays.copyOf(numbers, grown(size));
  }

  private static int grown(int size) {
    return Math.max(16, size + size / 2);
  }

  private List<@Nullable Object> ordinary() {
    List<@Nullable Object> items = ordinary;
    if (items == null) {
      items = new ArrayList<>(this);
      ordinary = items;
      starts = new long[0];
      lengths = new int[0];
      like = null;
    }
    return items;
  }

  @Override
  public @Nullable Object get(int index) {
    Objects.checkIndex(index, size);
    if (ordinary != null) {
      return ordinary.get(index);
    }
    return like != null ? like.at(file, starts[index])
        : StandardCharsets.UTF_8.decode(file.slice(starts[index], lengths[index])).toString();
  }

  @Override
  public int size() {
    return size;
  }
}
