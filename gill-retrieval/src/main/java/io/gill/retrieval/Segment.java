package io.gill.retrieval;

import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.torch.RowwiseProducts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Immutable images, in a memory-mapped file or in memory of the same {@link SegmentLayout layout}. The first read of a
 * block verifies its checksum, so that opening touches only one page. Thread-safe.
 */
final class Segment {
  /** Advice for an index with damaged files. */
  static final String RESTORE = "restore the index's folder from a backup, or index the pictures again";

  /** Maximum number of rows: 64 MiB of floats if D is 256. */
  static final int MAX_ROWS = 1 << 16;

  /** Factor of products that are sorted as integers of 32 bits; products are smaller than 2. */
  private static final float SORTED = 0x1p30f;

  private final String name;
  private final @Nullable Path file;
  private final @Nullable Object key;
  private final SegmentLayout layout;
  private final ByteBuffer bytes;
  private final FloatBuffer floats;
  private final boolean[] sound;

  /** Maximum error of all codes; negative until the first search. Racing threads compute the same value. */
  private volatile float maximumError = -1;

  private Segment(@Nullable Path file, @Nullable Object key, SegmentLayout layout, ByteBuffer bytes) {
    this.name = file == null ? "the index" : file.toString();
    this.file = file;
    this.key = key;
    this.layout = layout;
    this.bytes = bytes;
    this.floats = bytes.slice(SegmentLayout.HEADER, 4 * layout.rows() * layout.dimension())
        .order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    this.sound = new boolean[layout.blocks()];
  }

  /** Whether the images fit into one segment: its rows and the bytes of its buffer are limited. */
  static boolean fits(int dimension, int rows, long text) {
    return rows <= MAX_ROWS && new SegmentLayout(dimension, rows, text).length() < Integer.MAX_VALUE;
  }

  /** Creates a segment in memory; the images' embeddings are unit vectors. */
  static Segment of(int dimension, List<IndexedImage> images) {
    SegmentLayout layout = SegmentLayout.of(dimension, images);
    ByteBuffer bytes = allocate(Math.toIntExact(layout.length())).order(ByteOrder.LITTLE_ENDIAN);
    try {
      SegmentWriter.write(layout, images, bytes::put);
    } catch (IOException e) {
      throw new AssertionError("writing to memory does no I/O", e);
    }
    return new Segment(null, null, layout, bytes);
  }

  private static ByteBuffer allocate(int length) {
    try {
      return ByteBuffer.allocateDirect(length);
    } catch (OutOfMemoryError e) {
      throw new GillException("an index in memory needs " + length + " bytes more than Java may use outside its heap: "
          + "raise -Xmx or -XX:MaxDirectMemorySize, or keep the images in an index folder", e);
    }
  }

  /** Writes a segment to a new file and forces it to disk; the images' embeddings are unit vectors. */
  static Segment write(Path path, int dimension, List<IndexedImage> images) throws IOException {
    SegmentLayout layout = SegmentLayout.of(dimension, images);
    try (FileChannel out = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      SegmentWriter.write(layout, images, buffer -> {
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      });
      out.force(true);
    }
    return open(path);
  }

  static Segment open(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw damaged(path.toString(), "is not a regular file"); // opening a pipe blocks
    }
    try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
      long length = in.size();
      if (length < SegmentLayout.HEADER || length > Integer.MAX_VALUE) {
        throw damaged(path.toString(), "has " + length + " bytes, which no segment can have");
      }
      ByteBuffer bytes = in.map(FileChannel.MapMode.READ_ONLY, 0, length).order(ByteOrder.LITTLE_ENDIAN);
      if (bytes.getLong(0) != SegmentLayout.MAGIC || bytes.getInt(32) != crc(bytes.slice(0, 32))) {
        throw damaged(path.toString(), "has a damaged header");
      }
      SegmentLayout layout = new SegmentLayout(bytes.getInt(12), bytes.getInt(16), bytes.getLong(24));
      if (bytes.getInt(8) != SegmentLayout.FORMAT) {
        throw new GillException(
            path + " has format " + bytes.getInt(8) + ", but this version of gill reads format " + SegmentLayout.FORMAT
                + ": index the pictures again");
      }
      if (layout.dimension() < 1 || layout.rows() < 1 || layout.rows() > MAX_ROWS || layout.text() < 0
          || layout.text() > length || layout.checks() > length || layout.length() != length) {
        throw damaged(path.toString(), "has " + length + " bytes, which contradicts its header");
      }
      int checks = 4 * layout.blocks();
      if (bytes.getInt((int) layout.checks() + checks) != crc(bytes.slice((int) layout.checks(), checks))) {
        throw damaged(path.toString(), "has damaged checksums");
      }
      return new Segment(path, attributes.fileKey(), layout, bytes);
    }
  }

  /**
   * Fails if the file was truncated after it was mapped. Reading beyond its end would raise an error in Java code and
   * crash the process in libtorch. A deleted or replaced file stays mapped unchanged.
   */
  void requireWhole() {
    if (file == null) {
      return;
    }
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      if (now.size() != layout.length() && Objects.equals(key, now.fileKey())) {
        throw damaged(name, "has " + now.size() + " bytes instead of " + layout.length()
            + ": it was truncated while the index was open");
      }
    } catch (IOException e) {
      // A writer deleted the file, or it is temporarily unreachable.
    }
  }

  /** Runs work that reads the mapped file; translates the error of a truncated file. */
  private <T> T reading(Supplier<T> work) {
    try {
      return work.get();
    } catch (InternalError e) {
      throw new GillException(name + " cannot be read: it was truncated while the index was open, or its disk is "
          + "failing: " + RESTORE, e);
    }
  }

  int rows() {
    return layout.rows();
  }

  int dimension() {
    return layout.dimension();
  }

  /** Length of the ids, URIs and attributes in bytes. */
  long text() {
    return layout.text();
  }

  /** Offers every search the images that may be among its best. */
  void search(List<Search> searches, BitSet deleted) {
    search(searches, deleted, NativeScan.USED);
  }

  /** As above; {@code codes} tells whether to read the 8-bit codes first. */
  void search(List<Search> searches, BitSet deleted, boolean codes) {
    requireWhole();
    reading(() -> {
      searchRows(searches, deleted, codes);
      return true;
    });
  }

  private void searchRows(List<Search> searches, BitSet deleted, boolean byCodes) {
    float[] scratch = new float[layout.dimension()];
    if (layout.codeBlocks() == 0 || !byCodes) {
      check(SegmentLayout.HEADER, 4L * layout.rows() * layout.dimension());
      for (int row = deleted.nextClearBit(0); row < layout.rows(); row = deleted.nextClearBit(row + 1)) {
        for (Search search : searches) {
          offer(row, search, scratch);
        }
      }
      return;
    }
    check(layout.codes(), layout.hashes() - layout.codes());
    ByteBuffer codes = bytes.slice(Math.toIntExact(layout.codes()), Math.toIntExact(layout.codesLength()));
    List<RowwiseProducts> products = RowwiseProducts.of(codes, CodeBlock.ROWS,
        searches.stream().map(Search::unit).toList());
    for (int i = 0; i < searches.size(); i++) {
      searchCodes(products.get(i), searches.get(i), deleted, scratch);
    }
  }

  /**
   * Offers the rows whose product of codes, plus its error, reaches the threshold. Blocks with the largest products
   * come first: they raise the threshold, so that few rows of later blocks are candidates.
   */
  private void searchCodes(RowwiseProducts codes, Search search, BitSet deleted, float[] scratch) {
    double least = search.best().threshold() - maximumError();
    for (long entry : promisingBlocks(codes.largest(), least)) {
      int block = (int) entry;
      if (codes.largest()[block] < least) {
        continue; // the next may be larger, since products are rounded to be sorted
      }
      int end = Math.min((block + 1) * CodeBlock.ROWS, layout.rows());
      for (int row = block * CodeBlock.ROWS; row < end; row++) {
        float product = codes.products()[row];
        if (product >= least && !deleted.get(row)
            && product + (double) error(row) >= search.best().threshold()) {
          offer(row, search, scratch);
          least = search.best().threshold() - maximumError();
        }
      }
    }
  }

  /**
   * Finds the blocks with sufficiently large products, the largest first; products that differ by less than 2⁻³⁰ may be
   * in either order. The lower half of a result is the block.
   */
  private static long[] promisingBlocks(float[] largest, double least) {
    long[] blocks = new long[largest.length];
    int count = 0;
    for (int block = 0; block < blocks.length; block++) {
      if (largest[block] >= least) {
        blocks[count++] = (long) (-SORTED * largest[block]) << Integer.SIZE | block;
      }
    }
    Arrays.sort(blocks, 0, count);
    return Arrays.copyOf(blocks, count);
  }

  private float error(int row) {
    return bytes.getFloat(Math.toIntExact(layout.errors()) + 4 * row);
  }

  private float maximumError() {
    float known = maximumError;
    if (known < 0) {
      known = 0;
      for (int row = 0; row < layout.rows(); row++) {
        known = Math.max(known, error(row));
      }
      maximumError = known;
    }
    return known;
  }

  private void offer(int row, Search search, float[] scratch) {
    double score = product(row, search.unit(), scratch);
    Best best = search.best();
    if (score >= best.threshold()) {
      Text text = new Text(row);
      String id = text.next();
      String uri = text.next();
      best.offer(id, uri, best.needsAttributes() ? text.attributes() : Map.of(), score);
    }
  }

  /** Sums in the same order as for images in the tail, so that equal embeddings have equal scores. */
  private float product(int row, float[] unit, float[] scratch) {
    check(SegmentLayout.HEADER + 4L * row * layout.dimension(), 4L * layout.dimension());
    floats.get(row * layout.dimension(), scratch);
    return Vectors.product(scratch, unit);
  }

  /** The row of an id, even if it is deleted; −1 if there is none. */
  int find(String id) {
    return reading(() -> findRow(id));
  }

  private int findRow(String id) {
    long wanted = hash(id);
    check(layout.hashes(), layout.ends() - layout.hashes());
    int hashes = Math.toIntExact(layout.hashes());
    int from = 0;
    int to = layout.rows();
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (bytes.getLong(hashes + 8 * middle) < wanted) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    for (; from < layout.rows() && bytes.getLong(hashes + 8 * from) == wanted; from++) {
      int row = bytes.getInt(Math.toIntExact(layout.order()) + 4 * from);
      if (row < 0 || row >= layout.rows()) {
        throw damaged(name, "refers to row " + row + ", which does not exist");
      }
      if (new Text(row).next().equals(id)) {
        return row;
      }
    }
    return -1;
  }

  IndexedImage image(int row) {
    return reading(() -> imageOf(row));
  }

  private IndexedImage imageOf(int row) {
    float[] embedding = new float[layout.dimension()];
    check(SegmentLayout.HEADER + 4L * row * layout.dimension(), 4L * layout.dimension());
    floats.get(row * layout.dimension(), embedding);
    Text text = new Text(row);
    try {
      return new IndexedImage(text.next(), text.next(), text.attributes(), embedding);
    } catch (IllegalArgumentException e) {
      throw damaged(name, "has an invalid row " + row + " (" + e.getMessage() + ")");
    }
  }

  /** Reads the texts of a row in order. */
  private final class Text {
    private final ByteBuffer left;

    Text(int row) {
      int ends = Math.toIntExact(layout.ends());
      check(ends + 4L * Math.max(0, row - 1), 8);
      int from = row == 0 ? 0 : bytes.getInt(ends + 4 * (row - 1));
      int to = bytes.getInt(ends + 4 * row);
      if (from < 0 || to < from || to > layout.text()) {
        throw damaged(name, "has an invalid text position in row " + row);
      }
      check(layout.texts() + from, to - from);
      left = bytes.slice(Math.toIntExact(layout.texts() + from), to - from).order(ByteOrder.LITTLE_ENDIAN);
    }

    String next() {
      int length = number();
      if (length < 0 || length > left.remaining()) {
        throw damaged(name, "has an invalid text length");
      }
      byte[] utf8 = new byte[length];
      left.get(utf8);
      return new String(utf8, StandardCharsets.UTF_8);
    }

    private int number() {
      if (left.remaining() < Integer.BYTES) {
        throw damaged(name, "has a truncated text");
      }
      return left.getInt();
    }

    Map<String, String> attributes() {
      Map<String, String> attributes = new HashMap<>();
      for (int count = number(); count > 0; count--) {
        String attribute = next();
        attributes.put(attribute, next());
      }
      return attributes;
    }
  }

  /** Verifies the checksums of the blocks of a range, each once; racing threads find the same. */
  private void check(long offset, long length) {
    int last = (int) (Math.min(offset + length, layout.checks()) - 1) / SegmentLayout.BLOCK;
    for (int block = (int) (offset / SegmentLayout.BLOCK); block <= last; block++) {
      if (!sound[block]) {
        int start = block * SegmentLayout.BLOCK;
        int end = (int) Math.min((long) start + SegmentLayout.BLOCK, layout.checks());
        if (crc(bytes.slice(start, end - start)) != bytes.getInt((int) layout.checks() + 4 * block)) {
          throw damaged(name, "is damaged between bytes " + start + " and " + end);
        }
        sound[block] = true;
      }
    }
  }

  static GillException damaged(String name, String how) {
    return new GillException(name + " " + how + ": " + RESTORE);
  }

  static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  @SuppressWarnings("UnstableApiUsage")
  static long hash(String id) {
    return Hashing.farmHashFingerprint64().hashString(id, StandardCharsets.UTF_8).asLong();
  }
}
