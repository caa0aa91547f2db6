package io.gill.retrieval;

import com.google.common.collect.Iterables;
import io.gill.GillException;
import io.gill.weights.AtomicFile;
import io.gill.weights.EmbeddingsFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Exact cosine search: a search compares the query with every image. The index lives in memory, or in a folder of
 * memory-mapped files, which opens instantly and stays in the page cache when searched often. {@link ImageIndex}
 * documents the contract. In addition, only one process at a time can have a folder open for changes.
 *
 * <p>A search first reads 8-bit codes of all embeddings. It reads the 32-bit embedding of an image only if the bound on
 * the quantisation error admits the image among the best. On processors without instructions for 8-bit products, a
 * search reads all 32-bit embeddings. Either way, results equal those of a 32-bit scan. An embedding takes about 5
 * bytes per number; the first pass reads one of them.
 *
 * <p>Every search checks the length of each file and fails if a file was truncated after it was mapped. Truncating a
 * file during a search can still crash the process.
 */
public final class ExactIndex implements ImageIndex {
  /** Maximum width of embeddings. */
  static final int MAX_DIMENSION = 1 << 16;

  static final String MANIFEST = "exact.gill";
  static final String LOCK = "exact.lock";
  private static final String SEGMENT = ".segment";

  /** Maximum number of rows of a small segment; a small segment also has little text. */
  private static final int SMALL_ROWS = Segment.MAX_ROWS / 8;

  /** A commit merges the small segments once there are this many. */
  private static final int MANY_SMALL = 8;

  /** Bytes of ids, URIs and attributes at which the tail becomes a segment, which need not be in the heap. */
  private static final long MAX_TEXT = 1 << 25;

  /** Maximum number of attempts to read a commit while a writer replaces it. */
  private static final int MAX_TRIES = 20;

  /** Maximum number of queries per pass; their products take 8 MiB for the largest segment. */
  private static final int TOGETHER = 32;

  private final int dimension;
  private final float logitScale;
  private final float scale;
  private final @Nullable Folder folder;
  private volatile State state;
  private volatile boolean closed;

  /** Rows of the tail by id; guarded by this. */
  private final Map<String, Integer> tailRows = new HashMap<>();

  /** Bytes of the tail's ids, URIs and attributes; guarded by this. */
  private long tailText;

  /** Whether the index was changed after the last commit; guarded by this. */
  private boolean changed;

  private ExactIndex(int dimension, float logitScale, @Nullable Folder folder, List<Part> parts) {
    this.dimension = dimension;
    this.logitScale = logitScale;
    this.scale = Vectors.scale(logitScale);
    this.folder = folder;
    this.state = new State(List.copyOf(parts), new IndexedImage[0], 0, new BitSet());
  }

  /**
   * A segment and its deleted rows.
   *
   * @param segment immutable images
   * @param file name of the segment's file; empty in memory
   * @param deleted rows; never modified
   */
  private record Part(Segment segment, String file, BitSet deleted) {
    int live() {
      return segment.rows() - deleted.cardinality();
    }

    boolean isSmall() {
      return segment.rows() <= SMALL_ROWS && segment.text() <= MAX_TEXT / MANY_SMALL;
    }

    /** The row of a live image; −1 if there is none with this id. */
    int find(String id) {
      int row = segment.find(id);
      return row >= 0 && deleted.get(row) ? -1 : row;
    }

    Stream<IndexedImage> images() {
      return IntStream.range(0, segment.rows()).filter(row -> !deleted.get(row)).mapToObj(segment::image);
    }
  }

  /**
   * Immutable snapshot of the index, used by searches. The tail's array may hold more images than {@code count}, which
   * belong to later snapshots.
   *
   * @param parts the older images, in segments
   * @param tail the newer images, with unit vectors
   * @param count number of images in the tail
   * @param deleted rows of the tail
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record State(List<Part> parts, IndexedImage[] tail, int count, BitSet deleted) {
    /** Calls {@link Segment#requireWhole}: once per operation, before reading the files. */
    State whole() {
      parts.forEach(part -> part.segment.requireWhole());
      return this;
    }

    long size() {
      return parts.stream().mapToLong(Part::live).sum() + count - deleted.cardinality();
    }

    Stream<IndexedImage> images() {
      // Concatenating first keeps this lazy: a concatenated flatMap builds all images of a part at once.
      return Stream.concat(parts.stream().map(Part::images), Stream.of(tailImages())).flatMap(images -> images);
    }

    Stream<IndexedImage> tailImages() {
      return IntStream.range(0, count).filter(row -> !deleted.get(row)).mapToObj(row -> tail[row]);
    }
  }

  /**
   * Exclusive lock on a folder.
   *
   * @param folder real path of the folder
   * @param file the lock file, locked for this process
   */
  private record Lock(Path folder, FileChannel file) {
    /** Folders locked by this process. Closing any other channel of a lock file would release the lock. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    static Lock of(Path path) throws IOException {
      Path folder = path.toRealPath();
      if (!HELD.add(folder)) {
        throw isOpen(path);
      }
      try {
        return new Lock(folder, locked(path, folder.resolve(LOCK)));
      } catch (IOException | RuntimeException e) {
        HELD.remove(folder);
        throw e;
      }
    }

    private static FileChannel locked(Path path, Path lock) throws IOException {
      if (Files.exists(lock) && !Files.isRegularFile(lock)) {
        throw new GillException(lock + " is not a regular file: remove it"); // opening a pipe blocks
      }
      FileChannel file = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (file.tryLock() != null) {
          return file;
        }
      } catch (OverlappingFileLockException e) {
        // A copy of this class in another class loader holds the lock.
      } catch (IOException e) {
        file.close();
        throw e;
      }
      file.close();
      throw isOpen(path);
    }

    private static GillException isOpen(Path path) {
      return new GillException(path + " is already open, in this or another process: close it there first");
    }

    void release() {
      try {
        file.close();
      } catch (IOException e) {
        // The lock ends with the process at the latest.
      } finally {
        HELD.remove(folder);
      }
    }
  }

  /**
   * The folder of an index.
   *
   * @param path of the folder
   * @param lock held by a writable index; null if the index is read-only
   */
  private record Folder(Path path, @Nullable Lock lock) {
    static Folder open(Path path) throws IOException {
      return new Folder(path, Lock.of(path));
    }

    void unlock() {
      if (lock != null) {
        lock.release();
      }
    }

    /** Deletes files that the manifest does not list: uncommitted or replaced segments and drafts of the manifest. */
    void clean(Collection<String> used) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(path, file ->
          file.toString().endsWith(SEGMENT) || AtomicFile.isDraft(file, MANIFEST))) {
        for (Path file : files) {
          if (!used.contains(file.getFileName().toString())) {
            Files.deleteIfExists(file);
          }
        }
      } catch (IOException e) {
        // Unused files only take space, and the next commit tries again. Some systems cannot delete mapped files.
      }
    }
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
      Folder folder = Folder.open(path);
      try {
        EmptyFolder.require(path); // again, now that the lock keeps others out
        ExactIndex index = new ExactIndex(dimension, logitScale, folder, List.of());
        index.changed = true; // there is no manifest yet, so write one
        index.commit();
        return index;
      } catch (IOException | GillException e) {
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
    if (!isIn(path)) {
      throw new GillException(path + " holds no exact index: " + MANIFEST
          + " is missing, so nothing was committed there; check the path or create an index");
    }
    try {
      Folder folder = toChange ? Folder.open(path) : new Folder(path, null);
      try {
        return Uninterrupted.run(() -> readCommit(folder));
      } catch (IOException | RuntimeException e) {
        folder.unlock();
        throw e;
      }
    } catch (IOException e) {
      throw new GillException("cannot open the index in " + path + ": " + e, e);
    }
  }

  static boolean isIn(Path path) {
    return Files.isRegularFile(path.resolve(MANIFEST));
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

  /** Reading the embeddings dominates the time of a search; several queries share it. */
  @Override
  public List<List<Hit>> searchAll(List<float[]> queries, int k, ImageFilter filter, Set<String> excluded) {
    checkOpen();
    Vectors.checkCount(k);
    State now = state;
    int count = (int) Math.min(k, Math.max(1, now.size()));
    List<Search> searches = new ArrayList<>();
    for (float[] query : queries) {
      Vectors.checkWidth(query, dimension);
      float[] unit = Vectors.unit(query, "the query");
      searches.add(new Search(unit, Codes.of(unit), new Best(count, filter, excluded)));
    }
    for (List<Search> some : Iterables.partition(searches, TOGETHER)) {
      now.parts.forEach(part -> part.segment.search(some, part.deleted));
      now.tailImages().forEach(image -> some.forEach(search -> offer(image, search)));
    }
    return searches.stream().map(search -> search.best().hits(scale)).toList();
  }

  private static void offer(IndexedImage image, Search search) {
    float score = Vectors.product(image.embedding(), search.unit());
    if (score >= search.best().threshold()) {
      search.best().offer(image.id(), image.uri(), image.attributes(), score);
    }
  }

  @Override
  public synchronized void add(List<IndexedImage> images) {
    checkWritable();
    List<IndexedImage> checked = Changes.units(images, dimension);
    state.whole();
    Changes.requireNew(checked, this::contains);
    makeRoom();
    append(state, checked);
    changed = true;
  }

  @Override
  public synchronized void update(List<IndexedImage> images) {
    checkWritable();
    List<IndexedImage> checked = Changes.units(images, dimension);
    state.whole();
    Changes.requireKnown(checked, this::contains);
    makeRoom();
    append(without(Changes.ids(checked)), checked);
    changed = true;
  }

  @Override
  public synchronized int delete(Collection<String> ids) {
    checkWritable();
    state.whole();
    Set<String> known = Changes.known(ids, this::contains);
    if (!known.isEmpty()) {
      state = without(known);
      known.forEach(tailRows::remove);
      changed = true;
    }
    return known.size();
  }

  private boolean contains(String id) {
    return tailRows.containsKey(id) || state.parts.stream().anyMatch(part -> part.find(id) >= 0);
  }

  /** The state with the given images, all of which it contains, marked as deleted. */
  private State without(Collection<String> ids) {
    State now = state;
    BitSet tailDeleted = (BitSet) now.deleted.clone();
    List<Part> parts = new ArrayList<>(now.parts);
    Map<Integer, BitSet> copies = new HashMap<>(); // searches read the current ones
    for (String id : ids) {
      Integer tailRow = tailRows.get(id);
      if (tailRow != null) {
        tailDeleted.set(tailRow);
        continue;
      }
      for (int i = 0; i < parts.size(); i++) {
        Part part = parts.get(i);
        int row = part.find(id);
        if (row >= 0) {
          BitSet deleted = copies.computeIfAbsent(i, number -> (BitSet) part.deleted.clone());
          deleted.set(row);
          parts.set(i, new Part(part.segment, part.file, deleted));
        }
      }
    }
    return new State(List.copyOf(parts), now.tail, now.count, tailDeleted);
  }

  private void append(State now, List<IndexedImage> images) {
    IndexedImage[] tail = now.tail;
    if (now.count + images.size() > tail.length) {
      tail = Arrays.copyOf(tail, Math.max(now.count + images.size(), 2 * tail.length));
    }
    int count = now.count;
    for (IndexedImage image : images) {
      tailRows.put(image.id(), count);
      tail[count++] = image;
      tailText += SegmentLayout.textLength(image);
    }
    state = new State(now.parts, tail, count, now.deleted);
  }

  /** Turns a long tail into a segment before a change. */
  private void makeRoom() {
    if (state.count >= Segment.MAX_ROWS || tailText >= MAX_TEXT) {
      Uninterrupted.finish(() -> settle(List.of()));
    }
  }

  /** Writes the tail and the live images of the dissolved parts into new segments. */
  private void settle(List<Part> dissolved) {
    State now = state;
    List<Part> parts = new ArrayList<>(now.parts);
    parts.removeAll(dissolved);
    List<IndexedImage> images = new ArrayList<>();
    dissolved.forEach(part -> part.images().forEach(images::add));
    now.tailImages().forEach(images::add);
    List<Part> written = new ArrayList<>();
    try {
      for (int from = 0; from < images.size();) {
        int to = from;
        long text = 0;
        do {
          text += SegmentLayout.textLength(images.get(to));
          to++;
        } while (to < images.size()
            && Segment.fits(dimension, to - from + 1, text + SegmentLayout.textLength(images.get(to))));
        written.add(part(images.subList(from, to)));
        from = to;
      }
    } catch (GillException e) {
      written.forEach(part -> remove(part.file, e)); // frees space on a full disk
      throw e;
    }
    parts.addAll(written);
    state = new State(List.copyOf(parts), new IndexedImage[0], 0, new BitSet());
    tailRows.clear();
    tailText = 0;
  }

  private Part part(List<IndexedImage> images) {
    Folder to = folder;
    if (to == null) {
      return new Part(Segment.of(dimension, images), "", new BitSet());
    }
    String name = UUID.randomUUID() + SEGMENT;
    Path path = to.path.resolve(name);
    try {
      return new Part(Segment.write(path, dimension, images), name, new BitSet());
    } catch (IOException e) {
      GillException failure = new GillException(path + " could not be written (" + e.getMessage()
          + "); the last commit is unchanged: check the free space and the permissions, then commit again", e);
      remove(name, failure);
      throw failure;
    }
  }

  private void remove(String file, GillException failure) {
    try {
      if (folder != null) {
        Files.deleteIfExists(folder.path.resolve(file));
      }
    } catch (IOException suppressed) {
      failure.addSuppressed(suppressed);
    }
  }

  @Override
  public synchronized void commit() {
    checkWritable();
    Folder to = folder;
    if (to != null && changed) {
      Uninterrupted.finish(() -> commit(to));
    }
    changed = false;
  }

  private void commit(Folder to) {
    List<Part> dissolved = new ArrayList<>(
        state.parts.stream().filter(part -> 2 * part.live() < part.segment.rows()).toList());
    List<Part> small = state.parts.stream()
        .filter(part -> part.isSmall() && !dissolved.contains(part)).toList();
    if (small.size() >= MANY_SMALL) {
      dissolved.addAll(small);
    }
    if (state.count > 0 || !dissolved.isEmpty()) {
      settle(dissolved);
    }
    AtomicFile.write(to.path.resolve(MANIFEST), manifest().bytes());
    to.clean(state.parts.stream().map(Part::file).toList());
  }

  private Manifest manifest() {
    return new Manifest(dimension, logitScale, state.parts.stream()
        .map(part -> new Manifest.Entry(part.file, part.segment.rows(), part.deleted)).toList());
  }

  /** Reads the last commit; tries again if a writer committed meanwhile and deleted files of the previous commit. */
  private static ExactIndex readCommit(Folder folder) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return read(folder);
      } catch (NoSuchFileException e) {
        if (tries == MAX_TRIES || folder.lock != null) {
          throw e;
        }
      }
    }
  }

  private static ExactIndex read(Folder folder) throws IOException {
    Manifest manifest = Manifest.read(folder.path.resolve(MANIFEST));
    List<Part> parts = new ArrayList<>();
    for (Manifest.Entry entry : manifest.entries()) {
      Path file = folder.path.resolve(entry.file());
      Segment segment = Segment.open(file);
      if (segment.rows() != entry.rows() || segment.dimension() != manifest.dimension()) {
        throw Segment.damaged(file.toString(), "does not match the index's manifest");
      }
      parts.add(new Part(segment, entry.file(), entry.deleted()));
    }
    if (folder.lock != null) {
      folder.clean(parts.stream().map(Part::file).toList());
    }
    return new ExactIndex(manifest.dimension(), manifest.logitScale(), folder, parts);
  }

  @Override
  public synchronized Optional<IndexedImage> find(String id) {
    checkOpen();
    Integer tailRow = tailRows.get(id);
    if (tailRow != null) {
      return Optional.of(state.tail[tailRow]);
    }
    for (Part part : state.whole().parts) {
      int row = part.find(id);
      if (row >= 0) {
        return Optional.of(part.segment.image(row));
      }
    }
    return Optional.empty();
  }

  @Override
  public void forEach(Consumer<IndexedImage> action) {
    checkOpen();
    state.whole().images().forEach(action);
  }

  @Override
  public List<String> someUris(int most) {
    checkOpen();
    return state.whole().images().limit(most).map(IndexedImage::uri).toList();
  }

  @Override
  public long size() {
    return state.size();
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
      if (folder == null || folder.lock != null) {
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
    if (folder != null && folder.lock == null) {
      throw new UnsupportedOperationException(folder.path + " was opened read-only: use ImageIndex.open to change it");
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the index is closed");
    }
  }
}
