package io.gill;

import com.google.common.collect.ImmutableList;
import io.gill.stage.Problems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Locates the parts of a model: in sub-folders of its directory, or in the Hugging Face cache under the names in
 * {@code model_args.json}.
 */
final class ModelDirectory {
  /** Files of GILL's trained parts: gill's own format takes precedence over the published one. */
  private static final List<String> CHECKPOINTS = List.of("gill.safetensors", "pretrained_ckpt.pth.tar");

  /** A frozen part and the folder names it may have: the general name, then the published family's. */
  enum Part {
    /** The language model. */
    LANGUAGE("lm", "opt"),
    /** The vision encoder. */
    VISION("vision", "clip"),
    /** The image generator. */
    GENERATOR("sd");

    private final ImmutableList<String> folders;

    Part(String... folders) {
      this.folders = ImmutableList.copyOf(folders);
    }
  }

  private final Path root;
  private final HuggingFaceCache cache;

  ModelDirectory(Path root, HuggingFaceCache cache) {
    this.root = root;
    this.cache = cache;
  }

  Path root() {
    return root;
  }

  Path args() {
    return root.resolve("model_args.json");
  }

  Path decision() {
    return root.resolve("decision_model.pth.tar");
  }

  /** Finds the file of the trained parts; null, with a problem reported, if there is none. */
  @Nullable Path checkpoint(Problems problems) {
    for (String name : CHECKPOINTS) {
      if (Files.isRegularFile(root.resolve(name))) {
        return root.resolve(name);
      }
    }
    problems.add(root.resolve(CHECKPOINTS.get(1)) + " or " + CHECKPOINTS.get(0) + " is missing");
    return null;
  }

  /** Returns whether a checkpoint is in gill's own format, which may also contain the decision model. */
  boolean holdsDecisionModel(Path checkpoint) {
    return checkpoint.endsWith(CHECKPOINTS.get(0)); // the decision model in a published checkpoint is untrained
  }

  /** Finds a part's folder; empty if there is neither a folder nor a cached snapshot of that name. */
  Optional<Path> find(Part part, @Nullable String name) {
    for (String folder : part.folders) {
      if (Files.isDirectory(root.resolve(folder))) {
        return Optional.of(root.resolve(folder));
      }
    }
    return name == null ? Optional.empty() : cache.find(name);
  }

  /** Finds a part's folder; null, with a problem that lists every place searched, if there is none. */
  @Nullable Path require(Part part, @Nullable String name, Problems problems) {
    Optional<Path> found = find(part, name);
    if (found.isEmpty()) {
      String cached = name == null ? "" : ", and '" + name + "' is not in Hugging Face's cache at "
          + cache.places(name).stream().map(Path::toString).collect(Collectors.joining(", "));
      problems.add("there is no " + folders(part) + cached);
    }
    return found.orElse(null);
  }

  /** Folders that may hold a part, for messages. */
  String folders(Part part) {
    return part.folders.stream().map(folder -> root.resolve(folder).toString()).collect(Collectors.joining(" or "));
  }
}
