package io.gill.examples.world;

import java.util.List;

/** What a user leaves out of a wish: the model chooses always in the same way, so that its answer can be learned. */
public final class Unsaid {
  /** The size of a thing. */
  public static final Size SIZE = Size.LARGE;

  /** The background of a picture. */
  public static final Background BACKGROUND = Background.WHITE;

  private static final List<Position> PLACES = List.of(Position.CENTRE, Position.RIGHT, Position.LEFT);

  private Unsaid() {}

  /**
   * Returns the colour of a thing.
   *
   * @param shape its shape
   * @return always the same colour for a shape
   */
  public static Colour colour(Shape shape) {
    return switch (shape) {
      case CIRCLE -> Colour.RED;
      case SQUARE -> Colour.BLUE;
      case TRIANGLE -> Colour.GREEN;
      case STAR -> Colour.YELLOW;
      case CROSS -> Colour.PURPLE;
    };
  }

  /**
   * Returns the place of a thing: the centre, or the right if the centre is taken. Two new things without places are on
   * the left and on the right, in the order of the words.
   *
   * @param taken the places of other things
   * @return a free place
   */
  public static Position place(List<Position> taken) {
    return PLACES.stream().filter(place -> !taken.contains(place)).findFirst().orElseThrow();
  }
}
