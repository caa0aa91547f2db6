package io.gill.retrieval;

import io.gill.GillException;
import io.gill.concurrent.LockFile;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The folder of an exact index: a lock, a manifest and segments.
 *
 * @param path of the folder
 * @param lock held by a writable index; null if the index is read-only
 */
record ExactFolder(Path path, @Nullable LockFile lock) {
  static final String MANIFEST = "exact.gill";
  static final String LOCK = "exact.lock";
  private static final String SEGMENT = ".segment";

  /** Maximum number of attempts to read a commit while a writer replaces it. */
  private static final int MAX_TRIES = 20;

  /**
   * The content of the last commit.
   *
   * @param manifest as read
   * @param segments that the manifest lists
   */
  record Commit(Manifest manifest, List<LiveSegment> segments) {}

  /** Whether an exact index was committed in a folder. */
  static boolean isCommitted(Path path) {
    return Files.isRegularFile(path.resolve(MANIFEST));
  }

  /** Opens a folder for changes. */
  static ExactFolder locked(Path path) throws IOException {
    LockFile lock = LockFile.tryLock(path.resolve(LOCK));
    if (lock == null) {
      throw new GillException(path + " is already open, in this or another process: close it there first");
    }
    return new ExactFolder(path, lock);
  }

  /** Opens a folder for searches only. */
  static ExactFolder readOnly(Path path) {
    return new ExactFolder(path, null);
  }

  boolean isReadOnly() {
    return lock == null;
  }

  void unlock() {
    if (lock != null) {
      lock.close();
    }
  }

  /** Reads the last commit; tries again if a writer committed meanwhile and deleted files of the previous commit. */
  Commit read() throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return readOnce();
      } catch (NoSuchFileException e) {
        if (tries == MAX_TRIES || !isReadOnly()) {
          throw e;
        }
      }
    }
  }

  private Commit readOnce() throws IOException {
    Manifest manifest = Manifest.read(path.resolve(MANIFEST));
    List<LiveSegment> segments = new ArrayList<>();
    for (Manifest.Entry entry : manifest.entries()) {
      Path file = path.resolve(entry.file());
      Segment segment = Segment.open(file);
      if (segment.rows() != entry.rows() || segment.dimension() != manifest.dimension()) {
        throw Segment.damaged(file.toString(), "does not match the index's manifest");
      }
      segments.add(new LiveSegment(segment, entry.file(), entry.deleted()));
    }
    if (!isReadOnly()) {
      clean(segments);
    }
    return new Commit(manifest, segments);
  }

  /** Writes images with unit vectors to a new segment. */
  LiveSegment write(int dimension, List<IndexedImage> images) {
    String name = UUID.randomUUID() + SEGMENT;
    Path file = path.resolve(name);
    try {
      return new LiveSegment(Segment.write(file, dimension, images), name, new BitSet());
    } catch (IOException e) {
      GillException failure = new GillException(file + " could not be written (" + e.getMessage()
          + "); the last commit is unchanged: check the free space and the permissions, then commit again", e);
      delete(name, failure);
      throw failure;
    }
  }

  /** Deletes a segment that is not committed, after a failure. */
  void delete(String file, Throwable failure) {
    try {
      Files.deleteIfExists(path.resolve(file));
    } catch (IOException suppressed) {
      failure.addSuppressed(suppressed);
    }
  }

  /** Replaces the manifest atomically, then deletes unused files. */
  void commit(int dimension, float logitScale, List<LiveSegment> segments) {
    Manifest manifest = new Manifest(dimension, logitScale, segments.stream()
        .map(one -> new Manifest.Entry(one.file(), one.segment().rows(), one.deleted())).toList());
    AtomicFile.write(path.resolve(MANIFEST), manifest.bytes());
    clean(segments);
  }

  /** Deletes files that the manifest does not list: uncommitted or replaced segments and drafts of the manifest. */
  private void clean(List<LiveSegment> segments) {
    Collection<String> used = segments.stream().map(LiveSegment::file).toList();
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
