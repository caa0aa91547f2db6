package io.gill.examples.train;

import com.google.common.primitives.Longs;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.UnknownWords;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.lm.DecoderNetwork;
import io.gill.lm.Past;
import io.gill.opt.OptConfig;
import io.gill.stage.Tokenizer;
import io.gill.text.OptTokenizer;
import io.gill.torch.Parameters;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Trains the language model on the world's dialogues without pictures. It learns every token of the answers except the
 * marks that stand for the model's own pictures. For those, a linear layer predicts the whole scene from the hidden
 * state of the first mark. A large model encodes a scene without this; here the loss demands it, since GILL's layers
 * can pass on only what that state encodes.
 *
 * <p>The first training has single turns and pairs of turns, which are short: a model of this size learns from many of
 * them to bind each attribute to its thing before it follows a conversation. The second has whole dialogues, as long as
 * a session shows them: without many of these, the model answers well only in the first positions.
 *
 * <p>Further linear layers predict at the start of an answer which thing the user speaks of, and the scene of the
 * answer. Without that, a model of this size answers a question about "the circle" with an attribute of either thing,
 * however long it is trained. They read the output of a middle layer, since the later tokens of the answer cannot
 * attend to the last one. One more row beside the vocabulary stands for a picture: the model must predict where a
 * picture follows as surely as it predicts a word, or GILL's [IMG0] misses the place after a few turns.
 */
final class OptTraining {
  static final TrainingRun.Plan TURNS = new TrainingRun.Plan("turns", 2000, 48, 1.5e-3, 0.05, 0.998).withMuon();

  static final TrainingRun.Plan DIALOGUES =
      new TrainingRun.Plan("dialogues", 13_500, 24, 1.2e-3, 0.05, 0.9995).withMuon();

  private static final int SORTED_STEPS = 32;

  /** The kinds of the first training's turns, as often as it learns them. */
  private static final List<Kind> KINDS = List.of(Kind.EDIT, Kind.EDIT, Kind.QUESTION, Kind.EDIT, Kind.EDIT,
      Kind.DESCRIBE, Kind.EDIT, Kind.EDIT, Kind.QUESTION, Kind.DRAW, Kind.EDIT, Kind.QUESTION, Kind.EDIT, Kind.DRAW,
      Kind.REFUSAL, Kind.EDIT, Kind.EDIT, Kind.FIND, Kind.GREETING);

  /** Number of plain dialogues among ten. */
  private static final int PLAIN = 2;

  /** Number of dialogues among ten that compare things. The others are free talk, cut to what a session keeps. */
  private static final int COMPARING = 1;

  /** One in {@value} dialogues lacks its last picture, so that the model ends the line where pictures are forbidden. */
  private static final int FORBIDDEN = 40;

  /** The share of the marks whose embedding is replaced by noise. */
  private static final double DISGUISED = 0.75;

  /** Maximum factor by which such an embedding is larger or smaller than usual. */
  private static final double SIZES = 3;

  /** The additional weight of yes, no and numbers: whether one thing is bigger shows in one word of an answer. */
  private static final double DECISION = 0.5;

  /** The noise on the tags of the user's pictures, since GILL's linear layer only approximates them. */
  private static final double BLUR = 0.5;

  /** The layer after which these tokens encode what the user speaks of: later tokens can read it in later layers. */
  private static final int REFERENCE_LAYER = 3;

  /** The layer after which they encode the scene that the answer is about. */
  private static final int PLAN_LAYER = 4;

  private OptTraining() {}

  /**
   * Trains from nothing, or goes on.
   *
   * @param trained weights of an earlier training with this model's vocabulary: training goes on from these, with whole
   *     dialogues
   */
  static void run(WorldModel model, Optional<Path> trained, TrainingRun.Plan turns, TrainingRun.Plan dialogues,
      PrintWriter out) throws IOException {
    Path single = model.work().resolve("turns");
    Source singleTurns = (group, i) -> {
      Kind kind = KINDS.get(i % KINDS.size());
      long seed = Batches.seed("turns", group, i);
      boolean about = kind == Kind.EDIT || kind == Kind.QUESTION;
      return Window.whole(about && i % 2 == 0 ? Dialogues.freeFollowUp(kind, Split.TRAIN, seed)
          : Dialogues.freeTalk(kind, Split.TRAIN, seed));
    };
    Source mostlyFree = (group, i) -> {
      long seed = Batches.seed("dialogues", group, i);
      return i % 10 >= PLAIN + COMPARING ? Dialogues.endOfFreeTalk(Split.TRAIN, seed)
          : Window.whole(i % 10 >= PLAIN ? Dialogues.comparisons(Split.TRAIN, seed)
              : i % 2 == 0 ? Dialogues.questions(Split.TRAIN, seed)
              : Dialogues.ofAnyLength(Split.TRAIN, seed));
    };
    Optional<Path> before = trained;
    if (trained.isEmpty()) {
      train(model, single, turns, trained, singleTurns, out);
      before = Optional.of(TrainingRun.state(single));
    }
    Map<String, TensorData> result =
        train(model, model.work().resolve("dialogues"), dialogues, before, mostlyFree, out);
    WorldModel.weights(model.opt().resolve("model.safetensors"), result, "model.");
  }

  /** Returns the dialogues of a group of steps by its number. */
  private interface Source {
    Window dialogue(long group, int index);
  }

  private static Map<String, TensorData> train(WorldModel model, Path folder, TrainingRun.Plan plan,
      Optional<Path> start, Source source, PrintWriter out) throws IOException {
    OptConfig config = OptConfig.read(model.opt().resolve("config.json"));
    try (TrainingRun run = new TrainingRun(folder, plan, out);
        OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS)) {
      Objective objective = objective(config, tokenizer, run.parameters(), start);
      SortedBatches batches = new SortedBatches(tokenizer, config.maxPositionEmbeddings(), plan.batch(), source);
      run.trainInParts(step -> {
        List<DialogueTokens> texts = batches.of(step);
        int half = texts.size() / 2;
        return List.of(new Part(texts.subList(0, half), Batches.seed("opt-noise", step, 0)),
            new Part(texts.subList(half, texts.size()), Batches.seed("opt-noise", step, 1)));
      }, objective::loss);
      return run.result();
    }
  }

  /** Builds the networks, with the weights of a file where it has them. */
  private static Objective objective(
      OptConfig config, Tokenizer tokenizer, Parameters parameters, Optional<Path> start) {
    Initial fresh = new Initial(3, name -> false);
    if (start.isEmpty()) {
      return new Objective(config, tokenizer, Weights.fresh(parameters, fresh));
    }
    try (TensorFile file = TensorFile.open(start.get())) {
      return new Objective(config, tokenizer, Weights.fresh(parameters, (name, shape) ->
          file.names().contains(name) ? file.get(name).toFloatArray() : fresh.values(name, shape)));
    }
  }

  /**
   * A part of a step's dialogues.
   *
   * @param texts the dialogues
   * @param noise the seed of their noise
   */
  private record Part(List<DialogueTokens> texts, long noise) {}

  /** What training minimises. */
  private static final class Objective {
    private final DecoderNetwork network;
    private final int width;
    private final AttributeHead scenes;
    private final AttributeHead planned;
    private final ReferenceHead reference;

    /** One more row beside the vocabulary: a picture follows. */
    private final Tensor picture;

    private final long pictureLabel;
    private final int mark;
    private final int padId;

    Objective(OptConfig config, Tokenizer tokenizer, Weights w) {
      network = config.network(w); // first: it accepts no other keys beside its own
      width = config.wordEmbedProjDim();
      scenes = new AttributeHead(w.at("attributes"), width);
      planned = new AttributeHead(w.at("planned"), width);
      reference = new ReferenceHead(w.at("reference"), width);
      picture = w.at("picture").take("weight", 1, width);
      pictureLabel = config.vocabSize(); // after the vocabulary
      mark = tokenizer.encode(WorldDialogue.MARK, false)[0];
      padId = tokenizer.padId();
    }

    Tensor loss(Part part) {
      int rows = part.texts().size();
      int length = part.texts().stream().mapToInt(text -> text.ids().length).max().orElseThrow() - 1; // last: no input
      int[] ids = new int[rows * length];
      float[] kept = new float[rows * length];
      float[] noise = new float[rows * length];
      long[] labels = new long[rows * length];
      Arrays.fill(ids, padId);
      Arrays.fill(labels, Tensor.IGNORED_LABEL);
      List<Long> decisions = new ArrayList<>();
      Map<Long, Scene> pictures = new LinkedHashMap<>();
      Map<Long, Meant> meant = new LinkedHashMap<>();
      Map<Long, Scene> plans = new LinkedHashMap<>();
      Random random = new Random(part.noise());
      for (int i = 0; i < rows; i++) {
        DialogueTokens text = part.texts().get(i);
        for (int j = 0; j + 1 < text.ids().length; j++) {
          ids[i * length + j] = text.ids()[j];
          boolean learned = text.said().get(j + 1) && text.ids()[j + 1] != mark;
          labels[i * length + j] = learned ? text.ids()[j + 1] : Tensor.IGNORED_LABEL;
          boolean disguise = text.ids()[j] == mark && random.nextDouble() < DISGUISED;
          kept[i * length + j] = disguise ? 0 : 1;
          noise[i * length + j] = (float) (disguise ? Math.pow(SIZES, 2 * random.nextDouble() - 1)
              : text.isShown(j) ? BLUR : 0);
        }
        long start = (long) i * length;
        text.decisions().stream().forEach(place -> decisions.add(start + place - 1));
        text.pictures().forEach((place, scene) -> {
          pictures.put(start + place, scene);
          labels[Math.toIntExact(start + place - 1)] = pictureLabel;
        });
        text.meant().forEach((place, one) -> meant.put(start + place, one));
        text.plans().forEach((place, scene) -> plans.put(start + place, scene));
      }
      Tensor embeddings = noisy(network.embeddings(ids), kept, noise, random); // (B · T, D)
      List<Tensor> states = new ArrayList<>(); // (B · T, D) each
      network.decoder().apply(embeddings.reshape(rows, length, width), Past.NONE,
          state -> states.add(state.reshape(labels.length, width)));
      Tensor hidden = states.get(states.size() - 1);
      long[] learned =
          LongStream.range(0, labels.length).filter(j -> labels[(int) j] != Tensor.IGNORED_LABEL).toArray();
      Tensor loss = words(hidden, learned, labels); // the labels are few: most places are the user's
      if (!decisions.isEmpty()) {
        loss = loss.add(words(hidden, Longs.toArray(decisions), labels).mul(DECISION));
      }
      if (!pictures.isEmpty()) {
        loss = loss.add(scenes.loss(Batches.rows(hidden, pictures.keySet()), List.copyOf(pictures.values())));
      }
      if (!meant.isEmpty()) {
        loss = loss.add(reference.loss(
            Batches.rows(states.get(REFERENCE_LAYER), meant.keySet()), List.copyOf(meant.values())));
      }
      if (!plans.isEmpty()) {
        loss = loss.add(planned.loss(
            Batches.rows(states.get(PLAN_LAYER), plans.keySet()), List.copyOf(plans.values())));
      }
      return loss;
    }

    /** The cross-entropy of the labels at some places. */
    private Tensor words(Tensor hidden, long[] places, long[] labels) {
      Tensor saying = hidden.indexSelect(Tensor.of(places, places.length));
      Tensor logits = Tensor.cat(1, network.logits(saying), saying.linear(picture, null));
      return logits.crossEntropy(
          Tensor.of(LongStream.of(places).map(j -> labels[(int) j]).toArray(), places.length));
    }

    /**
     * Adds noise, in units of the usual size, to the embeddings that are kept. Most marks are pure noise: GILL's [IMG]
     * tokens stand there later, with embeddings that this model does not know, and its next words must not depend on
     * them.
     */
    private static Tensor noisy(Tensor embeddings, float[] kept, float[] noise, Random random) {
      int d = Math.toIntExact(embeddings.size(1));
      float size = embeddings.detach().pow(2).mean().sqrt().toFloats()[0];
      float[] added = new float[kept.length * d];
      for (int i = 0; i < kept.length; i++) {
        for (int j = 0; noise[i] > 0 && j < d; j++) {
          added[i * d + j] = size * noise[i] * (float) random.nextGaussian();
        }
      }
      return embeddings.mul(Tensor.of(kept, kept.length, 1)).add(Tensor.of(added, kept.length, d));
    }
  }

  /** Draws the dialogues of {@value #SORTED_STEPS} steps at once and sorts them by length to reduce padding. */
  private static final class SortedBatches {
    private final Tokenizer tokenizer;
    private final int[] marks;
    private final int positions;
    private final int size;
    private final Source source;
    private final List<DialogueTokens> drawn = new ArrayList<>();
    private long group = -1;

    SortedBatches(Tokenizer tokenizer, int positions, int size, Source source) {
      this.tokenizer = tokenizer;
      this.positions = positions;
      this.marks = tokenizer.encode(WorldDialogue.MARK.repeat(WorldDialogue.MARKS), false);
      this.size = size;
      this.source = source;
    }

    /** Returns the dialogues of a step, which depend on its number only. */
    List<DialogueTokens> of(long step) {
      if (group != step / SORTED_STEPS) {
        draw(step / SORTED_STEPS);
      }
      List<Integer> order = new ArrayList<>(IntStream.range(0, SORTED_STEPS).boxed().toList());
      Collections.shuffle(order, new Random(group));
      int start = order.get((int) (step % SORTED_STEPS)) * size;
      return drawn.subList(start, start + size);
    }

    private void draw(long wanted) {
      group = wanted;
      drawn.clear();
      for (int i = 0; i < size * SORTED_STEPS; i++) {
        drawn.add(dialogue(i));
      }
      drawn.sort(Comparator.comparingInt(text -> text.ids().length));
    }

    /** Returns a dialogue that fits into the model. Few do not, such as those with long texts. */
    private DialogueTokens dialogue(int index) {
      for (int i = index;; i += size * SORTED_STEPS) {
        Window window = UnknownWords.in(source.dialogue(group, i), Batches.seed("opt-words", group, i));
        DialogueTokens tokens = DialogueTokens.of(window, index % FORBIDDEN == 0, marks, tokenizer);
        if (tokens.ids().length <= positions) {
          return tokens;
        }
      }
    }
  }
}
