package io.gill.examples.world;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Which things are kept from training: about an eighth of all combinations of shape, colour, size and position, chosen
 * once and for all by a hash of their names. A scene is held out if any of its things is.
 */
public final class HeldOut {
  private static final int PERCENT = 12;
  private static final long SALT = 7;

  private HeldOut() {}

  /** What a sampler may show. */
  public enum Split {
    /** Never a thing that is held out. */
    TRAIN,
    /** What is being looked at has a thing that is held out. */
    HELD_OUT
  }

  /**
   * Whether a thing is held out.
   *
   * @param thing any
   * @return the same at all times
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
   * @param scene any
   * @return whether any of its things is
   */
  public static boolean contains(Scene scene) {
    return scene.things().stream().anyMatch(HeldOut::contains);
  }

  /**
   * Whether a scene belongs to a split.
   *
   * @param split which
   * @param scene any
   * @return true for exactly one split
   */
  static boolean belongs(Split split, Scene scene) {
    return contains(scene) == (split == Split.HELD_OUT);
  }

  /**
   * All things of a split.
   *
   * @param split which
   * @return in a fixed order
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
