package io.gill.examples.world;

import java.util.Locale;

/** The shape of a thing; it extends one unit from its centre to the left and to the right. */
public enum Shape {
  /** A disc. */
  CIRCLE {
    @Override
    boolean contains(double x, double y) {
      return x * x + y * y <= 1;
    }
  },
  /** A square, a little smaller than the disc around it, so that their areas are similar. */
  SQUARE {
    @Override
    boolean contains(double x, double y) {
      return Math.abs(x) <= 0.88 && Math.abs(y) <= 0.88;
    }
  },
  /** A triangle that points upwards. */
  TRIANGLE {
    @Override
    boolean contains(double x, double y) {
      return y <= 0.9 && Math.abs(x) <= (y + 0.95) / 1.85;
    }
  },
  /** A star of five points, one of them upwards. */
  STAR {
    @Override
    boolean contains(double x, double y) {
      // The plane around the centre divides into five equal wedges, one around each tip.
      double along = 0;
      double across = 0;
      for (int tip = 0; tip < 5; tip++) {
        double near = x * SIN[tip] + (STAR_MIDDLE - y) * COS[tip];
        if (near > along) {
          along = near;
          across = Math.abs(x * COS[tip] - (STAR_MIDDLE - y) * SIN[tip]);
        }
      }
      return across * (STAR_TIP - NOTCH_ALONG) <= (STAR_TIP - along) * NOTCH_ACROSS;
    }
  },
  /** A cross with upright arms. */
  CROSS {
    @Override
    boolean contains(double x, double y) {
      double near = Math.min(Math.abs(x), Math.abs(y));
      double far = Math.max(Math.abs(x), Math.abs(y));
      return near <= 0.32 && far <= 1;
    }
  };

  private static final double[] SIN = new double[5];
  private static final double[] COS = new double[5];

  static {
    for (int tip = 0; tip < 5; tip++) {
      SIN[tip] = StrictMath.sin(tip * 2 * Math.PI / 5);
      COS[tip] = StrictMath.cos(tip * 2 * Math.PI / 5);
    }
  }

  private static final double STAR_TIP = 1.05;
  private static final double STAR_NOTCH = 0.45;
  private static final double STAR_MIDDLE = 0.1;
  private static final double NOTCH_ALONG = STAR_NOTCH * StrictMath.cos(Math.PI / 5);
  private static final double NOTCH_ACROSS = STAR_NOTCH * StrictMath.sin(Math.PI / 5);

  /** Whether a point is inside the shape; x points right, y down. */
  abstract boolean contains(double x, double y);

  /**
   * Returns its name in a sentence.
   *
   * @return one lower-case word
   */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
