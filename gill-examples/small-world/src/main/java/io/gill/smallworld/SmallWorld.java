package io.gill.smallworld;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The model of a small world: pictures of one or two coloured shapes, and dialogues about them. It answers, retrieves
 * and generates within seconds on a CPU.
 *
 * <pre>{@code
 * try (GillModel model = GillModel.load(SmallWorld.directory())) {
 *   Reply reply = model.respond("draw a large blue star in the centre on a white background");
 * }
 * }</pre>
 *
 * <p>The weights are resources of this class. They are read by its class loader, from a jar, a jar within a jar, or a
 * module.
 */
public final class SmallWorld {
  private static final String MODEL = "model/";

  /** Checksum, length and path of each file, since resources cannot be listed in every container. */
  private static final String INDEX = "files.txt";

  private static final String DRAFT = "unpacking-";

  private SmallWorld() {}

  /**
   * Returns the model directory. Files in a jar are unpacked once per version, into {@code .cache/gill} in the user's
   * home.
   *
   * @return a directory for {@link io.gill.GillModel#load(Path)}; do not write to it
   * @throws GillException if it cannot be unpacked
   */
  public static Path directory() {
    return directory(Path.of(System.getProperty("user.home", "."), ".cache", "gill"));
  }

  static Path directory(Path cache) {
    try {
      URL args = SmallWorld.class.getResource(MODEL + "model_args.json");
      if (args != null && args.getProtocol().equals("file")) {
        return Objects.requireNonNull(Path.of(args.toURI()).getParent());
      }
      return unpack(new String(read(INDEX), StandardCharsets.UTF_8), cache);
    } catch (URISyntaxException | IOException e) {
      throw new GillException("the model of the small world cannot be unpacked to " + cache + ": " + e, e);
    }
  }

  private static byte[] read(String resource) throws IOException {
    try (InputStream in = SmallWorld.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("this copy of gill-small-world lacks " + resource);
      }
      return in.readAllBytes();
    }
  }

  /** Unpacks all files, even if another process unpacks them at the same time. A killed process leaves no model. */
  private static Path unpack(String index, Path cache) throws IOException {
    String version = Hashing.sha256().hashString(index, StandardCharsets.UTF_8).toString().substring(0, 16);
    Path folder = cache.resolve("small-world-" + version);
    if (Files.isDirectory(folder)) {
      return folder;
    }
    Files.createDirectories(cache);
    removeOldDrafts(cache);
    Path draft = Files.createTempDirectory(cache, DRAFT);
    try {
      for (String line : index.lines().toList()) {
        List<String> entry = List.of(line.split(" ", 3));
        byte[] content = read(MODEL + entry.get(2));
        if (content.length != Integer.parseInt(entry.get(1))) {
          throw new IOException(entry.get(2) + " has " + content.length + " bytes, not " + entry.get(1));
        }
        AtomicFile.write(draft.resolve(entry.get(2)), ByteBuffer.wrap(content));
      }
      AtomicFile.move(draft, folder);
    } catch (IOException | GillException e) {
      MoreFiles.deleteRecursively(draft, RecursiveDeleteOption.ALLOW_INSECURE);
      if (!Files.isDirectory(folder)) { // unless another process was faster
        throw e;
      }
    }
    return folder;
  }

  /**
   * Deletes folders that killed processes left. They are recognised by their age, since no unpacking takes an hour. A
   * folder that cannot be deleted does no harm.
   */
  private static void removeOldDrafts(Path cache) {
    Instant old = Instant.now().minus(Duration.ofHours(1));
    try (Stream<Path> all = Files.list(cache)) {
      for (Path draft : all.filter(path -> path.getFileName().toString().startsWith(DRAFT)).toList()) {
        if (Files.getLastModifiedTime(draft).toInstant().isBefore(old)) {
          MoreFiles.deleteRecursively(draft, RecursiveDeleteOption.ALLOW_INSECURE);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // It belongs to another user, or another process is deleting it.
    }
  }
}
