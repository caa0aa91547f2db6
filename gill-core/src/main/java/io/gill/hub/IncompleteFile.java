package io.gill.hub;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The first bytes of a file that is fetched, and their checksum. Not thread-safe. */
final class IncompleteFile implements AutoCloseable {
  private static final int PIECE = 1 << 20;

  private final HubFile file;
  private final Path path;
  private final FileChannel channel;
  private final MessageDigest digest;
  private long length;

  private IncompleteFile(HubFile file, Path path, FileChannel channel) {
    this.file = file;
    this.path = path;
    this.channel = channel;
    digest = file.id().digest(file.size());
  }

  /** Opens or creates a file, and reads what an earlier run has fetched. */
  static IncompleteFile open(HubFile file, Path path) {
    try {
      Files.createDirectories(path.getParent());
      FileChannel channel = FileChannel.open(
          path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        IncompleteFile incomplete = new IncompleteFile(file, path, channel);
        incomplete.readAll();
        return incomplete;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  private void readAll() throws IOException {
    if (channel.size() > file.size()) {
      channel.truncate(0);
    }
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    while (channel.read(piece) >= 0) {
      digest.update(piece.flip());
      piece.clear();
    }
    length = channel.position();
  }

  /** Number of bytes so far. */
  long length() {
    return length;
  }

  /** Number of bytes that are still to be fetched. */
  long missing() {
    return file.size() - length;
  }

  /** Adds bytes. */
  void append(ByteBuffer bytes) {
    digest.update(bytes.duplicate());
    length += bytes.remaining();
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  /** Moves the complete file to its place, or deletes it if its content is wrong. */
  void finish(Path blob) {
    String checksum = HexFormat.of().formatHex(digest.digest());
    try {
      if (!checksum.equals(file.id().hex())) {
        channel.close();
        Files.delete(path);
        throw new GillException(file.name() + " arrived with the " + file.id().algorithm() + " " + checksum
            + " in place of " + file.id().hex() + ": the file was deleted, fetch it again");
      }
      channel.force(true);
      channel.close(); // Windows does not move open files
      AtomicFile.move(path, blob);
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  private static GillException unwritable(Path path, IOException e) {
    return new GillException(
        path + " cannot be written: " + e + "; check the free space and the permissions of its folder", e);
  }

  /** Keeps the bytes so far for the next run. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }
}
