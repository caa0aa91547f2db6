package io.gill.weights;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stack of a pickle machine, and the marks on it. Values below the last mark are out of reach. Every violation is
 * an error that names the position in the pickle.
 */
final class PickleStack {
  private static final int MAX_SIZE = 1 << 20;

  /** A text with its position in the file, for lists that keep only the position. */
  record Located(String text, long start, int length) {}

  private final PickleCursor cursor;
  private final ArrayList<@Nullable Object> values = new ArrayList<>();
  private final ArrayList<Integer> marks = new ArrayList<>();

  PickleStack(PickleCursor cursor) {
    this.cursor = cursor;
  }

  boolean isEmpty() {
    return values.isEmpty() && marks.isEmpty();
  }

  void push(@Nullable Object value) {
    checkSize(values.size());
    values.add(value);
  }

  void mark() {
    checkSize(marks.size());
    marks.add(values.size());
  }

  @Nullable Object pop() {
    return plain(popLocated());
  }

  /** Pops a value; a text keeps its position. */
  @Nullable Object popLocated() {
    checkReachable();
    return values.remove(values.size() - 1);
  }

  /** Removes the top value, or the last mark if nothing is above it. */
  void discard() {
    if (values.size() == bottom() && !marks.isEmpty()) {
      marks.remove(marks.size() - 1);
    } else {
      popLocated();
    }
  }

  @Nullable Object top() {
    checkReachable();
    return values.get(values.size() - 1);
  }

  /** Removes the last mark and returns all values above it. */
  List<@Nullable Object> popMark() {
    List<@Nullable Object> items = popMarkLocated();
    items.replaceAll(PickleStack::plain);
    return items;
  }

  /** Removes the last mark and returns all values above it; texts keep their positions. */
  List<@Nullable Object> popMarkLocated() {
    if (marks.isEmpty()) {
      throw cursor.error("looks for a mark that is not there at byte " + cursor.position() + " of its pickle");
    }
    List<@Nullable Object> above = values.subList(marks.remove(marks.size() - 1), values.size());
    List<@Nullable Object> items = new ArrayList<>(above);
    above.clear();
    return items;
  }

  Tuple popTuple(int size) {
    @Nullable Object[] items = new @Nullable Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = pop();
    }
    return new Tuple(items);
  }

  /** The topmost text among the last four values: the dict key of the value being built, for messages. */
  String nearestText() {
    for (int i = values.size() - 1; i >= Math.max(0, values.size() - 4); i--) {
      if (plain(values.get(i)) instanceof String text) {
        return text;
      }
    }
    return "?";
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return value instanceof Located located ? located.text : value;
  }

  /** Index of the lowest value above the last mark. */
  private int bottom() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private void checkReachable() {
    if (values.size() <= bottom()) {
      throw cursor.error("takes more values than it has at byte " + cursor.position() + " of its pickle");
    }
  }

  private void checkSize(int size) {
    if (size >= MAX_SIZE) {
      throw cursor.error("has a pickle that needs more than " + MAX_SIZE + " values on its stack");
    }
  }
}
