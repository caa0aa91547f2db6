package io.gill.hub;

import java.net.URI;

/**
 * A file to fetch.
 *
 * @param repository name of its repository
 * @param path path in it, which {@link RepositoryPath} has checked
 * @param size length in bytes
 * @param id its content
 * @param source address below which the repository's files are fetched
 */
record HubFile(String repository, String path, long size, BlobId id, URI source) {
  static HubFile of(FetchPlan.Part part, FetchPlan.File file) {
    return new HubFile(part.repository(), RepositoryPath.require("file", file.path()), file.bytes(),
        new BlobId(file.checksum()), part.source());
  }

  URI address() {
    return HubClient.below(source, path);
  }

  /** Repository and path, for messages. */
  String name() {
    return repository + "/" + path;
  }
}
