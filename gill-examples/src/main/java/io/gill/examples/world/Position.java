package io.gill.examples.world;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The position of a thing: a cell of a 3×3 grid, in reading order. */
public enum Position {
  /** Row 0, column 0. */
  TOP_LEFT(0, 0, "northwest"),
  /** Row 0, column 1. */
  TOP(0, 1, "north"),
  /** Row 0, column 2. */
  TOP_RIGHT(0, 2, "northeast"),
  /** Row 1, column 0. */
  LEFT(1, 0, "west"),
  /** Row 1, column 1. */
  CENTRE(1, 1, "middle"),
  /** Row 1, column 2. */
  RIGHT(1, 2, "east"),
  /** Row 2, column 0. */
  BOTTOM_LEFT(2, 0, "southwest"),
  /** Row 2, column 1. */
  BOTTOM(2, 1, "south"),
  /** Row 2, column 2. */
  BOTTOM_RIGHT(2, 2, "southeast");

  private static final double MIDDLE = SceneRenderer.SIDE / 2.0;
  private static final double SPACING = 21;

  private final int row;
  private final int column;
  private final String direction;

  Position(int row, int column, String direction) {
    this.row = row;
    this.column = column;
    this.direction = direction;
  }

  /**
   * Returns the horizontal centre of the cell.
   *
   * @return pixels from the left edge
   */
  public double x() {
    return MIDDLE + SPACING * (column - 1);
  }

  /**
   * Returns the vertical centre of the cell.
   *
   * @return pixels from the upper edge
   */
  public double y() {
    return MIDDLE + SPACING * (row - 1);
  }

  /**
   * Returns its name after "the".
   *
   * @return lower-case words
   */
  public String words() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /**
   * Returns its name in one word.
   *
   * @return a direction, or "middle"
   */
  public String direction() {
    return direction;
  }

  /**
   * Returns an adverbial of place.
   *
   * @return a preposition, "the" and the name
   */
  public String phrase() {
    return switch (this) {
      case CENTRE -> "in the ";
      case LEFT, RIGHT -> "on the ";
      default -> "at the ";
    } + words();
  }

  /** Returns the cell at a distance in cells; empty if it is outside the grid. */
  Optional<Position> step(int right, int down) {
    return Arrays.stream(values())
        .filter(other -> other.row == row + down && other.column == column + right).findFirst();
  }

  int rowsBelow(Position other) {
    return row - other.row;
  }

  int columnsRightOf(Position other) {
    return column - other.column;
  }

  /** Returns the cell of a point. */
  static Position nearest(double x, double y) {
    return values()[3 * index(y) + index(x)];
  }

  private static int index(double along) {
    return (int) Math.max(0, Math.min(2, Math.rint((along - MIDDLE) / SPACING) + 1));
  }
}
