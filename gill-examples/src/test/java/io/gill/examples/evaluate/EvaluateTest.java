package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gill.Conversation;
import io.gill.Conversation.Content;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.RespondOptions.TextCut;
import io.gill.examples.evaluate.Benchmark.Finished;
import io.gill.examples.server.GillServer;
import io.gill.examples.server.ServedModel;
import io.gill.examples.server.ServerOptions;
import io.gill.smallworld.SmallWorld;
import io.gill.testing.FakeModel;
import io.gill.testsupport.MeteorProgram;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.testsupport.TokenizerProgram;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Small benchmarks of the bundled model's world, from their official files to the scores. */
class EvaluateTest {
  private static final int COUNT = 3;

  @TempDir static Path shared;
  private static GillModel model;
  private static GillModel unclosed;

  @TempDir Path folder;

  @BeforeAll
  static void prepare() {
    model = GillModel.load(SmallWorld.directory());
    unclosed = (GillModel) Proxy.newProxyInstance(EvaluateTest.class.getClassLoader(), new Class<?>[] {GillModel.class},
        (proxy, method, arguments) -> {
          try {
            return method.getName().equals("close") ? null : method.invoke(model, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
    int code = new CommandLine(new WorldBenchmarks()).setOut(new PrintWriter(new StringWriter())).execute(
        "--output", shared.toString(), "--count", Integer.toString(COUNT));
    assertThat(code).isZero();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void questionsAreAnsweredInTheOfficialFormat() throws IOException {
    String said = evaluate("vqav2", "--style", "dialogue");
    assertThat(said).contains("| accuracy | all | 3 | ").contains("| 0.318 |")
        .containsPattern("\\| accuracy by question type \\| [a-z]+ \\| [123] \\| ");
    JsonNode results = read("v2_OpenEnded_mscoco_val2014_gill_results.json");
    assertThat(results).hasSize(COUNT);
    assertThat(results.get(0).fieldNames()).toIterable().containsExactly("question_id", "answer");
    assertThat(folder.resolve("scores.md")).content().startsWith("# vqav2\n\n| measure | category |")
        .contains("| style | dialogue |");
    assertThat(Files.readAllLines(folder.resolve("scores.csv")).get(1)).startsWith("\"accuracy\",\"\",3,")
        .contains(",0.3178,\"Koh et al. 2023");
    assertThat(ImageIO.read(folder.resolve("scores.png").toFile()).getWidth()).isEqualTo(800);
  }

  @Test
  void captionsAreScoredWithAllMetrics() throws IOException {
    assertThat(evaluate("coco-captions", "--style", "dialogue"))
        .containsPattern("\\| BLEU-1 \\| all \\| 3 \\| [0-9.]+ \\| [0-9.]+ to [0-9.]+ \\|")
        .contains("| BLEU-1 | all | 3 | ", "| BLEU-4 | all | 3 | ", "| ROUGE-L | all | 3 | ", "| CIDEr-D | all | 3 | ");
    assertThat(read("captions_test_gill_results.json").get(0).fieldNames()).toIterable()
        .containsExactly("image_id", "caption");
  }

  @Test
  void aMissingProgramIsFoundBeforeTheRun() {
    Path missing = folder.resolve("meteor.jar");
    assertThat(fails("coco-captions", "--meteor", missing.toString()))
        .contains("METEOR's file " + missing + " does not exist");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void captionsAreScoredByTheOfficialPrograms(@TempDir Path programs) throws IOException {
    Path tokenizer = TokenizerProgram.write(programs);
    assertThat(evaluate("coco-captions", "--style", "dialogue", "--meteor", MeteorProgram.write(programs).toString(),
        "--tokenizer", tokenizer.toString())).contains("| tokenizer | " + tokenizer + " |")
        .containsPattern("\\| METEOR \\| all \\| 3 \\| [0-9.]+ \\| [0-9.]+ to [0-9.]+ \\|").doesNotContain("--meteor");
  }

  @Test
  void theMostLikelyChoiceIsTaken() throws IOException {
    assertThat(evaluate("seed-bench", "--limit", "2")).contains("| accuracy | all | 2 | ");
    List<String> lines = Files.readAllLines(folder.resolve("results.json"));
    assertThat(lines).hasSize(2)
        .allMatch(line -> line.matches("\\{\"question_id\": \"\\d\", \"prediction\": \"[A-D]\"}"));
  }

  @Test
  void questionsOfSeedBench2AreAboutOneOrMorePictures() throws IOException {
    Path picture = shared.resolve("vqav2/val2014/COCO_val2014_000000000000.png");
    Files.createDirectories(folder.resolve("SEED-Bench-2-image/task17"));
    Files.copy(picture, folder.resolve("SEED-Bench-2-image/task17/1.png"));
    Files.copy(picture, folder.resolve("SEED-Bench-2-image/task17/2.png"));
    Files.createDirectories(folder.resolve("cc3m-image"));
    Files.copy(picture, folder.resolve("cc3m-image/145_259.png"));
    String rest = ",\"question\":\"q\",\"choice_a\":\"a\",\"choice_b\":\"b\",\"choice_c\":\"c\","
        + "\"choice_d\":\"d\",\"answer\":\"B\",\"level\":\"L1\",\"version\":\"v2\"}";
    Files.writeString(folder.resolve("SEED-Bench_v2_level1_2_3.json"), "{\"questions\":["
        + "{\"question_id\":\"5_0\",\"question_type_id\":5,\"data_type\":\"Single Image\",\"data_id\":\"145_259\""
        + rest + ",{\"question_id\":\"17_0\",\"question_type_id\":17,\"data_type\":\"Multiple Images\","
        + "\"data_id\":[\"task17/1.png\",\"task17/2.png\"]" + rest
        + ",{\"question_id\":\"19_0\",\"question_type_id\":19,\"data_type\":\"Video\",\"data_id\":[\"v/1.png\"]"
        + rest + "]}");
    List<Item> items = Kind.SEED_BENCH.open(new DataFolder(folder), "", List.of(), Style.PUBLISHED).items();
    assertThat(items).extracting(Item::id).containsExactly("5_0", "17_0");
    assertThat(items.get(0).prompt().turns().get(0)).hasSize(1 + 1);
    assertThat(items.get(1).prompt().turns().get(0)).hasSize(2 + 1);
    Files.delete(folder.resolve("cc3m-image/145_259.png"));
    assertThatThrownBy(() -> items.get(0).prompt().turns()).hasMessage("the picture 145_259 is in none of the folders "
        + "SEED-Bench-image, SEED-Bench-2-image, cc3m-image of " + folder);
  }

  @Test
  void rotationsOfAQuestionAreSampledAndCountedTogether() throws IOException {
    assertThat(evaluate("mmbench", "--style", "dialogue", "--limit", "1")).contains(
        "| circular accuracy | all | 1 | ", "| circular accuracy by l2-category | FP-S | 1 | ");
    List<String> lines = Files.readAllLines(folder.resolve("MMBench_DEV_EN_gill.tsv"));
    assertThat(lines).hasSize(1 + 4);
    assertThat(lines.get(0)).endsWith("\tcategory\tl2-category\tsplit\tprediction");
  }

  @Test
  void questionsOfSubjectsAreReadFromParquet() throws IOException {
    assertThat(evaluate("mmmu", "--style", "dialogue"))
        .contains("| accuracy | all | 3 | ").contains("| 0.288 |")
        .containsPattern("accuracy \\| (Colour|Shape|Position)");
    JsonNode results = read("total_val_output.json");
    assertThat(results).hasSize(COUNT);
    for (Map.Entry<String, JsonNode> result : results.properties()) {
      assertThat(result.getKey()).matches("validation_[A-Z][a-z]+_\\d");
      assertThat(result.getValue().asText()).matches("[A-D]");
      String subject = result.getKey().replaceAll("validation_|_\\d", "");
      assertThat(read(subject + "/output.json").findValuesAsText("id")).contains(result.getKey());
    }
    assertThat(fails("mmmu", "--split", "test")).contains("has no files test*.parquet");
  }

  @Test
  void storiesAreReadWithLessAndMoreContext() throws IOException {
    String said = evaluate("vist", "--scenes", "--limit", "1", "--steps", "2");
    assertThat(said).contains("| attributes right | 1 | 1 | ", "| attributes right | 5 | 1 | ",
        "| attributes right | 5+pictures | 1 | ");
    for (String context : List.of("1", "5", "5+pictures")) {
      assertThat(folder.resolve("pictures").resolve(context).toFile().list()).hasSize(1)
          .allMatch(name -> name.matches("\\d-4\\.png"));
    }
    // The same settings resume: nothing is asked again.
    assertThat(evaluate("vist", "--scenes", "--limit", "1", "--steps", "2"))
        .contains("3 of 3 items were finished before");
    assertThat(fails("vist", "--scenes", "--limit", "1", "--steps", "3"))
        .contains("is of a run with steps 2, not 3");
  }

  @Test
  void dialoguesAndFewShotRequestsEndWithAPicture() throws IOException {
    assertThat(evaluate("visdial", "--scenes", "--limit", "1", "--context", "1,10", "--steps", "2"))
        .contains("| attributes right | 1 | 1 | ", "| attributes right | 10 | 1 | ");
    // The official scorer reads these names.
    assertThat(folder.resolve("pictures/10").toFile().list()).hasSize(1)
        .allMatch(name -> name.matches("\\d{12}\\.png"));
    folder = folder.resolve("few");
    assertThat(evaluate("t2ifmit", "--scenes", "--limit", "1", "--context", "0,2", "--steps", "2", "--style",
        "dialogue")).contains("| attributes right | 0 | 1 | ", "| attributes right | 2 | 1 | ");
    JsonNode result = read("results/open_t2i_mi/gill_2-shot.json");
    assertThat(result).hasSize(1);
    assertThat(result.get(0).get("question").asText()).startsWith("Generate a ");
    assertThat(Path.of(result.get(0).get("prediction").asText())).isRegularFile()
        .hasParent(folder.resolve("pictures/2"));
  }

  @Test
  void theLastPictureOfAStoryIsRetrieved() throws IOException {
    String said = evaluate("vist-retrieval", "--limit", "1", "--context", "1,5+pictures");
    assertThat(said).contains("| R@1 | all | 2 | ", "| R@10 | 5+pictures | 1 | ", "| 0.537 |",
        "- The collection has 15 pictures.");
    assertThat(evaluate("vist-retrieval", "--limit", "1", "--context", "1,5+pictures"))
        .contains("17 of 17 items were finished before");
  }

  @Test
  void candidateAnswersAreRanked() throws IOException {
    String said = evaluate("visdial-answers", "--limit", "1");
    assertThat(said).contains("| NDCG | all | 1 | ", "| R@1 | all | 10 | ", "| MRR | all | 10 | ",
        "- The mean rank of the given answers is ");
    JsonNode ranks = read("ranks.json");
    assertThat(ranks).hasSize(10);
    assertThat(ranks.get(9).get("round_id").asInt()).isEqualTo(10);
    assertThat(ranks.get(9).get("ranks")).extracting(JsonNode::asInt).contains(1, 2).doesNotHaveDuplicates();
    assertThat(fails("visdial-answers", "--style", "dialogue")).contains("prompt of visdial-answers is a dialogue");
  }

  @Test
  void decisionsAreScoredByMacroF1() throws IOException {
    assertThat(evaluate("decisions")).contains("| macro-F1 | all | 3 | ", "| accuracy | all | 3 | ");
    Path table = shared.resolve("decisions/PartiPromptsDecisionsConfident.tsv");
    List<String> requests = Files.readAllLines(table);
    assertThat(requests).hasSize(1 + 600 + COUNT);
    assertThat(requests.get(601)).matches("[^\t]*\\b(picture|photo|image)\\b[^\t]*\tret");
    folder = folder.resolve("written");
    List<String> prompts = List.of("a small red circle on the left on a white background",
        "a large blue star at the top and a small green cross on the right on a grey background",
        "a large yellow square in the centre on a black background", "a cat");
    Files.writeString(table, "Prompt\tDecision\n" + String.join("\tret\n", prompts) + "\tsame\n");
    assertThat(fails("decisions")).contains("has 3 usable prompts, which are all for training: name --split");
    assertThat(fails("decisions", "--split", "test")).contains("'test' is not a split of decisions");
    assertThat(evaluate("decisions", "--split", "all")).contains("| macro-F1 | all | 3 | ", "| accuracy | all | 3 | ",
        "| 0.540 |", "1 rows of the table are left out");

    // a table with the model's own decisions as labels
    StringBuilder own = new StringBuilder("Prompt\tDecision\n");
    for (String line : Files.readAllLines(folder.resolve("journal.jsonl")).subList(1, 4)) {
      JsonNode outcome = new ObjectMapper().readTree(line);
      own.append(prompts.get(outcome.get("id").asInt())).append('\t').append(outcome.get("answer").asText())
          .append('\n');
    }
    Files.writeString(table, own);
    folder = folder.resolve("own");
    assertThat(evaluate("decisions", "--split", "all"))
        .contains("| macro-F1 | all | 3 | 1.000 | ", "| accuracy | all | 3 | 1.000 | ");
    Files.writeString(table, "Prompt\tDecision\nfind a small red circle on the left\tret\n");
    folder = folder.resolve("dialogue");
    assertThat(evaluate("decisions", "--split", "training", "--style", "dialogue")).contains("| macro-F1 | all | 1 | ");
    Files.delete(table);
    Files.writeString(table.resolveSibling("PartiPromptsAllDecisions_Alignment.tsv"),
        "Prompt\tDecisions\na small red circle on the left\tret,ret,ret,ret,same\n");
    folder = folder.resolve("votes");
    assertThat(evaluate("decisions", "--split", "training")).contains("| macro-F1 | all | 1 | ");
  }

  @Test
  void twoRunsAreComparedOnAPage() throws IOException {
    Path all = folder;
    folder = all.resolve("first");
    evaluate("t2ifmit", "--scenes", "--limit", "2", "--context", "0", "--steps", "2");
    folder = all.resolve("second");
    evaluate("t2ifmit", "--scenes", "--limit", "2", "--context", "0", "--steps", "2", "--seed", "43");
    folder = all.resolve("compared");
    StringWriter out = new StringWriter();
    assertThat(run(out, "--compare", all.resolve("first").toString(), all.resolve("second").toString(), "--output",
        folder.toString())).isZero();
    assertThat(out.toString()).contains("t2ifmit, attributes right: ", " better, ");
    assertThat(folder.resolve("comparison.html")).content().contains("<h1>t2ifmit, attributes right</h1>");
  }

  @Test
  void picturesOfCaptionsAreComparedByClip(@TempDir Path clip) throws IOException {
    for (Path part : List.of(Reference.path("..", "resources", "io", "gill", "evaluation", "clip"),
        Reference.path("..", "reference-2", "sd15-tiny", "tokenizer"))) {
      try (Stream<Path> files = Files.list(part)) {
        for (Path file : files.toList()) {
          Files.copy(file, clip.resolve(file.getFileName()));
        }
      }
    }
    assertThat(evaluate("coco-fid", "--limit", "2", "--steps", "2", "--clip",
        Reference.path("..", "reference-2", "vision-clip-gelu-p14").toString(), "--clip-text", clip.toString()))
        .contains("| CLIP similarity | all | 2 | ", "| CLIP similarity to the words | all | 2 | ");
    assertThat(folder.resolve("pictures").toFile().list()).hasSize(2)
        .allMatch(name -> name.matches("COCO_val2014_\\d{12}\\.png"));
  }

  @Test
  void anUnreadablePictureKeepsTheScoresOfOthers() throws IOException {
    Path data = folder.resolve("data");
    copy("vist", data);
    Path results = folder.resolve("out");
    Path inception = inception();
    Path alexNet = alexNet();
    Path heads = heads();
    String[] arguments = {"vist", "--data", data.resolve("vist").toString(), "--output", results.toString(), "--scenes",
        "--context", "1,5", "--steps", "2", "--inception", inception.toString(), "--lpips", alexNet.toString(),
        heads.toString()};
    StringWriter out = new StringWriter();
    assertThat(run(out, arguments)).as(out.toString()).isZero();
    assertThat(out.toString().lines())
        .contains("attributes right: 6 items", "LPIPS: 6 items", "FID of context 1: 3 items");
    assertThat(out.toString()).contains("| attributes right | all | 6 | ", "| LPIPS | 5 | 3 | ",
        "FID of context 1 is not computed: the first set has 3 pictures",
        "FID of context 5 is not computed: the first set has 3 pictures")
        .doesNotContain("do not count for FID");

    Path features;
    try (Stream<Path> files = Files.list(results.resolve("scoring"))) {
      features = files.filter(file -> file.toString().endsWith(".bin")).findFirst().orElseThrow();
    }
    byte[] kept = Files.readAllBytes(features);
    assertThat(kept.length / (32 + 4 * 2048 + 4)).isBetween(1 + 3, 6 + 3); // equal pictures have one record

    Files.writeString(data.resolve("vist/images/1-4.png"), "no picture");
    out.getBuffer().setLength(0);
    assertThat(run(out, arguments)).as(out.toString()).isZero();
    assertThat(out.toString()).contains("6 of 6 items were finished before", "| attributes right | all | 4 | ",
        "| LPIPS | 5 | 2 | ", "2 items do not count for FID; the first, 1/1: ",
        "FID of context 5 is not computed: the first set has 2 pictures",
        "| scenes | on |", "| inception | " + inception + " |", "| lpips | " + alexNet + " |",
        "| lpips heads | " + heads + " |");
    assertThat(features).as("nothing was computed again").hasBinaryContent(kept);
    assertThat(new ObjectMapper().readTree(results.resolve("items.json").toFile()).get("settings").get("inception")
        .asText()).isEqualTo(inception.toString());
  }

  private Path inception() throws IOException {
    Map<String, TestTensors.Tensor> weights = new LinkedHashMap<>();
    JsonNode golden = new ObjectMapper().readTree(
        Reference.path("..", "reference-2", "golden", "metrics", "inception.json").toFile());
    for (JsonNode key : golden.get("keys")) {
      int[] shape = new int[key.get(1).size()];
      Arrays.setAll(shape, i -> key.get(1).get(i).asInt());
      weights.put(key.get(0).asText(), constant(shape));
    }
    return write("inception.safetensors", weights);
  }

  private Path alexNet() {
    Map<String, TestTensors.Tensor> weights = new LinkedHashMap<>();
    Map<Integer, int[]> shapes = Map.of(0, new int[] {64, 3, 11, 11}, 3, new int[] {192, 64, 5, 5},
        6, new int[] {384, 192, 3, 3}, 8, new int[] {256, 384, 3, 3}, 10, new int[] {256, 256, 3, 3});
    shapes.forEach((layer, shape) -> {
      weights.put("features." + layer + ".weight", constant(shape));
      weights.put("features." + layer + ".bias", constant(shape[0]));
    });
    return write("alexnet.safetensors", weights);
  }

  private Path heads() {
    Map<String, TestTensors.Tensor> weights = new LinkedHashMap<>();
    int[] channels = {64, 192, 384, 256, 256};
    for (int i = 0; i < channels.length; i++) {
      weights.put("lin" + i + ".model.1.weight", constant(1, channels[i], 1, 1));
    }
    return write("heads.safetensors", weights);
  }

  private Path write(String name, Map<String, TestTensors.Tensor> weights) {
    Path file = folder.resolve(name);
    SafetensorsWriter.writeAsStored(file, weights, Map.of());
    return file;
  }

  private static TestTensors.Tensor constant(int... shape) {
    ByteBuffer data = ByteBuffer.allocate(Float.BYTES * IntStream.of(shape).reduce(1, (a, b) -> a * b))
        .order(ByteOrder.LITTLE_ENDIAN);
    while (data.hasRemaining()) {
      data.putFloat(0.01f);
    }
    return new TestTensors.Tensor("F32", shape, data.array());
  }

  @Test
  void wordsAskForThePictureWithoutThoseAboutOthers() {
    List<Item> items = Kind.VIST.open(new DataFolder(shared.resolve("vist")), "", List.of("1", "5+pictures"),
        Style.PUBLISHED).items();
    assertThat(items.get(COUNT).shown().question()).contains("[picture]");
    assertThat(PictureMetric.words(items.get(COUNT))).isEqualTo(items.get(0).shown().question()).doesNotContain("\n");
    Item example = Kind.T2IFMIT.open(new DataFolder(shared.resolve("t2ifmit")), "", List.of("2"), Style.PUBLISHED)
        .items().get(0);
    assertThat(PictureMetric.words(example)).matches("Generate a \\w+");
  }

  @Test
  void theDistanceOfPicturesUsesThePublishedNumberOfCaptions() throws IOException {
    Files.writeString(folder.resolve("captions_val2014.json"), IntStream.rangeClosed(0, 30_000)
        .mapToObj(id -> "{\"image_id\":1,\"caption\":\"A cat\",\"id\":" + id + "}")
        .collect(Collectors.joining(",", "{\"annotations\":[", "]}")));
    StringWriter out = new StringWriter();
    run(out, "coco-fid", "--data", folder.toString(), "--output", folder.resolve("out").toString());
    assertThat(out.toString()).contains("all 30000 items were skipped; the first: the picture val2014/COCO_val2014_");
  }

  @Test
  void aServerJudges() {
    FakeModel fake = FakeModel.saying(" Yes, it does.", " No.");
    try (GillModel model = fake.build(); GillServer server = GillServer.start(ServerOptions.defaults())) {
      server.ready(new ServedModel("fake", model, RespondOptions.defaults(), Instant.now()));
      Judge judge = new HttpJudge(server.uri().resolve("v1"), "fake", null);
      BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      assertThat(judge.contains(picture, "a dax")).isTrue();
      assertThat(judge.contains(picture, "a wug")).isFalse();
      assertThat(fake.calls().get(0).conversation().turns().get(0).contents()).hasSize(2)
          .contains(Content.of("Decide whether the image contains a dax. Answer with 'yes' or 'no'.\n"));
      Judge absent = new HttpJudge(server.uri().resolve("v1/"), "absent", null);
      assertThatThrownBy(() -> absent.contains(picture, "a dax")).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("chat/completions answered with status 404");
    }
    assertThatThrownBy(() -> new HttpJudge(URI.create("file:///x"), "m", null))
        .hasMessage("file:///x is not an address that starts with http or https");
    assertThat(fails("t2ifmit", "--judge-url", "http://localhost")).contains("--judge-url needs --judge-model");
  }

  @Test
  void aJudgeSaysYesOrNo() throws IOException {
    StringWriter out = new StringWriter();
    FakeModel judge = FakeModel.saying(" Yes.", " No, it does not.", " Maybe.");
    Path judgeFiles = Files.createDirectory(shared.resolve("judge"));
    int code = run(new Evaluate((options, path) -> path.equals(judgeFiles) ? judge.build() : unclosed), out,
        arguments("t2ifmit", "--limit", "3", "--context", "1", "--steps", "2", "--judge", judgeFiles.toString()));
    assertThat(code).as(out.toString()).isZero();
    assertThat(out.toString()).containsPattern("\\| accuracy \\| all \\| 3 \\| 0.333 \\| [^|]+ \\|  \\|\n")
        .containsPattern("\\| accuracy \\| 1 \\| 3 \\| 0.333 \\| [^|]+ \\| 0.160 \\|\n")
        .contains("| judge | " + judgeFiles + " |").doesNotContain("not scored");
    assertThat(Judge.verdict(" Yes, it does.")).isTrue();
    assertThat(Judge.verdict("There is no know-nothing.")).isFalse();
    assertThat(Judge.verdict("Noah's yeast")).isFalse();
    assertThat(Judge.verdict("No. Yes")).as("as the official script").isTrue();
    assertThat(judge.calls().get(0).options().maxTokens()).isEqualTo(5);
  }

  /** Verdicts may be paid for. */
  @Test
  void aScoringThatFailsResumesToTheSameScores() throws IOException {
    Path judgeFiles = Files.createDirectory(folder.resolve("judge"));
    Path results = folder.resolve("out");
    String[] arguments = {"t2ifmit", "--data", shared.resolve("t2ifmit").toString(), "--output", results.toString(),
        "--limit", "3", "--context", "1", "--steps", "2", "--scenes", "--judge", judgeFiles.toString()};
    StringWriter out = new StringWriter();
    GillModel broken = failingAfter(2, FakeModel.saying(" Yes.", " No.").build());
    assertThat(run(judgedBy(broken, judgeFiles), out, arguments)).isOne();
    assertThat(out.toString()).contains("the judge is gone");
    assertThat(results.resolve("scores.csv")).doesNotExist();

    FakeModel rest = FakeModel.saying(" Yes.");
    assertThat(run(judgedBy(rest.build(), judgeFiles), out, arguments)).as(out.toString()).isZero();
    assertThat(rest.calls()).hasSize(1);
    assertThat(out.toString()).containsPattern("\\| accuracy \\| all \\| 3 \\| 0.667 ");
    byte[] scores = Files.readAllBytes(results.resolve("scores.csv"));
    byte[] items = Files.readAllBytes(results.resolve("items.json"));
    FakeModel unasked = FakeModel.saying(" No.");
    assertThat(run(judgedBy(unasked.build(), judgeFiles), out, arguments)).isZero();
    assertThat(unasked.calls()).isEmpty();
    assertThat(results.resolve("scores.csv")).hasBinaryContent(scores);
    assertThat(results.resolve("items.json")).hasBinaryContent(items);

    Files.write(judgeFiles.resolve("opt"), new byte[1]); // another judge
    FakeModel other = FakeModel.saying(" No.");
    assertThat(run(judgedBy(other.build(), judgeFiles), out, arguments)).isZero();
    assertThat(other.calls()).hasSize(3);
    assertThat(out.toString()).containsPattern("\\| accuracy \\| all \\| 3 \\| 0.000 ");
  }

  private static Evaluate judgedBy(GillModel judge, Path files) {
    return new Evaluate((options, path) -> path.equals(files) ? judge : unclosed);
  }

  /** Returns a model that fails after some replies. */
  private static GillModel failingAfter(int replies, GillModel answers) {
    AtomicInteger count = new AtomicInteger();
    return (GillModel) Proxy.newProxyInstance(EvaluateTest.class.getClassLoader(), new Class<?>[] {GillModel.class},
        (proxy, method, arguments) -> {
          if (method.getName().equals("respond") && count.incrementAndGet() > replies) {
            throw new IllegalStateException("the judge is gone");
          }
          return method.invoke(answers, arguments);
        });
  }

  @Test
  void fewShotPicturesAreAskedForAsByTheirScript() throws IOException {
    BufferedImage wide = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
    for (String name : List.of("dax.png", "wug.png")) {
      ImageIO.write(wide, "png", folder.resolve(name).toFile());
    }
    Files.writeString(folder.resolve("query.json"), "[{\"id\":\"1\",\"question\":\"Generate a dax\","
        + "\"task_label\":\"dax\",\"classes\":[\"dax\",\"wug\"],\"support\":{\"dax\":{\"images\":[\"dax.png\"]},"
        + "\"wug\":{\"images\":[\"wug.png\"]}}}]");
    Item item = Kind.T2IFMIT.open(new DataFolder(folder), "", List.of("1"), Style.PUBLISHED).items().get(0);
    assertThat(item.prompt().turns().get(0)).filteredOn(Conversation.Image.class::isInstance)
        .extracting(content -> ((Conversation.Image) content).image().getWidth()).containsExactly(40, 40);
    RespondOptions options =
        new Asker(model, Style.PUBLISHED, RespondOptions.defaults(), given -> given).options(item.request());
    assertThat(options.imageBias()).isEqualTo(100);
    assertThat(options.seed()).isZero();
  }

  @Test
  void allBenchmarksWithDataRunFromOneCommand() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    List<String> folders = Arrays.stream(Kind.values()).map(Kind::folder).distinct().toList();
    for (String name : folders) {
      copy(name, data);
    }
    Path broken = data.resolve("mmbench");
    Path table = broken.resolve("MMBench_DEV_EN.tsv");
    Files.move(table, folder.resolve("table"));
    Path results = folder.resolve("out");
    // Not all benchmarks have a style or contexts.
    String[] arguments = {"all", "--data", data.toString(), "--output", results.toString(), "--scenes", "--limit", "1",
        "--steps", "2", "--style", "dialogue", "--context", "1"};
    StringWriter out = new StringWriter();
    List<Path> loaded = new ArrayList<>();
    Evaluate program = new Evaluate((options, path) -> {
      loaded.add(path);
      return unclosed;
    });
    assertThat(run(program, out, arguments)).as(out.toString()).isOne();
    assertThat(loaded).hasSize(1);
    assertThat(out.toString()).contains("error: mmbench failed: " + broken + " has no MMBench_DEV_EN.tsv");
    String page = Files.readString(results.resolve("all.md"));
    assertThat(out.toString()).endsWith(page);
    assertThat(page).startsWith("# All benchmarks\n\n| benchmark | measure | category | items | value |")
        .containsSubsequence("| vqav2 | accuracy | all | 1 | ", "| seed-bench | accuracy | all | 1 | ",
            "| visdial | attributes right | 1 | 1 | ", "| visdial-answers | NDCG | all | 1 | ",
            "- mmbench failed: ");
    assertThat(Arrays.stream(Kind.values()).filter(kind -> kind != Kind.MMBENCH))
        .allMatch(kind -> page.contains("\n| " + kind + " | "));
    byte[] before = Files.readAllBytes(results.resolve("all.csv"));
    assertThat(new String(before, StandardCharsets.UTF_8))
        .startsWith("benchmark,measure,category,items,value,low,high,")
        .contains("\n\"vqav2\",\"accuracy\",\"\",1,");
    assertThat(Journal.settings(results.resolve("vqav2"))).containsEntry("style", "dialogue");
    assertThat(Journal.settings(results.resolve("visdial"))).containsEntry("style", "published");

    // As after a kill: one benchmark has answers without scores, one was not started.
    Files.move(folder.resolve("table"), table);
    Files.delete(results.resolve("all.csv"));
    Files.delete(results.resolve("seed-bench/scores.csv"));
    Files.delete(results.resolve("vqav2/journal.jsonl"));
    out.getBuffer().setLength(0);
    assertThat(run(out, arguments)).as(out.toString()).isZero();
    assertThat(out.toString().lines().filter(line -> line.matches("\\d+ items"))).as("mmbench, vqav2").hasSize(2);
    assertThat(out.toString()).contains("1 of 1 items were finished before");
    List<String> rows = Files.readAllLines(results.resolve("all.csv"));
    assertThat(rows).filteredOn(row -> !row.startsWith("\"mmbench\","))
        .isEqualTo(new String(before, StandardCharsets.UTF_8).lines().toList());
    assertThat(rows).anyMatch(row -> row.startsWith("\"mmbench\",\"circular accuracy\""));
    assertThat(results.resolve("seed-bench/scores.csv")).exists();
    assertThat(results.resolve("all.md")).content().doesNotContain("failed");
    assertThat(fails("all")).contains("has no folder of a benchmark, such as vqav2: name the folder that holds them");
    assertThat(run(new Evaluate().answeredBy((inputs, ids, receiver) -> {}), out, arguments)).isEqualTo(2);
    assertThat(out.toString()).contains("all runs in one process: name one benchmark");
  }

  @Test
  void wrongUsageIsRefused() {
    assertThat(fails("visdial", "--style", "dialogue")).contains("the published prompt of visdial is a dialogue");
    assertThat(fails("vist", "--split", "val")).contains("vist has no --split");
    assertThat(fails("vqav2", "--context", "1")).contains("vqav2 has no --context");
    assertThat(fails("vist", "--context", "5,1,5")).contains("--context names a context twice");
    assertThat(fails("vist", "--context", "five")).contains("'five' is not a context of this benchmark");
    assertThat(fails("vqav2", "--split", "test2015"))
        .contains("has no v2_OpenEnded_mscoco_test2015_questions.json");
    assertThat(fails("pope")).contains("'pope' is not one of vqav2, ");
  }

  @Test
  void unreadablePicturesAreSkippedAndListed() throws IOException {
    Path data = folder.resolve("data");
    Files.createDirectories(data.resolve("val2014"));
    Files.writeString(data.resolve("v2_OpenEnded_mscoco_val2014_questions.json"), "{\"questions\":["
        + "{\"image_id\":1,\"question\":\"What?\",\"question_id\":1},"
        + "{\"image_id\":2,\"question\":\"What?\",\"question_id\":2}]}");
    Files.copy(shared.resolve("vqav2/val2014/COCO_val2014_000000000000.png"),
        data.resolve("val2014/COCO_val2014_000000000002.png"));
    StringWriter out = new StringWriter();
    int code = run(new Evaluate((options, path) -> FakeModel.saying(" A cat.").build()), out, "vqav2", "--data",
        data.toString(), "--output", folder.resolve("out").toString());
    assertThat(code).isZero();
    assertThat(Files.readAllLines(folder.resolve("out/skipped.tsv"))).containsExactly("id\treason",
        "1\tthe picture val2014/COCO_val2014_000000000001.jpg is not in " + data);
    assertThat(out.toString()).contains("1 questions have no annotation and are not scored.");
    assertThat(folder.resolve("out/scores.md")).content().contains(
        "\n- 1 items were skipped; skipped.tsv lists them.\n",
        "\n- 1 skipped questions have an empty answer in the result file, which the official scorer counts as wrong;");
    assertThat(folder.resolve("out/v2_OpenEnded_mscoco_val2014_gill_results.json"))
        .hasContent("[{\"question_id\": 1, \"answer\": \"\"}, {\"question_id\": 2, \"answer\": \"A cat.\"}]");
    assertThat(out.toString()).doesNotContain("This run is a sample");
    Files.delete(data.resolve("val2014/COCO_val2014_000000000002.png"));
    assertThat(run(new Evaluate((options, path) -> FakeModel.saying(" A cat.").build()), out, "vqav2", "--data",
        data.toString(), "--output", folder.resolve("none").toString())).isEqualTo(1);
  }

  @Test
  void skippedItemsWithoutARowInTheResultFileAreCounted() throws IOException {
    copy("seed-bench", folder);
    Files.delete(folder.resolve("seed-bench/SEED-Bench-image/1.png"));
    StringWriter out = new StringWriter();
    assertThat(run(out, "seed-bench", "--data", folder.resolve("seed-bench").toString(), "--output",
        folder.resolve("out").toString())).as(out.toString()).isZero();
    assertThat(folder.resolve("out/scores.md")).content().contains(
        "\n- 1 items were skipped; skipped.tsv lists them.\n",
        "\n- 1 skipped items have no row in the result file: the official scorer leaves them out, or refuses the "
            + "file.\n");
    assertThat(Files.readAllLines(folder.resolve("out/results.json"))).hasSize(COUNT - 1);
  }

  @Test
  void annotationsOfAnotherSplitAreRefused() throws IOException {
    Files.writeString(folder.resolve("v2_OpenEnded_mscoco_val2014_questions.json"),
        "{\"questions\":[{\"image_id\":1,\"question\":\"What?\",\"question_id\":1}]}");
    Files.writeString(folder.resolve("v2_mscoco_val2014_annotations.json"), "{\"annotations\":[{\"question_id\":2,"
        + "\"question_type\":\"what\",\"answer_type\":\"other\",\"answers\":[{\"answer\":\"a cat\"}]}]}");
    StringWriter out = new StringWriter();
    assertThat(run(out, "vqav2", "--data", folder.toString(), "--output", folder.resolve("out").toString())).isOne();
    assertThat(out.toString()).contains(
        folder.resolve("v2_mscoco_val2014_annotations.json") + " annotates none of the questions of "
        + "v2_OpenEnded_mscoco_val2014_questions.json: check that both are of the same split");
  }

  @Test
  void questionsOfTestDevAreAboutPicturesOfTheTestSplit() throws IOException {
    Files.writeString(folder.resolve("v2_OpenEnded_mscoco_test-dev2015_questions.json"),
        "{\"questions\":[{\"image_id\":7,\"question\":\"What?\",\"question_id\":1}]}");
    Benchmark benchmark = Kind.VQAV2.open(new DataFolder(folder), "test-dev2015", List.of(), Style.PUBLISHED);
    assertThatThrownBy(() -> benchmark.items().get(0).prompt().turns())
        .hasMessage("the picture test2015/COCO_test2015_000000000007.jpg is not in " + folder);
  }

  @Test
  void responsesAreNotCutAtAFullStopUnlessTheCommandSaysSo() throws IOException {
    Evaluate fake = new Evaluate((options, path) -> FakeModel.saying(" 3.14. (B)\nQ: What?").build());
    StringWriter out = new StringWriter();
    assertThat(run(fake, out, arguments("vqav2", "--limit", "1"))).as(out.toString()).isZero();
    assertThat(Files.readString(folder.resolve("journal.jsonl"))).contains("3.14. (B)").doesNotContain("What");
    for (Kind kind : List.of(Kind.VQAV2, Kind.MMBENCH, Kind.MMMU)) {
      assertThat(cut(kind, given -> given)).as(kind.toString()).isEqualTo(TextCut.LINE);
      assertThat(cut(kind, given -> given.toBuilder().textCut(TextCut.SENTENCE).build())).isEqualTo(TextCut.SENTENCE);
    }
    assertThat(cut(Kind.COCO_CAPTIONS, given -> given)).isEqualTo(TextCut.SENTENCE);
  }

  private static TextCut cut(Kind kind, UnaryOperator<RespondOptions> given) {
    Item item = kind.open(new DataFolder(shared.resolve(kind.folder())), kind.split(), List.of(), Style.PUBLISHED)
        .items().get(0);
    return new Asker(model, Style.PUBLISHED, RespondOptions.defaults(), given).options(item.request()).textCut();
  }

  @Test
  void anotherModelAtTheSamePathDoesNotContinueTheRun() throws IOException {
    Path weights = Files.createDirectory(folder.resolve("model")).resolve("weights");
    Files.writeString(weights, "old");
    String[] arguments = arguments("vqav2", "--limit", "1", "--model", folder.resolve("model").toString());
    Evaluate fake = new Evaluate((options, path) -> FakeModel.saying(" red").build());
    StringWriter out = new StringWriter();
    assertThat(run(fake, out, arguments)).isZero();
    assertThat(out.toString()).contains("This run is a sample, 1 of 3 items: ");
    Files.writeString(weights, "new");
    assertThat(run(new Evaluate((options, path) -> FakeModel.saying(" red").build()), out, arguments)).isOne();
    assertThat(out.toString()).contains("journal.jsonl is of a run with model files ");
  }

  @Test
  void otherCandidateAnswersAreOtherItems() throws IOException {
    copy("visdial", folder);
    String[] arguments = {"visdial-answers", "--data", folder.resolve("visdial").toString(), "--output",
        folder.resolve("out").toString(), "--limit", "1"};
    StringWriter out = new StringWriter();
    assertThat(run(out, arguments)).as(out.toString()).isZero();
    Path file = folder.resolve("visdial/visdial_1.0_val.json");
    JsonNode all = new ObjectMapper().readTree(file.toFile());
    all.findValues("answer_options").forEach(options -> {
      ArrayNode candidates = (ArrayNode) options;
      candidates.add(candidates.remove(0));
    });
    Files.writeString(file, all.toString());
    assertThat(run(out, arguments)).isOne();
    assertThat(out.toString()).contains("journal.jsonl is of a run with items ");
  }

  /** Loose floors, far below what is measured: other CPUs round differently. */
  @Test
  void theBundledModelAnswersQuestionsAndReadsStories() throws IOException {
    evaluate("vqav2", "--style", "dialogue");
    assertThat(value("accuracy", "")).isGreaterThan(0.6);
    folder = folder.resolve("vist");
    evaluate("vist", "--style", "dialogue", "--scenes", "--context", "1,5", "--steps", "8");
    assertThat(value("attributes right", "5")).isGreaterThan(0.6).isGreaterThan(value("attributes right", "1"));
  }

  private double value(String measure, String category) throws IOException {
    String row = "\"" + measure + "\",\"" + category + "\",";
    String found = Files.readAllLines(folder.resolve("scores.csv")).stream().filter(line -> line.startsWith(row))
        .findFirst().orElseThrow();
    return Double.parseDouble(found.substring(row.length()).split(",", -1)[1]);
  }

  @Test
  void aQuestionWithASkippedRotationIsNotScored() {
    Benchmark benchmark = Kind.MMBENCH.open(
        new DataFolder(shared.resolve("mmbench")), Kind.MMBENCH.split(), List.of(), Style.PUBLISHED);
    List<Finished> all = new ArrayList<>();
    benchmark.items().forEach(
        item -> all.add(new Finished(item, new Outcome(item.id(), item.shown().expected(), ""))));
    CaptionPrograms none = CaptionPrograms.of(null, null);
    Scoring scoring = new Scoring(folder, 1, List.of(), null, null, none, (measure, count) -> {
      throw new AssertionError("no pictures");
    });
    assertThat(benchmark.score(all, scoring).items()).hasSize(COUNT);
    all.remove(all.size() - 1);
    Scores scores = benchmark.score(all, scoring);
    assertThat(scores.measures().get(0).count()).isEqualTo(COUNT - 1);
    assertThat(scores.notes()).contains("1 questions are not scored: a rotation of their options was skipped.");
  }

  @Test
  void aResultFileHasTheScoresOfItsRun() throws IOException {
    Path all = folder;
    Map<String, String> files = Map.of("vqav2", "v2_OpenEnded_mscoco_val2014_gill_results.json", "coco-captions",
        "captions_test_gill_results.json", "seed-bench", "results.json", "mmbench", "MMBench_DEV_EN_gill.tsv",
        "mmmu", "total_val_output.json", "visdial-answers", "ranks.json");
    for (Map.Entry<String, String> one : files.entrySet()) {
      folder = all.resolve(one.getKey());
      evaluate(one.getKey());
      Path run = folder;
      folder = all.resolve(one.getKey() + "-file");
      Path results = run.resolve(one.getValue());
      assertThat(scored(one.getKey(), results)).contains("| results | " + results + " |").doesNotContain("| model |");
      assertThat(folder.resolve("scores.csv")).hasSameTextualContentAs(run.resolve("scores.csv"));
    }
    folder = all;
    StringWriter out = new StringWriter();
    assertThat(run(out, "--compare", all.resolve("vqav2").toString(), all.resolve("vqav2-file").toString(), "--output",
        all.resolve("compared").toString())).as(out.toString()).isZero();
    folder = all.resolve("vqav2");
    assertThat(scored("vqav2", folder.resolve(files.get("vqav2"))))
        .contains(folder + " has the scores of a run: name another --output");
  }

  @Test
  void aResultFileOfAnotherSplitIsRefused() throws IOException {
    Path file = folder.resolve("r.json");
    Files.writeString(file, "[{\"question_id\":0,\"answer\":\"a\"},{\"question_id\":99,\"answer\":\"a\"}]");
    assertThat(scored("vqav2", file)).isEqualToIgnoringNewLines(file + " answers 1 of 3 items, but not 10: check that "
        + "it is of the same split and of a whole run");
    Files.writeString(file, Stream.of(0, 10, 20, 99).map(id -> "{\"question_id\":" + id + ",\"answer\":\"a\"}")
        .collect(Collectors.joining(",", "[", "]")));
    assertThat(scored("vqav2", file)).contains(file + " answers 1 items that are not in the benchmark's files, such as "
        + "99: check that it is of the same split");
    Files.writeString(file, "[{\"image_id\":0,\"round_id\":1,\"ranks\":[2,1]}]");
    assertThat(scored("visdial-answers", file)).contains(
        file + " ranks 2 candidate answers of round 0/1, which has ", ": check that it is of the same split");
    assertThat(scored("coco-fid", file)).contains("coco-fid has no --results: name vqav2, coco-captions, seed-bench, ");
    assertThat(fails("vqav2", "--results", file.toString(), "--limit", "1")).contains("leave out --model, --limit and");
    assertThat(fails("all", "--results", file.toString())).contains("--results is a file of one benchmark");

    Path data = folder.resolve("unpublished");
    Files.createDirectories(data);
    Files.copy(shared.resolve("vqav2/v2_OpenEnded_mscoco_val2014_questions.json"),
        data.resolve("v2_OpenEnded_mscoco_val2014_questions.json"));
    Files.writeString(file, Stream.of(0, 10, 20).map(id -> "{\"question_id\":" + id + ",\"answer\":\"a\"}")
        .collect(Collectors.joining(",", "[", "]")));
    StringWriter out = new StringWriter();
    assertThat(run(out, "vqav2", "--data", data.toString(), "--results", file.toString(), "--output",
        folder.resolve("out").toString())).isOne();
    assertThat(out.toString()).contains(data + " has no published answers of the split val2014: put the annotations");
  }

  @Test
  void aPredictionThatNamesNoOptionIsWrong() throws IOException {
    List<Item> items = Kind.MMMU.open(new DataFolder(shared.resolve("mmmu")), Kind.MMMU.split(), List.of(),
        Style.PUBLISHED).items();
    Path file = folder.resolve("total_val_output.json");
    Files.writeString(file, items.stream().map(item -> "\"" + item.id() + "\":\"I cannot tell\"")
        .collect(Collectors.joining(",", "{", "}")));
    folder = folder.resolve("out");
    assertThat(scored("mmmu", file)).contains("| accuracy | all | 3 | 0.000 | ").doesNotContain("random one");
  }

  @Test
  void predictionsAboutVideosDoNotCount() throws IOException {
    String rest = ",\"question_type_id\":1,\"question\":\"q\",\"choice_a\":\"a\",\"choice_b\":\"b\","
        + "\"choice_c\":\"c\",\"choice_d\":\"d\",\"answer\":\"B\",\"data_id\":\"1\",\"data_type\":";
    Files.writeString(folder.resolve("SEED-Bench.json"), "{\"questions\":[{\"question_id\":\"1\"" + rest
        + "\"image\"},{\"question_id\":\"2\"" + rest + "\"video\"}]}");
    Path file = folder.resolve("results.json");
    Files.writeString(file, "{\"question_id\":\"1\",\"prediction\":\"B\"}\n{\"question_id\":\"2\","
        + "\"prediction\":\"A\"}\n");
    StringWriter out = new StringWriter();
    assertThat(run(out, "seed-bench", "--data", folder.toString(), "--results", file.toString(), "--output",
        folder.resolve("out").toString())).as(out.toString()).isZero();
    assertThat(out.toString()).contains("| accuracy | all | 1 | 1.000 | ");
  }

  /** Scores a file with a program that has no model. */
  private String scored(String name, Path results) {
    StringWriter out = new StringWriter();
    run(new Evaluate((options, path) -> {
      throw new IllegalStateException("a model is loaded");
    }), out, arguments(name, "--results", results.toString()));
    return out.toString();
  }

  private static void copy(String benchmark, Path data) throws IOException {
    try (Stream<Path> files = Files.walk(shared.resolve(benchmark))) {
      for (Path file : files.toList()) {
        Path target = Files.createDirectories(data).resolve(shared.relativize(file));
        Files.copy(file, target);
      }
    }
  }

  private String evaluate(String name, String... options) {
    StringWriter out = new StringWriter();
    assertThat(run(out, arguments(name, options))).as(out.toString()).isZero();
    return out.toString();
  }

  private String fails(String name, String... options) {
    StringWriter out = new StringWriter();
    assertThat(run(out, arguments(name, options))).isNotZero();
    return out.toString();
  }

  private String[] arguments(String name, String... options) {
    List<String> arguments = new ArrayList<>(List.of(
        name, "--data", shared.resolve(name.replaceFirst("-(retrieval|answers)$", "")).toString(),
        "--output", folder.toString()));
    arguments.addAll(Arrays.asList(options));
    return arguments.toArray(String[]::new);
  }

  private static int run(StringWriter out, String... arguments) {
    return run(new Evaluate((options, path) -> unclosed), out, arguments);
  }

  private static int run(Evaluate program, StringWriter out, String... arguments) {
    PrintWriter writer = new PrintWriter(out);
    return new CommandLine(program).setOut(writer).setErr(writer)
        .setExecutionExceptionHandler((failure, line, parsed) -> {
          writer.println(failure.getMessage());
          return 1;
        })
        .execute(arguments);
  }

  private JsonNode read(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name).toFile());
  }
}
