package io.gill.weights;

import io.gill.GillException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A matrix in the format of {@code numpy.save}. Pickled objects are rejected, and nothing in the file is executed.
 * Thread-safe.
 */
public final class NumpyFile implements AutoCloseable {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** Maximum size of the header, far above that of any matrix. */
  private static final int MAX_HEADER_BYTES = 1 << 16;

  private static final int MAX_COLUMNS = 1 << 24;

  /** Header of a numeric array; numpy writes the keys in this order. */
  private static final Pattern HEADER = Pattern.compile(
      "\\{'descr': '([<>|=])([a-zA-Z])(\\d{1,2})', 'fortran_order': (True|False), "
          + "'shape': \\((\\d{1,18}), (\\d{1,18})\\),? *\\}\\s*");

  private final MappedFile file;
  private final long start;
  private final int size;
  private final boolean byColumns;
  private final int rows;
  private final int columns;

  private NumpyFile(MappedFile file, long start, int size, boolean byColumns, int rows, int columns) {
    this.file = file;
    this.start = start;
    this.size = size;
    this.byColumns = byColumns;
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * Opens a matrix of floating-point numbers, which stay in the mapped file until a row is requested.
   *
   * @param path path of a {@code .npy} file
   * @return the matrix, to be closed by the caller
   * @throws GillException if the file is missing or damaged, or has other content
   */
  public static NumpyFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      return open(path, file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    } catch (InternalError e) {
      file.close();
      throw file.shrunk(e);
    }
  }

  private static NumpyFile open(Path path, MappedFile file) {
    if (file.size() < 12 || !file.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
      throw new GillException(path + " is not a file of numpy.save");
    }
    ByteBuffer in = file.slice(0, 12);
    int version = in.get(6); // followed by the minor version
    int begin = version == 1 ? 10 : 12;
    long length = version == 1 ? Short.toUnsignedInt(in.getShort(8)) : Integer.toUnsignedLong(in.getInt(8));
    if (version < 1 || version > 3 || length > Math.min(MAX_HEADER_BYTES, file.size() - begin)) {
      throw new GillException(
          path + " has a header of version " + version + " and " + length + " bytes; it is damaged");
    }
    String header = StandardCharsets.UTF_8.decode(file.slice(begin, (int) length)).toString();
    Matcher match = HEADER.matcher(header);
    if (!match.matches()) {
      throw new GillException(path + " does not hold a matrix of numbers, but " + printable(header));
    }
    if (!match.group(2).equals("f") || match.group(1).equals(">")) {
      throw new GillException(path + " holds " + match.group(1) + match.group(2) + match.group(3)
          + " where little-endian floating-point numbers are expected");
    }
    int size = Integer.parseInt(match.group(3));
    long rows = Long.parseLong(match.group(5));
    long columns = Long.parseLong(match.group(6));
    if (size != 2 && size != 4 && size != 8) {
      throw new GillException(path + " holds numbers of " + size + " bytes, which are not supported");
    }
    // The data size bounds the allocation; a matrix without columns could have any number of rows.
    long left = file.size() - begin - length;
    if (rows < 1 || columns < 1 || rows > Math.min(left, Integer.MAX_VALUE) || columns > Math.min(left, MAX_COLUMNS)
        || rows * columns != left / size || left % size != 0) {
      throw new GillException(path + " has " + left + " bytes of data, which do not fill a matrix of " + rows
          + " by " + columns + " numbers of " + size + " bytes");
    }
    return new NumpyFile(file, begin + length, size, match.group(4).equals("True"), (int) rows, (int) columns);
  }

  /**
   * Returns the number of rows.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * Returns the length of the rows.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * Returns a row, converted to 32 bits.
   *
   * @param index from 0 to {@link #rows} - 1
   * @return a new array of {@link #columns} numbers
   * @throws IndexOutOfBoundsException if the index is out of range
   * @throws IllegalStateException after {@link #close}
   */
  public float[] row(int index) {
    Objects.checkIndex(index, rows);
    float[] row = new float[columns];
    if (byColumns) {
      for (int c = 0; c < columns; c++) {
        row[c] = number(file.slice(start + size * ((long) c * rows + index), size), 0);
      }
    } else {
      ByteBuffer bytes = file.slice(start + (long) size * index * columns, size * columns);
      for (int c = 0; c < columns; c++) {
        row[c] = number(bytes, size * c);
      }
    }
    return row;
  }

  private float number(ByteBuffer bytes, int at) {
    return switch (size) {
      case 2 -> SmallFloats.half(bytes.getShort(at));
      case 4 -> bytes.getFloat(at);
      default -> (float) bytes.getDouble(at);
    };
  }

  /** Releases the mapping of the file. Idempotent. */
  @Override
  public void close() {
    file.close();
  }

  /**
   * Reads a matrix of floating-point numbers.
   *
   * @param path path of a {@code .npy} file
   * @return its rows, converted to 32 bits
   * @throws GillException if the file is missing or damaged, or has other content
   */
  public static float[][] readMatrix(Path path) {
    try (NumpyFile file = open(path)) {
      float[][] matrix = new float[file.rows][];
      for (int r = 0; r < matrix.length; r++) {
        matrix[r] = file.row(r);
      }
      return matrix;
    }
  }

  /**
   * Writes a matrix as 32-bit floats.
   *
   * @param path path of the file, replaced if it exists
   * @param rows at least one row, all of the same length
   * @throws GillException if the file cannot be written; an existing file is then unchanged
   */
  public static void writeMatrix(Path path, float[][] rows) {
    writeMatrix(path, rows.length, rows[0].length, Arrays.asList(rows)::forEach);
  }

  /**
   * Writes a matrix as 32-bit floats in row-major order.
   *
   * @param path path of the file, replaced if it exists
   * @param rows number of rows, at least one
   * @param columns length of the rows
   * @param all passes every row, in order, to the consumer it receives
   * @throws IllegalArgumentException if the number of rows or the length of a row differs
   * @throws GillException if the file cannot be written; an existing file is then unchanged
   */
  public static void writeMatrix(Path path, int rows, int columns, Consumer<Consumer<float[]>> all) {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }";
    int padded = (10 + header.length() + 1 + 63) / 64 * 64 - 10; // data starts at a multiple of 64
    byte[] text = (header + " ".repeat(padded - header.length() - 1) + "\n").getBytes(StandardCharsets.US_ASCII);
    AtomicFile.write(path, out -> {
      ByteBuffer begin = ByteBuffer.allocate(10 + text.length).order(ByteOrder.LITTLE_ENDIAN);
      begin.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) text.length).put(text);
      TensorWriter.writeFully(out, begin.flip());
      ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(columns, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
      int[] written = {0};
      try {
        all.accept(row -> {
          if (row.length != columns || ++written[0] > rows) {
            throw new IllegalArgumentException(
                "row " + written[0] + " with " + row.length + " numbers, of " + rows + " rows with " + columns);
          }
          bytes.clear().asFloatBuffer().put(row);
          try {
            TensorWriter.writeFully(out, bytes);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      if (written[0] != rows) {
        throw new IllegalArgumentException(written[0] + " rows of " + rows);
      }
    });
  }

  private static String printable(String header) {
    return header.chars()
        .limit(120)
        .mapToObj(c -> c >= ' ' && c < 127 ? Character.toString(c) : "?")
        .collect(Collectors.joining())
        .strip();
  }
}
