package io.gill.directory;

import com.google.common.collect.ImmutableList;
import io.gill.GillException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Locates the parts of a model: in sub-folders of its directory, or in the Hugging Face cache under the names in
 * {@code model_args.json} and {@link #PUBLISHED_GENERATOR}.
 */
public final class ModelDirectory {
  /** Name of the image generator that the published code always loads. */
  public static final String PUBLISHED_GENERATOR = "runwayml/stable-diffusion-v1-5";

  /** Name to which it has moved. */
  public static final String MOVED_GENERATOR = "stable-diffusion-v1-5/stable-diffusion-v1-5";

  /** Files of GILL's trained parts: gill's own format takes precedence over the published one. */
  private static final List<String> CHECKPOINTS = List.of("gill.safetensors", "pretrained_ckpt.pth.tar");

  /** A frozen part and the folder names it may have: the general name, then the published family's. */
  public enum Part {
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

  /**
   * Creates a directory whose missing parts may be in a cache.
   *
   * @param root the directory
   * @param cache where missing parts are looked for
   */
  public ModelDirectory(Path root, HuggingFaceCache cache) {
    this.root = root;
    this.cache = cache;
  }

  /**
   * Creates a directory whose missing parts may be in the user's cache.
   *
   * @param root the directory
   * @return the directory
   */
  public static ModelDirectory of(Path root) {
    return new ModelDirectory(
        root, new HuggingFaceCache(System.getenv(), Path.of(System.getProperty("user.home", "."))));
  }

  /**
   * Returns the directory itself.
   *
   * @return the folder
   */
  public Path root() {
    return root;
  }

  /**
   * Returns the file with the sizes of the trained parts.
   *
   * @return {@code model_args.json}
   */
  public Path args() {
    return root.resolve("model_args.json");
  }

  /**
   * Returns the file of a decision model.
   *
   * @return a file that may be missing
   */
  public Path decision() {
    return root.resolve("decision_model.pth.tar");
  }

  /**
   * Finds the file of the trained parts.
   *
   * @return the file in gill's own format, or the published one
   * @throws GillException if there is neither
   */
  public Path checkpoint() {
    return CHECKPOINTS.stream().map(root::resolve).filter(Files::isRegularFile).findFirst()
        .orElseThrow(() -> new GillException(
            root.resolve(CHECKPOINTS.get(1)) + " or " + CHECKPOINTS.get(0) + " is missing"));
  }

  /**
   * Returns whether a checkpoint is in gill's own format, which may also contain the decision model.
   *
   * @param checkpoint a file of the trained parts
   * @return false for a published checkpoint, whose decision model is untrained
   */
  public boolean holdsDecisionModel(Path checkpoint) {
    return checkpoint.endsWith(CHECKPOINTS.get(0));
  }

  /**
   * Finds a part's folder.
   *
   * @param part the part
   * @param name its name at Hugging Face, if it has one
   * @return empty if there is neither a folder nor a cached snapshot of that name
   */
  public Optional<Path> find(Part part, @Nullable String name) {
    for (String folder : part.folders) {
      if (Files.isDirectory(root.resolve(folder))) {
        return Optional.of(root.resolve(folder));
      }
    }
    return name == null ? Optional.empty() : cache.find(name);
  }

  /**
   * Finds a part's folder, which must exist.
   *
   * @param part the part
   * @param name its name at Hugging Face, if it has one
   * @return the folder
   * @throws GillException if there is none; it lists every place searched
   */
  public Path require(Part part, @Nullable String name) {
    return find(part, name).orElseThrow(() -> new GillException("there is no " + folders(part)
        + (name == null ? "" : ", and '" + name + "' is not in Hugging Face's cache at "
            + cache.places(name).stream().map(Path::toString).collect(Collectors.joining(", ")))));
  }

  /**
   * Returns the folders that may hold a part, for messages.
   *
   * @param part the part
   * @return all names it may have
   */
  public String folders(Part part) {
    return part.folders.stream().map(folder -> root.resolve(folder).toString()).collect(Collectors.joining(" or "));
  }
}
