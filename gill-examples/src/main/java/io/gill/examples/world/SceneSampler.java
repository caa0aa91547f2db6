package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import java.util.List;

/** Samples scenes; all values of an attribute are equally likely. */
public final class SceneSampler {
  private static final List<Thing> TRAIN = HeldOut.things(Split.TRAIN);
  private static final List<Thing> HELD_OUT = HeldOut.things(Split.HELD_OUT);

  /** The share of two-thing scenes with equal shapes, which need more than the shape to tell the things apart. */
  private static final double SAME_SHAPE = 0.1;

  private SceneSampler() {}

  /**
   * Samples a scene; one thing and two things are equally likely.
   *
   * @param split whether no thing is held out, or at least one
   * @param seed any number
   * @return the same scene for the same arguments
   */
  public static Scene sample(Split split, long seed) {
    Dice dice = new Dice(seed);
    return sample(split, dice.chance(0.5) ? 1 : 2, dice);
  }

  static Scene sample(Split split, int things, Dice dice) {
    Background background = dice.pick(Background.values());
    Thing first = dice.pick(split == Split.TRAIN ? TRAIN : HELD_OUT);
    if (things == 1) {
      return new Scene(background, List.of(first));
    }
    boolean sameShape = dice.chance(SAME_SHAPE);
    while (true) {
      List<Thing> others = split == Split.TRAIN || dice.chance(0.5) ? TRAIN : HELD_OUT;
      Thing second = dice.pick(others);
      if (first.goesWith(second) && (first.shape() == second.shape()) == sameShape) {
        return new Scene(background, List.of(first, second));
      }
    }
  }
}
