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
 * Exact cosine search: every image is looked at. In memory, or in a folder whose files are mapped, so that opening takes
 * no time and what is searched often stays in the operating system's cache. See {@link ImageIndex} for what it promises;
 * beyond that, a folder is open in one process at a time.
 *
 * <p>A search reads 8 bits of every number, and 32 bits only of those images which the bound on what that loses leaves
 * possible; where the processor has no instructions for that, all of them. The result is the same as that of a scan in
 * 32 bits. It takes some 5 bytes a number, of which it reads one.
 *
 * <p>Every search looks at the length of each file, and refuses one that was shortened after it was mapped. Shortening a
 * file during a search can still end the process.
 */
public final class ExactIndex implements ImageIndex {
  /** No index takes wider embeddings. */
  static final int MAX_DIMENSION = 1 << 16;

  static final String MANIFEST = "exact.gill";
  static final String LOCK = "exact.lock";
  private static final String SEGMENT = ".segment";

  /** Segments of at most so many rows, and little text, are made one when there are so many of them. */
  private static final int SMALL_ROWS = Segment.MAX_ROWS / 8;

  private static final int MANY_SMALL = 8;

  /** So many bytes of ids, URIs and attributes are a segment, too: unlike a tail they need not be in the heap. */
  private static final long MAX_TEXT = 1 << 25;

  /** How often an index is looked at that is changed meanwhile. */
  private static final int MAX_TRIES = 20;

  /** So many searches at a time make products of 8 MiB for the largest segment. */
  private static final int TOGETHER = 32;

  private final int dimension;
  private final float logitScale;
  private final float scale;
  private final @Nullable Folder folder;
  private volatile State state;
  private volatile boolean closed;

  /** The rows of the tail by their ids; of the thread that changes the index. */
  private final Map<String, Integer> tailRows = new HashMap<>();

  /** Bytes of the tail's ids, URIs and attributes; of the same thread. */
  private long tailText;

  /** Whether something was changed after the last commit; of the same thread. */
  private boolean changed;

  private ExactIndex(int dimension, float logitScale, @Nullable Folder folder, List<Part> parts) {
    this.dimension = dimension;
    this.logitScale = logitScale;
    this.scale = Vectors.scale(logitScale);
    this.folder = folder;
    this.state = new State(List.copyOf(parts), new IndexedImage[0], 0, new BitSet());
  }

  /**
   * Images that do not change any more, but for those that are deleted.
   *
   * @param segment the images
   * @param file of the segment; empty in memory
   * @param deleted never changed
   */
  private record Part(Segment segment, String file, BitSet deleted) {
    int live() {
      return segment.rows() - deleted.cardinality();
    }

    boolean isSmall() {
      return segment.rows() <= SMALL_ROWS && segment.text() <= MAX_TEXT / MANY_SMALL;
    }

    /** The row of an image that is not deleted; −1 if there is none. */
    int find(String id) {
      int row = segment.find(id);
      return row >= 0 && deleted.get(row) ? -1 : row;
    }

    Stream<IndexedImage> images() {
      return IntStream.range(0, segment.rows()).filter(row -> !deleted.get(row)).mapToObj(segment::image);
    }
  }

  /**
   * What a search sees. Never changed, but that the tail's array may hold more than is counted.
   *
   * @param parts the older images
   * @param tail the newer ones, with unit vectors
   * @param count of the tail
   * @param deleted of the tail
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record State(List<Part> parts, IndexedImage[] tail, int count, BitSet deleted) {
    /** See {@link Segment#requireWhole}: before anything is read of the files, once an operation. */
    State whole() {
      parts.forEach(part -> part.segment.requireWhole());
      return this;
    }

    long size() {
      return parts.stream().mapToLong(Part::live).sum() + count - deleted.cardinality();
    }

    Stream<IndexedImage> images() {
      // Flattened last: a flattened stream that is concatenated makes all images of a part before the first is taken.
      return Stream.concat(parts.stream().map(Part::images), Stream.of(tailImages())).flatMap(images -> images);
    }

    Stream<IndexedImage> tailImages() {
      return IntStream.range(0, count).filter(row -> !deleted.get(row)).mapToObj(row -> tail[row]);
    }
  }

  /**
   * Keeps others from changing a folder.
   *
   * @param folder its real path
   * @param file locked for this process
   */
  private record Lock(Path folder, FileChannel file) {
    /** What this process has locked: closing any channel of a file, even a second one, would end the file's lock. */
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
        throw new GillException(lock + " is no file: take it out of the index's folder"); // a pipe would hold us
      }
      FileChannel file = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (file.tryLock() != null) {
          return file;
        }
      } catch (OverlappingFileLockException e) {
        // of another class loader's, as below
      } catch (IOException e) {
        file.close();
        throw e;
      }
      file.close();
      throw isOpen(path);
    }

    private static GillException isOpen(Path path) {
      return new GillException(path + " is open already, here or in another process: close it there first");
    }

    void release() {
      try {
        file.close();
      } catch (IOException e) {
        // It ends with the process at the latest.
      } finally {
        HELD.remove(folder);
      }
    }
  }

  /**
   * Where the files are.
   *
   * @param path of the folder
   * @param lock held while the index may be changed; null if it is only read
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

    /** Files that no manifest speaks of: of a change that was not committed, of before the last commit, or drafts. */
    void clean(Collection<String> used) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(path, file ->
          file.toString().endsWith(SEGMENT) || AtomicFile.isDraft(file, MANIFEST))) {
        for (Path file : files) {
          if (!used.contains(file.getFileName().toString())) {
            Files.deleteIfExists(file);
          }
        }
      } catch (IOException e) {
        // They only take room, and the next commit tries again; some systems keep a file that is mapped.
      }
    }
  }

  /**
   * An empty index in memory, which ends with the process.
   *
   * @param dimension the embeddings' width, 1 or more
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @return the index
   * @throws IllegalArgumentException if the width is below 1 or {@code exp(logitScale)} no positive number
   */
  public static ExactIndex inMemory(int dimension, float logitScale) {
    checkDimension(dimension);
    return new ExactIndex(dimension, logitScale, null, List.of());
  }

  /**
   * Makes an empty index in a folder.
   *
   * @param path a folder that is empty or not there
   * @param dimension as above
   * @param logitScale as above
   * @return the index
   * @throws IllegalArgumentException as above
   * @throws GillException if the folder has something in it or cannot be written
   */
  public static ExactIndex create(Path path, int dimension, float logitScale) {
    checkDimension(dimension);
    Vectors.scale(logitScale);
    try {
      EmptyFolder.require(path);
      Folder folder = Folder.open(path);
      try {
        EmptyFolder.require(path); // still: nobody else can make an index there from now on
        ExactIndex index = new ExactIndex(dimension, logitScale, folder, List.of());
        index.changed = true; // there is no manifest yet
        index.commit();
        return index;
      } catch (IOException | GillException e) {
        folder.unlock();
        throw e;
      }
    } catch (IOException e) {
      throw new GillException(path + " cannot become an index: " + e.getMessage(), e);
    }
  }

  /**
   * Opens an index as it was committed last. Every block of its files is compared with its checksum when it is read
   * first.
   *
   * @param path a folder that {@link #create} made
   * @return the index
   * @throws GillException if there is no index, a file of it is missing or not what it was, or another process has it
   *     open
   */
  public static ExactIndex open(Path path) {
    return open(path, true);
  }

  /**
   * Opens an index to search it, as {@link ImageIndex#openReadOnly} does.
   *
   * @param path a folder that {@link #create} made
   * @return the index
   * @throws GillException if there is no index, or a file of it is missing or not what it was
   */
  public static ExactIndex openReadOnly(Path path) {
    return open(path, false);
  }

  private static ExactIndex open(Path path, boolean toChange) {
    if (!isIn(path)) {
      throw new GillException(path + " holds no exact index: " + MANIFEST + " is missing: nothing was committed there");
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
      throw new GillException(path + " cannot be opened as an index: " + e, e);
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
   * Reads published embeddings files into memory; an image's id is its row number over all files, its URI the path in
   * the file.
   *
   * @param files {@code cc3m*.npy}, at least one, in the order that numbers the rows
   * @param logitScale the model's {@code logit_scale}
   * @return the index
   * @throws GillException if a file cannot be read, the files differ in dimension, or a row is zero or not finite
   */
  public static ExactIndex load(List<Path> files, float logitScale) {
    return load(files, 0, logitScale);
  }

  /** As above; all rows must be as wide as the dimension, unless that is 0. */
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
      throw new IllegalArgumentException("there are no files");
    }
    return index;
  }

  @Override
  public List<Hit> search(float[] query, int k, ImageFilter filter, Set<String> excluded) {
    return searchAll(List.of(query), k, filter, excluded).get(0);
  }

  /** Several queries share the reading of the embeddings, which is what a search spends its time on. */
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

  /** The state without images that are in it. */
  private State without(Collection<String> ids) {
    State now = state;
    BitSet tailDeleted = (BitSet) now.deleted.clone();
    List<Part> parts = new ArrayList<>(now.parts);
    Map<Integer, BitSet> copies = new HashMap<>(); // those of the present state are being read
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

  /** A tail that is long enough becomes a segment, before anything is changed. */
  private void makeRoom() {
    if (state.count >= Segment.MAX_ROWS || tailText >= MAX_TEXT) {
      Uninterrupted.finish(() -> settle(List.of()));
    }
  }

  /** Makes segments of the tail, and of some segments. */
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
      written.forEach(part -> remove(part.file, e)); // a full disk needs its space
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
          + "); what was committed last is unchanged: check the free space and the permissions, then commit again", e);
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

  /** Tries again where a writer has committed in between and has dropped files of the commit before. */
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
        throw Segment.damaged(file.toString(), "belongs to another index");
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
      throw new UnsupportedOperationException(folder.path + " was opened to be searched, not to be changed");
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the index is closed");
    }
  }
}
