package io.gill.weights;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes files atomically: a reader, a power failure or a full disk never leaves a partial file. */
public final class AtomicFile {
  /** Suffix of unfinished files. */
  public static final String DRAFT = ".part";

  /** Longer names are left out of the draft's name, which could exceed the file system's limit. */
  private static final int LONG_NAME = 50;

  private AtomicFile() {}

  /**
   * Returns whether a file is an unfinished draft of another one, judged by its name. A killed process leaves such
   * files.
   *
   * @param file a file in the same folder
   * @param name name of the other file
   * @return whether the file can be deleted if no writer is active
   */
  public static boolean isDraft(Path file, String name) {
    String own = file.getFileName().toString();
    return own.startsWith(name + ".") && own.endsWith(DRAFT);
  }

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Body {
    /**
     * Writes the content.
     *
     * @param out an empty file
     * @throws IOException if writing fails
     */
    void write(SeekableByteChannel out) throws IOException;
  }

  /**
   * Writes a draft in the same folder, forces it to disk, then moves it into place and forces the move to disk where
   * the system supports it. If any step fails, an existing file is kept.
   *
   * @param path path of the file; a missing folder is created
   * @param body writes the content
   * @throws GillException if the file cannot be written
   */
  public static void write(Path path, Body body) {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException(path + " is not a file");
    }
    @Nullable Path draft = null;
    try {
      Files.createDirectories(folder);
      // Not a temporary file of the JDK: its owner-only permissions would carry over to the final file.
      String name = path.getFileName().toString();
      // A non-ASCII name may not be representable in the locale's encoding.
      boolean named = name.length() < LONG_NAME && name.chars().allMatch(character -> character < 0x80);
      draft = folder.resolve((named ? name + "." : "") + UUID.randomUUID() + DRAFT);
      try (SeekableByteChannel out =
          Files.newByteChannel(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        body.write(out);
        if (out instanceof FileChannel file) {
          file.force(true);
        }
      }
      move(draft, path);
    } catch (IOException e) {
      GillException failure = new GillException(path + " could not be written (" + e.getMessage()
          + "), and an existing file is unchanged: check the free space and the permissions of " + folder, e);
      remove(draft, failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      remove(draft, e);
      throw e;
    }
  }

  /**
   * Writes given content, like {@link #write(Path, Body)}.
   *
   * @param path path of the file; a missing folder is created
   * @param content the bytes between position and limit
   * @throws GillException if the file cannot be written
   */
  public static void write(Path path, ByteBuffer content) {
    write(path, out -> TensorWriter.writeFully(out, content));
  }

  /**
   * Copies a file, like {@link #write(Path, Body)}.
   *
   * @param from the file to read
   * @param to path of the copy; a missing folder is created
   * @throws GillException if a file cannot be read or written
   */
  public static void copy(Path from, Path to) {
    write(to, out -> {
      try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ)) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        while (in.read(buffer) >= 0) {
          TensorWriter.writeFully(out, buffer.flip());
          buffer.clear();
        }
      }
    });
  }

  /** Fills a folder. */
  @FunctionalInterface
  public interface FolderBody {
    /**
     * Writes the files.
     *
     * @param draft an empty folder
     * @throws IOException if writing fails
     */
    void write(Path draft) throws IOException;
  }

  /**
   * Writes a new folder: fills a draft beside it, then renames the draft. If any step fails, nothing remains. The draft
   * of a process that was killed is replaced.
   *
   * @param path path of the folder, which must not exist; a missing parent is created
   * @param body writes the files, each atomically
   * @throws GillException if the folder exists or cannot be written
   */
  public static void folder(Path path, FolderBody body) {
    if (Files.exists(path)) {
      throw new GillException(path + " exists: name a new folder");
    }
    Path draft = path.resolveSibling(path.getFileName() + DRAFT);
    try {
      deleteFolder(draft);
      Files.createDirectories(draft);
      body.write(draft);
      move(draft, path);
    } catch (IOException e) {
      GillException failure = new GillException(path + " could not be written (" + e.getMessage()
          + "): check the free space and the permissions of the folder above it", e);
      removeFolder(draft, failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      removeFolder(draft, e);
      throw e;
    }
  }

  private static void removeFolder(Path draft, Throwable failure) {
    try {
      deleteFolder(draft);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    if (Files.exists(folder)) {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  /**
   * Renames a file, or a folder to an unused name, and forces the new name to disk where the system supports it. An
   * existing file is replaced atomically.
   *
   * @param from a file or folder whose content is on disk
   * @param to the new path, in the same file system
   * @throws IOException if renaming fails; both paths are unchanged then
   */
  public static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
    Path folder = to.toAbsolutePath().getParent();
    if (folder != null) {
      force(folder);
    }
  }

  /** Forces a folder's entries to disk; forcing a file does not include its entry. */
  private static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException | UnsupportedOperationException e) {
      // Windows cannot open folders, and some file systems cannot force them: the move alone must suffice.
    }
  }

  private static void remove(@Nullable Path draft, Throwable failure) {
    if (draft != null) {
      try {
        Files.deleteIfExists(draft);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
