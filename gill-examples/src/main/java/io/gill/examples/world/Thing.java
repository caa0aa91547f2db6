package io.gill.examples.world;

/**
 * An object of a scene.
 *
 * @param shape its shape
 * @param colour its colour
 * @param size its size
 * @param position its position
 */
public record Thing(Shape shape, Colour colour, Size size, Position position) {
  Thing with(Shape other) {
    return new Thing(other, colour, size, position);
  }

  Thing with(Colour other) {
    return new Thing(shape, other, size, position);
  }

  Thing with(Size other) {
    return new Thing(shape, colour, other, position);
  }

  Thing with(Position other) {
    return new Thing(shape, colour, size, other);
  }

  /** Whether the two are distinguishable in one picture. */
  boolean goesWith(Thing other) {
    return position != other.position && (shape != other.shape || colour != other.colour);
  }
}
