package io.gill.retrieval;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
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

  private static final int COMMIT_EVERY = 1024;

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
   * A file that was skipped.
   *
   * @param file the file
   * @param reason what is wrong with it
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
   * <p>A picture's id and URI are its path below the folder, with slashes; so {@code new FileImageSource(folder)} fetches
   * it. Links are not followed.
   *
   * @param folder the folder
   * @param listener hears of progress
   * @return what was done
   * @throws GillException if the folder cannot be read or the index not be written
   */
  public Report index(Path folder, Listener listener) {
    return index(folder, pictures(folder), listener);
  }

  /**
   * The pictures below a folder, by the endings of their names. Links are not followed.
   *
   * @param folder the folder
   * @return the files, sorted
   * @throws GillException if the folder cannot be read
   */
  public static List<Path> pictures(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).filter(ImageLibrary::isPicture).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new GillException(folder + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean isPicture(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return SUFFIXES.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * Indexes some pictures below a folder, as {@link #index(Path, Listener)} does.
   *
   * @param folder where ids begin
   * @param files below it
   * @param listener hears of progress
   * @return what was done
   * @throws IllegalArgumentException if a file lies elsewhere
   * @throws GillException if the index cannot be written
   */
  public Report index(Path folder, List<Path> files, Listener listener) {
    List<Unreadable> unreadable = new ArrayList<>();
    List<Found> wanted = new ArrayList<>();
    for (Path file : files) {
      String id = id(folder, file);
      try {
        String version = Files.getLastModifiedTime(file).toMillis() + " " + Files.size(file);
        Optional<IndexedImage> known = index.find(id);
        if (known.isEmpty() || !version.equals(known.get().attributes().get(VERSION))) {
          wanted.add(new Found(file, id, version, known.isPresent()));
        }
      } catch (IOException e) {
        unreadable.add(new Unreadable(file, "cannot be read: " + e.getMessage()));
      }
    }
    int unchanged = files.size() - wanted.size() - unreadable.size();
    int done = 0;
    int embedded = 0;
    int committed = 0;
    CompletableFuture<List<Read>> next = read(wanted, 0);
    while (done < wanted.size()) {
      List<Read> group = next.join();
      next = read(wanted, done + GROUP); // while these are embedded
      embedded += embed(group, unreadable);
      done += group.size();
      if (embedded - committed >= COMMIT_EVERY) {
        index.commit();
        committed = embedded;
      }
      if (!listener.onProgress(files.size() - wanted.size() + done, files.size())) {
        break;
      }
    }
    index.commit();
    return new Report(embedded, unchanged, unreadable);
  }

  private static String id(Path folder, Path file) {
    Path below = folder.toAbsolutePath().normalize().relativize(file.toAbsolutePath().normalize());
    if (below.startsWith("..")) {
      throw new IllegalArgumentException(file + " does not lie below " + folder);
    }
    List<String> names = new ArrayList<>();
    below.forEach(name -> names.add(name.toString()));
    return String.join("/", names);
  }

  private static CompletableFuture<List<Read>> read(List<Found> wanted, int from) {
    List<Found> group = wanted.subList(Math.min(from, wanted.size()), Math.min(from + GROUP, wanted.size()));
    return CompletableFuture.supplyAsync(() -> group.parallelStream().map(ImageLibrary::read).toList());
  }

  private static Read read(Found found) {
    try {
      return new Read(found, Images.read(found.file), "");
    } catch (GillException e) {
      return new Read(found, null, String.valueOf(e.getMessage()));
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
