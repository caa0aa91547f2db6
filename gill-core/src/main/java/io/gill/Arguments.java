package io.gill;

import java.util.List;
import java.util.Objects;

/** Argument checks whose messages name the argument. */
final class Arguments {
  private Arguments() {}

  /** Returns an unmodifiable copy and rejects null elements. */
  static <T> List<T> copyOf(List<T> list, String name) {
    Objects.requireNonNull(list, name);
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) == null) {
        throw new NullPointerException(name + "[" + i + "]");
      }
    }
    return List.copyOf(list);
  }

  static int within(int least, int most, int value, String name) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + ": use " + least + (most == Integer.MAX_VALUE ? " or more" : " to " + most));
    }
    return value;
  }
}
