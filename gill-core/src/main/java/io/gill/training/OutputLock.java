package io.gill.training;

import io.gill.GillException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Reserves an output folder for one training. The lock ends with the process; its file stays. */
final class OutputLock implements AutoCloseable {
  private static final String NAME = ".lock";

  private final Path folder;
  private final FileChannel channel;

  private OutputLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  static OutputLock of(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (tryLock(channel) == null) {
          throw new GillException("another training runs in " + folder + ": wait for its end, or use another folder");
        }
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      return new OutputLock(folder, channel);
    } catch (IOException e) {
      throw new GillException(folder + " cannot be locked (" + e.getMessage()
          + "): use a folder that can be written, on a file system with locks", e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // another training of this process
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new GillException(folder + " cannot be unlocked: " + e.getMessage(), e);
    }
  }
}
