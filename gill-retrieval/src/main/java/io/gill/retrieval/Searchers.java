package io.gill.retrieval;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ReferenceManager;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;

/**
 * Reference-counted snapshots of an index for searches. Lucene's own {@code SearcherManager} closes a snapshot on the
 * thread of its last user. Closing deletes files, for which Lucene reads its lock file; an interrupt during this read
 * would close the lock file and, with it, the writer.
 */
final class Searchers extends ReferenceManager<Searchers.View> {
  private final Directory directory;
  private final @Nullable IndexWriter writer;

  /** Whether the writer has failed and the current view shows the last commit. */
  private volatile boolean atLastCommit;

  Searchers(Directory directory, @Nullable IndexWriter writer) throws IOException {
    this.directory = directory;
    this.writer = writer;
    current = new View(writer == null ? DirectoryReader.open(directory) : DirectoryReader.open(writer));
  }

  /** A snapshot of the index. */
  static final class View {
    private final DirectoryReader reader;
    private final IndexSearcher searcher;
    private final AtomicInteger users = new AtomicInteger(1);

    View(DirectoryReader reader) {
      this.reader = reader;
      this.searcher = new IndexSearcher(reader);
    }

    IndexSearcher searcher() {
      return searcher;
    }
  }

  /** Whether the writer has failed but searches still see its lost changes. */
  boolean showLostChanges() {
    return writer != null && !writer.isOpen() && !atLastCommit;
  }

  @Override
  protected @Nullable View refreshIfNeeded(View view) throws IOException {
    if (writer == null || atLastCommit) {
      return null;
    }
    if (writer.isOpen()) {
      DirectoryReader newer = DirectoryReader.openIfChanged(view.reader, writer);
      return newer == null ? null : new View(newer);
    }
    View committed = new View(DirectoryReader.open(directory));
    atLastCommit = true;
    return committed;
  }

  @Override
  protected boolean tryIncRef(View view) {
    return view.users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  @Override
  protected void decRef(View view) throws IOException {
    if (view.users.decrementAndGet() == 0) {
      Uninterrupted.run(() -> {
        view.reader.close();
        return true;
      });
    }
  }

  @Override
  protected int getRefCount(View view) {
    return view.users.get();
  }
}
