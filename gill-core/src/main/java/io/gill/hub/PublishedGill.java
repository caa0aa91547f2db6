package io.gill.hub;

import com.google.common.collect.ImmutableMap;
import io.gill.directory.ModelDirectory;
import java.net.URI;
import java.util.List;

/**
 * The published GILL: its trained parts, which are in its authors' repository, and the frozen parts at the Hub.
 *
 * @param repository name of the trained parts' repository
 * @param commit its commit
 * @param license its licence
 * @param source address below which its files are fetched
 * @param files git's SHA-1 of each file
 * @param frozen the frozen parts
 */
record PublishedGill(
    String repository, String commit, String license, URI source, ImmutableMap<String, String> files,
    List<Frozen> frozen) {
  private static final String COMMIT = "4600b71a3193267c14aac8b600d958611c4c20be";

  static final PublishedGill MODEL = new PublishedGill(
      "kohjingyu/gill", COMMIT, "apache-2.0",
      URI.create("https://raw.githubusercontent.com/kohjingyu/gill/" + COMMIT + "/checkpoints/gill_opt"),
      ImmutableMap.of(
          "model_args.json", "572bff2f70baa23ed8ef1ecea706c91efbac5b4e",
          "pretrained_ckpt.pth.tar", "a80e498dd040e640ba3d081095e1ab58be218786",
          "decision_model.pth.tar", "8232a3b0391cc6b35d02785c9f59254589c7602e"),
      List.of(
          new Frozen("opt", List.of("facebook/opt-6.7b")),
          new Frozen("clip", List.of("openai/clip-vit-large-patch14")),
          new Frozen("sd", List.of(ModelDirectory.MOVED_GENERATOR, ModelDirectory.PUBLISHED_GENERATOR))));

  /**
   * A part that GILL leaves unchanged.
   *
   * @param folder its folder in a model directory
   * @param repositories names it has or had; the first that exists is fetched
   */
  record Frozen(String folder, List<String> repositories) {}
}
