package io.gill.siglip;

/**
 * A square of learned position embeddings. It is resized to other shapes as by PyTorch's {@code interpolate}, bilinear
 * with antialiasing.
 *
 * @param side number of positions per side
 * @param width channels C
 * @param values (side, side, C) row-major
 */
@SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
record PositionGrid(int side, int width, float[] values) {
  /** Returns the embeddings of {@code rows} × {@code columns} patches, (rows · columns, C) row-major. */
  float[] resized(int rows, int columns) {
    float[][] down = weights(side, rows); // (rows, side)
    float[][] across = weights(side, columns); // (columns, side)
    float[] wide = new float[side * columns * width]; // (side, columns, C)
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < columns; x++) {
        for (int i = 0; i < side; i++) {
          add(values, (y * side + i) * width, across[x][i], wide, (y * columns + x) * width);
        }
      }
    }
    float[] resized = new float[rows * columns * width]; // (rows, columns, C)
    for (int y = 0; y < rows; y++) {
      for (int i = 0; i < side; i++) {
        for (int x = 0; x < columns; x++) {
          add(wide, (i * columns + x) * width, down[y][i], resized, (y * columns + x) * width);
        }
      }
    }
    return resized;
  }

  private void add(float[] from, int start, float weight, float[] to, int at) {
    for (int c = 0; weight != 0 && c < width; c++) {
      to[at + c] += weight * from[start + c];
    }
  }

  /**
   * Returns the filter weights: a triangle around each output's centre, as wide as an output and at least as wide as an
   * input.
   */
  private static float[][] weights(int inputs, int outputs) {
    double scale = (double) inputs / outputs;
    double support = Math.max(scale, 1);
    float[][] weights = new float[outputs][inputs];
    for (int i = 0; i < outputs; i++) {
      double centre = scale * (i + 0.5);
      int first = Math.max((int) (centre - support + 0.5), 0);
      int end = Math.min((int) (centre + support + 0.5), inputs);
      double sum = 0;
      for (int j = first; j < end; j++) {
        sum += triangle((j - centre + 0.5) / support);
      }
      for (int j = first; j < end; j++) {
        weights[i][j] = (float) (triangle((j - centre + 0.5) / support) / sum);
      }
    }
    return weights;
  }

  private static double triangle(double x) {
    return Math.max(0, 1 - Math.abs(x));
  }
}
