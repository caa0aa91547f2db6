package io.gill.directory;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Locates snapshots in the local Hugging Face cache. Reads folders only; {@code io.gill.hub} writes them. */
public final class HuggingFaceCache {
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private final List<Path> roots;

  /**
   * Returns the cache that Hugging Face's tools would use.
   *
   * @param environment the environment's variables
   * @param home the user's home folder
   */
  public HuggingFaceCache(Map<String, String> environment, Path home) {
    roots = new ArrayList<>();
    for (String variable : List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")) {
      add(environment.get(variable), "");
    }
    add(environment.get("HF_HOME"), "hub");
    add(environment.get("XDG_CACHE_HOME"), "huggingface/hub");
    roots.add(home.resolve(".cache").resolve("huggingface").resolve("hub"));
  }

  private HuggingFaceCache(Path root) {
    roots = List.of(root);
  }

  /**
   * Returns the cache in a folder.
   *
   * @param root the folder that holds a folder for each model
   * @return the cache
   */
  public static HuggingFaceCache at(Path root) {
    return new HuggingFaceCache(root);
  }

  private void add(@Nullable String root, String below) {
    if (root != null && !root.isBlank()) {
      roots.add(Path.of(root).resolve(below));
    }
  }

  /**
   * Returns the folder that new models are written to.
   *
   * @return the folder that holds a folder for each model; it may be missing
   */
  public Path root() {
    return roots.get(0);
  }

  /** Folders searched for a model, for messages. */
  List<Path> places(String name) {
    return roots.stream().map(root -> root.resolve(folder(name))).toList();
  }

  /** Finds the snapshot that {@code refs/main} names, or the only snapshot. */
  Optional<Path> find(String name) {
    return places(name).stream().map(HuggingFaceCache::snapshot).flatMap(Optional::stream).findFirst();
  }

  /**
   * Returns the name of a model's folder in the cache.
   *
   * @param name name of the model, such as {@code facebook/opt-125m}
   * @return the folder's name, such as {@code models--facebook--opt-125m}
   * @throws GillException if it is not the name of a model
   */
  public static String folder(String name) {
    List<String> parts = List.of(name.split("/", -1));
    if (parts.stream().anyMatch(part -> !PLAIN_NAME.matcher(part).matches())) {
      throw new GillException("'" + name + "' is not the name of a model: expected organisation/name");
    }
    return "models--" + String.join("--", parts);
  }

  private static Optional<Path> snapshot(Path model) {
    Path snapshots = model.resolve("snapshots");
    Path main = model.resolve("refs").resolve("main");
    try {
      if (Files.isRegularFile(main) && Files.size(main) < 200) {
        String revision = Files.readString(main).strip();
        if (PLAIN_NAME.matcher(revision).matches() && Files.isDirectory(snapshots.resolve(revision))) {
          return Optional.of(snapshots.resolve(revision));
        }
      }
      if (!Files.isDirectory(snapshots)) {
        return Optional.empty();
      }
      try (Stream<Path> all = Files.list(snapshots)) {
        List<Path> found = all.filter(Files::isDirectory).toList();
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
      }
    } catch (IOException e) {
      throw new GillException("cannot read " + model + ": " + e.getMessage(), e);
    }
  }
}
