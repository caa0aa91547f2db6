package io.gill.image;

import java.util.Arrays;

/**
 * Pillow's resize, bit for bit: a separable convolution that widens the filter when shrinking, with fixed-point
 * weights, horizontal pass first, each pass rounded to 8 bits.
 */
final class Resampler {
  /** Fractional bits of a weight: 32, less 8 for the sample, less 2 for overshoot and sign. */
  private static final int PRECISION = 32 - 8 - 2;

  private static final int HALF = 1 << (PRECISION - 1);

  private final ResampleFilter filter;

  Resampler(ResampleFilter filter) {
    this.filter = filter;
  }

  /**
   * Resizes like {@code Image.resize} for each mode: palettes by nearest neighbour, alpha premultiplied during the
   * operation.
   */
  Pixels resize(Pixels source, int width, int height) {
    if (source.width == width && source.height == height) {
      return source;
    }
    if (source.mode == PixelMode.INDEXED || filter == ResampleFilter.NEAREST) {
      return nearest(source, width, height, 0, 0, width, height);
    }
    if (source.mode == PixelMode.GRAY16) {
      return resize16(source, width, height);
    }
    if (source.mode == PixelMode.RGBA || source.mode == PixelMode.GRAY_ALPHA) {
      return unpremultiply(window(premultiply(source), width, height, 0, 0, width, height));
    }
    return window(source, width, height, 0, 0, width, height);
  }

  /**
   * Computes a part of the resized image without the rest.
   *
   * @param source samples without alpha or palette
   * @param fullWidth width of the whole result
   * @param fullHeight height of the whole result
   * @param left first column of the part
   * @param top first row of the part
   * @param width number of columns of the part
   * @param height number of rows of the part
   */
  Pixels window(Pixels source, long fullWidth, long fullHeight, long left, long top, int width, int height) {
    if (filter == ResampleFilter.NEAREST) {
      return nearest(source, fullWidth, fullHeight, left, top, width, height);
    }
    int bands = source.mode.bytes;
    // Pillow skips a pass if the size does not change, and with it the rounding; here each weight is then exactly 1.
    Weights horizontal = new Weights(filter, source.width, fullWidth, left, width);
    Weights vertical = new Weights(filter, source.height, fullHeight, top, height);
    byte[] result = new byte[Math.multiplyExact(Math.multiplyExact(height, width), bands)];
    int[] line = new int[width * bands];
    int[][] sums = new int[vertical.mostAtOnce()][line.length];
    int started = 0;
    // Each source row is read once and added to every result row it contributes to.
    for (int y = vertical.first[0], done = 0; done < height; y++) {
      if (bands == 3) {
        horizontal3(source.data, y * source.width * 3, line, horizontal);
      } else {
        horizontal(source.data, y * source.width * bands, line, horizontal, bands);
      }
      while (started < height && vertical.first[started] <= y) {
        Arrays.fill(sums[started % sums.length], HALF);
        started++;
      }
      for (int row = done; row < started; row++) {
        addScaled(sums[row % sums.length], line, vertical.fixed[row * vertical.size + y - vertical.first[row]]);
      }
      for (; done < started && y + 1 == vertical.first[done] + vertical.count[done]; done++) {
        int[] sum = sums[done % sums.length];
        for (int x = 0; x < line.length; x++) {
          result[done * line.length + x] = (byte) clip(sum[x]);
        }
      }
    }
    return new Pixels(source.mode, width, height, result);
  }

  private static void addScaled(int[] sums, int[] line, int weight) {
    for (int x = 0; x < line.length; x++) {
      sums[x] += line[x] * weight;
    }
  }

  private static void horizontal3(byte[] from, int row, int[] to, Weights weights) {
    int[] fixed = weights.fixed;
    int at = 0;
    for (int x = 0; x < weights.first.length; x++) {
      int b = HALF;
      int g = b;
      int r = b;
      int p = row + weights.first[x] * 3;
      int end = x * weights.size + weights.count[x];
      for (int k = x * weights.size; k < end; k++, p += 3) {
        int weight = fixed[k];
        b += (from[p] & 0xff) * weight;
        g += (from[p + 1] & 0xff) * weight;
        r += (from[p + 2] & 0xff) * weight;
      }
      to[at++] = clip(b);
      to[at++] = clip(g);
      to[at++] = clip(r);
    }
  }

  private static void horizontal(byte[] from, int row, int[] to, Weights weights, int bands) {
    int at = 0;
    for (int x = 0; x < weights.first.length; x++) {
      for (int band = 0; band < bands; band++) {
        int sum = HALF;
        int p = row + weights.first[x] * bands + band;
        for (int k = 0; k < weights.count[x]; k++, p += bands) {
          sum += (from[p] & 0xff) * weights.fixed[x * weights.size + k];
        }
        to[at++] = clip(sum);
      }
    }
  }

  private static int clip(int sum) {
    return Math.max(0, Math.min(sum >> PRECISION, 255));
  }

  /** Resizes 16-bit grey: the same passes in double precision, each rounded to 16 bits. */
  private Pixels resize16(Pixels source, int width, int height) {
    byte[] narrow = source.data;
    if (source.width != width) {
      narrow = pass16(source.data, source.height, new Weights(filter, source.width, width, 0, width), 1,
          source.width, width);
    }
    if (source.height != height) {
      narrow = pass16(narrow, width, new Weights(filter, source.height, height, 0, height), width, 1, 1);
    }
    return new Pixels(PixelMode.GRAY16, width, height, narrow);
  }

  /** Convolves every line. Strides: {@code step} within a line, {@code fromLine} and {@code toLine} between lines. */
  private static byte[] pass16(byte[] from, int lines, Weights weights, int step, int fromLine, int toLine) {
    int length = weights.first.length;
    byte[] to = new byte[2 * lines * length];
    for (int line = 0; line < lines; line++) {
      for (int x = 0; x < length; x++) {
        double sum = 0;
        for (int k = 0; k < weights.count[x]; k++) {
          int at = 2 * (line * fromLine + (weights.first[x] + k) * step);
          sum += (((from[at] & 0xff) << 8) | (from[at + 1] & 0xff)) * weights.exact[x * weights.size + k];
        }
        int rounded = (int) (sum >= 0 ? Math.floor(sum + 0.5) : -Math.floor(-sum + 0.5));
        int at = 2 * (line * toLine + x * step);
        to[at] = (byte) Math.max(0, Math.min(255, rounded >> 8));
        to[at + 1] = (byte) Math.max(0, rounded % 256);
      }
    }
    return to;
  }

  private static Pixels nearest(
      Pixels source, long fullWidth, long fullHeight, long left, long top, int width, int height) {
    int[] columns = nearestPositions(source.width, fullWidth, left, width);
    int[] rows = nearestPositions(source.height, fullHeight, top, height);
    int n = source.mode.bytes;
    byte[] result = new byte[Math.multiplyExact(Math.multiplyExact(width, height), n)];
    for (int y = 0, to = 0; y < height; y++) {
      int row = rows[y] * source.width;
      for (int x = 0; x < width; x++) {
        int from = (row + columns[x]) * n;
        for (int b = 0; b < n; b++) {
          result[to++] = source.data[from + b];
        }
      }
    }
    return new Pixels(source.mode, width, height, result, source.palette);
  }

  /** Computes source positions by a running sum as in Pillow, whose rounding decides ties. */
  private static int[] nearestPositions(int size, long fullSize, long start, int count) {
    double scale = (double) size / fullSize;
    int[] positions = new int[count];
    double at = scale * 0.5;
    long i = 0;
    if (start + count > Integer.MAX_VALUE) {
      // Beyond Pillow's limits.
      at += start * scale;
      i = start;
    }
    for (; i < start + count; i++, at += scale) {
      if (i >= start) {
        positions[(int) (i - start)] = Math.min((int) at, size - 1);
      }
    }
    return positions;
  }

  private static Pixels premultiply(Pixels source) {
    byte[] data = source.data.clone();
    int n = source.mode.bytes;
    int alphaAt = source.mode == PixelMode.RGBA ? 0 : 1;
    for (int at = 0; at < data.length; at += n) {
      int alpha = data[at + alphaAt] & 0xff;
      for (int b = 0; b < n; b++) {
        if (b != alphaAt) {
          data[at + b] = (byte) Pixels.timesOver255(data[at + b] & 0xff, alpha);
        }
      }
    }
    return new Pixels(source.mode, source.width, source.height, data);
  }

  private static Pixels unpremultiply(Pixels source) {
    byte[] data = source.data;
    int n = source.mode.bytes;
    int alphaAt = source.mode == PixelMode.RGBA ? 0 : 1;
    for (int at = 0; at < data.length; at += n) {
      int alpha = data[at + alphaAt] & 0xff;
      if (alpha == 0 || alpha == 255) {
        continue;
      }
      for (int b = 0; b < n; b++) {
        if (b != alphaAt) {
          data[at + b] = (byte) Math.min(255, 255 * (data[at + b] & 0xff) / alpha);
        }
      }
    }
    return source;
  }

  /** Source samples of each result sample, with their weights. */
  private static final class Weights {
    final int[] first;
    final int[] count;
    /** Slots per result sample in {@link #fixed} and {@link #exact}. */
    final int size;
    final int[] fixed;
    final double[] exact;

    Weights(ResampleFilter filter, int from, long to, long start, int length) {
      first = new int[length];
      count = new int[length];
      if (from == to) {
        size = 1;
        fixed = new int[length];
        exact = new double[length];
        Arrays.setAll(first, i -> (int) (start + i));
        Arrays.fill(count, 1);
        Arrays.fill(fixed, 1 << PRECISION);
        Arrays.fill(exact, 1);
        return;
      }
      double scale = (double) from / to;
      double filterScale = Math.max(scale, 1);
      double support = filter.support * filterScale;
      size = Math.min((int) Math.ceil(support) * 2 + 1, from);
      fixed = new int[Math.multiplyExact(size, length)];
      exact = new double[fixed.length];
      for (int i = 0; i < length; i++) {
        double center = (start + i + 0.5) * scale;
        int low = Math.max((int) (center - support + 0.5), 0);
        int high = Math.min((int) (center + support + 0.5), from);
        double sum = 0;
        for (int k = 0; k < high - low; k++) {
          double weight = filter.weight((k + low - center + 0.5) * (1 / filterScale));
          exact[i * size + k] = weight;
          sum += weight;
        }
        for (int k = 0; k < high - low; k++) {
          double weight = sum == 0 ? exact[i * size + k] : exact[i * size + k] / sum;
          exact[i * size + k] = weight;
          fixed[i * size + k] = (int) (weight * (1 << PRECISION) + (weight < 0 ? -0.5 : 0.5));
        }
        first[i] = low;
        count[i] = high - low;
      }
    }

    /** Maximum number of result samples whose source ranges overlap at one source sample. */
    int mostAtOnce() {
      int most = 0;
      for (int i = 0, oldest = 0; i < first.length; i++) {
        while (first[oldest] + count[oldest] <= first[i]) {
          oldest++;
        }
        most = Math.max(most, i - oldest + 1);
      }
      return most;
    }
  }
}
