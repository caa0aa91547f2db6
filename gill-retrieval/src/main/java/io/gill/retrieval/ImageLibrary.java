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
 * From pictures to an index: reads files, embeds them by the model's vision encoder and {@code visual_fc}, and keeps the
 * index up to date. For one thread at a time; the index may be searched meanwhile.
 */
public final class ImageLibrary {
  /** The attribute that tells a file that has changed: its time and its length. */
  public static final String VERSION = "version";

  /** The attribute with the folder of a file below the library's, empty for the library's own. */
  public static final String FOLDER = "folder";

  private static final Set<String> SUFFIXES = Set.of("png", "jpg", "jpeg", "webp", "gif", "bmp");

  /** So few, since a picture of a camera takes 40 MB when it is decoded; two such groups are in memory. */
  private static final int GROUP = 8;

  /** Two groups of the largest pictures that are read together take a quarter of the heap. */
  private static final long MAX_BYTES = Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 4 / (2 * GROUP));

  private static final ImageReadOptions ONE_OF_MANY = ImageReadOptions.DEFAULT
      .withMaxPixels(Math.min(MAX_BYTES / 3, ImageReadOptions.DEFAULT.maxPixels()))
      .withMaxBytes(Math.min(MAX_BYTES, ImageReadOptions.DEFAULT.maxBytes()))
      .withMaxMemory(Math.min(3 * MAX_BYTES, ImageReadOptions.DEFAULT.maxMemory()));

  private static final int COMMIT_EVERY = 1024;

  /** A pipe that is opened waits for somebody to write, and a device may have no end. */
  private static final String NO_FILE = "it is a pipe or a device, not a regular file";

  private final ImageIndex index;
  private final PictureEmbedder embedder;
  private final @Nullable Thumbnails thumbnails;

  /**
   * A library of a model.
   *
   * @param model whose encoder embeds; not closed here
   * @param index what it fills; not closed here
   * @throws GillException if the model has no vision encoder or no retrieval embedder
   */
  public ImageLibrary(GillModel model, ImageIndex index) {
    this(index, PictureEmbedder.of(model), null);
  }

  private ImageLibrary(ImageIndex index, PictureEmbedder embedder, @Nullable Thumbnails thumbnails) {
    this.index = index;
    this.embedder = embedder;
    this.thumbnails = thumbnails;
  }

  /**
   * The same library, which also keeps a small copy of every picture that it embeds from now on: a PNG file whose name is
   * the picture's id and {@code .png}, there before the picture is in the index.
   *
   * @param folder where the copies go; not inside the folder of pictures
   * @param side the longer side of a copy in pixels, at least 1; smaller pictures keep their size
   * @return the library
   * @throws IllegalArgumentException if the side is below 1
   */
  public ImageLibrary withThumbnails(Path folder, int side) {
    return new ImageLibrary(index, embedder, new Thumbnails(folder, side));
  }

  /**
   * Makes an empty index for a model's embeddings.
   *
   * @param model whose encoder embeds
   * @param path a folder that is empty or not there; {@code index} in the model's directory makes it the model's own
   * @param expected how many pictures it will have, roughly; see {@link ImageIndex#create}
   * @return the index
   * @throws GillException if the model embeds no images, or the folder cannot be written
   */
  public static ImageIndex newIndex(GillModel model, Path path, long expected) {
    PictureEmbedder embedder = PictureEmbedder.of(model);
    return ImageIndex.create(path, embedder.dimension(), embedder.embedder().logitScale(), expected);
  }

  /**
   * Makes an empty index in memory for a model's embeddings.
   *
   * @param model whose encoder embeds
   * @return the index, which ends with the process
   * @throws GillException if the model embeds no images
   */
  public static ImageIndex newIndex(GillModel model) {
    PictureEmbedder embedder = PictureEmbedder.of(model);
    return ExactIndex.inMemory(embedder.dimension(), embedder.embedder().logitScale());
  }

  /**
   * What was done.
   *
   * @param embedded how many pictures were embedded, new ones and changed ones
   * @param unchanged how many were in the index as they are
   * @param unreadable which were skipped
   */
  public record Report(int embedded, int unchanged, List<Unreadable> unreadable) {
    /**
     * Copies the list.
     *
     * @param embedded as above
     * @param unchanged as above
     * @param unreadable as above
     */
    public Report {
      unreadable = List.copyOf(unreadable);
    }
  }

  /**
   * A file or a folder that was skipped.
   *
   * @param file which
   * @param reason what is wrong with it, without its path
   */
  public record Unreadable(Path file, String reason) {}

  /** Hears of progress. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Some files more are done.
     *
     * @param done how many
     * @param total of how many
     * @return false to stop here; what is done is committed
     */
    boolean onProgress(int done, int total);
  }

  /**
   * A file as it was found.
   *
   * @param file where it is
   * @param id below the library's folder
   * @param version see {@link #VERSION}
   * @param known whether the index has an older version
   */
  private record Found(Path file, String id, String version, boolean known) {}

  /**
   * A file that was read.
   *
   * @param found the file
   * @param image null if it could not be read
   * @param problem why
   */
  private record Read(Found found, @Nullable BufferedImage image, String problem) {}

  /**
   * Indexes all pictures below a folder: new ones are added, changed ones embedded anew, unchanged ones left alone, so
   * that a call after a kill goes on where the last one was. Pictures whose files are gone stay until they are deleted.
   *
   * <p>A picture's id and URI are its path below the folder, with slashes; so {@code new FileImageSource(folder)}
   * fetches it. They are the same under every locale: names are read as UTF-8, and a file whose name is not UTF-8 is
   * reported. Links are not followed. Pipes, devices and folders that cannot be read are skipped and reported, as files
   * are. Interrupting the thread does not stop the run; the listener can.
   *
   * @param folder the folder
   * @param listener hears of progress
   * @return what was done
   * @throws GillException if the folder cannot be read or the index not be written
   */
  public Report index(Path folder, Listener listener) {
    Walk walk = Walk.of(folder);
    return index(folder, walk.pictures(), walk.unreadable, listener);
  }

  /**
   * The pictures below a folder, by the endings of their names. Links are not followed, and folders that cannot be read
   * are skipped.
   *
   * @param folder the folder
   * @return the files, sorted
   * @throws GillException if the folder cannot be read
   */
  public static List<Path> pictures(Path folder) {
    return Walk.of(folder).pictures();
  }

  /** Looks for pictures in a folder and in those below it. */
  static final class Walk extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final Path real;
    private final List<Path> found = new ArrayList<>();
    private final List<Unreadable> unreadable = new ArrayList<>();

    private Walk(Path folder) throws IOException {
      this.folder = folder;
      this.real = folder.toRealPath(); // the library's own folder may be a link
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

    /** There is an exception where a folder could be read in part. */
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

  /** What is wrong, without the path, which many messages begin with. */
  private static String reason(IOException e) {
    String message = e instanceof FileSystemException problem ? problem.getReason() : e.getMessage();
    return "cannot be read: " + (message == null ? e.getClass().getSimpleName() : message);
  }

  private static boolean isPicture(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return SUFFIXES.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * Indexes some pictures below a folder, as {@link #index(Path, Listener)} does.
   *
   * @param folder where ids begin
   * @param files below it; one that is given twice counts once
   * @param listener hears of progress
   * @return what was done
   * @throws IllegalArgumentException if a file lies elsewhere
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
          new Unreadable(file, "its name " + FileNames.escaped(file) + " is not valid UTF-8, or that of its folder is "
              + "not: rename it")));
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
    while (groups.hasNext()) {
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
      throw new IOException("it is reached by a link, and links are not followed");
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

  /** Reads pictures: a group while the one before is embedded, and large ones at last, one after the other. */
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

    /** Also of a large picture, or of a file that could not be read even alone. */
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
      return List.of(read(large.remove(), ImageReadOptions.DEFAULT));
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

  /** Returns how many were embedded. */
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
    List<float[]> embeddings = embedder.embed(images);
    List<IndexedImage> added = new ArrayList<>();
    List<IndexedImage> updated = new ArrayList<>();
    for (int i = 0; i < embeddings.size(); i++) {
      Found one = found.get(i);
      String parent = one.id.contains("/") ? one.id.substring(0, one.id.lastIndexOf('/')) : "";
      if (thumbnails != null && !thumbnails.canName(one.id)) {
        unreadable.add(new Unreadable(one.file, "its name is too long for a small copy"));
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
