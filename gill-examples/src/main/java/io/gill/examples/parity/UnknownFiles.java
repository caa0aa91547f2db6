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

  /** File names without extension that parts read for each model, whatever its name. */
  private static final Set<String> PER_MODEL =
      Set.of("clip_vision", "gill", "gill_parts", "lm", "opt", "sd", "sdxl", "taesd", "vision");

  /** Other files that parts read. Tokenizers are named after their models. */
  private static final Set<String> SINGLE = Set.of("checkpoints/cases", "images/preprocess", "schedulers/rng",
      "schedulers/schedulers", "tokenizers/tokenizers_pinned");

  private static final String METRICS = "gill-core's tests of io.gill.evaluation compare metrics";

  /** File names without extension that no part reads, with the reason. */
  private static final Map<String, String> NOT_COMPARED = Map.of(
      "train", "TrainingParityTest of gill-core compares training steps",
      "tokenizers_new", "tokenizers_pinned holds the version to follow",
      "metrics", METRICS, "inception", METRICS, "lpips", METRICS, "mmmu", METRICS, "ptb", METRICS);

  private UnknownFiles() {}

  static void report(Folder folder, Report report) throws IOException {
    Path golden = folder.root().resolve("golden");
    for (String dir : Folder.names(golden).toList()) {
      if (!Files.isDirectory(golden.resolve(dir))) {
        continue;
      }
      List<String> names = Folder.names(golden.resolve(dir))
          .filter(name -> name.endsWith(".json") || name.endsWith(".safetensors"))
          .map(name -> name.substring(0, name.lastIndexOf('.')))
          .distinct()
          .toList();
      if (names.stream().noneMatch(name -> isKnown(dir, name))) {
        report.fail(PART, dir, "an unknown folder of recorded results");
        continue;
      }
      for (String name : names) {
        if (!isKnown(dir, name)) {
          report.fail(PART, dir + "/" + name, "an unknown kind of recorded results");
        } else if (NOT_COMPARED.containsKey(name)) {
          report.leaveOut(PART, dir + "/" + name, NOT_COMPARED.getOrDefault(name, ""));
        }
      }
    }
  }

  private static boolean isKnown(String dir, String name) {
    boolean tokenizer = dir.equals("tokenizers") && !name.startsWith("tokenizers_");
    return PER_MODEL.contains(name) || SINGLE.contains(dir + "/" + name) || NOT_COMPARED.containsKey(name) || tokenizer;
  }
}
