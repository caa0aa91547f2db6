package io.gill.retrieval;

import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.torch.Int8Products;
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

  /** Number of rows from which libtorch's 8-bit products, if usable, are faster than Java's 32-bit products. */
  private static final int NATIVE_ROWS = 4096;

  /** Rows that are skipped together if none of them is a candidate. */
  private static final int RUN = 64;

  /** Bound on the rounding error of a cosine computed with 32-bit sums. */
  private static final float ROUNDING = 1e-5f;

  private final String name;
  private final @Nullable Path file;
  private final @Nullable Object key;
  private final SegmentLayout layout;
  private final ByteBuffer bytes;
  private final FloatBuffer floats;
  private final boolean[] sound;

  /** Null until the first search; racing threads compute the same value. */
  private volatile @Nullable Bounds bounds;

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
    ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(layout.length())).order(ByteOrder.LITTLE_ENDIAN);
    try {
      SegmentWriter.write(layout, images, bytes::put);
    } catch (IOException e) {
      throw new AssertionError("writing to memory does no I/O", e);
    }
    return new Segment(null, null, layout, bytes);
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
    requireWhole();
    reading(() -> {
      searchRows(searches, deleted);
      return true;
    });
  }

  private void searchRows(List<Search> searches, BitSet deleted) {
    float[] scratch = new float[layout.dimension()];
    if (layout.rows() < NATIVE_ROWS || !NativeProducts.USED) {
      check(SegmentLayout.HEADER, 4L * layout.rows() * layout.dimension());
      for (int row = deleted.nextClearBit(0); row < layout.rows(); row = deleted.nextClearBit(row + 1)) {
        for (Search search : searches) {
          offer(row, search, scratch);
        }
      }
      return;
    }
    check(layout.codes(), layout.hashes() - layout.codes());
    int codes = Math.toIntExact(layout.codes());
    int[] products = Int8Products.of(bytes.slice(codes, layout.rows() * layout.dimension()), layout.rows(),
        searches.stream().map(search -> search.codes().codes()).toArray(byte[][]::new));
    int[] least = searches.stream().mapToInt(this::leastProduct).toArray();
    for (long run : promisingRuns(products, least)) {
      int from = (int) run * RUN;
      offer(products, from, Math.min(from + RUN, layout.rows()), least, searches, deleted, scratch);
    }
  }

  /**
   * Finds the runs of rows with a sufficiently large product. The lower half of each result is the number of the run.
   * Runs with the largest products come first: they raise the threshold, so that few rows of later runs are candidates.
   */
  private long[] promisingRuns(int[] products, int[] least) {
    int enough = Arrays.stream(least).min().orElseThrow();
    int width = RUN * least.length;
    long[] runs = new long[(products.length + width - 1) / width];
    int count = 0;
    for (int run = 0; run < runs.length; run++) {
      int largest = largest(products, run * width, Math.min(run * width + width, products.length));
      if (largest >= enough) {
        runs[count++] = (long) -largest << Integer.SIZE | run;
      }
    }
    Arrays.sort(runs, 0, count);
    return Arrays.copyOf(runs, count);
  }

  private void offer(int[] products, int from, int to, int[] least, List<Search> searches, BitSet deleted,
      float[] scratch) {
    for (int row = from, at = from * least.length; row < to; row++) {
      for (int i = 0; i < least.length; i++, at++) {
        if (products[at] >= least[i] && !deleted.get(row) && isPossible(row, products[at], searches.get(i))) {
          offer(row, searches.get(i), scratch);
          least[i] = leastProduct(searches.get(i));
        }
      }
    }
  }

  /** Maximum of a range, in a form that the compiler vectorises. */
  private static int largest(int[] numbers, int from, int to) {
    int largest = Integer.MIN_VALUE;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, numbers[i]);
    }
    return largest;
  }

  /** Whether a row may be among the best, given the product of its codes with the query's. */
  private boolean isPossible(int row, int product, Search search) {
    float scale = bytes.getFloat(Math.toIntExact(layout.scales()) + 4 * row);
    float error = bytes.getFloat(Math.toIntExact(layout.errors()) + 4 * row);
    return product * (search.codes().scale() * scale) + slack(error, search) >= search.best().threshold();
  }

  /** |q·x − q̂·x̂| ≤ ‖q‖ ‖x − x̂‖ + ‖q − q̂‖ ‖x̂‖, with ‖q‖ = 1 and ‖x̂‖ ≤ 1 + ‖x − x̂‖. */
  private static float slack(float error, Search search) {
    return error + search.codes().error() * (1 + error) + ROUNDING;
  }

  /** Lower bound on the product of the codes of any row among the best. */
  private int leastProduct(Search search) {
    Bounds most = bounds();
    double needed = search.best().threshold() - slack(most.error, search);
    return needed > 0 ? (int) Math.min(Integer.MAX_VALUE, needed / (search.codes().scale() * (double) most.scale) - 1)
        : Integer.MIN_VALUE;
  }

  /** Maximum scale and maximum error over all rows. */
  private record Bounds(float scale, float error) {}

  private Bounds bounds() {
    Bounds known = bounds;
    if (known == null) {
      float scale = 0;
      float error = 0;
      for (int row = 0; row < layout.rows(); row++) {
        scale = Math.max(scale, bytes.getFloat(Math.toIntExact(layout.scales()) + 4 * row));
        error = Math.max(error, bytes.getFloat(Math.toIntExact(layout.errors()) + 4 * row));
      }
      known = new Bounds(scale, error);
      bounds = known;
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
