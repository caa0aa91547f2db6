package io.gill.examples.world;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Defines the held-out things: about an eighth of all combinations of shape, colour, size and position, chosen by a
 * fixed hash of their names. A scene is held out if any of its things is.
 */
public final class HeldOut {
  private static final int PERCENT = 12;
  private static final long SALT = 7;

  private HeldOut() {}

  /** The scenes that a sampler may use. */
  public enum Split {
    /** No scene has a held-out thing. */
    TRAIN,
    /** The scene under evaluation has a held-out thing. */
    HELD_OUT
  }

  /**
   * Whether a thing is held out.
   *
   * @param thing any thing
   * @return always the same answer for a thing
   */
  public static boolean contains(Thing thing) {
    long hash = SALT;
    for (byte letter : Grammar.phrase(thing).getBytes(StandardCharsets.US_ASCII)) {
      hash = Dice.mix(hash * 257 + letter);
    }
    return Math.floorMod(hash, 100) < PERCENT;
  }

  /**
   * Whether a scene is held out.
   *
   * @param scene any scene
   * @return whether any of its things is held out
   */
  public static boolean contains(Scene scene) {
    return scene.things().stream().anyMatch(HeldOut::contains);
  }

  /**
   * Whether a scene belongs to a split.
   *
   * @param split a split
   * @param scene any scene
   * @return true for exactly one split
   */
  static boolean belongs(Split split, Scene scene) {
    return contains(scene) == (split == Split.HELD_OUT);
  }

  /**
   * Returns all things of a split.
   *
   * @param split a split
   * @return the things in a fixed order
   */
  public static List<Thing> things(Split split) {
    List<Thing> things = new ArrayList<>();
    for (Shape shape : Shape.values()) {
      for (Colour colour : Colour.values()) {
        for (Size size : Size.values()) {
          for (Position position : Position.values()) {
            Thing thing = new Thing(shape, colour, size, position);
            if (contains(thing) == (split == Split.HELD_OUT)) {
              things.add(thing);
            }
          }
        }
      }
    }
    return things;
  }
}
