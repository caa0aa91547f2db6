package io.gill.examples.world;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The content of a picture: one or two things in different positions that differ in shape or colour.
 *
 * @param background the background
 * @param things in reading order of their positions
 */
public record Scene(Background background, List<Thing> things) {
  /** Maximum number of things in a scene. */
  public static final int MAX_THINGS = 2;

  /**
   * Sorts and checks the things.
   *
   * @param background the background
   * @param things one or two, in any order
   * @throws IllegalArgumentException if there are none or too many, or two of them cannot be in one scene
   */
  public Scene {
    things = things.stream().sorted(Comparator.comparing(Thing::position)).toList();
    if (!isPossible(things)) {
      throw new IllegalArgumentException(
          "a scene has one or two things in different places and of different looks, not " + things);
    }
  }

  /** Whether things can form a scene. */
  static boolean isPossible(List<Thing> things) {
    return !things.isEmpty()
        && things.size() <= MAX_THINGS
        && (things.size() == 1 || things.get(0).goesWith(things.get(1)));
  }

  Scene with(Background other) {
    return new Scene(other, things);
  }

  /** Returns a scene of other things on this background; empty if they cannot be in one scene. */
  Optional<Scene> possible(List<Thing> others) {
    return isPossible(others) ? Optional.of(new Scene(background, others)) : Optional.empty();
  }

  /** Whether a thing has a shape. */
  boolean shows(Shape shape) {
    return things.stream().anyMatch(thing -> thing.shape() == shape);
  }

  /** Returns the other thing; empty if there is none. */
  Optional<Thing> other(Thing thing) {
    return things.stream().filter(one -> !one.equals(thing)).findFirst();
  }

  /** Returns the things after a change of one; they may not form a scene. */
  List<Thing> replacing(Thing old, Thing replacement) {
    List<Thing> changed = new ArrayList<>(things);
    changed.replaceAll(thing -> thing.equals(old) ? replacement : thing);
    return changed;
  }
}
