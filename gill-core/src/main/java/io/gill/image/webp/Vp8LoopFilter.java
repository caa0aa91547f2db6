package io.gill.image.webp;

/** VP8's loop filter, which reduces blocking (RFC 6386, section 15). */
final class Vp8LoopFilter {
  private final Vp8Plane luma;
  private final Vp8Plane u;
  private final Vp8Plane v;
  private final boolean simple;
  private final int sharpness;

  private int edgeLimit;
  private int interiorLimit;
  private int varianceLimit;

  Vp8LoopFilter(Vp8Plane luma, Vp8Plane u, Vp8Plane v, boolean simple, int sharpness) {
    this.luma = luma;
    this.u = u;
    this.v = v;
    this.simple = simple;
    this.sharpness = sharpness;
  }

  /** Filters the left and upper edges of a macroblock and optionally its inner edges. */
  void apply(int column, int row, int level, boolean inner) {
    if (level == 0) {
      return;
    }
    interiorLimit = level;
    if (sharpness > 0) {
      interiorLimit = Math.min(level >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
    }
    interiorLimit = Math.max(1, interiorLimit);
    varianceLimit = level >= 40 ? 2 : level >= 15 ? 1 : 0;
    int limit = 2 * level + interiorLimit;
    if (column > 0) {
      edges(column, row, limit + 4, true, false);
    }
    if (inner) {
      edges(column, row, limit, true, true);
    }
    if (row > 0) {
      edges(column, row, limit + 4, false, false);
    }
    if (inner) {
      edges(column, row, limit, false, true);
    }
  }

  private void edges(int column, int row, int limit, boolean vertical, boolean inner) {
    edgeLimit = 2 * limit + 1;
    plane(luma, 16 * column, 16 * row, 16, vertical, inner);
    if (!simple) {
      plane(u, 8 * column, 8 * row, 8, vertical, inner);
      plane(v, 8 * column, 8 * row, 8, vertical, inner);
    }
  }

  private void plane(Vp8Plane plane, int x, int y, int size, boolean vertical, boolean inner) {
    int across = vertical ? 1 : plane.stride;
    int along = vertical ? plane.stride : 1;
    int origin = plane.at(x, y);
    for (int offset = inner ? 4 : 0; offset < (inner ? size : 1); offset += 4) {
      int at = origin + offset * across;
      for (int i = 0; i < size; i++, at += along) {
        if (simple) {
          if (isStep(plane, at, across)) {
            filter2(plane, at, across);
          }
        } else if (isStep(plane, at, across) && isSmoothAround(plane, at, across)) {
          if (hasVariance(plane, at, across)) {
            filter2(plane, at, across);
          } else if (inner) {
            filter4(plane, at, across);
          } else {
            filter6(plane, at, across);
          }
        }
      }
    }
  }

  private boolean isStep(Vp8Plane s, int at, int step) {
    return 4 * Math.abs(s.get(at - step) - s.get(at)) + Math.abs(s.get(at - 2 * step) - s.get(at + step)) <= edgeLimit;
  }

  private boolean isSmoothAround(Vp8Plane s, int at, int step) {
    return near(s, at - 4 * step, step) && near(s, at - 3 * step, step) && near(s, at - 2 * step, step)
        && near(s, at, step) && near(s, at + step, step) && near(s, at + 2 * step, step);
  }

  private boolean near(Vp8Plane s, int at, int step) {
    return Math.abs(s.get(at) - s.get(at + step)) <= interiorLimit;
  }

  private boolean hasVariance(Vp8Plane s, int at, int step) {
    return Math.abs(s.get(at - 2 * step) - s.get(at - step)) > varianceLimit
        || Math.abs(s.get(at + step) - s.get(at)) > varianceLimit;
  }

  private static void filter2(Vp8Plane s, int at, int step) {
    int a = 3 * (s.get(at) - s.get(at - step)) + signed8(s.get(at - 2 * step) - s.get(at + step));
    add(s, at, -signed5((a + 4) >> 3));
    add(s, at - step, signed5((a + 3) >> 3));
  }

  private static void filter4(Vp8Plane s, int at, int step) {
    int a = 3 * (s.get(at) - s.get(at - step));
    int near = signed5((a + 4) >> 3);
    int far = (near + 1) >> 1;
    add(s, at - step, signed5((a + 3) >> 3));
    add(s, at, -near);
    add(s, at - 2 * step, far);
    add(s, at + step, -far);
  }

  private static void filter6(Vp8Plane s, int at, int step) {
    int a = signed8(3 * (s.get(at) - s.get(at - step)) + signed8(s.get(at - 2 * step) - s.get(at + step)));
    for (int i = 0; i < 3; i++) {
      int delta = ((27 - 9 * i) * a + 63) >> 7;
      add(s, at - (i + 1) * step, delta);
      add(s, at + i * step, -delta);
    }
  }

  private static void add(Vp8Plane s, int at, int delta) {
    s.data[at] = Vp8Plane.clip(s.get(at) + delta);
  }

  private static int signed8(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int signed5(int value) {
    return Math.max(-16, Math.min(15, value));
  }
}
