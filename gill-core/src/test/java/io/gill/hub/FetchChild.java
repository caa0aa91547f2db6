package io.gill.hub;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** A process that fetches a repository, to be killed. */
final class FetchChild {
  private FetchChild() {}

  public static void main(String[] args) {
    ModelFetcher fetcher = ModelFetcher.builder(Map.of(), Path.of(args[1])).endpoint(URI.create(args[0]))
        .cache(Path.of(args[1])).chunkBytes(Integer.parseInt(args[2])).build();
    System.out.print(fetcher.fetch(fetcher.plan("org/model")));
  }
}
