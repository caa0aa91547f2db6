package io.gill.image;

/** Pillow's resampling filters with Pillow's codes. */
enum ResampleFilter {
  NEAREST(0, 0),
  LANCZOS(1, 3) {
    @Override
    double weight(double x) {
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  },
  BILINEAR(2, 1) {
    @Override
    double weight(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  },
  /** Keys' cubic convolution with a = −1/2. */
  BICUBIC(3, 2) {
    @Override
    double weight(double x) {
      double a = -0.5;
      double t = Math.abs(x);
      if (t < 1) {
        return ((a + 2) * t - (a + 3)) * t * t + 1;
      }
      return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
    }
  },
  BOX(4, 0.5) {
    @Override
    double weight(double x) {
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    }
  },
  HAMMING(5, 1) {
    @Override
    double weight(double x) {
      double t = Math.abs(x);
      if (t == 0) {
        return 1;
      }
      return t < 1 ? Math.sin(t * Math.PI) / (t * Math.PI) * (0.54f + 0.46f * Math.cos(t * Math.PI)) : 0;
    }
  };

  /** Radius of the filter, in source pixels when enlarging. */
  final double support;

  final int code;

  ResampleFilter(int code, double support) {
    this.code = code;
    this.support = support;
  }

  double weight(double x) {
    throw new IllegalStateException(this + " has no weights");
  }

  static ResampleFilter of(int code) {
    for (ResampleFilter filter : values()) {
      if (filter.code == code) {
        return filter;
      }
    }
    throw new IllegalArgumentException("resample must be in 0..5: " + code);
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
  }
}
