package io.gill.retrieval;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexNotFoundException;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexWriterConfig.OpenMode;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Approximate search in an HNSW graph (Malkov &amp; Yashunin 2016) that Lucene stores in a folder. It suits hundreds of
 * thousands of images and more: a search compares a few thousand images, whatever the size of the index.
 * {@link ImageIndex} documents the contract. In addition, only one process at a time can have a folder open for
 * changes.
 *
 * <p>If writing a change fails, for example on a full disk, searches may fall back to the last commit, and further
 * changes fail until the index is closed and opened again. The exception says so.
 *
 * <p>A folder may be untrusted. Files that were tampered with and given correct checksums lead to a
 * {@link GillException} or to wrong results; only Java's heap limits the memory that Lucene allocates for them. A file
 * that is truncated while the index is open usually leads to a {@link GillException}, but Java does not guarantee this.
 */
public final class LuceneIndex implements ImageIndex {
  /** Number of candidates that {@link #open(Path)} uses. */
  public static final int DEFAULT_CANDIDATES = 100;

  private static final String ID = "id";
  private static final String URI = "uri";
  private static final String EMBEDDING = "embedding";

  /** Prefix of attribute names, which keeps them apart from the fields above. */
  private static final String ATTRIBUTE = "attribute.";

  private static final String DIMENSION = "gill.dimension";
  private static final String LOGIT_SCALE = "gill.logit_scale";

  /** Neighbours of an image in the graph, the M of HNSW. */
  private static final int NEIGHBOURS = 32;

  /** Candidates for these neighbours, the efConstruction of HNSW. */
  private static final int BUILD_CANDIDATES = 100;

  /** Maximum number of changed ids kept in memory before the reader is refreshed. */
  private static final int MAX_PENDING = 250_000;

  /** Bytes per image of a graph under construction, which is in memory. */
  private static final long GRAPH_BYTES = 20L * NEIGHBOURS;

  /** Approximate bytes per image on disk, without its embedding. */
  private static final int OTHER_BYTES = 100;

  /** Kept low, because every segment has its own graph to search. */
  private static final int SEGMENTS_OF_A_SIZE = 4;

  /** Maximum number of attempts to read a commit while a writer replaces it. */
  private static final int MAX_TRIES = 20;

  /** Buffer size for verifying a file. */
  private static final int BLOCK = 1 << 18;

  /** Maximum number of pending merges; beyond it, changes wait. */
  private static final int WAITING_MERGES = 6;

  private static final double MAX_BUFFER_MEGABYTES = 512;

  private static final double MEGABYTE = 1 << 20;

  private final Path path;
  private final int candidates;
  private final int dimension;
  private final float logitScale;
  private final float scale;
  private final FSDirectory directory;
  private final @Nullable IndexWriter writer;
  private final Searchers searchers;

  /** Changed ids that the reader may not show yet: true if added, false if deleted; guarded by this. */
  private final Map<String, Boolean> pending = new HashMap<>();

  /** Whether the index was changed after the last commit; guarded by this. */
  private boolean changed;

  private volatile long size;
  private final AtomicLong written = new AtomicLong();
  private volatile long visible;
  private volatile boolean closed;

  private LuceneIndex(
      Path path, FSDirectory directory, @Nullable IndexWriter writer, Map<String, String> commit, int candidates)
      throws IOException {
    this.path = path;
    this.candidates = candidates;
    this.directory = directory;
    this.writer = writer;
    dimension = Integer.parseInt(commit.get(DIMENSION));
    logitScale = Float.parseFloat(commit.get(LOGIT_SCALE));
    scale = Vectors.scale(logitScale);
    searchers = new Searchers(directory, writer);
    size = read(searcher -> (long) searcher.getIndexReader().numDocs());
  }

  /** Raises the number of neighbours above Lucene's default, which improves recall at little cost. */
  private static final class Codec extends Lucene912Codec {
    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      return new Lucene99HnswVectorsFormat(NEIGHBOURS, BUILD_CANDIDATES);
    }
  }

  /** A read operation. */
  @FunctionalInterface
  private interface Reading<T> {
    T with(IndexSearcher searcher) throws IOException;
  }

  /** A write operation. */
  @FunctionalInterface
  private interface Writing {
    void with(IndexWriter writer) throws IOException;
  }

  /** Ignores failed merges here: the writer closes and keeps the cause, which the next change reports. */
  private static final class Merges extends ConcurrentMergeScheduler {
    @Override
    protected void handleMergeException(Throwable problem) {
      // Lucene's implementation would throw on the merge thread, which prints a stack trace.
    }
  }

  /**
   * Creates an empty index in a folder.
   *
   * @param path an empty or missing folder
   * @param dimension width of the embeddings, 1 to 1,024
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @return the index
   * @throws IllegalArgumentException if the width is out of range or {@code exp(logitScale)} is not positive and finite
   * @throws GillException if the folder is not empty or cannot be written
   */
  public static LuceneIndex create(Path path, int dimension, float logitScale) {
    int most = new Codec().getKnnVectorsFormatForField(EMBEDDING).getMaxDimensions(EMBEDDING);
    if (dimension < 1 || dimension > most) {
      throw new IllegalArgumentException("dimension must be between 1 and " + most + ": " + dimension);
    }
    Vectors.scale(logitScale);
    try {
      EmptyFolder.require(path);
      Map<String, String> commit =
          Map.of(DIMENSION, Integer.toString(dimension), LOGIT_SCALE, Float.toString(logitScale));
      return Uninterrupted.run(() -> opened(path, OpenMode.CREATE, commit, DEFAULT_CANDIDATES));
    } catch (IOException e) {
      throw new GillException("cannot create an index in " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens an index at its last commit, with {@value #DEFAULT_CANDIDATES} candidates.
   *
   * @param path a folder created by {@link #create}
   * @return the index
   * @throws GillException if the folder holds no index, a file is damaged or missing, or the index is already open for
   *     changes
   */
  public static LuceneIndex open(Path path) {
    return open(path, DEFAULT_CANDIDATES);
  }

  /**
   * Opens an index at its last commit. Reads every file once to verify its checksum.
   *
   * @param path a folder created by {@link #create}
   * @param candidates minimum number of images that a search retrieves from the graph before it returns the best k.
   *     More candidates improve recall and take longer.
   * @return the index
   * @throws GillException if the folder holds no index, a file is damaged or missing, or the index is already open for
   *     changes
   */
  public static LuceneIndex open(Path path, int candidates) {
    return open(path, OpenMode.APPEND, candidates);
  }

  /**
   * Opens an index for searches only, as {@link ImageIndex#openReadOnly} does. Reads every file once to verify its
   * checksum.
   *
   * @param path a folder created by {@link #create}
   * @return the index
   * @throws GillException if the folder holds no index, or a file is damaged or missing
   */
  public static LuceneIndex openReadOnly(Path path) {
    return open(path, null, DEFAULT_CANDIDATES);
  }

  /** Opens an index; without a mode, read-only. */
  private static LuceneIndex open(Path path, @Nullable OpenMode mode, int candidates) {
    Vectors.checkCount(candidates);
    if (!Files.isDirectory(path)) {
      throw new GillException(path + " is not a folder: give the folder of an index");
    }
    try {
      return Uninterrupted.run(() -> opened(path, mode, verify(path), candidates));
    } catch (IndexNotFoundException e) {
      throw new GillException(path + " holds no index, since nothing was committed there: create one", e);
    } catch (IOException | IllegalArgumentException e) {
      // Lucene's message names the file and the problem. An IllegalArgumentException reports an unknown format.
      throw new GillException("cannot open the index in " + path + ": " + e.getMessage(), e);
    } catch (GillException e) {
      throw e;
    } catch (RuntimeException | AssertionError | VirtualMachineError e) {
      throw LuceneGuard.failure(path, e);
    }
  }

  /** Verifies the last commit; tries again if a writer committed meanwhile and deleted files of the previous commit. */
  private static Map<String, String> verify(Path path) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return verifyCommit(path);
      } catch (NoSuchFileException e) {
        if (tries == MAX_TRIES) {
          throw e;
        }
      }
    }
  }

  /** Verifies the checksums of all files; returns the last commit's user data. */
  private static Map<String, String> verifyCommit(Path path) throws IOException {
    LuceneGuard.requireFiles(path);
    try (FSDirectory directory = FSDirectory.open(path);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
      for (String name : reader.getIndexCommit().getFileNames()) {
        Path file = path.resolve(name);
        boolean other = Files.exists(file) && !Files.isRegularFile(file); // opening a pipe blocks
        if (other || !name.equals(String.valueOf(file.getFileName()))) { // a forged name may lead elsewhere
          throw new CorruptIndexException("it names a file that is not in the index's folder", name);
        }
        verifyFile(file, buffer);
      }
      Map<String, String> commit = reader.getIndexCommit().getUserData();
      if (!commit.containsKey(DIMENSION) || !commit.containsKey(LOGIT_SCALE)) {
        throw new GillException(path + " holds a Lucene index that gill did not create: check the path");
      }
      LuceneGuard.requireEmbeddings(path, reader, EMBEDDING, Integer.parseInt(commit.get(DIMENSION)));
      return commit;
    }
  }

  /** Compares a file with the CRC-32 at its end. For gigabytes, Lucene's own check takes several times as long. */
  private static void verifyFile(Path file, ByteBuffer buffer) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      CRC32 crc = new CRC32();
      long left = in.size() - Long.BYTES;
      while (left > 0 && in.read(buffer.clear().limit((int) Math.min(BLOCK, left))) > 0) {
        left -= buffer.flip().remaining();
        crc.update(buffer);
      }
      buffer.clear().limit(Long.BYTES);
      while (buffer.hasRemaining() && in.read(buffer) > 0) {
        // Read the checksum completely.
      }
      if (left != 0 || buffer.hasRemaining() || buffer.flip().getLong() != crc.getValue()) {
        throw new CorruptIndexException("the file does not match its checksum", file.toString());
      }
    }
  }

  private static LuceneIndex opened(
      Path path, @Nullable OpenMode mode, Map<String, String> commit, int candidates) throws IOException {
    FSDirectory directory = new MMapDirectory(path); // an interrupt does not close mapped files
    @Nullable IndexWriter writer = null;
    try {
      if (mode != null) {
        int dimension = Integer.parseInt(commit.get(DIMENSION));
        writer = new IndexWriter(directory, config(dimension, Runtime.getRuntime().maxMemory()).setOpenMode(mode));
        writer.setLiveCommitData(commit.entrySet());
        if (mode == OpenMode.CREATE) {
          writer.commit();
        }
      }
      return new LuceneIndex(path, directory, writer, commit, candidates);
    } catch (IOException | RuntimeException | Error e) {
      IndexWriter begun = writer;
      try (directory; begun) {
        // Close both in any case, so that the folder does not stay locked.
      } catch (IOException | RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      if (e instanceof LockObtainFailedException) {
        throw new GillException(path + " is already open, in this or another process: close it there first", e);
      }
      throw e;
    }
  }

  /** Limits buffered images to an eighth of the heap and the graph of a merge to a quarter. */
  private static IndexWriterConfig config(int dimension, long heap) {
    long images = heap / 4 / GRAPH_BYTES;
    double segment = images * (double) (Float.BYTES * dimension + OTHER_BYTES) / MEGABYTE;
    TieredMergePolicy merges = new TieredMergePolicy();
    merges.setSegmentsPerTier(SEGMENTS_OF_A_SIZE).setMaxMergeAtOnce(SEGMENTS_OF_A_SIZE)
        .setMaxMergedSegmentMB(Math.min(segment, merges.getMaxMergedSegmentMB()));
    ConcurrentMergeScheduler scheduler = new Merges();
    scheduler.setMaxMergesAndThreads(WAITING_MERGES, 1); // two graphs would exceed the heap's quarter
    return new IndexWriterConfig(null).setCodec(new Codec()).setCommitOnClose(false)
        .setMergePolicy(merges).setMergeScheduler(scheduler)
        .setRAMBufferSizeMB(Math.min(heap / (8 * MEGABYTE), MAX_BUFFER_MEGABYTES));
  }

  @Override
  public List<Hit> search(float[] query, int k, ImageFilter filter, Set<String> excluded) {
    Vectors.checkCount(k);
    Vectors.checkWidth(query, dimension);
    float[] unit = Vectors.unit(query, "the query");
    try {
      return searchUnit(unit, k, filter, excluded);
    } catch (IndexSearcher.TooManyClauses e) {
      throw new IllegalArgumentException("the filter has more than " + IndexSearcher.getMaxClauseCount()
          + " conditions on different attributes: combine conditions on one attribute in one 'any'", e);
    }
  }

  private List<Hit> searchUnit(float[] unit, int k, ImageFilter filter, Set<String> excluded) {
    Query restriction = restriction(filter, excluded); // its faults are the caller's, not the index's
    return read(searcher -> {
      int wanted = Math.min(Math.max(k, candidates), searcher.getIndexReader().numDocs());
      if (wanted == 0) {
        return List.of();
      }
      Query nearest = new KnnFloatVectorQuery(EMBEDDING, unit, wanted, restriction);
      ScoreDoc[] found = searcher.search(nearest, wanted).scoreDocs;
      List<Hit> hits = new ArrayList<>();
      for (int i = 0; i < found.length && (i < k || found[i].score == found[k - 1].score); i++) {
        Document document = searcher.storedFields().document(found[i].doc, Set.of(ID, URI));
        // Lucene's score of unit vectors is (1 + cosine) / 2.
        hits.add(new Hit(Objects.requireNonNull(document.get(ID), ID), Objects.requireNonNull(document.get(URI), URI),
            (2.0 * found[i].score - 1) * scale));
      }
      hits.sort(Vectors.BEST_FIRST);
      return List.copyOf(hits.subList(0, Math.min(k, hits.size())));
    });
  }

  private static @Nullable Query restriction(ImageFilter filter, Set<String> excluded) {
    if (excluded.isEmpty()) {
      return filter.equals(ImageFilter.EVERY) ? null : query(filter);
    }
    return new BooleanQuery.Builder()
        .add(query(filter), Occur.FILTER).add(ids(excluded), Occur.MUST_NOT).build();
  }

  private static Query ids(Collection<String> ids) {
    return new TermInSetQuery(ID, ids.stream().map(BytesRef::new).toList());
  }

  private static Query query(ImageFilter filter) {
    if (filter instanceof ImageFilter.Is is) {
      return new TermQuery(new Term(ATTRIBUTE + is.name(), is.value()));
    }
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    if (filter instanceof ImageFilter.All all) {
      query.add(new MatchAllDocsQuery(), Occur.FILTER);
      List<ImageFilter> refused = new ArrayList<>();
      for (ImageFilter part : all.filters()) {
        if (part instanceof ImageFilter.Not not) {
          refused.add(not.filter());
        } else {
          query.add(query(part), Occur.FILTER);
        }
      }
      query.add(any(refused), Occur.MUST_NOT);
    } else if (filter instanceof ImageFilter.Any any) {
      return any(any.filters());
    } else if (filter instanceof ImageFilter.Not not) {
      query.add(new MatchAllDocsQuery(), Occur.FILTER).add(query(not.filter()), Occur.MUST_NOT);
    }
    return query.build();
  }

  /** Combines all values of one attribute into one clause, because Lucene limits the number of clauses. */
  private static Query any(List<ImageFilter> filters) {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    Map<String, List<BytesRef>> values = new HashMap<>();
    for (ImageFilter part : filters) {
      if (part instanceof ImageFilter.Is is) {
        values.computeIfAbsent(is.name(), name -> new ArrayList<>()).add(new BytesRef(is.value()));
      } else {
        query.add(query(part), Occur.SHOULD);
      }
    }
    values.forEach((name, some) -> query.add(new TermInSetQuery(ATTRIBUTE + name, some), Occur.SHOULD));
    return query.build();
  }

  @Override
  public synchronized void add(List<IndexedImage> images) {
    writable();
    List<Document> documents = documents(images);
    Changes.requireNew(images, this::contains);
    change(to -> to.addDocuments(documents));
    images.forEach(image -> pending.put(image.id(), true));
    size += images.size();
  }

  @Override
  public synchronized void update(List<IndexedImage> images) {
    writable();
    List<Document> documents = documents(images);
    Changes.requireKnown(images, this::contains);
    change(to -> to.updateDocuments(ids(Changes.ids(images)), documents));
  }

  @Override
  public synchronized int delete(Collection<String> ids) {
    writable();
    Set<String> known = Changes.known(ids, this::contains);
    if (!known.isEmpty()) {
      change(to -> to.deleteDocuments(ids(known)));
      known.forEach(id -> pending.put(id, false));
      size -= known.size();
    }
    return known.size();
  }

  private List<Document> documents(List<IndexedImage> images) {
    return Changes.units(images, dimension).stream().map(LuceneIndex::document).toList();
  }

  private static Document document(IndexedImage image) {
    Document document = new Document();
    document.add(new StringField(ID, image.id(), Field.Store.YES));
    document.add(new StoredField(URI, image.uri()));
    image.attributes().forEach(
        (name, value) -> document.add(new StringField(ATTRIBUTE + name, value, Field.Store.YES)));
    document.add(new KnnFloatVectorField(EMBEDDING, image.embedding(), VectorSimilarityFunction.DOT_PRODUCT));
    return document;
  }

  /** Whether the index contains an id, including changes that the reader does not show yet. */
  private boolean contains(String id) {
    Boolean known = pending.get(id);
    if (known != null) {
      return known;
    }
    return reading(searcher -> searcher.count(new TermQuery(new Term(ID, id))) > 0);
  }

  private void change(Writing change) {
    IndexWriter to = writable();
    try {
      Uninterrupted.run(() -> LuceneGuard.run(path, () -> {
        change.with(to);
        return true;
      }));
      changed = true;
      written.incrementAndGet();
      if (pending.size() > MAX_PENDING) {
        refresh();
        pending.clear();
      }
    } catch (IOException | AlreadyClosedException e) {
      throw unwritten(e);
    }
  }

  /** The writer; throws if the index is read-only or an earlier change failed. */
  private IndexWriter writable() {
    checkOpen();
    if (writer == null) {
      throw new UnsupportedOperationException(path + " was opened read-only: use ImageIndex.open to change it");
    }
    if (!writer.isOpen()) {
      throw unwritten(new IOException("an earlier change failed", writer.getTragicException()));
    }
    return writer;
  }

  @Override
  public Optional<IndexedImage> find(String id) {
    return read(searcher -> {
      ScoreDoc[] found = searcher.search(new TermQuery(new Term(ID, id)), 1).scoreDocs;
      if (found.length == 0) {
        return Optional.empty();
      }
      return Optional.of(image(searcher.storedFields().document(found[0].doc),
          embedding(searcher.getIndexReader(), found[0].doc)));
    });
  }

  @Override
  public void forEach(Consumer<IndexedImage> action) {
    refreshIfBehind();
    viewing(searcher -> {
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        Leaf images = LuceneGuard.run(path, () -> new Leaf(leaf.reader()));
        for (Optional<IndexedImage> image = next(images); image.isPresent(); image = next(images)) {
          action.accept(image.get()); // its exceptions belong to the caller
        }
      }
      return true;
    });
  }

  private Optional<IndexedImage> next(Leaf images) throws IOException {
    return LuceneGuard.run(path, images::next);
  }

  /** Iterates over the live images of a segment. */
  private static final class Leaf {
    private final @Nullable Bits live;
    private final FloatVectorValues values;
    private final StoredFields documents;

    Leaf(LeafReader reader) throws IOException {
      live = reader.getLiveDocs();
      values = reader.getFloatVectorValues(EMBEDDING);
      documents = reader.storedFields();
    }

    Optional<IndexedImage> next() throws IOException {
      for (int doc = values.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = values.nextDoc()) {
        if (live == null || live.get(doc)) {
          return Optional.of(image(documents.document(doc), values.vectorValue().clone()));
        }
      }
      return Optional.empty();
    }
  }

  @Override
  public List<String> someUris(int most) {
    return read(searcher -> {
      List<String> uris = new ArrayList<>();
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        @Nullable Bits live = leaf.reader().getLiveDocs();
        StoredFields documents = leaf.reader().storedFields();
        for (int doc = 0; doc < leaf.reader().maxDoc() && uris.size() < most; doc++) {
          if (live == null || live.get(doc)) {
            uris.add(Objects.requireNonNull(documents.document(doc, Set.of(URI)).get(URI), URI));
          }
        }
      }
      return uris;
    });
  }

  private static IndexedImage image(Document document, float[] embedding) {
    Map<String, String> attributes = new HashMap<>();
    for (IndexableField field : document) {
      if (field.name().startsWith(ATTRIBUTE)) {
        attributes.put(field.name().substring(ATTRIBUTE.length()), field.stringValue());
      }
    }
    return new IndexedImage(document.get(ID), document.get(URI), attributes, embedding);
  }

  private static float[] embedding(IndexReader reader, int doc) throws IOException {
    LeafReaderContext leaf = reader.leaves().get(ReaderUtil.subIndex(doc, reader.leaves()));
    FloatVectorValues values = leaf.reader().getFloatVectorValues(EMBEDDING);
    values.advance(doc - leaf.docBase);
    return values.vectorValue().clone();
  }

  /** Counts changes as they are made, or the images of the last commit once a failure has closed the writer. */
  @Override
  public long size() {
    IndexWriter to = writer;
    if (closed || to == null || to.isOpen()) {
      return size;
    }
    return read(searcher -> (long) searcher.getIndexReader().numDocs());
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
  public synchronized void commit() {
    writable();
    if (changed) {
      change(IndexWriter::commit);
      changed = false;
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Uninterrupted.run(() -> LuceneGuard.run(path, () -> {
        try (directory; writer; searchers) {
          if (writer != null && changed) {
            writer.commit(); // throws if an earlier failure closed the writer
          }
          return true;
        }
      }));
    } catch (IOException e) {
      throw new GillException(path + " could not be written (" + e.getMessage() + "); the last commit is unchanged: "
          + "free disk space, open the index again, and repeat the changes since that commit", e);
    } catch (AlreadyClosedException e) {
      throw new GillException(path + " lost the changes since the last commit, because a change failed: open the index "
          + "again, and repeat the changes", e);
    }
  }

  /** Runs a read operation on a view that shows every change that has returned. */
  private <T> T read(Reading<T> reading) {
    refreshIfBehind();
    return reading(reading);
  }

  private void refreshIfBehind() {
    checkOpen();
    try {
      if (visible != written.get() || searchers.showLostChanges()) {
        refresh();
      }
    } catch (IOException | AlreadyClosedException e) {
      checkOpen();
      throw unwritten(e);
    }
  }

  /** Describes a failed change. If the failure closed the writer, searches fall back to the last commit. */
  private GillException unwritten(Exception e) {
    IndexWriter to = writer;
    if (to == null) {
      return new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
    Throwable reason = e;
    String advice = "free disk space, then commit again";
    if (!to.isOpen()) {
      advice = "searches use it now; free disk space, close and reopen the index, and repeat the changes since that "
          + "commit";
      Throwable first = to.getTragicException();
      reason = first == null ? e : first;
    }
    return new GillException(
        path + " could not be written (" + reason.getMessage() + "); the last commit is unchanged: " + advice, e);
  }

  private void refresh() throws IOException {
    long before = written.get();
    Uninterrupted.run(() -> LuceneGuard.run(path, () -> {
      searchers.maybeRefreshBlocking();
      return true;
    }));
    synchronized (searchers) {
      visible = Math.max(visible, before);
    }
  }

  private <T> T reading(Reading<T> reading) {
    return viewing(searcher -> LuceneGuard.run(path, () -> reading.with(searcher)));
  }

  private <T> T viewing(Reading<T> reading) {
    try {
      Searchers.View view = searchers.acquire();
      try {
        return reading.with(view.searcher());
      } finally {
        searchers.release(view);
      }
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    } catch (AlreadyClosedException e) {
      throw new IllegalStateException(path + " is closed", e);
    } catch (InternalError e) { // compiled code may report a truncated file only after LuceneGuard has returned
      throw LuceneGuard.failure(path, e);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException(path + " is closed");
    }
  }
}
