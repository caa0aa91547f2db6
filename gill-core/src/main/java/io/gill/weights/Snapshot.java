package io.gill.weights;

import io.gill.GillException;
import io.gill.concurrent.Closing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model folder and its weights in the layout of Hugging Face transformers and diffusers: one file, or an index and
 * the shards it names.
 */
public final class Snapshot {
  private static final List<String> STEMS = List.of("model", "pytorch_model", "diffusion_pytorch_model");

  /** Published indexes take up to ten megabytes. */
  private static final long MAX_INDEX_BYTES = 256 << 20;

  /** Maximum number of tensors an error names. */
  private static final int SHOWN = 8;

  private Snapshot() {}

  /**
   * Opens the weights of a folder. The search order is {@code model}, {@code pytorch_model},
   * {@code diffusion_pytorch_model}, each as {@code .safetensors} or {@code .bin}: single files before shards,
   * safetensors before {@code .bin}. {@code fp16} variants are used only if there is nothing else.
   *
   * @param dir a snapshot folder
   * @return the tensors of all shards, to be closed by the caller
   * @throws GillException if there are no weights, shards are missing (all of them are listed), the index and the
   *     shards disagree on the tensors, or a file is damaged or unsafe
   */
  public static TensorFile open(Path dir) {
    List<String> names = candidates();
    for (String name : names) {
      Path file = dir.resolve(name);
      if (Files.exists(file)) {
        return name.endsWith(".json") ? openShards(dir, file) : TensorFile.open(file);
      }
    }
    throw new GillException(dir + " holds no weights; none of these is there: " + String.join(", ", names));
  }

  /**
   * Returns the type a snapshot declares.
   *
   * @param dir the snapshot folder
   * @return {@code _class_name} of {@code model_index.json} if that file exists, else {@code model_type} of
   *     {@code config.json}; empty if the file is missing or damaged, or the key is not set
   */
  public static Optional<String> declaredType(Path dir) {
    boolean pipeline = Files.exists(dir.resolve("model_index.json"));
    String key = pipeline ? "_class_name" : "model_type";
    try {
      ConfigFile config = ConfigFile.read(dir.resolve(pipeline ? "model_index.json" : "config.json"));
      return config.has(key) ? Optional.of(config.text(key, "")) : Optional.empty();
    } catch (GillException e) {
      return Optional.empty(); // loading the snapshot reports the problem
    }
  }

  private static List<String> candidates() {
    List<String> names = new ArrayList<>();
    for (String variant : List.of("", "fp16.")) {
      for (String format : List.of("safetensors", "bin")) {
        for (String stem : STEMS) {
          // transformers writes model.safetensors and pytorch_model.bin, never the other two pairs.
          if (!(stem.equals("model") && format.equals("bin"))
              && !(stem.equals("pytorch_model") && format.equals("safetensors"))) {
            names.add(stem + "." + variant + format);
            names.add(stem + "." + format + ".index." + variant + "json");
          }
        }
      }
    }
    return names;
  }

  private static TensorFile openShards(Path dir, Path index) {
    Map<String, String> shardOf = readIndex(index);
    List<String> missing =
        shardOf.values().stream().distinct().filter(shard -> !Files.exists(dir.resolve(shard))).sorted().toList();
    if (!missing.isEmpty()) {
      throw new GillException(dir + " lacks shards that " + index.getFileName() + " names: "
          + String.join(", ", missing));
    }
    Map<String, TensorFile> shards = new LinkedHashMap<>();
    try {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      List<String> absent = new ArrayList<>();
      shardOf.forEach(
          (name, shard) -> {
            TensorFile file = shards.computeIfAbsent(shard, s -> TensorFile.open(dir.resolve(s)));
            if (file.names().contains(name)) {
              tensors.put(name, file.get(name));
            } else {
              absent.add(name + " in " + shard);
            }
          });
      if (!absent.isEmpty()) {
        throw new GillException(index + " names tensors that are not in their shards: " + String.join(", ", absent));
      }
      checkNothingElse(index, shardOf, shards);
      return new NamedTensors(dir, tensors, () -> Closing.closeAll(List.copyOf(shards.values())));
    } catch (RuntimeException | Error e) {
      Closing.closeAfter(e, List.copyOf(shards.values()));
      throw e;
    }
  }

  /** An index must list every tensor of every shard; a tensor it omits or misplaces would be lost unnoticed. */
  private static void checkNothingElse(Path index, Map<String, String> shardOf, Map<String, TensorFile> shards) {
    List<String> others = new ArrayList<>();
    shards.forEach(
        (shard, file) -> {
          for (String name : file.names()) {
            if (!shard.equals(shardOf.get(name))) {
              others.add(name + " in " + shard);
            }
          }
        });
    if (!others.isEmpty()) {
      String rest = others.size() > SHOWN ? " and " + (others.size() - SHOWN) + " more" : "";
      throw new GillException(index + " does not name tensors that are in its shards: "
          + String.join(", ", others.subList(0, Math.min(SHOWN, others.size()))) + rest);
    }
  }

  private static Map<String, String> readIndex(Path index) {
    ConfigFile weightMap = ConfigFile.read(index, MAX_INDEX_BYTES).section("weight_map");
    Map<String, String> shardOf = new LinkedHashMap<>();
    for (String name : weightMap.keys()) {
      String shard = weightMap.text(name, "");
      if (!isPlainFileName(shard)) {
        throw weightMap.refuse(name, "it must be the name of a file in this folder");
      }
      shardOf.put(name, shard);
    }
    if (shardOf.isEmpty()) {
      throw new GillException(index + " has an empty weight_map");
    }
    return shardOf;
  }

  /** Accepts only letters, digits and a few symbols: no separators, drives, parent folders or hidden files. */
  private static boolean isPlainFileName(String name) {
    return name.length() <= 255 && name.matches("[A-Za-z0-9_][A-Za-z0-9._+=-]*");
  }
}
