package io.gill.examples.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Fails for recorded results that no part reads, so that an unknown kind of case is noticed. */
final class UnknownFiles {
  private static final String PART = "layout";

  /**
   * File names without extension, or their part up to a hyphen, by folder. This program does not use {@code train},
   * {@code tokenizers_new} and {@code metrics}.
   */
  private static final Map<String, Set<String>> KNOWN = Map.ofEntries(
      Map.entry("checkpoints", Set.of("cases")),
      Map.entry("lm-", Set.of("lm")),
      Map.entry("images", Set.of("preprocess")),
      Map.entry("schedulers", Set.of("schedulers", "rng")),
      Map.entry("sdxl-", Set.of("sdxl")),
      Map.entry("taesd", Set.of("taesd")),
      Map.entry("vision-", Set.of("vision")),
      Map.entry("sd15-tiny", Set.of("sd")),
      Map.entry("tokenizers", Set.of("tokenizers_pinned", "tokenizers_new", "lm-")),
      Map.entry("model-", Set.of("clip_vision", "opt", "gill_parts", "gill", "sd", "train")),
      Map.entry("metrics", Set.of("metrics")));

  private UnknownFiles() {}

  static void report(Folder folder, Report report) throws IOException {
    Path golden = folder.root().resolve("golden");
    for (String dir : Folder.names(golden).toList()) {
      if (!Files.isDirectory(golden.resolve(dir))) {
        continue;
      }
      Set<String> known = KNOWN.getOrDefault(dir, KNOWN.get(dir.substring(0, dir.indexOf('-') + 1)));
      List<String> files = Folder.names(golden.resolve(dir))
          .filter(name -> name.endsWith(".json") || name.endsWith(".safetensors"))
          .toList();
      if (known == null) {
        report.fail(PART, dir, "an unknown folder of recorded results");
        continue;
      }
      for (String file : files) {
        String name = file.substring(0, file.lastIndexOf('.'));
        if (!known.contains(name) && !known.contains(name.substring(0, name.indexOf('-') + 1))) {
          report.fail(PART, dir + "/" + file, "an unknown kind of recorded results");
        }
      }
    }
  }
}
