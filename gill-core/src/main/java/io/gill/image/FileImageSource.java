package io.gill.image;

import io.gill.GillException;
import io.gill.stage.ImageSource;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Reads retrieved images from files under one folder. Paths in a collection are untrusted: a path that leaves the
 * folder, directly or through a symbolic link, is rejected, and no network is accessed. Immutable and thread-safe.
 */
public final class FileImageSource implements ImageSource {
  /** At least two letters, so that a Windows drive is not a scheme. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*", Pattern.DOTALL);

  private final Path folder;
  private final boolean absoluteAllowed;

  /**
   * Creates a source for relative paths.
   *
   * @param folder base of relative paths, which no path may leave
   */
  public FileImageSource(Path folder) {
    this(folder, false);
  }

  /**
   * Creates a source that may also read absolute paths, for collections made by the application.
   *
   * @param folder base of relative paths, which they may not leave
   * @param absoluteAllowed whether absolute paths may point anywhere
   */
  public FileImageSource(Path folder, boolean absoluteAllowed) {
    this.folder = folder.toAbsolutePath().normalize();
    this.absoluteAllowed = absoluteAllowed;
  }

  @Override
  public BufferedImage fetch(String uri) throws IOException {
    try {
      return Images.read(file(uri));
    } catch (InvalidPathException e) {
      throw failure(new GillException("an image's path is invalid: " + e.getMessage(), e));
    } catch (IOException e) {
      throw failure(new GillException(uri + " cannot be read: " + e, e));
    } catch (GillException e) {
      throw failure(e);
    }
  }

  private Path file(String uri) throws IOException {
    if (SCHEME.matcher(uri).matches()) {
      throw new GillException(uri + " is not a file: give the model an ImageSource that fetches it");
    }
    Path file = FileNames.resolve(folder, uri).normalize();
    if (!file.startsWith(folder) && !(absoluteAllowed && FileNames.resolve(Path.of(""), uri).isAbsolute())) {
      throw new GillException(uri + " is outside " + folder + ": give the model an ImageSource that may read it");
    }
    if (file.startsWith(folder) && Files.exists(file) && !file.toRealPath().startsWith(folder.toRealPath())) {
      throw new GillException(uri + " leaves " + folder + " through a link: copy the image, or give its path to an "
          + "ImageSource that may read it");
    }
    return file;
  }

  /** Creates an exception whose message is one line, like that of its cause, whatever path it quotes. */
  private static IOException failure(GillException cause) {
    return new IOException(cause.getMessage(), cause);
  }
}
