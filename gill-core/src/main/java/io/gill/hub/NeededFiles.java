package io.gill.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Chooses the files of a repository that gill reads. */
final class NeededFiles {
  /** Folders of a diffusers pipeline that gill reads. */
  private static final Set<String> PIPELINE = Set.of(
      "", "scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "unet", "vae");

  /** Configurations, vocabularies, templates, licences. */
  private static final Pattern SMALL = Pattern.compile(
      "[^/]+\\.(json|txt|jinja)|(LICENSE|NOTICE|USE_POLICY)[^/]*|README\\.md", Pattern.CASE_INSENSITIVE);

  private static final Pattern INDEX = Pattern.compile(".*\\.index(\\.[\\w-]+)?\\.json");

  private NeededFiles() {}

  /**
   * Chooses files.
   *
   * @param names all files of a repository
   * @param request says whether to prefer 16 bits, and has the user's patterns
   * @return the chosen names, in the given order
   */
  static List<String> of(Collection<String> names, FetchRequest request) {
    Set<String> chosen = request.include().isEmpty() ? needed(names, request.halfPrecision())
        : names.stream().filter(name -> matches(request.include(), name)).collect(Collectors.toSet());
    return names.stream().filter(chosen::contains).filter(name -> !matches(request.exclude(), name)).toList();
  }

  private static boolean matches(List<String> patterns, String name) {
    return patterns.stream().anyMatch(pattern -> glob(pattern).matcher(name).matches());
  }

  /** A pattern of the Hub's own tools: {@code *} also matches slashes. */
  private static Pattern glob(String pattern) {
    String regex = pattern.chars().mapToObj(one -> one == '*' ? ".*" : one == '?' ? "."
        : Pattern.quote(Character.toString(one))).collect(Collectors.joining());
    return Pattern.compile(regex, Pattern.DOTALL);
  }

  private static Set<String> needed(Collection<String> names, boolean halfPrecision) {
    boolean pipeline = names.contains("model_index.json");
    Map<String, List<String>> folders = new LinkedHashMap<>();
    for (String name : names) {
      String folder = name.substring(0, Math.max(0, name.lastIndexOf('/')));
      if (folder.isEmpty() || (pipeline && PIPELINE.contains(folder))) {
        folders.computeIfAbsent(folder, key -> new ArrayList<>())
            .add(name.substring(folder.isEmpty() ? 0 : folder.length() + 1));
      }
    }
    Set<String> needed = new LinkedHashSet<>();
    folders.forEach((folder, files) -> {
      List<String> kept = new ArrayList<>(
          files.stream().filter(name -> SMALL.matcher(name).matches() && !INDEX.matcher(name).matches()).toList());
      // At its root, a pipeline may have checkpoints in formats of other programs.
      kept.addAll(pipeline && folder.isEmpty() ? List.of() : weights(files, halfPrecision));
      kept.forEach(name -> needed.add(folder.isEmpty() ? name : folder + "/" + name));
    });
    return needed;
  }

  /** Returns the weights of a folder: safetensors in place of PyTorch files, and one precision. */
  private static List<String> weights(List<String> files, boolean halfPrecision) {
    for (String variant : halfPrecision ? List.of("\\.fp16", "") : List.of("", "\\.fp16")) {
      for (String format : List.of("safetensors", "bin")) {
        Optional<List<String>> found = weights(files, variant, format);
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    return files.stream().filter(name -> name.endsWith(".safetensors")).toList(); // such as adapters
  }

  /** Returns a single file, or all shards with their index. Shards have the variant on either side of their number. */
  private static Optional<List<String>> weights(List<String> files, String variant, String format) {
    String stem = "(pytorch_|diffusion_pytorch_)?model";
    List<String> single = matching(files, stem + variant + "\\." + format);
    if (!single.isEmpty()) {
      return Optional.of(single);
    }
    List<String> index = matching(files, stem + "\\." + format + "\\.index" + variant + "\\.json");
    if (index.isEmpty()) {
      return Optional.empty();
    }
    String number = "-\\d{5}-of-\\d{5}";
    String shard = stem + "(" + number + variant + "|" + variant + number + ")\\." + format;
    List<String> all = new ArrayList<>(index);
    all.addAll(matching(files, shard));
    return Optional.of(all);
  }

  private static List<String> matching(List<String> files, String regex) {
    Pattern pattern = Pattern.compile(regex);
    return files.stream().filter(name -> pattern.matcher(name).matches()).toList();
  }
}
