package io.gill.examples.world;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a picture shows: one or two things in different places, not alike in both shape and colour.
 *
 * @param background what they stand on
 * @param things in reading order of their positions
 */
public record Scene(Background background, List<Thing> things) {
  /** How many things a scene may have. */
  public static final int MAX_THINGS = 2;

  /**
   * Sorts and checks the things.
   *
   * @param background as above
   * @param things one or two, in any order
   * @throws IllegalArgumentException if there are none or too many, or two cannot stand in one scene
   */
  public Scene {
    things = things.stream().sorted(Comparator.comparing(Thing::position)).toList();
    if (!isPossible(things)) {
      throw new IllegalArgumentException(
          "a scene has one or two things in different places and of different looks, not " + things);
    }
  }

  /** Whether things can make up a scene. */
  static boolean isPossible(List<Thing> things) {
    return !things.isEmpty()
        && things.size() <= MAX_THINGS
        && (things.size() == 1 || things.get(0).goesWith(things.get(1)));
  }

  Scene with(Background other) {
    return new Scene(other, things);
  }

  /** The things after one has been changed; perhaps no scene. */
  List<Thing> replacing(Thing old, Thing replacement) {
    List<Thing> changed = new ArrayList<>(things);
    changed.replaceAll(thing -> thing.equals(old) ? replacement : thing);
    return changed;
  }
}
