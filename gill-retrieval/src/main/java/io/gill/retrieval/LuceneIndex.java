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
 * Approximate search in a graph of neighbours (HNSW: Malkov &amp; Yashunin 2016), kept in a folder by Lucene. For
 * hundreds of thousands of images and more: a search looks at some thousands of them, whatever their number. See
 * {@link ImageIndex} for what it promises; beyond that, a folder is open in one process at a time.
 *
 * <p>After a change could not be written, as on a full disk, searches may find the last commit, and further changes are
 * refused until the index is closed and opened anew; the error of the change says so.
 *
 * <p>A folder may come from a stranger: files that were changed and given checksums that fit end in a
 * {@link GillException}, or in other answers. What Lucene allocates for them is bounded by Java's heap alone. A file that
 * is shortened while the index is open ends in a {@link GillException} mostly; Java promises this for none.
 */
public final class LuceneIndex implements ImageIndex {
  /** What {@link #open(Path)} uses. */
  public static final int DEFAULT_CANDIDATES = 100;

  private static final String ID = "id";
  private static final String URI = "uri";
  private static final String EMBEDDING = "embedding";

  /** Before the name of an attribute, so that none can be confused with the fields above. */
  private static final String ATTRIBUTE = "attribute.";

  private static final String DIMENSION = "gill.dimension";
  private static final String LOGIT_SCALE = "gill.logit_scale";

  /** Neighbours of an image in the graph, and candidates when they are chosen. */
  private static final int NEIGHBOURS = 32;

  private static final int BUILD_CANDIDATES = 100;

  /** Changes that are looked up in memory before the reader is renewed. */
  private static final int MAX_PENDING = 250_000;

  /** The graph of a segment that is being written is in memory: so many bytes an image. */
  private static final long GRAPH_BYTES = 20L * NEIGHBOURS;

  /** What an image takes on the disk beside its embedding, roughly. */
  private static final int OTHER_BYTES = 100;

  /** Every segment has a graph of its own that is searched, so there should be few. */
  private static final int SEGMENTS_OF_A_SIZE = 4;

  /** How often an index is looked at that is changed meanwhile. */
  private static final int MAX_TRIES = 20;

  /** Bytes that are read at a time where a whole file is. */
  private static final int BLOCK = 1 << 18;

  /** More of them make those wait that change the index. */
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

  /** What is there and what is not, as far as the reader may not know it yet; of the thread that changes the index. */
  private final Map<String, Boolean> pending = new HashMap<>();

  /** Whether something was changed after the last commit; of the same thread. */
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

  /** Embeddings with more neighbours than is Lucene's habit: they cost little and find more. */
  private static final class Codec extends Lucene912Codec {
    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      return new Lucene99HnswVectorsFormat(NEIGHBOURS, BUILD_CANDIDATES);
    }
  }

  /** What is done with a searcher. */
  @FunctionalInterface
  private interface Reading<T> {
    T with(IndexSearcher searcher) throws IOException;
  }

  /** A change of the index. */
  @FunctionalInterface
  private interface Writing {
    void with(IndexWriter writer) throws IOException;
  }

  /** A merge that fails ends the writer, which keeps the reason for the next change to report. */
  private static final class Merges extends ConcurrentMergeScheduler {
    @Override
    protected void handleMergeException(Throwable problem) {
      // Lucene's own would print it.
    }
  }

  /**
   * Makes an empty index.
   *
   * @param path a folder that is empty or not there
   * @param dimension the embeddings' width, 1 to 1,024
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @return the index
   * @throws IllegalArgumentException if the width is out of range or {@code exp(logitScale)} no positive number
   * @throws GillException if the folder has something in it or cannot be written
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
      throw new GillException(path + " cannot become an index: " + e.getMessage(), e);
    }
  }

  /**
   * Opens an index as it was committed last, with {@value #DEFAULT_CANDIDATES} candidates.
   *
   * @param path a folder that {@link #create} made
   * @return the index
   * @throws GillException as {@link #open(Path, int)}
   */
  public static LuceneIndex open(Path path) {
    return open(path, DEFAULT_CANDIDATES);
  }

  /**
   * Opens an index as it was committed last. Reads every file once, to compare it with its checksum.
   *
   * @param path a folder that {@link #create} made
   * @param candidates images that a search compares at least before it returns the best of them: more find more and take
   *     longer
   * @return the index
   * @throws GillException if there is no index, a file of it is damaged or missing, or another process has it open
   */
  public static LuceneIndex open(Path path, int candidates) {
    return open(path, OpenMode.APPEND, candidates);
  }

  /**
   * Opens an index to search it, as {@link ImageIndex#openReadOnly} does. Reads every file once, to compare it with its
   * checksum.
   *
   * @param path a folder that {@link #create} made
   * @return the index
   * @throws GillException if there is no index, or a file of it is damaged or missing
   */
  public static LuceneIndex openReadOnly(Path path) {
    return open(path, null, DEFAULT_CANDIDATES);
  }

  /** To search it alone if there is no mode. */
  private static LuceneIndex open(Path path, @Nullable OpenMode mode, int candidates) {
    Vectors.checkCount(candidates);
    if (!Files.isDirectory(path)) {
      throw new GillException(path + " is no folder with an index");
    }
    try {
      return Uninterrupted.run(() -> opened(path, mode, verify(path), candidates));
    } catch (IndexNotFoundException e) {
      throw new GillException(path + " holds no index, for nothing was committed there: create one", e);
    } catch (IOException | IllegalArgumentException e) {
      // Lucene says which file, and what is wrong with it; an old or a foreign format is an IllegalArgumentException.
      throw new GillException(path + " cannot be opened as an index: " + e.getMessage(), e);
    } catch (GillException e) {
      throw e;
    } catch (RuntimeException | AssertionError | VirtualMachineError e) {
      throw LuceneGuard.failure(path, e);
    }
  }

  /** Tries again where a writer has committed in between and has dropped files of the commit before. */
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

  /** Compares all files with their checksums; returns what the last commit says of the index. */
  private static Map<String, String> verifyCommit(Path path) throws IOException {
    LuceneGuard.requireFiles(path);
    try (FSDirectory directory = FSDirectory.open(path);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
      for (String name : reader.getIndexCommit().getFileNames()) {
        verifyFile(path.resolve(name), buffer);
      }
      Map<String, String> commit = reader.getIndexCommit().getUserData();
      if (!commit.containsKey(DIMENSION) || !commit.containsKey(LOGIT_SCALE)) {
        throw new GillException(path + " holds an index of Lucene's, but none of images");
      }
      LuceneGuard.requireEmbeddings(path, reader, EMBEDDING, Integer.parseInt(commit.get(DIMENSION)));
      return commit;
    }
  }

  /** Every file of Lucene's ends with its CRC-32; a reader's own check of gigabytes takes several times as long. */
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
        // until the checksum is there
      }
      if (left != 0 || buffer.hasRemaining() || buffer.flip().getLong() != crc.getValue()) {
        throw new CorruptIndexException("it is not what its checksum is of", file.toString());
      }
    }
  }

  private static LuceneIndex opened(
      Path path, @Nullable OpenMode mode, Map<String, String> commit, int candidates) throws IOException {
    FSDirectory directory = new MMapDirectory(path); // whose reading of an open file no interrupt ends
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
        // closed in any case: the folder must not stay locked
      } catch (IOException | RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      if (e instanceof LockObtainFailedException) {
        throw new GillException(path + " is open already, here or in another process: close it there first", e);
      }
      throw e;
    }
  }

  /** New images take an eighth of the heap at most, the graph of a merge a quarter. */
  private static IndexWriterConfig config(int dimension, long heap) {
    long images = heap / 4 / GRAPH_BYTES;
    double segment = images * (double) (Float.BYTES * dimension + OTHER_BYTES) / MEGABYTE;
    TieredMergePolicy merges = new TieredMergePolicy();
    merges.setSegmentsPerTier(SEGMENTS_OF_A_SIZE).setMaxMergeAtOnce(SEGMENTS_OF_A_SIZE)
        .setMaxMergedSegmentMB(Math.min(segment, merges.getMaxMergedSegmentMB()));
    ConcurrentMergeScheduler scheduler = new Merges();
    scheduler.setMaxMergesAndThreads(WAITING_MERGES, 1); // of several graphs none would fit
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
          + " conditions on different attributes: those on one attribute may be any number in one 'any'", e);
    }
  }

  private List<Hit> searchUnit(float[] unit, int k, ImageFilter filter, Set<String> excluded) {
    return read(searcher -> {
      int wanted = Math.min(Math.max(k, candidates), searcher.getIndexReader().numDocs());
      if (wanted == 0) {
        return List.of();
      }
      Query nearest = new KnnFloatVectorQuery(EMBEDDING, unit, wanted, restriction(filter, excluded));
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

  /** Any number of values of one attribute make one clause, of which Lucene takes some hundreds. */
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

  /** Whether an id is there, for the thread that changes the index. */
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

  /** What changes the index; an error if nothing can any more. */
  private IndexWriter writable() {
    checkOpen();
    if (writer == null) {
      throw new UnsupportedOperationException(path + " was opened to be searched, not to be changed");
    }
    if (!writer.isOpen()) {
      throw unwritten(new IOException("a change before this one failed", writer.getTragicException()));
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
          action.accept(image.get()); // what this throws is the caller's
        }
      }
      return true;
    });
  }

  private Optional<IndexedImage> next(Leaf images) throws IOException {
    return LuceneGuard.run(path, images::next);
  }

  /** Goes through the images of a segment that are not deleted. */
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

  /** Counted as changes come, until a failure has ended the writer and searches find the last commit. */
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
            writer.commit(); // which throws where an earlier failure has closed the writer
          }
          return true;
        }
      }));
    } catch (IOException e) {
      throw new GillException(path + " could not be written (" + e.getMessage() + "); what was committed last is "
          + "unchanged: free space, open the index anew, and make the changes after that commit again", e);
    } catch (AlreadyClosedException e) {
      throw new GillException(path + " lost what was changed after the last commit, since a change failed: open the "
          + "index anew, and make the changes again", e);
    }
  }

  /** Lets somebody read who sees every change that has returned. */
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

  /** After this, searches find the last commit if the failure has ended the writer. */
  private GillException unwritten(Exception e) {
    IndexWriter to = writer;
    if (to == null) {
      return new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
    Throwable reason = e;
    String advice = "free space, then commit again";
    if (!to.isOpen()) {
      advice = "searches find that: free space, close the index and open it anew, and make the changes after that "
          + "commit again";
      Throwable first = to.getTragicException();
      reason = first == null ? e : first;
    }
    return new GillException(path + " could not be written (" + reason.getMessage() + "); what was committed last is "
        + "unchanged: " + advice, e);
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
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException(path + " is closed");
    }
  }
}
