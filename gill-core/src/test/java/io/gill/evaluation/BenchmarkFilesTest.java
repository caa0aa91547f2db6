package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.evaluation.PromptPart.Picture;
import io.gill.evaluation.PromptPart.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchmarkFilesTest {
  private static final String PICTURE = "the bytes of a picture, which are longer than an index";
  private static final String ENCODED = Base64.getEncoder().encodeToString(PICTURE.getBytes(StandardCharsets.UTF_8));

  @TempDir Path folder;

  @Test
  void vqaIsScoredFromItsOfficialFiles() throws Exception {
    JsonNode golden = Golden.read("metrics.json").get("vqa");
    ObjectNode annotations = new ObjectMapper().createObjectNode().put("data_type", "mscoco");
    annotations.set("annotations", golden.get("questions"));
    Path annotated = write("annotations.json", annotations.toString());
    Map<Long, String> answers = new LinkedHashMap<>();
    golden.get("questions")
        .forEach(item -> answers.put(item.get("question_id").asLong(), item.get("candidate").asText()));
    VqaV2.writeResults(folder.resolve("results.json"), answers);
    VqaV2.Scores scores = VqaV2.score(folder.resolve("results.json"), annotated);
    assertThat(100 * scores.byQuestionType().overall())
        .isCloseTo(golden.get("accuracy").get("overall").asDouble(), within(1e-6));

    answers.remove(3L);
    VqaV2.writeResults(folder.resolve("results.json"), answers);
    assertThatThrownBy(() -> VqaV2.score(folder.resolve("results.json"), annotated))
        .isInstanceOf(GillException.class).hasMessageContaining("results.json has no answer to question 3 of ");
    answers.put(3L, "yes");
    answers.put(999L, "yes");
    VqaV2.writeResults(folder.resolve("results.json"), answers);
    assertThatThrownBy(() -> VqaV2.score(folder.resolve("results.json"), annotated))
        .hasMessageContaining("answers question 999, which is not in ");
  }

  @Test
  void resultFilesHaveTheBytesOfPython() throws Exception {
    Map<Long, String> answers = new LinkedHashMap<>();
    answers.put(42L, "caf\u00E9 \"x\"\n");
    answers.put(7L, "no\uD83D\uDE42/");
    VqaV2.writeResults(folder.resolve("r.json"), answers);
    assertThat(folder.resolve("r.json")).hasContent("[{\"question_id\": 42, \"answer\": \"caf\\u00e9 \\\"x\\\"\\n\"}, "
        + "{\"question_id\": 7, \"answer\": \"no\\ud83d\\ude42/\"}]");
    VqaV2.writeResults(folder.resolve("d.json"), Map.of(1L, "~\u007f\u0080\u001f"));
    assertThat(folder.resolve("d.json")).hasContent("[{\"question_id\": 1, \"answer\": \"~\\u007f\\u0080\\u001f\"}]");
    Mmmu.writeResults(folder.resolve("m.json"), Map.of("x\u007f", "\u007f"));
    assertThat(folder.resolve("m.json")).hasContent("{\n    \"x\\u007f\": \"\\u007f\"\n}");
    CocoCaptions.writeResults(folder.resolve("c.json"), Map.of(5L, "a dog"));
    assertThat(folder.resolve("c.json")).hasContent("[{\"image_id\": 5, \"caption\": \"a dog\"}]");
    SeedBench.writeResults(folder.resolve("s.json"), Map.of("101669", "A"));
    assertThat(Files.readString(folder.resolve("s.json")))
        .isEqualTo("{\"question_id\": \"101669\", \"prediction\": \"A\"}\n");
  }

  @Test
  void questionsOfVqaNameTheirPicture() throws Exception {
    Path file = write("q.json", "{\"info\":{\"x\":[1]},\"questions\":"
        + "[{\"image_id\":458752,\"question\":\"What is it?\",\"question_id\":458752000}],\"license\":{}}");
    VqaV2.Question question = VqaV2.questions(file).get(0);
    assertThat(question).isEqualTo(new VqaV2.Question(458752000, 458752, "What is it?"));
    assertThat(question.prompt()).isEqualTo("Q: What is it? A:");
    assertThat(question.fileName("val2014")).isEqualTo("COCO_val2014_000000458752.jpg");
  }

  @Test
  void invalidFilesAreReportedByFileAndRecord() throws Exception {
    String question = "{\"image_id\":1,\"question\":\"x\",\"question_id\":2}";
    assertError("{\"questions\":[" + question + "," + question + "]}", "record 1: a second entry with the id 2");
    assertError("{\"questions\":[{\"image_id\":1,\"question_id\":2}]}", "record 0: 'question' is missing");
    assertError("{\"questions\":[{\"image_id\":\"1\",\"question\":\"x\",\"question_id\":2}]}",
        "record 0: 'image_id' is not an integer");
    assertError("{\"questions\":[7]}", "record 0 is not a JSON object");
    assertError("{\"questions\":[" + question + ",", "is damaged or incomplete, download it again: record 1, line 1, ");
    assertError("{\"questions\":[" + question + ",\n {\"x\":?}]}",
        "is damaged or incomplete, download it again: record 1, line 2, column 7: Unexpected character ('?'");
    assertError("{\"questions\":[" + question + "],\"info\":{",
        "is damaged or incomplete, download it again: line 1, ");
    assertError("{\"annotations\":[]}", "has no list 'questions': check that this is the benchmark's file");
    assertError("", "has no list 'questions'");
    assertThatThrownBy(() -> VqaV2.questions(folder)).hasMessageEndingWith("it is a folder, not a file");
    assertThatThrownBy(() -> VqaV2.questions(folder.resolve("absent.json"))).hasMessageEndingWith(
        "absent.json does not exist");
  }

  @Test
  void captionsOfCocoAreScoredFromKarpathysSplit() throws Exception {
    Path dataset = write("dataset_coco.json", "{\"images\":["
        + "{\"filepath\":\"val2014\",\"filename\":\"a.jpg\",\"cocoid\":391895,\"split\":\"test\","
        + "\"sentences\":[{\"raw\":\"A man on a bike.\"},{\"raw\":\"A man rides\"}]},"
        + "{\"filepath\":\"val2014\",\"filename\":\"b.jpg\",\"cocoid\":5,\"split\":\"train\","
        + "\"sentences\":[{\"raw\":\"x\"}]}],\"dataset\":\"coco\"}");
    List<CocoCaptions.Picture> pictures = CocoCaptions.karpathy(dataset, "test");
    assertThat(pictures).containsExactly(
        new CocoCaptions.Picture(391895, "val2014/a.jpg", List.of("A man on a bike.", "A man rides")));
    Path results = folder.resolve("r.json");
    CocoCaptions.writeResults(results, Map.of(391895L, "a man on a bike"));
    assertThat(CocoCaptions.score(results, pictures).bleu().get(0).value()).isCloseTo(1, within(1e-6));
    CocoCaptions.writeResults(results, Map.of(5L, "a man on a bike"));
    assertThatThrownBy(() -> CocoCaptions.score(results, pictures))
        .hasMessageContaining("no caption of picture 391895");
    assertThatThrownBy(() -> CocoCaptions.karpathy(dataset, "val")).hasMessageContaining("no pictures of the split");
    Path official = write("captions.json",
        "{\"images\":[],\"annotations\":[{\"image_id\":203564,\"id\":37,\"caption\":\"A bicycle\"}]}");
    assertThat(CocoCaptions.captions(official)).containsExactly(new CocoCaptions.Caption(37, 203564, "A bicycle"));
    Path blank = write("blank.json", "{\"annotations\":[{\"image_id\":1,\"id\":2,\"caption\":\"A bicycle\"},"
        + "{\"image_id\":1,\"id\":3,\"caption\":\" \\n\"}]}");
    assertThatThrownBy(() -> CocoCaptions.captions(blank)).hasMessage(blank + ", record 1: 'caption' is blank");
  }

  @Test
  void seedBenchIsScoredByQuestionType() throws Exception {
    String rest = ",\"question\":\"q\",\"choice_a\":\"a\",\"choice_b\":\"b\",\"choice_c\":3,\"choice_d\":\"d\","
        + "\"answer\":\"B\",\"data_type\":\"image\"}";
    Path file = write("seed.json", "{\"questions\":[{\"question_id\":\"1\",\"question_type_id\":5,\"data_id\":\"x\""
        + rest + ",{\"question_id\":\"2\",\"question_type_id\":6,\"data_id\":[\"y\",\"z\"]" + rest + "]}");
    List<SeedBench.Question> questions = SeedBench.questions(file);
    assertThat(questions.get(1).dataIds()).containsExactly("y", "z");
    assertThat(questions.get(0).choices()).containsExactly("a", "b", "3", "d");
    for (String none : List.of("\"\"", "[]", "[\"y\",\"\"]")) {
      Path empty = write("empty.json", "{\"questions\":[{\"question_id\":\"1\",\"question_type_id\":5,\"data_id\":"
          + none + rest + "]}");
      assertThatThrownBy(() -> SeedBench.questions(empty)).isInstanceOf(GillException.class)
          .hasMessage(empty + ", record 0: 'data_id' is empty");
      assertThat(SeedBench.questions(write("text.json", Files.readString(empty).replace("\"image\"", "\"Text\""))))
          .as("a question without pictures").hasSize(1);
    }
    assertThat(SeedBench.score(Map.of("1", "B", "2", "C"), questions))
        .isEqualTo(new Accuracy(0.5, Map.of("5", 1.0, "6", 0.0)));
    Path results = folder.resolve("results.jsonl");
    SeedBench.writeResults(results, Map.of("1", "B", "2", "C"));
    assertThat(SeedBench.score(results, questions)).isEqualTo(new Accuracy(0.5, Map.of("5", 1.0, "6", 0.0)));
    Files.writeString(results, "{\"question_id\": \"1\", \"prediction\": \"B\"}\n{\"question_id\": 2, \"predic");
    assertThatThrownBy(() -> SeedBench.score(results, questions)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(results + " is damaged or incomplete, download it again: record 1, line 2, column ");
    Files.writeString(results, "{\"question_id\": \"1\", \"prediction\": \"B\"}\n".repeat(2));
    assertThatThrownBy(() -> SeedBench.score(results, questions))
        .hasMessage(results + ", record 1: a second entry with the id 1");
    assertThatThrownBy(() -> SeedBench.score(Map.of("1", "B"), questions))
        .hasMessage("question 2 of SEED-Bench has no prediction");
    assertThatThrownBy(() -> SeedBench.score(Map.of("1", "B", "2", "B", "3", "B"), questions))
        .hasMessageStartingWith("the prediction of question 3 has no question");
  }

  @Test
  void rowsOfMmBenchAreReadWithQuotedCells() throws Exception {
    Path file = write("mm.tsv", "index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\timage\tl2-category\tsplit\n"
        + "241\t\"Which \"\"one\"\"?\"\t\"Two\nlines\"\tx\ty\t\t\tB\tlogic\t" + ENCODED + "\treason\tdev\r\n"
        + "1000241\tq\t\ta\tb\tc\td\tD\tlogic\t" + ENCODED + "\treason\tdev\n");
    List<MmBench.Row> rows = new ArrayList<>();
    MmBench.read(file, rows::add);
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).prompt()).isEqualTo("Hint: Two\nlines\nQuestion: Which \"one\"?\nOptions:\nA. x\nB. y\n"
        + "Please select the correct answer from the options above. \n");
    assertThat(rows.get(0).image()).asString().isEqualTo(PICTURE);
    assertThat(rows.get(0).split()).isEqualTo("dev");
    assertThat(rows.get(0).l2Category()).isEqualTo("reason");
    assertThat(rows.get(1).options()).containsExactly("a", "b", "c", "d");
    assertMmBench("1\tq\t\tx\ty\tA\n", "row 1: the question has no picture");
    assertMmBench("1\tq\t" + ENCODED + "\tx\ty\tC\n", "row 1: the answer 'C' is not one of the options");
    assertMmBench("1\tq\t" + ENCODED + "\tx\ty\tA\n1\tq\t" + ENCODED + "\tx\ty\tA\n",
        "row 2: a second row with the index 1");
    assertMmBench("1\tq\taGk", "row 1 has 3 cells, not 6: the file may be incomplete, download it again");
    assertMmBench("1\t\"q\taGk", "row 1 ends within quotes: the file may be incomplete");
    assertMmBench("x\tq\t" + ENCODED + "\tx\ty\tA\n", "row 1: the index 'x' is not a number");
    assertMmBench("1\tq\t" + "?".repeat(65) + "\tx\ty\tA\n", "row 1: the picture is not base64");
  }

  /** As by VLMEvalKit's {@code build_choices}, whose table pandas reads. */
  @Test
  void optionsOfMmBenchKeepTheirLetters() throws Exception {
    Path file = write("mm.tsv", "index\tquestion\thint\tA\tB\tC\tD\tanswer\timage\n"
        + "1\tq\tnan\tred\tblue\t\tgreen\tD\t" + ENCODED + "\n"
        + "2\tq\tN/A\tred\tNone\tblue\tNA\tB\t" + ENCODED + "\n"
        + "3\tq\tnone\tno\tNone of them\tnull\t\"NULL\"\tNaN\t" + ENCODED + "\n");
    List<MmBench.Row> rows = new ArrayList<>();
    MmBench.read(file, rows::add);
    assertThat(rows).extracting(MmBench.Row::options).containsExactly(
        List.of("red", "blue", "", "green"), List.of("red", "", "blue"), List.of("no", "None of them"));
    assertThat(rows).extracting(MmBench.Row::answer).as("no reply can name the missing option B")
        .containsExactly("D", "B", "");
    assertThat(rows).extracting(MmBench.Row::hint).containsExactly("", "", "none");
    assertThat(rows.get(0).prompt()).isEqualTo("Question: q\nOptions:\nA. red\nB. blue\nD. green\n"
        + "Please select the correct answer from the options above. \n");
    List<String> options = rows.get(0).options();
    assertThat(MmBench.choice("D", options)).hasValue("D");
    assertThat(MmBench.choice("It is green.", options)).hasValue("D");
    assertThat(MmBench.choice("C", options)).isEmpty();
    assertThat(MmBench.choice("B", rows.get(1).options())).isEmpty();
    MmBench.writeResults(folder.resolve("r.tsv"), rows.subList(0, 1), Map.of(1L, "D"));
    assertThat(folder.resolve("r.tsv")).hasContent(
        "index\tquestion\thint\tA\tB\tC\tD\tanswer\tprediction\n1\tq\t\tred\tblue\t\tgreen\tD\tD\n");
    assertMmBench("1\tq\t" + ENCODED + "\tx\t\tA\n", "row 1: the question has fewer than two options");
  }

  @ParameterizedTest
  @CsvSource({
      "coarse_perception, CP", "finegrained_perception (instance-level), FP-S",
      "finegrained_perception (cross-instance), FP-C", "logic_reasoning, LR", "relation_reasoning, RR",
      "attribute_reasoning, AR", "another, another"})
  void groupsOfMmBenchHaveTheNamesOfPublishedTables(String group, String name) {
    MmBench.Row row = new MmBench.Row(1, new byte[0], "", "q", List.of("a", "b"), "A", "c", group, "dev");
    assertThat(row.l2Abbreviation()).isEqualTo(name);
  }

  @Test
  void rowsOfMmBenchShareAPictureByTheIndexOfItsRow() throws Exception {
    String header = "index\tquestion\timage\tA\tB\tanswer\n";
    Path file = write("mm.tsv", header + "7\tq\t5\tx\ty\tA\n5\tq\t" + ENCODED + "\tx\ty\tA\n1000005\tq\t5\tx\ty\tA\n");
    List<String> pictures = new ArrayList<>();
    MmBench.read(file, row -> pictures.add(row.index() + " " + new String(row.image(), StandardCharsets.UTF_8)));
    assertThat(pictures).containsExactly("7 " + PICTURE, "5 " + PICTURE, "1000005 " + PICTURE);
    assertMmBench("1\tq\t2\tx\ty\tA\n", "row 1: the picture is that of row '2', which has none");
    assertMmBench("1\tq\t2\tx\ty\tA\n2\tq\t1\tx\ty\tA\n", "row 1: the picture is that of row '2', which has none");
    assertMmBench("1\tq\taGk=\tx\ty\tA\n", "row 1: the image 'aGk=' is not a number");
  }

  @Test
  void repliesToMmBenchAreWrittenWithTheirQuestions() throws Exception {
    Path file = write("mm.tsv", "index\tquestion\timage\tA\tB\tanswer\tl2-category\tsplit\n"
        + "5\t\"a \"\"q\"\"\"\t" + ENCODED + "\tx\ty\tA\tlogic\tdev\n1000005\tq\t5\ty\tx\tB\tlogic\tdev\n"
        + "6\tq\t5\ty\tx\tB\tsight\tdev\n");
    List<MmBench.Row> rows = new ArrayList<>();
    MmBench.read(file, rows::add);
    assertThat(rows).extracting(MmBench.Row::questionIndex).containsExactly(5L, 5L, 6L);
    Map<Long, String> replies = new LinkedHashMap<>();
    replies.put(5L, "B.\tNo\n");
    replies.put(6L, "A");
    MmBench.writeResults(folder.resolve("r.tsv"), rows, replies);
    assertThat(folder.resolve("r.tsv")).hasContent(
        "index\tquestion\thint\tA\tB\tC\tD\tanswer\tl2-category\tsplit\tprediction\n"
        + "5\t\"a \"\"q\"\"\"\t\tx\ty\t\t\tA\tlogic\tdev\t\"B.\tNo\n\"\n"
        + "6\tq\t\ty\tx\t\t\tB\tsight\tdev\tA\n");
    assertThat(MmBench.results(folder.resolve("r.tsv"))).isEqualTo(replies);
    Path twice = write("twice.tsv", "index\tprediction\n5\tA\n5\tB\n");
    assertThatThrownBy(() -> MmBench.results(twice)).isInstanceOf(GillException.class)
        .hasMessageEndingWith("a second prediction with the index 5");
  }

  @Test
  void anOptionOfMmBenchIsNamedByItsLetterOrItsText() {
    List<String> options = List.of("a red circle", "a blue star", "Green");
    Map<String, String> expected = Map.of("B", "B", "The answer is (C).", "C", "It is a blue star.", "B",
        "it is GREEN", "C", "A or B: a blue star", "B");
    expected.forEach((response, letter) -> assertThat(MmBench.choice(response, options)).as(response).hasValue(letter));
    assertThat(MmBench.choice("Failed to obtain answer via API: green", options)).as("the text counts").hasValue("C");
    for (String response : List.of("", "D", "Z, not green", "Cannot determine the answer: B",
        "a red circle or a blue star", "Bee")) {
      assertThat(MmBench.choice(response, options)).as(response).isEmpty();
    }
  }

  /** The expected letters are those of VLMEvalKit's {@code can_infer}, run on these responses. */
  @Test
  void anOptionOfMmBenchIsInferredWithTheOfficialLimits() {
    List<String> options = List.of("a red circle", "a blue star", "Green");
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("A red shape is what I see on it", "");
    expected.put("A red circle is what I see there", "A");
    expected.put("What I see is B I think so", "B");
    expected.put("It is B, I think you see", "");
    expected.put("The answer is a blue star, as anyone can see from it", "A");
    expected.put("the correct ANSWER\u00a0is **b**, which all of us can see here", "B");
    expected.put("The answer is D.", "");
    expected.put("Answer is D, or else the answer is B: who could ever say this", "");
    expected.put("B\u00a0", "B");
    expected.put("Z or B", "B");
    expected.put("Z or B and one two three four", "");
    expected.put("I can't process this file. B", "");
    expected.put("Failed to obtain answer via API B", "");
    expected.put("The option {C}!", "C");
    expected.put("green " + "x".repeat(50), "C");
    expected.put("green " + "x".repeat(51), "");
    expected.forEach((response, letter) ->
        assertThat(MmBench.choice(response, options).orElse("")).as(response).isEqualTo(letter));
  }

  @Test
  void anIntervalIsThatOfTheMeanAndRepeatable() {
    List<Double> scores = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      scores.add(i % 4 == 0 ? 1.0 : 0.0);
    }
    Interval interval = Interval.ofMean(scores, 7);
    // The normal approximation: 0.25 ± 1.96 · √(0.25 · 0.75 / 400).
    assertThat(interval.low()).isCloseTo(0.2076, within(0.01));
    assertThat(interval.high()).isCloseTo(0.2924, within(0.01));
    assertThat(Interval.ofMean(scores, 7)).isEqualTo(interval);
    assertThat(Interval.ofMean(List.of(0.5, 0.5), 1)).isEqualTo(new Interval(0.5, 0.5));
  }

  @Test
  void storiesOfVistEndWithTheLastCaption() throws Exception {
    Path file = write("vist.json", "{\"annotations\":{\"45530\":["
        + "{\"caption\":\"two\",\"image_id\":\"12\",\"sequence_index\":1},"
        + "{\"caption\":\"one\",\"image_id\":\"11\",\"sequence_index\":0}]}}");
    Vist.Story story = Vist.stories(file).get(0);
    assertThat(story.target()).isEqualTo("12");
    assertThat(story.prompt(2, true)).containsExactly(new Text("one"), new Picture("11"), new Text("two"));
    assertThat(story.prompt(1, true)).containsExactly(new Text("two"));
    assertThat(story.prompt(2, false)).containsExactly(new Text("one"), new Text("two"));
    assertThatThrownBy(() -> story.prompt(3, true)).hasMessage("story 45530 has 2 captions; 3 cannot be used");
  }

  @Test
  void storiesOfVistAreReadFromTheFileThatPrecedesGillsScript() throws Exception {
    String first = "[{\"story_id\":\"45530\",\"text\":\"one\",\"photo_flickr_id\":\"11\","
        + "\"worker_arranged_photo_order\":0}]";
    String second = "[{\"story_id\":\"45530\",\"text\":\"two\",\"photo_flickr_id\":\"12\","
        + "\"worker_arranged_photo_order\":1}]";
    Path raw = write("raw.json", "{\"images\":[{\"id\":\"11\"}],\"annotations\":[" + second + "," + first + "]}");
    assertThat(Vist.stories(raw)).containsExactly(
        new Vist.Story("45530", List.of(new Vist.Frame("one", "11"), new Vist.Frame("two", "12"))));
    Path twice = write("twice.json", "{\"annotations\":[" + first + "," + first + "]}");
    assertThatThrownBy(() -> Vist.stories(twice)).isInstanceOf(GillException.class)
        .hasMessage(twice + ", record 1, entry 0 of 'value': a second frame with the index 0");
    Path incomplete = write("incomplete.json", "{\"annotations\":{\"45530\":[{\"image_id\":\"11\","
        + "\"sequence_index\":0}]}}");
    assertThatThrownBy(() -> Vist.stories(incomplete))
        .hasMessage(incomplete + ", '45530', entry 0 of 'value': 'caption' is missing");
    Path other = write("other.json", "{\"45530\":[]}");
    assertThatThrownBy(() -> Vist.stories(other))
        .hasMessage(other + " has no lists 'annotations': check that this is the benchmark's file");
  }

  @Test
  void dialoguesOfVisDialAreWrittenWithoutCaption() throws Exception {
    Path file = write("visdial.json", "{\"split\":\"val\",\"data\":{\"dialogs\":[{\"image_id\":9,\"caption\":\"c\","
        + "\"dialog\":[{\"question\":1,\"answer\":0},{\"question\":0,\"answer\":1}]}],"
        + "\"questions\":[\"is it big\",\"what is it\"],\"answers\":[\"a dog\",\"yes\"]}}");
    VisDial.Dialogue dialogue = VisDial.dialogues(file).get(0);
    assertThat(dialogue.prompt(2)).isEqualTo("Q: what is it?\nA: a dog\nQ: is it big?\nA: yes");
    assertThat(dialogue.prompt(1)).isEqualTo("Q: what is it?\nA: a dog");
    Path bad = write("bad.json", "{\"data\":{\"dialogs\":[{\"image_id\":9,\"dialog\":[{\"question\":7,\"answer\":0}]}],"
        + "\"questions\":[\"x\"],\"answers\":[\"y\"]}}");
    assertThatThrownBy(() -> VisDial.dialogues(bad)).hasMessageEndingWith(
        "record 0, entry 0 of 'dialog': 'question' is 7, but the file has 1 such texts");
  }

  @Test
  void examplesOfFewShotImagesAreDrawnAsPublished() throws Exception {
    Path file = write("query.json", "[{\"id\":\"q1\",\"question\":\"Generate a dax\",\"task_label\":\"dax\","
        + "\"classes\":[\"blicket\",\"dax\",\"wug\"],\"support\":{\"dax\":{\"images\":[\"d1\",\"d2\"]},"
        + "\"blicket\":{\"images\":[\"b1\",\"b2\"]},\"wug\":{\"images\":[\"w1\",\"w2\"]}}}]");
    List<FewShotImages.Query> queries = FewShotImages.queries(file);
    // Python's choices with seed 0: wug, False; blicket, False.
    assertThat(FewShotImages.prompts(file, queries, List.of(0, 1))).containsExactly(
        List.of(List.of(new Text("Generate a dax"))),
        List.of(List.of(new Text("Generate a blicket"), new Picture("b1"), new Text("Generate a dax"),
            new Picture("d1"), new Text("Generate a dax"))));
    assertThat(queries.get(0).answer()).as("without an answer").isEqualTo("dax");
    Path empty = write("empty.json", "[{\"id\":\"q1\",\"question\":\"Generate a dax\",\"task_label\":\"dax\","
        + "\"classes\":[\"dax\",\"wug\"],\"support\":{\"dax\":{\"images\":[]},\"wug\":{\"images\":[\"w1\"]}}}]");
    assertThatThrownBy(() -> FewShotImages.queries(empty))
        .hasMessage(empty + ", record 0: the class 'dax' has no example pictures");
    assertThatThrownBy(() -> FewShotImages.prompts(file, queries, List.of(4)))
        .isInstanceOf(GillException.class).hasMessageStartingWith(file + ": request q1 has 2 example pictures of ");
  }

  @Test
  void resultsOfFewShotImagesAreTheRequestsWithTheirPictures() throws Exception {
    Path file = write("query.json", "[{\"image\":\"a/7.jpg\",\"question\":\"Generate a dax\",\"answer\":\"lion\","
        + "\"task_label\":\"dax\",\"classes\":[\"dax\",\"wug\"],\"none\":[],\"x\":{},\"support\":"
        + "{\"dax\":{\"images\":[\"d1\"]},\"wug\":{\"images\":[\"w1\"]}}},{\"id\":\"unanswered\"}]");
    Path results = folder.resolve("results/open_t2i_mi/gill_2-shot.json");
    FewShotImages.writeResults(results, file, Map.of("a/7.jpg", "p/7.png"));
    assertThat(results).hasContent("""
        [
            {
                "image": "a/7.jpg",
                "question": "Generate a dax",
                "answer": "lion",
                "task_label": "dax",
                "classes": [
                    "dax",
                    "wug"
                ],
                "none": [],
                "x": {},
                "support": {
                    "dax": {
                        "images": [
                            "d1"
                        ]
                    },
                    "wug": {
                        "images": [
                            "w1"
                        ]
                    }
                },
                "prediction": "p/7.png"
            }
        ]""");
  }

  private void assertError(String json, String message) throws IOException {
    Path file = write("bad.json", json);
    assertThatThrownBy(() -> VqaV2.questions(file)).isInstanceOf(GillException.class).hasMessageContaining(message)
        .hasMessageStartingWith(file.toString());
  }

  private void assertMmBench(String rows, String message) throws IOException {
    Path file = write("bad.tsv", "index\tquestion\timage\tA\tB\tanswer\n" + rows);
    assertThatThrownBy(() -> MmBench.read(file, row -> {})).isInstanceOf(GillException.class)
        .hasMessageContaining(message);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
