package io.gill.examples.soak;

import io.gill.examples.soak.ReaderPromise.Seed;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stored inputs: those bundled with the program and those of a folder. */
final class Corpus {
  private static final String INDEX = "corpus/index.txt";

  private final @Nullable Path folder;

  Corpus(@Nullable Path folder) {
    this.folder = folder;
  }

  /** Returns the stored inputs of a promise. Bundled ones under {@code right/} are valid. */
  List<Seed> of(String promise) {
    List<Seed> seeds = new ArrayList<>();
    try {
      for (String name : new String(resource(INDEX), StandardCharsets.UTF_8).lines().toList()) {
        if (name.startsWith(promise + "/")) {
          seeds.add(new Seed(resource("corpus/" + name), name.contains("/right/")));
        }
      }
      Path own = folder == null ? null : folder.resolve(promise);
      if (own != null && Files.isDirectory(own)) {
        for (Path file : Folders.files(own)) {
          seeds.add(new Seed(Files.readAllBytes(file), false));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return seeds;
  }

  private static byte[] resource(String name) throws IOException {
    try (@Nullable InputStream in = Corpus.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("this copy of gill-examples lacks " + name);
      }
      return in.readAllBytes();
    }
  }
}
