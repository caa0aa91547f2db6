package io.gill.examples.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.lm.DecoderSnapshot;
import io.gill.testsupport.Folders;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every recorded result of the published implementations passes, and a wrong result fails. */
class ParityTest {
  private static final Path REFERENCE =
      Path.of(System.getProperty("gill.reference", "../gill-core/src/test/reference"));

  /** Output and exit code of a run. */
  private record Outcome(int exitCode, List<String> lines, String errors) {
    Stream<String> cases() {
      return lines.stream().filter(line -> line.matches("\\S.* (pass|FAIL)(  .*)?"));
    }

    List<String> failures() {
      return cases().filter(line -> line.contains("  FAIL")).toList();
    }

    /** Names of the cases that did not run. */
    List<String> leftOut() {
      return lines.stream().filter(line -> line.contains(" left out  ")).map(line -> line.split(" +")[1]).toList();
    }

    /** Names of the cases that miss the usual tolerance. The processor decides whether the known ones do. */
    List<String> illConditioned() {
      return cases().filter(line -> line.contains("  " + Report.ILL_CONDITIONED))
          .map(line -> line.split(" +")[1]).toList();
    }

    /** The number of cases by part. */
    Map<String, Integer> counts() {
      return cases().collect(Collectors.toMap(line -> line.split(" +")[0], line -> 1, Integer::sum, TreeMap::new));
    }

    String lastLine() {
      return lines.get(lines.size() - 1);
    }
  }

  private static Outcome run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    int code = Parity.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(errors))
        .execute(args);
    return new Outcome(code, out.toString().lines().toList(), errors.toString());
  }

  @Test
  void everyCaseOfTheFirstFolderPasses() throws IOException {
    Outcome outcome = run(REFERENCE.toString());

    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.counts()).isEqualTo(expectedCounts());
    assertThat(outcome.illConditioned()).isSubsetOf("model-b/run11");
    assertThat(outcome.leftOut()).containsExactly("model-a/train", "model-b/train", "tokenizers/tokenizers_new");
    assertThat(outcome.lastLine()).matches("total +\\d+ passed +0 failed, 3 left out");
  }

  /** Language models of a family that is not on the class path are left out. */
  @Test
  void everyCaseOfTheSecondFolderPasses() throws IOException {
    Path second = REFERENCE.resolveSibling("reference-2");
    Outcome outcome = run(second.toString());

    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.exitCode()).isZero();
    List<String> leftOut = new ArrayList<>(
        List.of("metrics/inception", "metrics/lpips", "metrics/metrics", "metrics/mmmu", "metrics/ptb"));
    int language = 0;
    int tokenizer = 0;
    for (String name : List.of("lm-llama2", "lm-llama3", "lm-mistral", "lm-qwen2", "lm-qwen3")) {
      if (DecoderSnapshot.isKnown(second.resolve(name))) {
        JsonNode cases = Folder.json(second.resolve("golden/" + name + "/lm.json")).get("cases");
        language += 2 * cases.size() + 3; // each sequence and its continuation; the cache, two batches
      } else {
        leftOut.add(name);
      }
      JsonNode golden = Folder.json(second.resolve("golden/tokenizers/" + name + ".json"));
      tokenizer += 1 + golden.get("strings").size() + golden.get("id_sequences").size() + golden.get("chats").size();
    }
    JsonNode sd = Folder.json(second.resolve("golden/sd15-tiny/sd.json"));
    JsonNode sdxl = Folder.json(second.resolve("golden/sdxl-tiny/sdxl.json"));
    Map<String, Integer> expected = new TreeMap<>(Map.of(
        "scheduler", 136,
        "diffusion", 30, // ids, text encoder, timesteps, three predictions, autoencoder both ways, 22 runs
        "taesd", 2, // both layouts
        "lora", 3 * sd.get("lora").size() + 1, // a weight and two scales for each file; two files at once
        "sdxl", 2 + 3 + 2 + sdxl.get("pipelines").size(), // encoders, prompts, UNet and VAE, runs
        "tokenizer", tokenizer,
        "vision", 16));
    if (language > 0) {
      expected.put("language", language);
    }
    assertThat(outcome.counts()).isEqualTo(expected);
    assertThat(outcome.illConditioned()).isSubsetOf("case044");
    assertThat(outcome.leftOut()).isEqualTo(leftOut);
  }

  @Test
  void aDeviceThatDoesNotExistIsNotReplacedByTheCpu() {
    Outcome outcome = run("--device", "cuda:77", REFERENCE.toString());
    assertThat(outcome.exitCode()).isOne();
    assertThat(outcome.errors()).contains("device cuda:77 was requested");
    assertThat(outcome.lines()).isEmpty();

    assertThat(run("--device", "tpu", REFERENCE.toString()).errors()).contains("unknown device type 'tpu'");
  }

  /** Counts the cases from the files. */
  private static Map<String, Integer> expectedCounts() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    JsonNode checkpoints = json("checkpoints", "cases.json");
    counts.put("checkpoint", checkpoints.get("cases").size() + checkpoints.get("missing_files").size());
    JsonNode tokenizers = json("tokenizers", "tokenizers_pinned.json");
    JsonNode opt = tokenizers.get("opt").get("8");
    counts.put("tokenizer", 2 + opt.get("strings").size() + opt.get("padded_captions").size()
        + opt.get("id_sequences").size() + tokenizers.get("clip").get("strings").size());
    counts.put("image", json("images", "preprocess.json").get("images").size());
    // besides the trajectories: schedules, noised samples, velocities
    counts.put("scheduler", json("schedulers", "schedulers.json").get("cases").size()
        + tensors("alphas_cumprod\\..*|add_noise\\.(ddim|pndm|euler)|get_velocity\\..*", "schedulers",
            "schedulers.safetensors"));
    counts.put("noise", tensors("randn(_seq)?\\..*", "schedulers", "rng.safetensors"));
    for (String model : List.of("model-a", "model-b", "model-b-linear")) {
      JsonNode gill = json(model, "gill.json");
      counts.merge("clip_vision", 3 + tensors("get_visual_embs\\..*", model, "clip_vision.safetensors"), Integer::sum);
      if (!model.equals("model-b-linear")) { // its language model is model-b's
        // the size of the table; each sequence and its greedy continuation; two batches
        counts.merge("opt", 1 + 2 * json(model, "opt.json").get("cases").size() + 2, Integer::sum);
        // ids, text encoder, prompts; list of timesteps, predictions, blocks; autoencoder both ways; noise; runs
        counts.merge("diffusion", 3 + 1 + tensors("unet\\..*noise_pred.*", model, "sd.safetensors") + 1 + 2 + 1
            + json(model, "sd.json").get("pipelines").size(), Integer::sum);
      }
      counts.merge("gill_part", 5, Integer::sum); // mapper, query, decision, [IMG] rows, matrix
      counts.merge("gill", gill.get("cases").size(), Integer::sum);
      counts.merge("likelihood", gill.get("log_likelihood").size(), Integer::sum);
    }
    return counts;
  }

  private static JsonNode json(String folder, String file) throws IOException {
    return new ObjectMapper().readTree(REFERENCE.resolve("golden").resolve(folder).resolve(file).toFile());
  }

  private static int tensors(String pattern, String folder, String file) {
    try (TensorFile tensors = TensorFile.open(REFERENCE.resolve("golden").resolve(folder).resolve(file))) {
      return (int) tensors.names().stream().filter(name -> name.matches(pattern)).count();
    }
  }

  // ---- wrong results

  @Test
  void wrongNumbersAndAnUnknownSchedulerAreReported(@TempDir Path dir) throws IOException {
    copy("golden/schedulers", dir);
    edit(dir.resolve("golden/schedulers/schedulers.json"), root -> {
      JsonNode cases = root.get("cases");
      ((ArrayNode) cases.get(0).get("timesteps")).set(0, 2);
      ((ObjectNode) cases.get(1)).put("scheduler", "NoSuchScheduler");
      ((ObjectNode) cases.get(2)).put("init_noise_sigma", 1.001);
    });

    Outcome outcome = run(dir.toString(), "--only", "scheduler/case");

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.failures()).hasSize(3);
    assertThat(outcome.failures().get(0)).contains("case000", "timesteps: element 0 is 1.0 instead of 2.0");
    assertThat(outcome.failures().get(1)).contains("case001", "_class_name is NoSuchScheduler");
    assertThat(outcome.failures().get(2)).contains("case002", "1.0e-03", "init_noise_sigma");
    assertThat(outcome.lastLine()).contains(" 3 failed");
  }

  @Test
  void aWrongStringAndAWrongIdAreReported(@TempDir Path dir) throws IOException {
    copy("golden/tokenizers", dir);
    copy("model-a/opt", dir);
    copy("model-a/sd/tokenizer", dir);
    edit(dir.resolve("golden/tokenizers/tokenizers_pinned.json"), root -> {
      JsonNode strings = root.get("opt").get("8").get("strings");
      ((ObjectNode) strings.get(1)).put("decode_cleanup", "</s>b");
      ((ArrayNode) strings.get(2).get("ids_no_special")).add(4);
      ((ObjectNode) root).putObject("t5");
    });

    Outcome outcome = run(dir.toString());

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.failures()).hasSize(3);
    assertThat(outcome.failures().get(0)).contains("opt/8/strings/001", "\"</s>a\" instead of \"</s>b\"");
    assertThat(outcome.failures().get(1)).contains("opt/8/strings/002", "the end instead of 4");
    assertThat(outcome.failures().get(2)).contains("t5", "unknown kind of tokenizer");
  }

  @Test
  void aTurnedBitInARecordedTensorIsReported(@TempDir Path dir) throws IOException {
    copy("golden/images", dir);
    Path file = dir.resolve("golden/images/preprocess.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 0x40; // in the last tensor
    Files.write(file, bytes);

    Outcome outcome = run(dir.toString());

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.failures()).hasSize(1);
  }

  @Test
  void aWrongReplyIsReported(@TempDir Path dir) throws IOException {
    copy("model-a", dir);
    copy("golden/model-a", dir);
    edit(dir.resolve("golden/model-a/gill.json"), root -> {
      JsonNode cases = root.get("cases");
      ((ObjectNode) cases.get(0).get("outputs").get(0)).put("text", "something else");
      ((ArrayNode) cases.get(1).get("generated_ids_all")).set(3, 7);
      ((ObjectNode) cases.get(2).get("args")).put("beam_width", 4);
      JsonNode image = cases.get(4).get("outputs").get(1).get("images");
      ((ObjectNode) image.get("ret").get(0)).put("sha256_rgb224", "00");
      ((ArrayNode) image.get("decision")).set(0, "ret");
      ((ObjectNode) cases.get(8).get("sampling").get(0)).put("sampled_prob", 0.5);
      ((ObjectNode) root.get("log_likelihood").get(0)).put("score", -13.0);
    });

    Outcome outcome = run(dir.toString(), "--only", "gill/|likelihood/");

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.failures()).hasSize(6);
    assertThat(outcome.failures().get(0)).contains("case0 ", "\"something else\"");
    assertThat(outcome.failures().get(1)).contains("case1 ", "generated_ids");
    assertThat(outcome.failures().get(2)).contains("case2 ", "beam_width");
    assertThat(outcome.failures().get(3)).contains("case4 ", "(and 2 more)"); // preferred, action, pixels
    assertThat(outcome.failures().get(4)).contains("case8 ", "sampled_prob");
    assertThat(outcome.failures().get(5)).contains("likelihood", "score");
  }

  @Test
  void resultsOfAnUnknownKindAreReported(@TempDir Path dir) throws IOException {
    copy("golden/schedulers", dir);
    Files.createDirectories(dir.resolve("golden/speech"));
    Files.writeString(dir.resolve("golden/schedulers/flow.json"), "{}");
    edit(dir.resolve("golden/schedulers/schedulers.json"), root -> ((ArrayNode) root.get("cases")).remove(5));

    Outcome outcome = run(dir.toString());

    assertThat(outcome.failures()).hasSize(3);
    assertThat(outcome.failures().get(0)).contains("schedulers/flow", "unknown kind");
    assertThat(outcome.failures().get(1)).contains("speech", "unknown folder");
    assertThat(outcome.failures().get(2)).contains("2 tensors belong to no known case: case005.");
  }

  /** A model is chosen by its recorded results and its configuration, whatever its name. */
  @Test
  void modelsOfAnyNameAreCompared(@TempDir Path dir) throws IOException {
    Path second = REFERENCE.resolveSibling("reference-2");
    for (String renamed : List.of("vision-siglip", "taesd", "sdxl-tiny", "sd15-tiny", "lm-llama2")) {
      String name = "my-" + renamed;
      Folders.copy(second.resolve(renamed), dir.resolve(name));
      Folders.copy(second.resolve("golden").resolve(renamed), dir.resolve("golden").resolve(name));
    }
    Folders.copy(second.resolve("vision-images"), dir.resolve("vision-images"));
    Files.createDirectories(dir.resolve("golden/my-other"));
    Files.writeString(dir.resolve("golden/my-other/lm.json"), "{}");

    Outcome outcome = run(dir.toString(), "--only", "^vision|^taesd|vae|ctx5$|my-other/");

    assertThat(outcome.failures()).singleElement().asString()
        .contains("my-other/description", "lacks the key 'embedding_rows'");
    int language = DecoderSnapshot.isKnown(second.resolve("lm-llama2")) ? 2 : 1; // with the failure
    assertThat(outcome.counts())
        .isEqualTo(Map.of("vision", 4, "taesd", 2, "sdxl", 1, "diffusion", 2, "language", language));
  }

  @Test
  void aBrokenDescriptionIsOneFailureAmongTheOthers(@TempDir Path dir) throws IOException {
    copy("golden/schedulers", dir);
    copy("golden/tokenizers", dir);
    Files.writeString(dir.resolve("golden/schedulers/schedulers.json"), "{");
    Files.writeString(dir.resolve("golden/tokenizers/tokenizers_pinned.json"), "{\"clip\": {}}");

    Outcome outcome = run(dir.toString());

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.failures()).hasSize(2).allSatisfy(line -> assertThat(line).contains("description of the cases"));
    assertThat(outcome.counts()).containsKey("noise");
  }

  // ---- usage

  @Test
  void aFolderWithoutCasesIsAnError(@TempDir Path dir) {
    Outcome outcome = run(dir.toString());

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.lines()).singleElement().asString().startsWith(dir + " holds no case");
  }

  @Test
  void aPatternThatMatchesNothingIsAnError() {
    Outcome outcome = run(REFERENCE.toString(), "--only", "^nothing$");

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.lines()).singleElement().asString().startsWith("no case matches '^nothing$'");
  }

  @Test
  void aPatternChoosesAndVerboseShowsEveryComparison() {
    Outcome outcome = run(REFERENCE.toString(), "--only", "scheduler/case00[01] ", "--verbose");

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.counts()).isEqualTo(Map.of("scheduler", 2));
    assertThat(outcome.lines()).filteredOn(line -> line.startsWith("    prev_samples ")).hasSize(2);
  }

  @Test
  void wrongUsageIsExplained(@TempDir Path dir) {
    Outcome missing = run(dir.resolve("missing").toString());
    Outcome pattern = run(dir.toString(), "--only", "(");

    assertThat(List.of(run().exitCode(), missing.exitCode(), pattern.exitCode())).containsOnly(2);
    assertThat(missing.errors()).contains("missing is not a folder");
    assertThat(pattern.errors()).contains("--only: not a regular expression");
  }

  private static void edit(Path file, Consumer<JsonNode> change) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode root = mapper.readTree(file.toFile());
    change.accept(root);
    mapper.writeValue(file.toFile(), root);
  }

  private static void copy(String folder, Path to) throws IOException {
    Folders.copy(REFERENCE.resolve(folder), to.resolve(folder));
  }
}
