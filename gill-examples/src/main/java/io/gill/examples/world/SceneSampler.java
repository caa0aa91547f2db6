package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import java.util.List;

/** Draws scenes, every attribute equally often. */
public final class SceneSampler {
  private static final List<Thing> TRAIN = HeldOut.things(Split.TRAIN);
  private static final List<Thing> HELD_OUT = HeldOut.things(Split.HELD_OUT);

  /** How many scenes of two things have two of the same shape, which words must tell apart by more than the shape. */
  private static final double SAME_SHAPE = 0.1;

  private SceneSampler() {}

  /**
   * Draws a scene of one or two things, as likely.
   *
   * @param split whether no thing is held out, or at least one
   * @param seed any
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
