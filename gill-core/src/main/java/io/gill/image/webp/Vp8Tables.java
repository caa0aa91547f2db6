package io.gill.image.webp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The large constant tables of RFC 6386, read from vp8-tables.txt in this order. */
final class Vp8Tables {
  /** [mode above][mode left][node], flat. */
  static final int[] SUBBLOCK_MODE;

  /** [block type][band][context][node], flat. */
  static final int[] COEFFICIENT_UPDATE;

  /** [block type][band][context][node], flat. */
  static final int[] COEFFICIENT;

  static final int[] DC_STEP;
  static final int[] AC_STEP;

  static {
    int[] all = load();
    SUBBLOCK_MODE = Arrays.copyOfRange(all, 0, 900);
    COEFFICIENT_UPDATE = Arrays.copyOfRange(all, 900, 1956);
    COEFFICIENT = Arrays.copyOfRange(all, 1956, 3012);
    DC_STEP = Arrays.copyOfRange(all, 3012, 3140);
    AC_STEP = Arrays.copyOfRange(all, 3140, 3268);
  }

  private Vp8Tables() {}

  private static int[] load() {
    try (InputStream in = Vp8Tables.class.getResourceAsStream("vp8-tables.txt")) {
      if (in == null) {
        throw new IllegalStateException("resource io/gill/image/vp8-tables.txt is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines()
          .filter(line -> !line.startsWith("#"))
          .flatMap(line -> Arrays.stream(line.split(" ", -1)))
          .mapToInt(Integer::parseInt)
          .toArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
