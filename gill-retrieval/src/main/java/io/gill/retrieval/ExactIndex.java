package io.gill.retrieval;

import com.google.common.collect.Iterables;
import io.gill.GillException;
import io.gill.weights.EmbeddingsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Exact cosine search: a search compares the query with every image. The index lives in memory, or in a folder of
 * memory-mapped files, which opens instantly and stays in the page cache when searched often. {@link ImageIndex}
 * documents the contract. In addition, only one process at a time can have a folder open for changes.
 *
 * <p>A search first reads 8-bit codes of all embeddings. It reads the 32-bit embedding of an image only if the bound on
 * the quantisation error admits the image among the best. Where libtorch's kernel for the codes is slow, a search reads
 * all 32-bit embeddings. Either way, results equal those of a 32-bit scan. An embedding takes about 5.1 bytes per
 * number; the first pass reads 1.1 of them.
 *
 * <p>Every search checks the length of each file and fails if a file was truncated after it was mapped. Truncating a
 * file during a search can still crash the process.
 */
public final class ExactIndex implements ImageIndex {
  /** Maximum width of embeddings. */
  static final int MAX_DIMENSION = 1 << 16;

  /** Maximum number of rows of a small segment; a small segment also has little text. */
  private static final int SMALL_ROWS = Segment.MAX_ROWS / 8;

  /** A commit merges the small segments once there are this many. */
  private static final int MANY_SMALL = 8;

  /** Bytes of ids, URIs and attributes at which the tail becomes a segment, which need not be in the heap. */
  private static final long MAX_TEXT = 1 << 25;

  /** Maximum number of queries per pass; their products take 8 MiB for the largest segment. */
  private static final int TOGETHER = 32;

  private final int dimension;
  private final float logitScale;
  private final float scale;
  private final @Nullable ExactFolder folder;
  private volatile ExactSnapshot snapshot;
  private volatile boolean closed;

  /** Rows of the tail by id; guarded by this. */
  private final Map<String, Integer> tailRows = new HashMap<>();

  /** Bytes of the tail's ids, URIs and attributes; guarded by this. */
  private long tailText;

  /** Whether the index was changed after the last commit; guarded by this. */
  private boolean changed;

  private ExactIndex(int dimension, float logitScale, @Nullable ExactFolder folder, List<LiveSegment> segments) {
    this.dimension = dimension;
    this.logitScale = logitScale;
    this.scale = Vectors.scale(logitScale);
    this.folder = folder;
    this.snapshot = ExactSnapshot.of(segments);
  }

  /**
   * Creates an empty index in memory, lost when the process ends.
   *
   * @param dimension width of the embeddings, 1 to 65,536
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @return the index
   * @throws IllegalArgumentException if the width is out of range or {@code exp(logitScale)} is not positive and finite
   */
  public static ExactIndex inMemory(int dimension, float logitScale) {
    checkDimension(dimension);
    return new ExactIndex(dimension, logitScale, null, List.of());
  }

  /**
   * Creates an empty index in a folder.
   *
   * @param path an empty or missing folder
   * @param dimension width of the embeddings, 1 to 65,536
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @return the index
   * @throws IllegalArgumentException if the width is out of range or {@code exp(logitScale)} is not positive and finite
   * @throws GillException if the folder is not empty or cannot be written
   */
  public static ExactIndex create(Path path, int dimension, float logitScale) {
    checkDimension(dimension);
    Vectors.scale(logitScale);
    try {
      EmptyFolder.require(path);
      ExactFolder folder = ExactFolder.locked(path);
      try {
        EmptyFolder.require(path); // again, now that the lock keeps others out
        ExactIndex index = new ExactIndex(dimension, logitScale, folder, List.of());
        index.changed = true; // there is no manifest yet, so write one
        index.commit();
        return index;
      } catch (IOException | RuntimeException | Error e) {
        folder.unlock();
        throw e;
      }
    } catch (IOException e) {
      throw new GillException("cannot create an index in " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens an index at its last commit. The first read of a block verifies its checksum.
   *
   * @param path a folder created by {@link #create}
   * @return the index
   * @throws GillException if the folder holds no index, a file is missing or damaged, or the index is already open for
   *     changes
   */
  public static ExactIndex open(Path path) {
    return open(path, true);
  }

  /**
   * Opens an index for searches only, as {@link ImageIndex#openReadOnly} does.
   *
   * @param path a folder created by {@link #create}
   * @return the index
   * @throws GillException if the folder holds no index, or a file is missing or damaged
   */
  public static ExactIndex openReadOnly(Path path) {
    return open(path, false);
  }

  private static ExactIndex open(Path path, boolean toChange) {
    if (!ExactFolder.isCommitted(path)) {
      throw new GillException(path + " holds no exact index: " + ExactFolder.MANIFEST
          + " is missing, so nothing was committed there; check the path or create an index");
    }
    try {
      ExactFolder folder = toChange ? ExactFolder.locked(path) : ExactFolder.readOnly(path);
      try {
        ExactFolder.Commit commit = Uninterrupted.run(folder::read);
        Manifest manifest = commit.manifest();
        return new ExactIndex(manifest.dimension(), manifest.logitScale(), folder, commit.segments());
      } catch (IOException | RuntimeException | Error e) {
        folder.unlock();
        throw e;
      }
    } catch (IOException e) {
      throw new GillException("cannot open the index in " + path + ": " + e, e);
    }
  }

  static void checkDimension(int dimension) {
    if (dimension < 1 || dimension > MAX_DIMENSION) {
      throw new IllegalArgumentException("dimension must be between 1 and " + MAX_DIMENSION + ": " + dimension);
    }
  }

  /**
   * Reads published embeddings files into memory. An image's id is its row number, counted over all files; its URI is
   * its path in the file.
   *
   * @param files {@code cc3m*.npy}, at least one; their order determines the row numbers
   * @param logitScale the model's {@code logit_scale}
   * @return the index
   * @throws GillException if a file cannot be read, the files differ in dimension, or a row is zero or not finite
   */
  public static ExactIndex load(List<Path> files, float logitScale) {
    return load(files, 0, logitScale);
  }

  /** Reads published embeddings files; a non-zero {@code dimension} is the required width. */
  static ExactIndex load(List<Path> files, int dimension, float logitScale) {
    @Nullable ExactIndex index = null;
    int first = 0;
    for (Path path : files) {
      try (EmbeddingsFile file = EmbeddingsFile.open(path)) {
        ModelCollection.requireDimension(path, file.dimension(), dimension);
        index = index == null ? inMemory(file.dimension(), logitScale) : index;
        first += Embeddings.add(path, file, first, index);
      }
    }
    if (index == null) {
      throw new IllegalArgumentException("files must not be empty");
    }
    return index;
  }

  @Override
  public List<Hit> search(float[] query, int k, ImageFilter filter, Set<String> excluded) {
    return searchAll(List.of(query), k, filter, excluded).get(0);
  }

  /** Reads the embeddings once for several queries. */
  @Override
  public List<List<Hit>> searchAll(List<float[]> queries, int k, ImageFilter filter, Set<String> excluded) {
    checkOpen();
    Vectors.checkCount(k);
    ExactSnapshot now = snapshot;
    int count = (int) Math.min(k, Math.max(1, now.size()));
    List<Search> searches = new ArrayList<>();
    for (float[] query : queries) {
      Vectors.checkWidth(query, dimension);
      searches.add(new Search(Vectors.unit(query, "the query"), new Best(count, filter, excluded)));
    }
    for (List<Search> some : Iterables.partition(searches, TOGETHER)) {
      now.search(some);
    }
    return searches.stream().map(search -> search.best().hits(scale)).toList();
  }

  @Override
  public synchronized void add(List<IndexedImage> images) {
    checkWritable();
    List<IndexedImage> checked = Changes.units(images, dimension);
    snapshot.whole();
    Changes.requireNew(checked, this::contains);
    makeRoom();
    append(snapshot, checked);
    changed = true;
  }

  @Override
  public synchronized void update(List<IndexedImage> images) {
    checkWritable();
    List<IndexedImage> checked = Changes.units(images, dimension);
    snapshot.whole();
    Changes.requireKnown(checked, this::contains);
    makeRoom();
    append(snapshot.without(Changes.ids(checked), tailRows), checked);
    changed = true;
  }

  @Override
  public synchronized int delete(Collection<String> ids) {
    checkWritable();
    snapshot.whole();
    Set<String> known = Changes.known(ids, this::contains);
    if (!known.isEmpty()) {
      snapshot = snapshot.without(known, tailRows);
      known.forEach(tailRows::remove);
      changed = true;
    }
    return known.size();
  }

  private boolean contains(String id) {
    return tailRows.containsKey(id) || snapshot.segments().stream().anyMatch(segment -> segment.find(id) >= 0);
  }

  private void append(ExactSnapshot now, List<IndexedImage> images) {
    int row = now.count();
    for (IndexedImage image : images) {
      tailRows.put(image.id(), row++);
      tailText += SegmentLayout.textLength(image);
    }
    snapshot = now.with(images);
  }

  /** Turns a long tail into a segment before a change. In memory, that also frees deleted rows. */
  private void makeRoom() {
    if (snapshot.count() >= Segment.MAX_ROWS || tailText >= MAX_TEXT) {
      Uninterrupted.finish(() -> settle(folder == null ? mostlyDeleted() : List.of()));
    }
  }

  private List<LiveSegment> mostlyDeleted() {
    return snapshot.segments().stream().filter(segment -> 2 * segment.size() < segment.segment().rows()).toList();
  }

  /** Writes the tail and the live images of the dissolved segments into new segments. */
  private void settle(List<LiveSegment> dissolved) {
    List<LiveSegment> written = new ArrayList<>();
    try {
      Filling filling = new Filling(written);
      dissolved.forEach(segment -> segment.images().forEach(filling::add));
      snapshot.tailImages().forEach(filling::add);
      filling.write();
    } catch (RuntimeException | Error e) {
      if (folder != null) {
        written.forEach(segment -> folder.delete(segment.file(), e)); // frees space on a full disk
      }
      throw e;
    }
    List<LiveSegment> segments = new ArrayList<>(snapshot.segments());
    segments.removeAll(dissolved);
    segments.addAll(written);
    snapshot = ExactSnapshot.of(segments);
    tailRows.clear();
    tailText = 0;
  }

  /** Writes images into as few segments as they fit into. It holds those of one segment only. */
  private final class Filling {
    private final List<LiveSegment> written;
    private final List<IndexedImage> images = new ArrayList<>();
    private long text;

    Filling(List<LiveSegment> written) {
      this.written = written;
    }

    void add(IndexedImage image) {
      long more = SegmentLayout.textLength(image);
      if (!images.isEmpty() && !Segment.fits(dimension, images.size() + 1, text + more)) {
        write();
      }
      images.add(image);
      text += more;
    }

    /** Writes the last segment. */
    void write() {
      if (!images.isEmpty()) {
        written.add(folder == null ? new LiveSegment(Segment.of(dimension, images), "", new BitSet())
            : folder.write(dimension, images));
      }
      images.clear();
      text = 0;
    }
  }

  @Override
  public synchronized void commit() {
    checkWritable();
    ExactFolder to = folder;
    if (to != null && changed) {
      Uninterrupted.finish(() -> commit(to));
    } else if (to == null) {
      List<LiveSegment> dissolved = mostlyDeleted();
      if (!dissolved.isEmpty()) {
        settle(dissolved);
      }
    }
    changed = false;
  }

  private void commit(ExactFolder to) {
    List<LiveSegment> dissolved = new ArrayList<>(mostlyDeleted());
    List<LiveSegment> small = snapshot.segments().stream()
        .filter(segment -> isSmall(segment.segment()) && !dissolved.contains(segment)).toList();
    if (small.size() >= MANY_SMALL) {
      dissolved.addAll(small);
    }
    if (snapshot.count() > 0 || !dissolved.isEmpty()) {
      settle(dissolved);
    }
    to.commit(dimension, logitScale, snapshot.segments());
  }

  private static boolean isSmall(Segment segment) {
    return segment.rows() <= SMALL_ROWS && segment.text() <= MAX_TEXT / MANY_SMALL;
  }

  @Override
  public synchronized Optional<IndexedImage> find(String id) {
    checkOpen();
    Integer tailRow = tailRows.get(id);
    if (tailRow != null) {
      return Optional.of(snapshot.tail()[tailRow]);
    }
    for (LiveSegment segment : snapshot.whole().segments()) {
      int row = segment.find(id);
      if (row >= 0) {
        return Optional.of(segment.segment().image(row));
      }
    }
    return Optional.empty();
  }

  @Override
  public void forEach(Consumer<IndexedImage> action) {
    checkOpen();
    snapshot.whole().images().forEach(action);
  }

  @Override
  public List<String> someUris(int most) {
    checkOpen();
    return snapshot.whole().images().limit(most).map(IndexedImage::uri).toList();
  }

  @Override
  public long size() {
    return snapshot.size();
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public float logitScale() {
    return logitScale;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    try {
      if (folder == null || !folder.isReadOnly()) {
        commit();
      }
    } finally {
      closed = true;
      if (folder != null) {
        folder.unlock();
      }
    }
  }

  private void checkWritable() {
    checkOpen();
    if (folder != null && folder.isReadOnly()) {
      throw new UnsupportedOperationException(
          folder.path() + " was opened read-only: use ImageIndex.open to change it");
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the index is closed");
    }
  }
}
