package io.gill.weights;

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

/** Writes files so that a reader, a power cut or a full disk never leaves half of one. */
public final class AtomicFile {
  /** What the name of an unfinished file ends with. */
  public static final String DRAFT = ".part";

  /** From here on a draft does without the file's name, lest its own be too long for the file system. */
  private static final int LONG_NAME = 50;

  private AtomicFile() {}

  /**
   * Whether a file is what a kill has left of another that was being written, by its name.
   *
   * @param file beside the other
   * @param name of the other
   * @return whether it may be deleted, where nobody writes
   */
  public static boolean isDraft(Path file, String name) {
    String own = file.getFileName().toString();
    return own.startsWith(name + ".") && own.endsWith(DRAFT);
  }

  /** What writes the content. */
  @FunctionalInterface
  public interface Body {
    /**
     * Writes it.
     *
     * @param out an empty file
     * @throws IOException if that fails
     */
    void write(SeekableByteChannel out) throws IOException;
  }

  /**
   * Writes a file beside its place, makes sure that it has reached the disk, then moves it there, and makes sure of that
   * too where the system lets it. If any of that fails, what was there before stays.
   *
   * @param path the file; its folder is made if it is missing
   * @param body the content
   * @throws GillException if the file cannot be written
   */
  public static void write(Path path, Body body) {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException(path + " is no file");
    }
    @Nullable Path draft = null;
    try {
      Files.createDirectories(folder);
      // Not a temporary file of the JDK's: those are for their owner's eyes only, and so would be what becomes of them.
      String name = path.getFileName().toString();
      // A name beyond ASCII may be one that the locale cannot say.
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
      GillException failure = new GillException(path + " could not be written (" + e.getMessage() + "); what was there "
          + "before is unchanged: check the free space and the permissions of " + folder, e);
      remove(draft, failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      remove(draft, e);
      throw e;
    }
  }

  /**
   * Writes a file whose content is there already, as {@link #write(Path, Body)} does.
   *
   * @param path the file; its folder is made if it is missing
   * @param content from position to limit
   * @throws GillException if the file cannot be written
   */
  public static void write(Path path, ByteBuffer content) {
    write(path, out -> TensorWriter.writeFully(out, content));
  }

  /**
   * Renames a file, or a folder to a name that is free, and makes sure that the new name has reached the disk where the
   * system lets it. A file that has the name is replaced in one step: at any time there is the old or the new one.
   *
   * @param from a file or folder whose content is on the disk
   * @param to its new name, in the same file system
   * @throws IOException if that fails; both are then as before
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

  /** What is in a folder reaches the disk with the folder, not with the file. */
  private static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException | UnsupportedOperationException e) {
      // Windows opens no folders, and some file systems write none on demand: the move is all there is.
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
