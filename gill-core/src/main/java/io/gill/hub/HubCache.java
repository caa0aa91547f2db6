package io.gill.hub;

import io.gill.GillException;
import io.gill.directory.HuggingFaceCache;
import io.gill.weights.AtomicFile;
import io.gill.weights.DiskSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;

/**
 * Writes repositories into Hugging Face's cache, in the layout of huggingface_hub, which therefore finds them, as this
 * class finds what huggingface_hub has fetched:
 *
 * <pre>
 * models--org--name/blobs/CHECKSUM                  content of a file
 * models--org--name/blobs/CHECKSUM.incomplete       its first bytes, while it is fetched and after a kill
 * models--org--name/snapshots/COMMIT/PATH           a relative link to the content
 * models--org--name/refs/REVISION                   the commit of a branch or tag, without a line break
 * .locks/models--org--name/CHECKSUM.lock            locked while the content is fetched
 * </pre>
 *
 * <p>Links and the revision are written once all files are complete. A reader therefore sees the old snapshot or the
 * whole new one.
 */
final class HubCache {
  private final HuggingFaceCache cache;

  HubCache(HuggingFaceCache cache) {
    this.cache = cache;
  }

  Path root() {
    return cache.root();
  }

  private Path repository(String name) {
    return cache.root().resolve(HuggingFaceCache.folder(name));
  }

  Path blob(HubFile file) {
    return repository(file.repository()).resolve("blobs").resolve(file.id().hex());
  }

  /** The first bytes of a file. They are always a beginning without gaps, as other tools expect. */
  Path incomplete(HubFile file) {
    Path blob = blob(file);
    return blob.resolveSibling(blob.getFileName() + ".incomplete");
  }

  Path lock(HubFile file) {
    return cache.root().resolve(".locks").resolve(HuggingFaceCache.folder(file.repository()))
        .resolve(file.id().hex() + ".lock");
  }

  Path snapshot(String repository, String commit) {
    return repository(repository).resolve("snapshots").resolve(RepositoryPath.require("commit", commit));
  }

  /** Finds the snapshot of a branch, tag or commit, which may lack files. */
  Path requireSnapshot(String repository, String revision) {
    Path reference = repository(repository).resolve("refs").resolve(RepositoryPath.require("revision", revision));
    try {
      boolean known = Files.isRegularFile(reference) && Files.size(reference) < 200;
      Path snapshot = snapshot(repository, known ? Files.readString(reference).strip() : revision);
      if (Files.isDirectory(snapshot)) {
        return snapshot;
      }
    } catch (IOException e) {
      throw new GillException("cannot read " + reference + ": " + e, e);
    }
    throw new GillException("revision " + revision + " of " + repository + " is not in the cache at "
        + repository(repository) + ", and HF_HUB_OFFLINE forbids to fetch it: unset it");
  }

  /** Whether a file is complete in a snapshot, or at least its content in the cache. */
  boolean isCached(HubFile file, String commit) {
    return isComplete(snapshot(file.repository(), commit).resolve(file.path()), file)
        || isComplete(blob(file), file);
  }

  static boolean isComplete(Path path, HubFile file) {
    try {
      return Files.isRegularFile(path) && Files.size(path) == file.size();
    } catch (IOException e) {
      return false;
    }
  }

  /** Number of bytes that an earlier run has fetched. */
  long fetched(HubFile file) {
    try {
      return Math.min(Files.size(incomplete(file)), file.size());
    } catch (IOException e) {
      return 0; // there is no such file
    }
  }

  /** Adds a file to a snapshot. Its content must be complete. */
  void link(HubFile file, String commit) {
    Path pointer = snapshot(file.repository(), commit).resolve(file.path());
    if (!isComplete(pointer, file)) {
      Path blob = blob(file);
      if (!isComplete(blob, file)) {
        throw new GillException(file.name() + " has left the cache since it was planned: plan again");
      }
      link(pointer, Objects.requireNonNull(pointer.getParent()).relativize(blob), blob);
    }
  }

  /**
   * Makes a link to a file, or a copy where links are not possible. An existing file is replaced.
   *
   * @param path the link
   * @param target text of the symbolic link
   * @param file the file that it leads to
   */
  static void link(Path path, Path target, Path file) {
    try {
      Files.createDirectories(path.getParent());
      if (!symbolicLink(path, target)) {
        Path draft = path.resolveSibling(UUID.randomUUID() + AtomicFile.DRAFT);
        if (symbolicLink(draft, target) || hardLink(draft, file)) {
          AtomicFile.move(draft, path);
        } else {
          AtomicFile.copy(file, path);
        }
      }
    } catch (IOException e) {
      throw new GillException(path + " cannot be written: " + e, e);
    }
  }

  /** Returns false if the path exists, or links are not possible. */
  private static boolean symbolicLink(Path path, Path target) {
    try {
      Files.createSymbolicLink(path, target);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static boolean hardLink(Path path, Path file) {
    try {
      Files.createLink(path, file.toRealPath());
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Records the commit of a branch or tag. */
  void refer(String repository, String revision, String commit) {
    Path file = repository(repository).resolve("refs").resolve(RepositoryPath.require("revision", revision));
    try {
      boolean known = Files.isRegularFile(file) && Files.size(file) == commit.length()
          && Files.readString(file, StandardCharsets.ISO_8859_1).equals(commit);
      if (!known && !revision.equals(commit)) {
        AtomicFile.write(file, ByteBuffer.wrap(commit.getBytes(StandardCharsets.US_ASCII)));
      }
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e, e);
    }
  }

  /** Refuses to start if the files do not fit on the disk. */
  void requireSpace(long needed) {
    DiskSpace.lackedBy(cache.root(), needed).ifPresent(space -> {
      throw new GillException(String.format(Locale.ROOT,
          "%.1f GB are to be fetched, but %.1f GB are free in %s: make room or set HF_HUB_CACHE to a folder on another"
              + " disk", needed / 1e9, space.free() / 1e9, space.folder()));
    });
  }
}
