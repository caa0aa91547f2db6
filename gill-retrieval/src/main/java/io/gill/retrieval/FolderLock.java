package io.gill.retrieval;

import io.gill.GillException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Exclusive lock on a folder.
 *
 * @param folder real path of the folder
 * @param file the lock file, locked for this process
 */
record FolderLock(Path folder, FileChannel file) {
  /** Folders locked by this process. Closing any other channel of a lock file would release the lock. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  /**
   * Locks a folder.
   *
   * @throws GillException if the folder is already locked
   */
  static FolderLock of(Path path, String lockFile) throws IOException {
    Path folder = path.toRealPath();
    if (!HELD.add(folder)) {
      throw isOpen(path);
    }
    try {
      return new FolderLock(folder, locked(path, folder.resolve(lockFile)));
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
