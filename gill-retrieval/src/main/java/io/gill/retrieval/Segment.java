package io.gill.retrieval;

import com.google.common.base.Utf8;
import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.torch.Int8Products;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Images that do not change any more, in a file that is mapped or in memory of the same layout. All numbers are
 * little-endian; every section begins at a multiple of 8.
 *
 * <pre>
 * header    magic, format, D, N, bytes of text, CRC32C of these          64 bytes
 * floats    (N, D) 32-bit, unit vectors
 * codes     (N, D) 8-bit, see {@link Codes}
 * scales    (N) 32-bit
 * errors    (N) 32-bit
 * hashes    (N) 64-bit, of the ids, ascending
 * order     (N) 32-bit, the row of each hash
 * ends      (N) 32-bit, where the text of each row ends
 * text      of each row: id, URI, number of attributes, names and values; each text after its length
 * checks    CRC32C of every 64 KiB before, then of the checks
 * </pre>
 *
 * A block is compared with its checksum when it is read first: opening touches one page. Thread-safe.
 */
final class Segment {
  /** Rows of the largest segment: 64 MiB of floats where D is 256. */
  static final int MAX_ROWS = 1 << 16;

  private static final long MAGIC = 0x314745534C4C4947L; // "GILLSEG1"
  private static final int FORMAT = 1;
  private static final int HEADER = 64;
  private static final int BLOCK = 1 << 16;

  /** From here on libtorch's 8-bit product is quicker than Java's over floats. */
  private static final int NATIVE_ROWS = 4096;

  /** Rows that are passed over together where none of them is possible. */
  private static final int RUN = 64;

  /** What the rounding of 32-bit sums can do to a cosine. */
  private static final float ROUNDING = 1e-5f;

  private final String name;
  private final Layout layout;
  private final ByteBuffer bytes;
  private final boolean[] sound;

  /** Null until the first search; two threads that work it out find the same. */
  private volatile @Nullable Bounds bounds;

  private Segment(String name, Layout layout, ByteBuffer bytes) {
    this.name = name;
    this.layout = layout;
    this.bytes = bytes;
    this.sound = new boolean[layout.blocks()];
  }

  /**
   * Where everything lies.
   *
   * @param dimension D
   * @param rows N
   * @param text bytes of text
   */
  private record Layout(int dimension, int rows, long text) {
    long codes() {
      return HEADER + aligned(4L * rows * dimension);
    }

    long scales() {
      return codes() + aligned((long) rows * dimension);
    }

    long errors() {
      return scales() + aligned(4L * rows);
    }

    long hashes() {
      return errors() + aligned(4L * rows);
    }

    long order() {
      return hashes() + 8L * rows;
    }

    long ends() {
      return order() + aligned(4L * rows);
    }

    long texts() {
      return ends() + aligned(4L * rows);
    }

    long checks() {
      return texts() + aligned(text);
    }

    int blocks() {
      return Math.toIntExact((checks() + BLOCK - 1) / BLOCK);
    }

    long length() {
      return checks() + 4L * blocks() + 4;
    }

    private static long aligned(long length) {
      return (length + 7) & ~7L;
    }
  }

  /** Takes bytes in order. */
  @FunctionalInterface
  private interface Sink {
    void write(ByteBuffer bytes) throws IOException;
  }

  /** Where images can still be found together in one buffer: ids and attributes may be long. */
  static boolean fits(int dimension, int rows, long text) {
    return rows <= MAX_ROWS && new Layout(dimension, rows, text).length() < Integer.MAX_VALUE;
  }

  static long textLength(IndexedImage image) {
    long length = 12L + Utf8.encodedLength(image.id()) + Utf8.encodedLength(image.uri());
    for (Map.Entry<String, String> attribute : image.attributes().entrySet()) {
      length += 8L + Utf8.encodedLength(attribute.getKey()) + Utf8.encodedLength(attribute.getValue());
    }
    return length;
  }

  /** In memory; the images' embeddings are unit vectors. */
  static Segment of(int dimension, List<IndexedImage> images) {
    Layout layout = layout(dimension, images);
    ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(layout.length())).order(ByteOrder.LITTLE_ENDIAN);
    try {
      write(layout, images, bytes::put);
    } catch (IOException e) {
      throw new AssertionError("memory is no file", e);
    }
    return new Segment("the index", layout, bytes);
  }

  /** In a new file, which has reached the disk when this returns; the images' embeddings are unit vectors. */
  static Segment write(Path path, int dimension, List<IndexedImage> images) throws IOException {
    Layout layout = layout(dimension, images);
    try (FileChannel out = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      write(layout, images, buffer -> {
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      });
      out.force(true);
    }
    return open(path);
  }

  static Segment open(Path path) throws IOException {
    try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
      long length = in.size();
      if (length < HEADER || length > Integer.MAX_VALUE) {
        throw damaged(path.toString(), "has " + length + " bytes");
      }
      ByteBuffer bytes = in.map(FileChannel.MapMode.READ_ONLY, 0, length).order(ByteOrder.LITTLE_ENDIAN);
      if (bytes.getLong(0) != MAGIC || bytes.getInt(32) != crc(bytes.slice(0, 32))) {
        throw damaged(path.toString(), "does not begin as a part of an index does");
      }
      Layout layout = new Layout(bytes.getInt(12), bytes.getInt(16), bytes.getLong(24));
      if (bytes.getInt(8) != FORMAT) {
        throw new GillException(path + " has the format " + bytes.getInt(8) + "; this version of gill reads " + FORMAT);
      }
      if (layout.dimension < 1 || layout.rows < 1 || layout.rows > MAX_ROWS || layout.text < 0 || layout.text > length
          || layout.checks() > length || layout.length() != length) {
        throw damaged(path.toString(), "has " + length + " bytes where its header says otherwise");
      }
      int checks = 4 * layout.blocks();
      if (bytes.getInt((int) layout.checks() + checks) != crc(bytes.slice((int) layout.checks(), checks))) {
        throw damaged(path.toString(), "has damaged checksums");
      }
      return new Segment(path.toString(), layout, bytes);
    }
  }

  private static Layout layout(int dimension, List<IndexedImage> images) {
    return new Layout(dimension, images.size(), images.stream().mapToLong(Segment::textLength).sum());
  }

  private static void write(Layout layout, List<IndexedImage> images, Sink sink) throws IOException {
    Writer out = new Writer(sink);
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(FORMAT).putInt(layout.dimension).putInt(layout.rows).putInt(0).putLong(layout.text);
    header.putInt(crc(header.slice(0, 32)));
    out.bytes(header.array());
    for (IndexedImage image : images) {
      for (float value : image.embedding()) {
        out.number(Float.floatToRawIntBits(value));
      }
    }
    out.align();
    float[] scales = new float[layout.rows];
    float[] errors = new float[layout.rows];
    for (int i = 0; i < layout.rows; i++) {
      Codes codes = Codes.of(images.get(i).embedding());
      scales[i] = codes.scale();
      errors[i] = codes.error();
      out.bytes(codes.codes());
    }
    out.align();
    for (float[] numbers : List.of(scales, errors)) {
      for (float value : numbers) {
        out.number(Float.floatToRawIntBits(value));
      }
      out.align();
    }
    long[] hashes = images.stream().mapToLong(image -> hash(image.id())).toArray();
    List<Integer> order = IntStream.range(0, layout.rows).boxed()
        .sorted(Comparator.comparingLong(row -> hashes[row])).toList();
    for (int row : order) {
      out.number((int) hashes[row]);
      out.number((int) (hashes[row] >>> 32));
    }
    for (int row : order) {
      out.number(row);
    }
    out.align();
    long end = 0;
    for (IndexedImage image : images) {
      end += textLength(image);
      out.number((int) end);
    }
    out.align();
    for (IndexedImage image : images) {
      out.text(image.id());
      out.text(image.uri());
      out.number(image.attributes().size());
      for (Map.Entry<String, String> attribute : image.attributes().entrySet()) {
        out.text(attribute.getKey());
        out.text(attribute.getValue());
      }
    }
    out.align();
    out.checks();
  }

  /** Collects blocks and their checksums. */
  private static final class Writer {
    private final Sink sink;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteArrayOutputStream checks = new ByteArrayOutputStream();

    Writer(Sink sink) {
      this.sink = sink;
    }

    void number(int value) throws IOException {
      if (block.remaining() < 4) { // a text may leave a block with fewer
        bytes(new byte[] {(byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)});
      } else {
        block.putInt(value);
        flushIfFull();
      }
    }

    void bytes(byte[] values) throws IOException {
      for (int from = 0; from < values.length;) {
        int some = Math.min(block.remaining(), values.length - from);
        block.put(values, from, some);
        from += some;
        flushIfFull();
      }
    }

    void text(String text) throws IOException {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      number(utf8.length);
      bytes(utf8);
    }

    /** A block has a multiple of 8 bytes. */
    void align() throws IOException {
      bytes(new byte[(8 - block.position() % 8) % 8]);
    }

    void checks() throws IOException {
      if (block.position() > 0) {
        flush();
      }
      byte[] all = checks.toByteArray();
      sink.write(ByteBuffer.wrap(all));
      sink.write(ByteBuffer.wrap(littleEndian(crc(ByteBuffer.wrap(all)))));
    }

    private void flushIfFull() throws IOException {
      if (!block.hasRemaining()) {
        flush();
      }
    }

    private void flush() throws IOException {
      block.flip();
      checks.writeBytes(littleEndian(crc(block.slice())));
      sink.write(block);
      block.clear();
    }

    private static byte[] littleEndian(int value) {
      return new byte[] {(byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)};
    }
  }

  int rows() {
    return layout.rows;
  }

  int dimension() {
    return layout.dimension;
  }

  /** Offers to every search what may be among its best. */
  void search(List<Search> searches, BitSet deleted) {
    if (layout.rows < NATIVE_ROWS) {
      check(HEADER, 4L * layout.rows * layout.dimension);
      for (int row = deleted.nextClearBit(0); row < layout.rows; row = deleted.nextClearBit(row + 1)) {
        for (Search search : searches) {
          offer(row, search);
        }
      }
      return;
    }
    check(layout.codes(), layout.hashes() - layout.codes());
    int codes = Math.toIntExact(layout.codes());
    int[] products = Int8Products.of(bytes.slice(codes, layout.rows * layout.dimension), layout.rows,
        searches.stream().map(search -> search.codes().codes()).toArray(byte[][]::new));
    int[] least = searches.stream().mapToInt(this::leastProduct).toArray();
    for (long run : promisingRuns(products, least)) {
      offer(products, (int) run * RUN, Math.min((int) run * RUN + RUN, layout.rows), least, searches, deleted);
    }
  }

  /**
   * The runs of rows that have a large enough product, in their lower halves; those with the largest come first, after
   * which few rows of the others are possible.
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

  private void offer(int[] products, int from, int to, int[] least, List<Search> searches, BitSet deleted) {
    for (int row = from, at = from * least.length; row < to; row++) {
      for (int i = 0; i < least.length; i++, at++) {
        if (products[at] >= least[i] && !deleted.get(row) && isPossible(row, products[at], searches.get(i))) {
          offer(row, searches.get(i));
          least[i] = leastProduct(searches.get(i));
        }
      }
    }
  }

  /** Of some numbers; the compiler makes vector instructions of it. */
  private static int largest(int[] numbers, int from, int to) {
    int largest = Integer.MIN_VALUE;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, numbers[i]);
    }
    return largest;
  }

  /** Whether a row whose codes have such a product with the query's may be among the best. */
  private boolean isPossible(int row, int product, Search search) {
    float scale = bytes.getFloat(Math.toIntExact(layout.scales()) + 4 * row);
    float error = bytes.getFloat(Math.toIntExact(layout.errors()) + 4 * row);
    return product * (search.codes().scale() * scale) + slack(error, search) >= search.best().threshold();
  }

  /** |q·x − q̂·x̂| ≤ ‖q‖ ‖x − x̂‖ + ‖q − q̂‖ ‖x̂‖, with ‖q‖ = 1 and ‖x̂‖ ≤ 1 + ‖x − x̂‖. */
  private static float slack(float error, Search search) {
    return error + search.codes().error() * (1 + error) + ROUNDING;
  }

  /** No row with a smaller product of the codes is possible. */
  private int leastProduct(Search search) {
    Bounds most = bounds();
    double needed = search.best().threshold() - slack(most.error, search);
    return needed > 0 ? (int) Math.min(Integer.MAX_VALUE, needed / (search.codes().scale() * (double) most.scale) - 1)
        : Integer.MIN_VALUE;
  }

  /** The largest scale and the largest error of all rows. */
  private record Bounds(float scale, float error) {}

  private Bounds bounds() {
    Bounds known = bounds;
    if (known == null) {
      float scale = 0;
      float error = 0;
      for (int row = 0; row < layout.rows; row++) {
        scale = Math.max(scale, bytes.getFloat(Math.toIntExact(layout.scales()) + 4 * row));
        error = Math.max(error, bytes.getFloat(Math.toIntExact(layout.errors()) + 4 * row));
      }
      known = new Bounds(scale, error);
      bounds = known;
    }
    return known;
  }

  private void offer(int row, Search search) {
    double score = product(row, search.unit());
    Best best = search.best();
    if (score >= best.threshold()) {
      Text text = new Text(row);
      String id = text.next();
      String uri = text.next();
      best.offer(id, uri, best.needsAttributes() ? text.attributes() : Map.of(), score);
    }
  }

  /** Independent sums, which the processor can keep in flight. */
  private float product(int row, float[] unit) {
    int at = (int) (HEADER + 4L * row * layout.dimension);
    check(at, 4L * layout.dimension);
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = 0;
    for (int end = unit.length - 3; i < end; i += 4) {
      a = Math.fma(bytes.getFloat(at + 4 * i), unit[i], a);
      b = Math.fma(bytes.getFloat(at + 4 * i + 4), unit[i + 1], b);
      c = Math.fma(bytes.getFloat(at + 4 * i + 8), unit[i + 2], c);
      d = Math.fma(bytes.getFloat(at + 4 * i + 12), unit[i + 3], d);
    }
    for (; i < unit.length; i++) {
      a = Math.fma(bytes.getFloat(at + 4 * i), unit[i], a);
    }
    return (a + b) + (c + d);
  }

  /** The row of an id, deleted or not; −1 if there is none. */
  int find(String id) {
    long wanted = hash(id);
    check(layout.hashes(), layout.ends() - layout.hashes());
    int hashes = Math.toIntExact(layout.hashes());
    int from = 0;
    int to = layout.rows;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (bytes.getLong(hashes + 8 * middle) < wanted) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    for (; from < layout.rows && bytes.getLong(hashes + 8 * from) == wanted; from++) {
      int row = bytes.getInt(Math.toIntExact(layout.order()) + 4 * from);
      if (row < 0 || row >= layout.rows) {
        throw damaged(name, "has no row " + row);
      }
      if (new Text(row).next().equals(id)) {
        return row;
      }
    }
    return -1;
  }

  IndexedImage image(int row) {
    float[] embedding = new float[layout.dimension];
    int at = (int) (HEADER + 4L * row * layout.dimension);
    check(at, 4L * layout.dimension);
    bytes.slice(at, 4 * layout.dimension).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(embedding);
    Text text = new Text(row);
    try {
      return new IndexedImage(text.next(), text.next(), text.attributes(), embedding);
    } catch (IllegalArgumentException e) {
      throw damaged(name, "has an impossible row " + row + " (" + e.getMessage() + ")");
    }
  }

  /** What is written of a row, from its beginning. */
  private final class Text {
    private final ByteBuffer left;

    Text(int row) {
      int ends = Math.toIntExact(layout.ends());
      check(ends + 4L * Math.max(0, row - 1), 8);
      int from = row == 0 ? 0 : bytes.getInt(ends + 4 * (row - 1));
      int to = bytes.getInt(ends + 4 * row);
      if (from < 0 || to < from || to > layout.text) {
        throw damaged(name, "has an impossible text of row " + row);
      }
      check(layout.texts() + from, to - from);
      left = bytes.slice(Math.toIntExact(layout.texts() + from), to - from).order(ByteOrder.LITTLE_ENDIAN);
    }

    String next() {
      int length = number();
      if (length < 0 || length > left.remaining()) {
        throw damaged(name, "has an impossible text");
      }
      byte[] utf8 = new byte[length];
      left.get(utf8);
      return new String(utf8, StandardCharsets.UTF_8);
    }

    private int number() {
      if (left.remaining() < Integer.BYTES) {
        throw damaged(name, "has a text that ends too soon");
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

  /** Compares the blocks of a range with their checksums, each once: two threads that do it both find the same. */
  private void check(long offset, long length) {
    int last = (int) (Math.min(offset + length, layout.checks()) - 1) / BLOCK;
    for (int block = (int) (offset / BLOCK); block <= last; block++) {
      if (!sound[block]) {
        int start = block * BLOCK;
        int end = (int) Math.min((long) start + BLOCK, layout.checks());
        if (crc(bytes.slice(start, end - start)) != bytes.getInt((int) layout.checks() + 4 * block)) {
          throw damaged(name, "is damaged between the bytes " + start + " and " + end);
        }
        sound[block] = true;
      }
    }
  }

  static GillException damaged(String name, String how) {
    return new GillException(name + " " + how + ": bring the index's folder back from a copy, or index anew");
  }

  static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  @SuppressWarnings("UnstableApiUsage")
  private static long hash(String id) {
    return Hashing.farmHashFingerprint64().hashString(id, StandardCharsets.UTF_8).asLong();
  }
}
