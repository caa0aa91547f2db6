package io.gill.testsupport;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A view of the default file system that simulates a killed process: after a number of changes, every further change
 * throws {@link Kill} instead, including those of clean-up code.
 */
public final class KilledProcess extends FileSystem {
  private final Provider provider = new Provider();
  private int left;

  /** Thrown instead of changes after the kill. */
  public static final class Kill extends Error {
    private static final long serialVersionUID = 1L;

    Kill() {
      super("killed", null, false, false);
    }
  }

  /**
   * Creates the view of a process.
   *
   * @param changes number of changes before the kill: opening a file for writing, renaming, deleting, creating a folder
   */
  public KilledProcess(int changes) {
    left = changes;
  }

  /** Returns a path in this process's view. */
  public Path path(Path path) {
    return (Path) Proxy.newProxyInstance(KilledProcess.class.getClassLoader(), new Class<?>[] {Path.class, Seen.class},
        (self, method, arguments) -> {
          switch (method.getName()) {
            case "getFileSystem" -> {
              return this;
            }
            case "real" -> {
              return path;
            }
            default -> { }
          }
          Object[] real = arguments == null ? null
              : Arrays.stream(arguments).map(one -> one instanceof Seen seen ? seen.real() : one).toArray();
          try {
            Object result = method.invoke(path, real);
            return result instanceof Path one ? path(one) : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  private interface Seen {
    Path real();
  }

  private static Path real(Path path) {
    return path instanceof Seen seen ? seen.real() : path;
  }

  private void change() {
    if (left-- <= 0) {
      throw new Kill();
    }
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public void close() {
    // open like the default one
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return Path.of("").getFileSystem().getSeparator();
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of("basic");
  }

  @Override
  public Path getPath(String first, String... more) {
    return path(Path.of(first, more));
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    throw new UnsupportedOperationException();
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException();
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException();
  }

  private final class Provider extends FileSystemProvider {
    private final FileSystemProvider real = Path.of("").getFileSystem().provider();

    @Override
    public String getScheme() {
      return "killed";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Path getPath(URI uri) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SeekableByteChannel newByteChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
      if (options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND)) {
        change();
      }
      return real.newByteChannel(real(path), options, attributes);
    }

    @Override
    public FileChannel newFileChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
      if (options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND)) {
        change();
      }
      return real.newFileChannel(real(path), options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path dir, DirectoryStream.Filter<? super Path> filter)
        throws IOException {
      DirectoryStream<Path> all = real.newDirectoryStream(real(dir), file -> filter.accept(path(file)));
      return new DirectoryStream<>() {
        @Override
        public Iterator<Path> iterator() {
          Iterator<Path> files = all.iterator();
          return new Iterator<>() {
            @Override
            public boolean hasNext() {
              return files.hasNext();
            }

            @Override
            public Path next() {
              return path(files.next());
            }
          };
        }

        @Override
        public void close() throws IOException {
          all.close();
        }
      };
    }

    @Override
    public void createDirectory(Path dir, FileAttribute<?>... attributes) throws IOException {
      if (!Files.exists(real(dir))) {
        change();
      }
      real.createDirectory(real(dir), attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
      change();
      real.delete(real(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
      change();
      real.copy(real(source), real(target), options);
    }

    /** Replacing without ATOMIC_MOVE is two changes; after the first there is no file. */
    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
      if (!Arrays.asList(options).contains(StandardCopyOption.ATOMIC_MOVE)
          && Files.exists(real(target))) {
        change();
        real.delete(real(target));
      }
      change();
      real.move(real(source), real(target), options);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
      return real.isSameFile(real(path), real(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
      return real.isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
      return real.getFileStore(real(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
      real.checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
        Path path, Class<V> type, LinkOption... options) {
      return real.getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
        throws IOException {
      return real.readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
        throws IOException {
      return real.readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
      change();
      real.setAttribute(real(path), attribute, value, options);
    }
  }
}
