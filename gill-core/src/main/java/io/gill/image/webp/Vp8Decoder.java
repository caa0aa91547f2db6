package io.gill.image.webp;

import java.io.IOException;
import java.util.Arrays;

/**
 * Decodes a VP8 key frame, the lossy form of WebP (RFC 6386), with libwebp's chroma upsampling and colour conversion,
 * so that the pixels equal Pillow's. We do not use TwelveMonkeys' ImageIO plug-in, which predicts from loop-filtered
 * samples and drifts by tens of levels on ordinary photographs.
 */
final class Vp8Decoder {
  static final int DC = 0;
  static final int VERTICAL = 1;
  static final int HORIZONTAL = 2;
  static final int TRUE_MOTION = 3;

  static final int B_DC = 0;
  static final int B_TRUE_MOTION = 1;
  static final int B_VERTICAL = 2;
  static final int B_HORIZONTAL = 3;
  static final int B_LEFT_DOWN = 4;
  static final int B_RIGHT_DOWN = 5;
  static final int B_VERTICAL_RIGHT = 6;
  static final int B_VERTICAL_LEFT = 7;
  static final int B_HORIZONTAL_DOWN = 8;

  /** The subblock mode that neighbours assume for each macroblock mode. */
  private static final int[] AS_SUBBLOCK_MODE = {B_DC, B_VERTICAL, B_HORIZONTAL, B_TRUE_MOTION};

  private static final int[] SUBBLOCK_TREE = {0, 2, -1, 4, -2, 6, 8, 12, -3, 10, -5, -6, -4, 14, -7, 16, -8, -9};
  private static final int[] BAND = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[][] LARGE = {
    {173, 148, 140}, {176, 155, 140, 135}, {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private static final int PER_TYPE = 8 * 3 * 11;
  private static final int PER_BAND = 3 * 11;
  private static final int PER_CONTEXT = 11;
  private static final int LUMA_AFTER_Y2 = 0;
  private static final int Y2 = 1;
  private static final int CHROMA = 2;
  private static final int LUMA = 3;

  private final byte[] file;
  private final int end;
  private final int width;
  private final int height;
  private final int columns;
  private final int rows;
  private final Vp8BoolReader header;
  private final Vp8BoolReader[] partitions;
  private final Vp8Plane luma;
  private final Vp8Plane u;
  private final Vp8Plane v;

  private boolean segmented;
  private boolean segmentMap;
  private boolean absolute;
  private final int[] segmentQuantizer = new int[4];
  private final int[] segmentFilter = new int[4];
  private final int[] segmentProbability = {255, 255, 255};
  private boolean simpleFilter;
  private int filterLevel;
  private int sharpness;
  private int intraFilterDelta;
  private int subblockFilterDelta;
  private final int[] coefficientProbability = Vp8Tables.COEFFICIENT.clone();
  private int skipProbability = -1;

  /** [segment][0, 1: luma DC, AC; 2, 3: Y2; 4, 5: chroma]. */
  private final int[][] steps = new int[4][6];

  /** Subblock modes above (four per macroblock) and to the left. */
  private final int[] modesAbove;

  private final int[] modesLeft = new int[4];

  /** Whether the blocks above (nine per macroblock: 4 luma, 2 + 2 chroma, 1 Y2) and to the left had coefficients. */
  private final int[] filledAbove;

  private final int[] filledLeft = new int[9];

  /** 24 blocks of 16 coefficients, and Y2's. */
  private final int[] coefficients = new int[25 * 16];

  private final int[] scratch = new int[16];
  private final int[] edge = new int[13];
  private final int[] subblockModes = new int[16];

  private Vp8Decoder(byte[] file, int start, int end, WebpLimits limits) throws IOException {
    if (end - start < 10) {
      throw truncated();
    }
    this.file = file;
    this.end = end;
    int tag = uint24(start);
    if ((tag & 1) != 0 || ((tag >> 1) & 7) > 3 || uint24(start + 3) != 0x2a019d) {
      throw new WebpException("corrupt WebP: not a VP8 key frame");
    }
    width = uint24(start + 6) & 0x3fff;
    height = (uint24(start + 7) >> 8) & 0x3fff;
    limits.checkSize(width, height);
    limits.checkMemory(WebpDecoder.BYTES_LOSSY * (width + 15) * (height + 15));
    columns = (width + 15) >> 4;
    rows = (height + 15) >> 4;
    int first = tag >> 5;
    if (first > end - start - 10) {
      throw truncated();
    }
    header = new Vp8BoolReader(file, start + 10, start + 10 + first);
    readSegments();
    readFilter();
    partitions = partitions(start + 10 + first, 1 << header.literal(2));
    readQuantizers();
    header.flag(); // whether probabilities persist for later frames, which WebP does not have
    readProbabilities();
    if (header.exhausted()) {
      throw truncated();
    }
    luma = new Vp8Plane(16 * columns, 16 * rows);
    u = new Vp8Plane(8 * columns, 8 * rows);
    v = new Vp8Plane(8 * columns, 8 * rows);
    modesAbove = new int[4 * columns];
    filledAbove = new int[9 * columns];
  }

  /** Decodes the frame in {@code file[start, end)} to RGB. */
  static WebpPixels decode(byte[] file, int start, int end, WebpLimits limits) throws IOException {
    return new Vp8Decoder(file, start, end, limits).decode();
  }

  private static WebpException truncated() {
    return new WebpException("truncated WebP");
  }

  private int uint24(int at) {
    return (file[at] & 0xff) | ((file[at + 1] & 0xff) << 8) | ((file[at + 2] & 0xff) << 16);
  }

  private void readSegments() {
    header.literal(2); // colour space and clamping, which WebP does not use
    segmented = header.flag();
    if (!segmented) {
      return;
    }
    segmentMap = header.flag();
    if (header.flag()) {
      absolute = header.flag();
      Arrays.setAll(segmentQuantizer, i -> header.optionalSigned(7));
      Arrays.setAll(segmentFilter, i -> header.optionalSigned(6));
    }
    if (segmentMap) {
      Arrays.setAll(segmentProbability, i -> header.flag() ? header.literal(8) : 255);
    }
  }

  private void readFilter() {
    simpleFilter = header.flag();
    filterLevel = header.literal(6);
    sharpness = header.literal(3);
    boolean hasDeltas = header.flag();
    if (hasDeltas && header.literal(1) != 0) {
      int[] deltas = new int[8];
      Arrays.setAll(deltas, i -> header.optionalSigned(6));
      intraFilterDelta = deltas[0];
      subblockFilterDelta = deltas[4];
    }
  }

  private Vp8BoolReader[] partitions(int start, int count) throws IOException {
    int at = start + 3 * (count - 1);
    if (at >= end) {
      throw truncated();
    }
    Vp8BoolReader[] readers = new Vp8BoolReader[count];
    for (int i = 0; i < count; i++) {
      int size = end - at;
      if (i < count - 1) {
        size = Math.min(size, uint24(start + 3 * i));
      }
      readers[i] = new Vp8BoolReader(file, at, at + size);
      at += size;
    }
    return readers;
  }

  private void readQuantizers() {
    int base = header.literal(7);
    int lumaDc = header.optionalSigned(4);
    int y2Dc = header.optionalSigned(4);
    int y2Ac = header.optionalSigned(4);
    int chromaDc = header.optionalSigned(4);
    int chromaAc = header.optionalSigned(4);
    for (int i = 0; i < 4; i++) {
      int q = segmented ? segmentQuantizer[i] + (absolute ? 0 : base) : base;
      steps[i][0] = Vp8Tables.DC_STEP[index(q + lumaDc, 127)];
      steps[i][1] = Vp8Tables.AC_STEP[index(q, 127)];
      steps[i][2] = 2 * Vp8Tables.DC_STEP[index(q + y2Dc, 127)];
      steps[i][3] = Math.max(8, Vp8Tables.AC_STEP[index(q + y2Ac, 127)] * 155 / 100);
      steps[i][4] = Vp8Tables.DC_STEP[index(q + chromaDc, 117)];
      steps[i][5] = Vp8Tables.AC_STEP[index(q + chromaAc, 127)];
    }
  }

  private static int index(int q, int most) {
    return Math.max(0, Math.min(most, q));
  }

  private void readProbabilities() {
    for (int i = 0; i < coefficientProbability.length; i++) {
      if (header.bit(Vp8Tables.COEFFICIENT_UPDATE[i]) != 0) {
        coefficientProbability[i] = header.literal(8);
      }
    }
    if (header.flag()) {
      skipProbability = header.literal(8);
    }
  }

  private WebpPixels decode() throws IOException {
    // Prediction uses unfiltered samples, so the filter runs after all of them are decoded.
    Vp8LoopFilter filter = new Vp8LoopFilter(luma, u, v, simpleFilter, sharpness);
    int[] levels = new int[columns * rows];
    for (int row = 0; row < rows; row++) {
      Vp8BoolReader tokens = partitions[row % partitions.length];
      Arrays.fill(modesLeft, B_DC);
      Arrays.fill(filledLeft, 0);
      for (int column = 0; column < columns; column++) {
        levels[row * columns + column] = macroblock(row, column, tokens);
        if (tokens.exhausted() || header.exhausted()) {
          throw truncated();
        }
      }
    }
    for (int i = 0; i < levels.length; i++) {
      filter.apply(i % columns, i / columns, Math.abs(levels[i]), levels[i] > 0);
    }
    return Vp8Color.toRgb(luma, u, v, width, height);
  }

  /** Decodes a macroblock; returns its filter level, negated if inner edges are not filtered. */
  private int macroblock(int row, int column, Vp8BoolReader tokens) {
    int segment = !segmentMap ? 0
        : header.bit(segmentProbability[0]) == 0 ? header.bit(segmentProbability[1])
        : 2 + header.bit(segmentProbability[2]);
    boolean skipped = skipProbability >= 0 && header.bit(skipProbability) != 0;
    int mode = -1;
    if (header.bit(145) == 0) {
      readSubblockModes(column);
    } else {
      mode = header.bit(156) == 0 ? header.bit(163) == 0 ? DC : VERTICAL
          : header.bit(128) == 0 ? HORIZONTAL : TRUE_MOTION;
      Arrays.fill(modesAbove, 4 * column, 4 * column + 4, AS_SUBBLOCK_MODE[mode]);
      Arrays.fill(modesLeft, AS_SUBBLOCK_MODE[mode]);
    }
    int chromaMode = header.bit(142) == 0 ? DC : header.bit(114) == 0 ? VERTICAL
        : header.bit(183) == 0 ? HORIZONTAL : TRUE_MOTION;

    boolean filled = false;
    Arrays.fill(coefficients, 0);
    if (skipped) {
      // Without Y2, the neighbours keep referring to the last macroblock that had one.
      Arrays.fill(filledAbove, 9 * column, 9 * column + (mode >= 0 ? 9 : 8), 0);
      Arrays.fill(filledLeft, 0, mode >= 0 ? 9 : 8, 0);
    } else {
      filled = readCoefficients(tokens, column, mode >= 0, steps[segment]);
    }
    reconstruct(row, column, mode, chromaMode, filled);

    int level = segmented ? segmentFilter[segment] + (absolute ? 0 : filterLevel) : filterLevel;
    level += intraFilterDelta + (mode < 0 ? subblockFilterDelta : 0);
    level = filterLevel == 0 ? 0 : Math.max(0, Math.min(63, level));
    return mode < 0 || filled ? level : -level;
  }

  private void readSubblockModes(int column) {
    for (int y = 0; y < 4; y++) {
      int left = modesLeft[y];
      for (int x = 0; x < 4; x++) {
        int probabilities = (modesAbove[4 * column + x] * 10 + left) * 9;
        int node = 0;
        do {
          node = SUBBLOCK_TREE[node + header.bit(Vp8Tables.SUBBLOCK_MODE[probabilities + (node >> 1)])];
        } while (node > 0);
        left = -node;
        modesAbove[4 * column + x] = left;
        subblockModes[4 * y + x] = left;
      }
      modesLeft[y] = left;
    }
  }

  /** Reads the coefficients of a macroblock; returns whether any is nonzero. */
  private boolean readCoefficients(Vp8BoolReader tokens, int column, boolean hasY2, int[] step) {
    boolean filled = false;
    int above = 9 * column;
    int first = 0;
    if (hasY2) {
      int context = filledAbove[above + 8] + filledLeft[8];
      int count = block(tokens, Y2, context, 0, step[2], step[3], 24 * 16);
      filledAbove[above + 8] = count > 0 ? 1 : 0;
      filledLeft[8] = filledAbove[above + 8];
      spreadY2();
      first = 1;
    }
    for (int i = 0; i < 16; i++) {
      int count = block(tokens, hasY2 ? LUMA_AFTER_Y2 : LUMA, filledAbove[above + (i & 3)] + filledLeft[i >> 2], first,
          step[0], step[1], 16 * i);
      filledAbove[above + (i & 3)] = count > first ? 1 : 0;
      filledLeft[i >> 2] = filledAbove[above + (i & 3)];
      filled |= count > 1 || coefficients[16 * i] != 0;
    }
    for (int i = 16; i < 24; i++) {
      int a = above + 4 + ((i - 16) >> 2) * 2 + (i & 1);
      int l = 4 + ((i - 16) >> 2) * 2 + ((i >> 1) & 1);
      int count = block(tokens, CHROMA, filledAbove[a] + filledLeft[l], 0, step[4], step[5], 16 * i);
      filledAbove[a] = count > 0 ? 1 : 0;
      filledLeft[l] = filledAbove[a];
      filled |= count > 1 || coefficients[16 * i] != 0;
    }
    return filled;
  }

  /** Reads a block (RFC 6386, section 13.2); returns the index after the last position read. */
  private int block(Vp8BoolReader in, int type, int context, int first, int dcStep, int acStep, int to) {
    int[] p = coefficientProbability;
    int at = type * PER_TYPE + BAND[first] * PER_BAND + context * PER_CONTEXT;
    for (int n = first; n < 16; n++) {
      if (in.bit(p[at]) == 0) {
        return n;
      }
      while (in.bit(p[at + 1]) == 0) {
        n++;
        if (n == 16) {
          return 16;
        }
        at = type * PER_TYPE + BAND[n] * PER_BAND;
      }
      int value = 1;
      int next = type * PER_TYPE + BAND[n + 1] * PER_BAND;
      if (in.bit(p[at + 2]) == 0) {
        next += PER_CONTEXT;
      } else {
        value = large(in, p, at);
        next += 2 * PER_CONTEXT;
      }
      if (in.flag()) {
        value = -value;
      }
      coefficients[to + ZIGZAG[n]] = (short) (value * (n > 0 ? acStep : dcStep));
      at = next;
    }
    return 16;
  }

  private static int large(Vp8BoolReader in, int[] p, int at) {
    if (in.bit(p[at + 3]) == 0) {
      return in.bit(p[at + 4]) == 0 ? 2 : 3 + in.bit(p[at + 5]);
    }
    if (in.bit(p[at + 6]) == 0) {
      if (in.bit(p[at + 7]) == 0) {
        return 5 + in.bit(159);
      }
      int high = in.bit(165);
      return 7 + 2 * high + in.bit(145);
    }
    int high = in.bit(p[at + 8]);
    int category = 2 * high + in.bit(p[at + 9 + high]);
    int value = 0;
    for (int probability : LARGE[category]) {
      value = 2 * value + in.bit(probability);
    }
    return value + 3 + (8 << category);
  }

  /** Computes each luma block's DC by the inverse Walsh–Hadamard transform (RFC 6386, section 14.3). */
  private void spreadY2() {
    int y2 = 24 * 16;
    for (int i = 0; i < 4; i++) {
      int a = coefficients[y2 + i] + coefficients[y2 + 12 + i];
      int b = coefficients[y2 + 4 + i] + coefficients[y2 + 8 + i];
      int c = coefficients[y2 + 4 + i] - coefficients[y2 + 8 + i];
      int d = coefficients[y2 + i] - coefficients[y2 + 12 + i];
      scratch[i] = a + b;
      scratch[4 + i] = d + c;
      scratch[8 + i] = a - b;
      scratch[12 + i] = d - c;
    }
    for (int i = 0; i < 4; i++) {
      int a = scratch[4 * i] + 3 + scratch[4 * i + 3];
      int b = scratch[4 * i + 1] + scratch[4 * i + 2];
      int c = scratch[4 * i + 1] - scratch[4 * i + 2];
      int d = scratch[4 * i] + 3 - scratch[4 * i + 3];
      coefficients[64 * i] = (short) ((a + b) >> 3);
      coefficients[64 * i + 16] = (short) ((d + c) >> 3);
      coefficients[64 * i + 32] = (short) ((a - b) >> 3);
      coefficients[64 * i + 48] = (short) ((d - c) >> 3);
    }
  }

  private void reconstruct(int row, int column, int mode, int chromaMode, boolean filled) {
    int x = 16 * column;
    int y = 16 * row;
    if (mode >= 0) {
      luma.predict(mode, x, y, 16);
    }
    if (mode < 0 && row > 0 && column == columns - 1) {
      // Right of the frame, the last sample above is repeated.
      int from = luma.at(x + 16, y - 1);
      Arrays.fill(luma.data, from, from + 4, luma.data[from - 1]);
    }
    for (int i = 0; i < 16; i++) {
      int origin = luma.at(x + 4 * (i & 3), y + 4 * (i >> 2));
      if (mode < 0) {
        // The last column of subblocks uses the row above the macroblock in every row.
        int aboveRight = (i & 3) == 3 ? luma.at(x + 16, y - 1) : origin - luma.stride + 4;
        luma.predict4(subblockModes[i], origin, aboveRight, edge);
      }
      if (filled) {
        luma.addInverseTransform(coefficients, 16 * i, origin, scratch);
      }
    }
    u.predict(chromaMode, x / 2, y / 2, 8);
    v.predict(chromaMode, x / 2, y / 2, 8);
    if (filled) {
      for (int i = 0; i < 4; i++) {
        int origin = u.at(x / 2 + 4 * (i & 1), y / 2 + 4 * (i >> 1));
        u.addInverseTransform(coefficients, 16 * (16 + i), origin, scratch);
        v.addInverseTransform(coefficients, 16 * (20 + i), origin, scratch);
      }
    }
  }
}
