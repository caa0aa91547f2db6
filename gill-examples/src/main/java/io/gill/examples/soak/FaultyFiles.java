package io.gill.examples.soak;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.StreamSupport;
import org.apache.lucene.util.Unwrappable;
import org.jspecify.annotations.Nullable;

/**
 * A view of real files in which one chosen operation fails: creating, writing, forcing, moving and deleting as on a
 * full or broken disk, and opening and reading. A failing write first writes half of its bytes.
 */
final class FaultyFiles {
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private final Provider provider;
  private final Wrapped files;
  private volatile long failingWrite = -1;
  private volatile long failingRead = -1;
  private volatile boolean full;

  FaultyFiles(Path any) {
    provider = new Provider(any.getFileSystem().provider());
    files = new Wrapped(any.getFileSystem());
  }

  /** Returns the same file in this view. */
  Path path(Path real) {
    return new FaultyPath(real);
  }

  /** Restarts counting and fails the operation with this number, from 0; none if negative. */
  void fail(long write, long read, boolean andAllAfter) {
    writes.set(0);
    reads.set(0);
    failingWrite = write;
    failingRead = read;
    full = andAllAfter;
  }

  /** Number of write operations so far. */
  long writes() {
    return writes.get();
  }

  /** Number of read operations so far. */
  long reads() {
    return reads.get();
  }

  /** Whether the chosen operation was reached. */
  boolean hasFailed() {
    return (failingWrite >= 0 && writes.get() > failingWrite) || (failingRead >= 0 && reads.get() > failingRead);
  }

  private boolean nextWriteFails() {
    long number = writes.getAndIncrement();
    return failingWrite >= 0 && (number == failingWrite || (full && number > failingWrite));
  }

  private void write(Path path) throws IOException {
    if (nextWriteFails()) {
      throw noSpace(path);
    }
  }

  private static IOException noSpace(Path path) {
    return new FileSystemException(path.toString(), null, "No space left on device");
  }

  private void read(Path path) throws IOException {
    long number = reads.getAndIncrement();
    if (failingRead >= 0 && (number == failingRead || (full && number > failingRead))) {
      throw new FileSystemException(path.toString(), null, "Input/output error");
    }
  }

  private static Path real(Path path) {
    return path instanceof FaultyPath faulty ? faulty.real : path;
  }

  /** Counts the operations on a file. */
  private final class Channel extends FileChannel {
    private final FileChannel real;
    private final Path path;

    Channel(FileChannel real, Path path) {
      this.real = real;
      this.path = path;
    }

    private void half(ByteBuffer bytes, long position) throws IOException {
      ByteBuffer some = bytes.duplicate();
      some.limit(some.position() + some.remaining() / 2);
      bytes.position(some.limit());
      if (position < 0) {
        real.write(some);
      } else {
        real.write(some, position);
      }
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      FaultyFiles.this.read(path);
      return real.read(to);
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) throws IOException {
      FaultyFiles.this.read(path);
      return real.read(to, offset, length);
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
      FaultyFiles.this.read(path);
      return real.read(to, position);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      if (nextWriteFails()) {
        half(from, -1);
        throw noSpace(path);
      }
      return real.write(from);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
      FaultyFiles.this.write(path);
      return real.write(from, offset, length);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      if (nextWriteFails()) {
        half(from, position);
        throw noSpace(path);
      }
      return real.write(from, position);
    }

    @Override
    public long position() throws IOException {
      return real.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
      real.position(position);
      return this;
    }

    @Override
    public long size() throws IOException {
      return real.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      FaultyFiles.this.write(path);
      real.truncate(size);
      return this;
    }

    @Override
    public void force(boolean metadata) throws IOException {
      FaultyFiles.this.write(path);
      real.force(metadata);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
      FaultyFiles.this.read(path);
      return real.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
      FaultyFiles.this.write(path);
      return real.transferFrom(source, position, count);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
      FaultyFiles.this.read(path);
      return real.map(mode, position, size);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
      return real.lock(position, size, shared);
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return real.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      real.close();
    }
  }

  private final class Provider extends FileSystemProvider {
    private final FileSystemProvider real;

    Provider(FileSystemProvider real) {
      this.real = real;
    }

    @Override
    public String getScheme() {
      return real.getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
      return files;
    }

    @Override
    public Path getPath(URI uri) {
      return path(real.getPath(uri));
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options,
        FileAttribute<?>... attributes) throws IOException {
      return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      if (options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND)) {
        write(path);
      } else {
        read(path);
      }
      return new Channel(real.newFileChannel(real(path), options, attributes), path);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
        throws IOException {
      read(folder);
      DirectoryStream<Path> all = real.newDirectoryStream(real(folder), one -> filter.accept(path(one)));
      return new DirectoryStream<>() {
        @Override
        public Iterator<Path> iterator() {
          return StreamSupport.stream(all.spliterator(), false).map(FaultyFiles.this::path).iterator();
        }

        @Override
        public void close() throws IOException {
          all.close();
        }
      };
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
      write(folder);
      real.createDirectory(real(folder), attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
      write(path);
      real.delete(real(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
      write(target);
      real.copy(real(source), real(target), options);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
      write(target);
      real.move(real(source), real(target), options);
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
      write(link);
      real.createSymbolicLink(real(link), real(target), attributes);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
      write(link);
      real.createLink(real(link), real(existing));
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
      return path(real.readSymbolicLink(real(link)));
    }

    @Override
    public boolean isSameFile(Path one, Path other) throws IOException {
      return real.isSameFile(real(one), real(other));
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
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
      return real.readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, @Nullable Object value, LinkOption... options)
        throws IOException {
      write(path);
      real.setAttribute(real(path), attribute, value, options);
    }
  }

  private final class Wrapped extends FileSystem {
    private final FileSystem real;

    Wrapped(FileSystem real) {
      this.real = real;
    }

    @Override
    public FileSystemProvider provider() {
      return provider;
    }

    @Override
    public void close() {}

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
      return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      return StreamSupport.stream(real.getRootDirectories().spliterator(), false).map(FaultyFiles.this::path).toList();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
      return path(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
      PathMatcher matcher = real.getPathMatcher(pattern);
      return one -> matcher.matches(real(one));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
      throw new UnsupportedOperationException();
    }
  }

  /** Lucene maps the real file, since newer Java versions map no other. */
  private final class FaultyPath implements Path, Unwrappable<Path> {
    private final Path real;

    FaultyPath(Path real) {
      this.real = real;
    }

    @Override
    public Path unwrap() {
      return real;
    }

    private @Nullable Path wrapped(@Nullable Path path) {
      return path == null ? null : new FaultyPath(path);
    }

    @Override
    public FileSystem getFileSystem() {
      return files;
    }

    @Override
    public boolean isAbsolute() {
      return real.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
      return wrapped(real.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
      return wrapped(real.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
      return wrapped(real.getParent());
    }

    @Override
    public int getNameCount() {
      return real.getNameCount();
    }

    @Override
    public Path getName(int index) {
      return path(real.getName(index));
    }

    @Override
    public Path subpath(int begin, int end) {
      return path(real.subpath(begin, end));
    }

    @Override
    public boolean startsWith(Path other) {
      return real.startsWith(real(other));
    }

    @Override
    public boolean endsWith(Path other) {
      return real.endsWith(real(other));
    }

    @Override
    public Path normalize() {
      return path(real.normalize());
    }

    @Override
    public Path resolve(Path other) {
      return path(real.resolve(real(other)));
    }

    @Override
    public Path relativize(Path other) {
      return path(real.relativize(real(other)));
    }

    @Override
    public URI toUri() {
      return real.toUri();
    }

    @Override
    public Path toAbsolutePath() {
      return path(real.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
      return path(real.toRealPath(options));
    }

    @Override
    public java.io.File toFile() {
      throw new UnsupportedOperationException("a file is accessed past its file system");
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Path other) {
      return real.compareTo(real(other));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof FaultyPath path && path.real.equals(real);
    }

    @Override
    public int hashCode() {
      return real.hashCode();
    }

    @Override
    public String toString() {
      return real.toString();
    }
  }
}
