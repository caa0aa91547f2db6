package io.gill.examples.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.examples.Output;
import io.gill.examples.world.Answers;
import io.gill.examples.world.Colour;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Position;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.SceneSampler;
import io.gill.examples.world.Shape;
import io.gill.examples.world.Thing;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.Words;
import io.gill.image.Images;
import io.gill.parquet.ParquetTable;
import io.gill.training.DecisionOptions;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes small benchmarks of the bundled model's world, in the official formats, on scenes that no model has seen. */
@Command(
    name = "world-benchmarks",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = "Writes small benchmarks of the bundled model's world for evaluate, each in a folder of its name: "
        + "vqav2, coco-captions, coco-fid, seed-bench, mmbench, mmmu, vist, visdial, t2ifmit and decisions.")
public final class WorldBenchmarks implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int REFERENCES = 5;
  private static final int ANSWERS = 10;
  private static final int LONG_ANSWERS = 7;
  private static final int OPTIONS = 4;
  private static final int MOST_TRIES = 1000;
  private static final int FRAMES = 5;
  private static final int ROUNDS = 10;
  private static final int CANDIDATES = 20;
  private static final int CLASSES = 5;
  private static final int EXAMPLES = 9;

  /** Names without a meaning, as few-shot benchmarks use them. */
  private static final List<String> NAMES = List.of("blicket", "dax", "perpo", "slation", "wug");

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "The folder for the benchmarks.")
  private Path output = Path.of("");

  @Option(names = "--count", paramLabel = "N", description = "Number of items of each benchmark.")
  private int count = 200;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of scenes and questions.")
  private long seed = 1;

  @Override
  public Integer call() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (count < 1) {
      throw new CommandLine.ParameterException(line, "--count must be at least 1");
    }
    questions();
    captions();
    drawings();
    choices();
    rotations();
    subjects();
    stories();
    dialogues();
    classes();
    decisions();
    line.getOut().println(output + ": " + count + " items of each benchmark");
    line.getOut().flush();
    return CommandLine.ExitCode.OK;
  }

  private long seed(String benchmark, int item) {
    return new Random(31 * seed + benchmark.hashCode()).nextLong() + item;
  }

  private void picture(String file, Scene scene, long variation) {
    Output.picture(output.resolve(file), SceneRenderer.render(scene, variation));
  }

  private void write(String file, Object value) {
    try {
      Output.text(output.resolve(file), JSON.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String words(Turn turn) {
    return turn.user().stream().filter(Words.class::isInstance).map(part -> ((Words) part).text()).findFirst()
        .orElseThrow();
  }

  /** A question about a picture: all answer it, most in a sentence as the model does. */
  private void questions() {
    List<Object> asked = new ArrayList<>();
    List<Object> answered = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Turn turn = Dialogues.single(Kind.QUESTION, Split.HELD_OUT, seed("vqav2", i)).last();
      picture(String.format(Locale.ROOT, "vqav2/val2014/COCO_val2014_%012d.png", i), turn.scene(), i);
      String question = words(turn);
      asked.add(map("image_id", i, "question", question, "question_id", 10 * i));
      String brief = turn.answer().toLowerCase(Locale.ROOT).replaceAll("^it is (a )?|\\.$", "");
      List<Map<String, Object>> answers = IntStream.range(0, ANSWERS)
          .mapToObj(k -> map("answer_id", k + 1, "answer", k < LONG_ANSWERS ? turn.answer() : brief)).toList();
      answered.add(map("question_id", 10 * i, "image_id", i,
          "question_type", question.toLowerCase(Locale.ROOT).split(" ", 2)[0],
          "answer_type", answerType(brief), "answers", answers));
    }
    write("vqav2/v2_OpenEnded_mscoco_val2014_questions.json", map("questions", asked));
    write("vqav2/v2_mscoco_val2014_annotations.json", map("annotations", answered));
  }

  private static String answerType(String answer) {
    return switch (answer) {
      case "yes", "no" -> "yes/no";
      case "one", "two" -> "number";
      default -> "other";
    };
  }

  private void captions() {
    List<Object> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Scene scene = SceneSampler.sample(Split.HELD_OUT, seed("captions", i));
      String name = String.format(Locale.ROOT, "COCO_val2014_%012d.png", i);
      picture("coco-captions/val2014/" + name, scene, i);
      List<Map<String, Object>> sentences = IntStream.range(0, REFERENCES)
          .mapToObj(k -> map("raw", Grammar.paraphrase(scene, k * Grammar.PARAPHRASES / 8))).toList();
      images.add(map("filepath", "val2014", "filename", name, "cocoid", i, "split", "test", "sentences", sentences));
    }
    write("coco-captions/dataset_coco.json", map("images", images));
  }

  /** Captions to be drawn. */
  private void drawings() {
    List<Object> captions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Scene scene = SceneSampler.sample(Split.HELD_OUT, seed("coco-fid", i));
      picture(String.format(Locale.ROOT, "coco-fid/val2014/COCO_val2014_%012d.png", i), scene, i);
      captions.add(map("image_id", i, "id", i, "caption", Grammar.caption(scene)));
    }
    write("coco-fid/captions_val2014.json", map("annotations", captions));
  }

  /** A value of an attribute, in a word and as the answer to a question. */
  private record Value(String brief, String answer) {}

  /** A question whose answer is one of several values of an attribute. */
  private record Asked(Turn turn, int type, String category, List<Value> options, Value right) {
    String letter() {
      return String.valueOf((char) ('A' + options.indexOf(right)));
    }
  }

  /** Samples a question about a shape, a colour or a position, with three wrong options. */
  private Asked asked(String benchmark, int item) {
    for (int i = 0; i < MOST_TRIES; i++) {
      long next = seed(benchmark, item) + (long) i * count;
      Optional<Asked> found = asked(Dialogues.single(Kind.QUESTION, Split.HELD_OUT, next).last());
      if (found.isPresent()) {
        Asked asked = found.get();
        String right = asked.right().brief();
        Random random = new Random(next);
        List<Value> wrong = new ArrayList<>(asked.options());
        // "At the top left" contains "at the top".
        wrong.removeIf(option -> option.brief().contains(right) || right.contains(option.brief()));
        Collections.shuffle(wrong, random);
        List<Value> options = new ArrayList<>(List.of(asked.right()));
        options.addAll(wrong.subList(0, Math.min(OPTIONS - 1, wrong.size())));
        Collections.shuffle(options, random);
        return new Asked(asked.turn(), asked.type(), asked.category(), options, asked.right());
      }
    }
    throw new IllegalStateException("the world has no questions about shapes, colours and positions");
  }

  private static Optional<Asked> asked(Turn turn) {
    Optional<Thing> meant = turn.meant().flatMap(WorldDialogue.Meant::thing);
    if (meant.isEmpty()) {
      return Optional.empty();
    }
    Thing thing = meant.get();
    List<Asked> all = List.of(
        asked(turn, 2, "shape", new Value("a " + thing.shape().word(), Answers.shape(thing)),
            Arrays.stream(Shape.values()).map(shape -> new Value("a " + shape.word(),
                Answers.shape(new Thing(shape, thing.colour(), thing.size(), thing.position()))))),
        asked(turn, 3, "colour", new Value(thing.colour().word(), Answers.colour(thing)),
            Arrays.stream(Colour.values()).map(colour -> new Value(colour.word(),
                Answers.colour(new Thing(thing.shape(), colour, thing.size(), thing.position()))))),
        asked(turn, 4, "position", new Value(thing.position().phrase(), Answers.place(thing)),
            Arrays.stream(Position.values()).map(position -> new Value(position.phrase(),
                Answers.place(new Thing(thing.shape(), thing.colour(), thing.size(), position))))));
    return all.stream().filter(asked -> asked.right().answer().equals(turn.answer())).findFirst();
  }

  private static Asked asked(Turn turn, int type, String category, Value right, Stream<Value> values) {
    return new Asked(turn, type, category, values.toList(), right);
  }

  private void choices() {
    List<Object> questions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Asked asked = asked("seed-bench", i);
      picture("seed-bench/SEED-Bench-image/" + i + ".png", asked.turn().scene(), i);
      Map<String, Object> question = map("question_id", Integer.toString(i), "question_type_id", asked.type(),
          "question", words(asked.turn()), "answer", asked.letter(), "data_id", Integer.toString(i),
          "data_type", "image");
      for (int k = 0; k < OPTIONS; k++) {
        question.put("choice_" + (char) ('a' + k), asked.options().get(k).answer());
      }
      questions.add(question);
    }
    write("seed-bench/SEED-Bench.json", map("questions", questions));
  }

  /** Questions of MMBench with all rotations of their options, which share a picture. */
  private void rotations() {
    StringBuilder table = new StringBuilder(
        "index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\timage\tl2-category\tsplit\n");
    for (int rotation = 0; rotation < OPTIONS; rotation++) {
      for (int i = 0; i < count; i++) {
        Asked asked = asked("mmbench", i);
        List<Value> options = new ArrayList<>(asked.options());
        Collections.rotate(options, rotation);
        BufferedImage picture = SceneRenderer.render(asked.turn().scene(), i);
        String image = rotation > 0 ? Integer.toString(i)
            : Base64.getEncoder().encodeToString(Images.toPng(picture, Map.of()));
        table.append(String.join("\t", Integer.toString(rotation * 1_000_000 + i), words(asked.turn()), "",
            options.stream().map(Value::brief).collect(Collectors.joining("\t")),
            String.valueOf((char) ('A' + options.indexOf(asked.right()))), asked.category(), image,
            "finegrained_perception (instance-level)", "dev")).append('\n');
      }
    }
    Output.text(output.resolve("mmbench/MMBench_DEV_EN.tsv"), table.toString());
  }

  /** Questions of MMMU, with a subject for each attribute. Every fourth is open. */
  private void subjects() {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Asked asked = asked("mmmu", i);
      boolean open = i % OPTIONS == OPTIONS - 1;
      String options = open ? "[]" : asked.options().stream().map(Value::brief)
          .collect(Collectors.joining("', '", "['", "']"));
      rows.add(List.of(
          "validation_" + asked.category().substring(0, 1).toUpperCase(Locale.ROOT) + asked.category().substring(1)
              + "_" + (i + 1),
          "<image 1>\n" + words(asked.turn()), options, open ? asked.right().brief() : asked.letter(),
          open ? "open" : "multiple-choice",
          Images.toPng(SceneRenderer.render(asked.turn().scene(), i), Map.of()), i + ".png"));
    }
    ParquetTable.write(output.resolve("mmmu/World/validation-00000-of-00001.parquet"),
        "id VARCHAR, question VARCHAR, options VARCHAR, answer VARCHAR, question_type VARCHAR, "
            + "image_1 STRUCT(bytes BLOB, path VARCHAR)",
        "?, ?, ?, ?, ?, {'bytes': ?::BLOB, 'path': ?::VARCHAR}", rows);
  }

  /** Stories of a request and four changes. Only all captions together determine the last picture. */
  private void stories() {
    Map<String, Object> stories = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      WorldDialogue dialogue = Dialogues.edits(Split.HELD_OUT, seed("vist", i), FRAMES - 1);
      List<Object> frames = new ArrayList<>();
      for (int k = 0; k < FRAMES; k++) {
        Turn turn = dialogue.turns().get(k);
        String id = i + "-" + k;
        picture("vist/images/" + id + ".png", turn.scene(), FRAMES * i + k);
        frames.add(map("caption", words(turn), "image_id", id, "sequence_index", k));
      }
      stories.put(Integer.toString(i), frames);
    }
    write("vist/val_formatted.json", map("annotations", stories));
  }

  /** Dialogues with candidate answers, and the relevance of the candidates of one round of each. */
  private void dialogues() {
    List<WorldDialogue> sampled = IntStream.range(0, count)
        .mapToObj(i -> Dialogues.differentQuestions(Split.HELD_OUT, seed("visdial", i), ROUNDS)).toList();
    List<Turn> turns = sampled.stream().flatMap(dialogue -> dialogue.turns().stream()).toList();
    List<String> answers = turns.stream().map(Turn::answer).toList();
    List<Object> dialogues = new ArrayList<>();
    List<Object> dense = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Scene scene = sampled.get(i).last().scene();
      picture(String.format(Locale.ROOT, "visdial/VisualDialog_val2018/VisualDialog_val2018_%012d.png", i), scene, i);
      Random random = new Random(seed("visdial-answers", i));
      List<Object> rounds = new ArrayList<>();
      for (int k = 0; k < ROUNDS; k++) {
        int turn = ROUNDS * i + k;
        List<Integer> options = candidates(turn, answers, random);
        rounds.add(map("question", turn, "answer", turn, "answer_options", options, "gt_index", options.indexOf(turn)));
        if (k == i % ROUNDS) {
          dense.add(map("image_id", i, "round_id", k + 1,
              "gt_relevance", options.stream().map(option -> option == turn ? 1.0 : 0.0).toList()));
        }
      }
      dialogues.add(map("image_id", i, "caption", Grammar.caption(scene), "dialog", rounds));
    }
    List<String> questions = turns.stream().map(WorldBenchmarks::words)
        .map(question -> question.endsWith("?") ? question.substring(0, question.length() - 1) : question).toList();
    write("visdial/visdial_1.0_val.json", map("split", "val", "version", "1.0",
        "data", map("dialogs", dialogues, "questions", questions, "answers", answers)));
    write("visdial/visdial_1.0_val_dense_annotations.json", dense);
  }

  /** Returns indexes of different answers in random order, with that of the given answer. */
  private static List<Integer> candidates(int given, List<String> answers, Random random) {
    List<Integer> order = IntStream.range(0, answers.size()).boxed().collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(order, random);
    Set<String> seen = new HashSet<>(Set.of(answers.get(given)));
    List<Integer> options = new ArrayList<>(List.of(given));
    for (int i = 0; i < order.size() && options.size() < CANDIDATES; i++) {
      if (seen.add(answers.get(order.get(i)))) {
        options.add(order.get(i));
      }
    }
    Collections.shuffle(options, random);
    return options;
  }

  /** Requests for a picture of a class with a made-up name: pictures of a class show one scene. */
  private void classes() {
    List<Object> queries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, Object> support = new LinkedHashMap<>();
      for (int k = 0; k < CLASSES; k++) {
        Scene scene = SceneSampler.sample(Split.HELD_OUT, seed("t2ifmit", CLASSES * i + k));
        List<String> images = new ArrayList<>();
        for (int n = 0; n < EXAMPLES; n++) {
          String name = "open_t2i_mi/" + i + "/" + NAMES.get(k) + "-" + n + ".png";
          picture("t2ifmit/" + name, scene, EXAMPLES * i + n);
          images.add(name);
        }
        support.put(NAMES.get(k), map("images", images));
      }
      String label = NAMES.get(i % CLASSES);
      queries.add(map("id", Integer.toString(i), "question", "Generate a " + label, "task_label", label,
          "classes", NAMES, "support", support));
    }
    write("t2ifmit/open_t2i_mi/query.json", queries);
  }

  /** Requests to find or to draw a picture, after as many for training as the published table has. */
  private void decisions() {
    StringBuilder table = new StringBuilder("Prompt\tDecision\n");
    int training = DecisionOptions.defaults().trainingPrompts();
    for (int i = 0; i < training + count; i++) {
      boolean find = i % 2 == 0;
      Turn turn = Dialogues.single(find ? Kind.FIND : Kind.DRAW, i < training ? Split.TRAIN : Split.HELD_OUT,
          seed("decisions", i)).last();
      table.append(words(turn)).append('\t').append(DecisionBenchmark.answer(find)).append('\n');
    }
    Output.text(output.resolve("decisions/PartiPromptsDecisionsConfident.tsv"), table.toString());
  }

  private static Map<String, Object> map(Object... entries) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      map.put((String) entries[i], entries[i + 1]);
    }
    return map;
  }
}
