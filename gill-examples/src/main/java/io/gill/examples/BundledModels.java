package io.gill.examples;

import com.google.common.hash.Hasher;
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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Models bundled with the examples, trained by {@code train-world}. */
public final class BundledModels {
  private static final String SMALL_WORLD = "models/small-world/";

  private static final String DRAFT = "unpacking-";

  private BundledModels() {}

  /**
   * Returns the model of the small world: pictures of one or two coloured shapes, and dialogues about them.
   *
   * @return a model directory. It is unpacked from a jar once per version, into {@code .cache/gill} in the user's
   *     home
   * @throws GillException if this copy of the examples has no model, or it cannot be unpacked
   */
  public static Path smallWorld() {
    URL args = BundledModels.class.getResource(SMALL_WORLD + "model_args.json");
    if (args == null) {
      throw new GillException("this copy of gill-examples has no bundled model: name one with --model");
    }
    try {
      if (args.getProtocol().equals("file")) {
        return Objects.requireNonNull(Path.of(args.toURI()).getParent());
      }
      Path jar = Path.of(BundledModels.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      String prefix = BundledModels.class.getPackageName().replace('.', '/') + "/" + SMALL_WORLD;
      return unpack(jar, prefix, Path.of(System.getProperty("user.home"), ".cache", "gill"));
    } catch (URISyntaxException e) {
      throw new GillException("the bundled model cannot be found at " + args, e);
    } catch (IOException e) {
      throw new GillException("the bundled model cannot be unpacked: " + e + "; name one with --model", e);
    }
  }

  /** Unpacks a folder of a jar atomically, even if another process unpacks it at the same time. */
  static Path unpack(Path jar, String prefix, Path cache) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      List<? extends ZipEntry> entries = zip.stream()
          .filter(entry -> entry.getName().startsWith(prefix) && !entry.isDirectory())
          .sorted(Comparator.comparing(ZipEntry::getName))
          .toList();
      Hasher hasher = Hashing.sha256().newHasher();
      entries.forEach(entry -> hasher
          .putString(entry.getName(), StandardCharsets.UTF_8).putLong(entry.getCrc()).putLong(entry.getSize()));
      Path folder = cache.resolve("small-world-" + hasher.hash().toString().substring(0, 16));
      if (Files.isDirectory(folder)) {
        return folder;
      }
      Files.createDirectories(cache);
      removeOldDrafts(cache);
      Path draft = Files.createTempDirectory(cache, DRAFT);
      try {
        for (ZipEntry entry : entries) {
          Path file = draft.resolve(entry.getName().substring(prefix.length())).normalize();
          if (!file.startsWith(draft)) {
            throw new IOException(entry.getName() + " points outside the folder");
          }
          try (InputStream in = zip.getInputStream(entry)) {
            AtomicFile.write(file, ByteBuffer.wrap(in.readAllBytes()));
          }
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
