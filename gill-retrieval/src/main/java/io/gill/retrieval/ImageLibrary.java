package io.gill.retrieval;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.image.FileNames;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Indexes folders of pictures: reads the files, embeds them with the model's vision encoder and {@code visual_fc}, and
 * keeps the index up to date. Only one thread at a time may use a library; others may search the index meanwhile.
 */
public final class ImageLibrary {
  /** Attribute that detects changed files: modification time and length. */
  public static final String VERSION = "version";

  /** Attribute with a file's folder, relative to the library's folder; empty for files directly in that folder. */
  public static final String FOLDER = "folder";

  private static final Set<String> SUFFIXES = Set.of("png", "jpg", "jpeg", "webp", "gif", "bmp");

  /** Pictures per batch. Small, because a decoded photo takes 40 MB and two batches are in memory. */
  private static final int GROUP = 8;

  /** Maximum bytes of a file in a batch: two batches of the largest pictures take a quarter of the heap. */
  private static final long MAX_BYTES = Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 4 / (2 * GROUP));

  private static final ImageReadOptions ONE_OF_MANY = ImageReadOptions.builder()
      .maxPixels(Math.min(MAX_BYTES / 3, ImageReadOptions.defaults().maxPixels()))
      .maxBytes(Math.min(MAX_BYTES, ImageReadOptions.defaults().maxBytes()))
      .maxMemory(Math.min(3 * MAX_BYTES, ImageReadOptions.defaults().maxMemory())).build();

  private static final int COMMIT_EVERY = 1024;

  /** Opening a pipe blocks until somebody writes to it, and a device may be endless. */
  private static final String NO_FILE = "it is a pipe or a device, not a regular file";

  private final ImageIndex index;
  private final PictureEmbedder embedder;
  private final @Nullable Thumbnails thumbnails;

  /**
   * Creates a library.
   *
   * @param model embeds the pictures; stays open
   * @param index receives the pictures; stays open
   * @throws GillException if the model has no vision encoder or no retrieval embedder
   */
  public ImageLibrary(GillModel model, ImageIndex index) {
    this(index, PictureEmbedder.of(model));
  }

  ImageLibrary(ImageIndex index, PictureEmbedder embedder) {
    this(index, embedder, null);
  }

  private ImageLibrary(ImageIndex index, PictureEmbedder embedder, @Nullable Thumbnails thumbnails) {
    this.index = index;
    this.embedder = embedder;
    this.thumbnails = thumbnails;
  }

  /**
   * Returns a library that also writes a thumbnail of every picture that it embeds. A thumbnail is a PNG file, named
   * after the picture's id with {@code .png} appended. It is written before the picture enters the index.
   *
   * @param folder receives the thumbnails; must not lie inside the folder of pictures
   * @param side longer side of a thumbnail in pixels, at least 1; smaller pictures keep their size
   * @return the new library
   * @throws IllegalArgumentException if the side is below 1
   */
  public ImageLibrary withThumbnails(Path folder, int side) {
    return new ImageLibrary(index, embedder, new Thumbnails(folder, side));
  }

  /**
   * Creates an empty index for a model's embeddings.
   *
   * @param model determines the width and the scale of the embeddings
   * @param path an empty or missing folder; the model retrieves from the folder {@code index} in its directory
   * @param expected approximate number of pictures that the index will hold; see {@link ImageIndex#create}
   * @return the index
   * @throws GillException if the model embeds no images, or the folder cannot be written
   */
  public static ImageIndex newIndex(GillModel model, Path path, long expected) {
    PictureEmbedder embedder = PictureEmbedder.of(model);
    return ImageIndex.create(path, embedder.dimension(), embedder.embedder().logitScale(), expected);
  }

  /**
   * Creates an empty index in memory for a model's embeddings.
   *
   * @param model determines the width and the scale of the embeddings
   * @return the index, lost when the process ends
   * @throws GillException if the model embeds no images
   */
  public static ImageIndex newIndex(GillModel model) {
    PictureEmbedder embedder = PictureEmbedder.of(model);
    return ExactIndex.inMemory(embedder.dimension(), embedder.embedder().logitScale());
  }

  /**
   * Result of an indexing run.
   *
   * @param embedded number of new and changed pictures that were embedded
   * @param unchanged number of pictures that were already up to date in the index
   * @param unreadable files and folders that were skipped
   */
  public record Report(int embedded, int unchanged, List<Unreadable> unreadable) {
    /**
     * Copies the list.
     *
     * @param embedded number of new and changed pictures that were embedded
     * @param unchanged number of pictures that were already up to date in the index
     * @param unreadable files and folders that were skipped
     */
    public Report {
      unreadable = List.copyOf(unreadable);
    }
  }

  /**
   * A file or a folder that was skipped.
   *
   * @param file the file or folder
   * @param reason why it was skipped, without the path
   */
  public record Unreadable(Path file, String reason) {}

  /** Receives progress during an indexing run. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called after each batch of files.
     *
     * @param done number of files processed so far
     * @param total number of files in this run
     * @return false to stop the run; the files processed so far are committed
     */
    boolean onProgress(int done, int total);
  }

  /**
   * A new or changed file.
   *
   * @param file its path
   * @param id path relative to the library's folder
   * @param version see {@link #VERSION}
   * @param known whether the index contains an older version
   */
  private record Found(Path file, String id, String version, boolean known) {}

  /**
   * The result of reading a file.
   *
   * @param found the file
   * @param image null if the file could not be read
   * @param problem why the file could not be read
   */
  private record Read(Found found, @Nullable BufferedImage image, String problem) {}

  /**
   * Indexes all pictures below a folder. New pictures are added, changed pictures are embedded again, and unchanged
   * pictures are skipped. A run after a crash therefore resumes where the previous one stopped. Pictures whose files no
   * longer exist stay in the index until {@link ImageIndex#delete} removes them.
   *
   * <p>A picture's id and URI are its path relative to the folder, with slashes, so that
   * {@code new FileImageSource(folder)} fetches it. They do not depend on the locale: file names are read as UTF-8, and
   * files with other names are reported. Links are not followed. Pipes, devices, and files and folders that cannot be
   * read are skipped and reported, and so are pictures that the model fails on, such as by overflow in 16 bits. The
   * listener or an interrupt of the thread stops the run: completed work is committed, and the interrupt flag stays
   * set.
   *
   * @param folder the folder
   * @param listener receives progress
   * @return the result of the run
   * @throws GillException if the folder cannot be read, the index cannot be written, or the model fails on every
   *     picture of a batch
   */
  public Report index(Path folder, Listener listener) {
    Walk walk = Walk.of(folder);
    return index(folder, walk.pictures(), walk.unreadable, listener);
  }

  /**
   * Lists the pictures below a folder, recognised by their file name extensions. Links are not followed, and folders
   * that cannot be read are skipped.
   *
   * @param folder the folder
   * @return the files, sorted
   * @throws GillException if the folder cannot be read
   */
  public static List<Path> pictures(Path folder) {
    return Walk.of(folder).pictures();
  }

  /** Finds the pictures below a folder. */
  static final class Walk extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final Path real;
    private final List<Path> found = new ArrayList<>();
    private final List<Unreadable> unreadable = new ArrayList<>();

    private Walk(Path folder) throws IOException {
      this.folder = folder;
      this.real = folder.toRealPath(); // the library's folder itself may be a link
    }

    static Walk of(Path folder) {
      try {
        Walk walk = new Walk(folder);
        Files.walkFileTree(walk.real, walk);
        return walk;
      } catch (IOException e) {
        throw new GillException(folder + " " + reason(e), e);
      }
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile() && isPicture(file)) {
        found.add(named(file));
      } else if (attributes.isOther() && isPicture(file)) {
        unreadable.add(new Unreadable(named(file), NO_FILE));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (file.equals(real)) {
        throw e;
      }
      unreadable.add(new Unreadable(named(file), reason(e)));
      return FileVisitResult.CONTINUE;
    }

    /** The exception is non-null if listing the folder failed midway. */
    @Override
    public FileVisitResult postVisitDirectory(Path one, @Nullable IOException e) throws IOException {
      return e == null ? FileVisitResult.CONTINUE : visitFileFailed(one, e);
    }

    private Path named(Path file) {
      return folder.resolve(real.relativize(file));
    }

    List<Path> pictures() {
      return found.stream().sorted().toList();
    }

    List<Unreadable> unreadable() {
      return unreadable;
    }
  }

  /** Describes the problem without the path that many messages begin with. */
  private static String reason(IOException e) {
    String message = e instanceof FileSystemException problem ? problem.getReason() : e.getMessage();
    return "cannot be read: " + (message == null ? e.getClass().getSimpleName() : message);
  }

  private static boolean isPicture(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return SUFFIXES.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * Indexes the given pictures below a folder, as {@link #index(Path, Listener)} does.
   *
   * @param folder the folder that ids are relative to
   * @param files below the folder; duplicates are ignored
   * @param listener receives progress
   * @return the result of the run
   * @throws IllegalArgumentException if a file lies outside the folder
   * @throws GillException if the index cannot be written
   */
  public Report index(Path folder, List<Path> files, Listener listener) {
    return index(folder, files, List.of(), listener);
  }

  private Report index(Path folder, List<Path> files, List<Unreadable> skipped, Listener listener) {
    Map<String, Path> distinct = new LinkedHashMap<>();
    List<Unreadable> unnamed = new ArrayList<>(skipped);
    for (Path file : new LinkedHashSet<>(files)) {
      FileNames.of(below(folder, file)).ifPresentOrElse(id -> distinct.putIfAbsent(id, file), () -> unnamed.add(
          new Unreadable(file, "its name " + FileNames.escaped(file) + " or that of its folder is not valid UTF-8: "
              + "rename it")));
    }
    List<Unreadable> unreadable = new ArrayList<>();
    List<Found> wanted = new ArrayList<>();
    distinct.forEach((id, file) -> {
      try {
        String version = version(folder, file);
        Optional<IndexedImage> known = index.find(id);
        if (known.isEmpty() || !version.equals(known.get().attributes().get(VERSION))) {
          wanted.add(new Found(file, id, version, known.isPresent()));
        }
      } catch (IOException e) {
        unreadable.add(new Unreadable(file, reason(e)));
      }
    });
    int unchanged = distinct.size() - wanted.size() - unreadable.size();
    int embedded = 0;
    int committed = 0;
    Groups groups = new Groups(wanted);
    while (!Thread.currentThread().isInterrupted() && groups.hasNext()) {
      embedded += embed(groups.next(), unreadable);
      if (embedded - committed >= COMMIT_EVERY) {
        index.commit();
        committed = embedded;
      }
      if (!listener.onProgress(unchanged + embedded + unreadable.size(), distinct.size())) {
        break;
      }
    }
    index.commit();
    unreadable.addAll(unnamed);
    return new Report(embedded, unchanged, unreadable);
  }

  private static String version(Path folder, Path file) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.isSymbolicLink() || !file.toRealPath().startsWith(folder.toRealPath())) {
      throw new IOException("it is reached by a link; links are not followed");
    }
    if (attributes.isOther()) {
      throw new IOException(NO_FILE);
    }
    return attributes.lastModifiedTime().toMillis() + " " + attributes.size();
  }

  private static Path below(Path folder, Path file) {
    Path below = folder.toAbsolutePath().normalize().relativize(file.toAbsolutePath().normalize());
    if (below.startsWith("..")) {
      throw new IllegalArgumentException(file + " does not lie below " + folder);
    }
    return below;
  }

  /** Reads each batch of pictures while the previous one is being embedded, and finally large pictures one by one. */
  private static final class Groups {
    private final List<Found> wanted;
    private final Deque<Found> large = new ArrayDeque<>();
    private int started;
    private CompletableFuture<List<Read>> reading;

    Groups(List<Found> wanted) {
      this.wanted = wanted;
      this.reading = readAhead();
    }

    private CompletableFuture<List<Read>> readAhead() {
      List<Found> group = wanted.subList(started, Math.min(started + GROUP, wanted.size()));
      started += group.size();
      return CompletableFuture.supplyAsync(
          () -> group.parallelStream().map(found -> read(found, ONE_OF_MANY)).toList());
    }

    boolean hasNext() {
      return !large.isEmpty() || !reading.join().isEmpty();
    }

    /** The next batch: several pictures, or a single large picture, or a single file that could not be read. */
    List<Read> next() {
      while (!reading.join().isEmpty()) {
        List<Read> some = reading.join();
        reading = readAhead();
        some.stream().filter(one -> one.image == null).forEach(one -> large.add(one.found));
        List<Read> group = some.stream().filter(one -> one.image != null).toList();
        if (!group.isEmpty()) {
          return group;
        }
      }
      return List.of(read(large.remove(), ImageReadOptions.defaults()));
    }
  }

  private static Read read(Found found, ImageReadOptions options) {
    try {
      return new Read(found, Uninterrupted.run(() -> Images.read(found.file, options)), "");
    } catch (IOException | GillException e) {
      String message = String.valueOf(e.getMessage());
      String name = found.file + ": ";
      return new Read(found, null, message.startsWith(name) ? message.substring(name.length()) : message);
    }
  }

  /** Finds the pictures that the batch failed on. If it is all of them, they are not the cause. */
  private int embedOneByOne(List<Read> group, List<Unreadable> unreadable, GillException failure) {
    int embedded = 0;
    for (Read one : group) {
      embedded += embed(List.of(one), unreadable);
    }
    if (embedded == 0) {
      throw failure;
    }
    return embedded;
  }

  /** Embeds a batch; returns the number of embedded pictures. */
  private int embed(List<Read> group, List<Unreadable> unreadable) {
    List<BufferedImage> images = new ArrayList<>();
    List<Found> found = new ArrayList<>();
    for (Read read : group) {
      if (read.image == null) {
        unreadable.add(new Unreadable(read.found.file, read.problem));
      } else {
        images.add(read.image);
        found.add(read.found);
      }
    }
    if (images.isEmpty()) {
      return 0;
    }
    List<float[]> embeddings;
    try {
      embeddings = embedder.embed(images);
    } catch (GillException e) {
      if (images.size() > 1) {
        return embedOneByOne(group, unreadable, e);
      }
      unreadable.add(new Unreadable(found.get(0).file, String.valueOf(e.getMessage())));
      return 0;
    }
    List<IndexedImage> added = new ArrayList<>();
    List<IndexedImage> updated = new ArrayList<>();
    for (int i = 0; i < embeddings.size(); i++) {
      Found one = found.get(i);
      String parent = one.id.contains("/") ? one.id.substring(0, one.id.lastIndexOf('/')) : "";
      String problem = thumbnails == null ? null : thumbnails.problem(one.id).orElse(null);
      if (problem != null) {
        unreadable.add(new Unreadable(one.file, problem));
        continue;
      }
      try {
        (one.known ? updated : added).add(new IndexedImage(
            one.id, one.id, Map.of(VERSION, one.version, FOLDER, parent), embeddings.get(i)));
      } catch (IllegalArgumentException e) {
        unreadable.add(new Unreadable(one.file, String.valueOf(e.getMessage())));
        continue;
      }
      if (thumbnails != null) {
        thumbnails.write(one.id, images.get(i));
      }
    }
    index.add(added);
    index.update(updated);
    return added.size() + updated.size();
  }
}
