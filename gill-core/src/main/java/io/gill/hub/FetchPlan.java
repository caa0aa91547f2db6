package io.gill.hub;

import com.google.common.collect.ImmutableList;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@link ModelFetcher} will fetch, with sizes and licences. Immutable.
 *
 * @param parts one part for a repository; for the published GILL its trained parts, language model, vision encoder and
 *     image generator
 * @param cache the folder of the cache that receives the files
 */
public record FetchPlan(List<Part> parts, Path cache) {
  /**
   * Copies the list.
   *
   * @param parts the parts
   * @param cache the folder of the cache
   */
  public FetchPlan {
    parts = ImmutableList.copyOf(parts);
  }

  /**
   * Files of one repository.
   *
   * @param repository its name
   * @param revision the branch, tag or commit that was asked for
   * @param commit the revision's commit
   * @param license licence in the model card, such as {@code apache-2.0}; "not stated" if the card names none
   * @param folder folder of these files in a model directory; empty for the directory itself
   * @param source address below which the files are fetched
   * @param files the files
   */
  public record Part(String repository, String revision, String commit, String license, String folder, URI source,
      List<File> files) {
    /**
     * Copies the list.
     *
     * @param repository its name
     * @param revision the branch, tag or commit
     * @param commit the revision's commit
     * @param license licence in the model card
     * @param folder folder in a model directory
     * @param source address below which the files are fetched
     * @param files the files
     */
    public Part {
      files = ImmutableList.copyOf(files);
    }

    /**
     * Returns the length of all files.
     *
     * @return bytes
     */
    public long bytes() {
      return files.stream().mapToLong(File::bytes).sum();
    }

    /**
     * Returns the length of the files that are not in the cache.
     *
     * @return bytes
     */
    public long missingBytes() {
      return files.stream().filter(file -> !file.cached()).mapToLong(File::bytes).sum();
    }
  }

  /**
   * One file.
   *
   * @param path path in its repository
   * @param bytes length
   * @param cached whether it is complete in the cache
   * @param checksum its SHA-256 (64 digits) or git's SHA-1 (40 digits), which is checked when the file is fetched
   */
  public record File(String path, long bytes, boolean cached, String checksum) {}

  /**
   * Returns the length of all files.
   *
   * @return bytes
   */
  public long bytes() {
    return parts.stream().mapToLong(Part::bytes).sum();
  }

  /**
   * Returns the length of the files that are not in the cache.
   *
   * @return bytes
   */
  public long missingBytes() {
    return parts.stream().mapToLong(Part::missingBytes).sum();
  }
}
