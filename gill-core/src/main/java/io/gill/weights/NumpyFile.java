package io.gill.weights;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A matrix as {@code numpy.save} writes it. Pickled objects are refused: nothing in the file is executed. */
public final class NumpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** Far more than a matrix needs. */
  private static final int MAX_HEADER_BYTES = 1 << 16;

  /** What the header of a file of numbers looks like; the keys are written in this order. */
  private static final Pattern HEADER = Pattern.compile(
      "\\{'descr': '([<>|=])([a-zA-Z])(\\d{1,2})', 'fortran_order': (True|False), 'shape': \\((\\d{1,18}), (\\d{1,18})\\),? *\\}"
          + "\\s*");

  private NumpyFile() {}

  /**
   * Reads a matrix of floating-point numbers.
   *
   * @param path a {@code .npy} file
   * @return its rows, converted to 32 bits
   * @throws GillException if the file is missing or damaged, or holds something else
   */
  public static float[][] readMatrix(Path path) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(path);
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < 12 || !Arrays.equals(Arrays.copyOf(bytes, MAGIC.length), MAGIC)) {
      throw new GillException(path + " is not a file of numpy.save");
    }
    in.position(MAGIC.length);
    int version = in.get();
    in.get(); // the minor version
    long length = version == 1 ? Short.toUnsignedInt(in.getShort()) : Integer.toUnsignedLong(in.getInt());
    if (version < 1 || version > 3 || length > Math.min(MAX_HEADER_BYTES, in.remaining())) {
      throw new GillException(path + " has a header of version " + version + " and " + length + " bytes: it is damaged");
    }
    String header = new String(bytes, in.position(), (int) length, StandardCharsets.UTF_8);
    in.position(in.position() + (int) length);
    Matcher match = HEADER.matcher(header);
    if (!match.matches()) {
      throw new GillException(path + " does not hold a matrix of numbers, but " + printable(header));
    }
    if (!match.group(2).equals("f") || match.group(1).equals(">")) {
      throw new GillException(path + " holds " + match.group(1) + match.group(2) + match.group(3)
          + " where little-endian floating-point numbers are expected");
    }
    return rows(path, in, match);
  }

  private static float[][] rows(Path path, ByteBuffer in, Matcher header) {
    int size = Integer.parseInt(header.group(3));
    long rows = Long.parseLong(header.group(5));
    long columns = Long.parseLong(header.group(6));
    if (size != 2 && size != 4 && size != 8) {
      throw new GillException(path + " holds numbers of " + size + " bytes, which are not supported");
    }
    // The file bounds what is allocated; a matrix without columns could have any number of rows.
    if (rows < 1 || columns < 1 || rows > in.remaining() || columns > in.remaining()
        || rows * columns != in.remaining() / size || in.remaining() % size != 0) {
      throw new GillException(path + " has " + in.remaining() + " bytes of data, which do not fill a matrix of " + rows
          + " by " + columns + " numbers of " + size + " bytes");
    }
    boolean byColumns = header.group(4).equals("True");
    int start = in.position();
    float[][] matrix = new float[(int) rows][(int) columns];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        int at = start + size * (byColumns ? c * (int) rows + r : r * (int) columns + c);
        matrix[r][c] = switch (size) {
          case 2 -> SmallFloats.half(in.getShort(at));
          case 4 -> in.getFloat(at);
          default -> (float) in.getDouble(at);
        };
      }
    }
    return matrix;
  }

  /**
   * Writes a matrix as 32-bit floats.
   *
   * @param path the file, replaced if it exists
   * @param rows at least one, equally long
   * @throws GillException if the file cannot be written; what was there before is then unchanged
   */
  public static void writeMatrix(Path path, float[][] rows) {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows.length + ", " + rows[0].length + "), }";
    int padded = (10 + header.length() + 1 + 63) / 64 * 64 - 10; // the data begins at a multiple of 64
    byte[] text = (header + " ".repeat(padded - header.length() - 1) + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer out = ByteBuffer.allocate(10 + text.length + Math.multiplyExact(4 * rows.length, rows[0].length))
        .order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) text.length).put(text);
    for (float[] row : rows) {
      for (float value : row) {
        out.putFloat(value);
      }
    }
    AtomicFile.write(path, out.flip());
  }

  private static String printable(String header) {
    return header.chars()
        .limit(120)
        .mapToObj(c -> c >= ' ' && c < 127 ? Character.toString(c) : "?")
        .collect(Collectors.joining())
        .strip();
  }
}
