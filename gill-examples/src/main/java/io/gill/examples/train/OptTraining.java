package io.gill.examples.train;

import io.gill.examples.world.Dialogues;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Pictured;
import io.gill.examples.world.WorldDialogue.Piece;
import io.gill.examples.world.WorldDialogue.Said;
import io.gill.examples.world.WorldDialogue.Seen;
import io.gill.opt.OptConfig;
import io.gill.opt.OptNetwork;
import io.gill.stage.Tokenizer;
import io.gill.text.OptTokenizer;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Trains the language model on the world's dialogues without pictures: every token of its answers but the marks that stand
 * where a picture of the model's would be. Instead, a linear layer must read the whole scene from the hidden state of the
 * first mark: what a large model knows of a text by itself is asked for here, since GILL's layers can pass on only that.
 */
final class OptTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("language model", 8000, 12, 1.5e-3, 0.05, 0.995);

  private static final int SORTED_STEPS = 8;

  /** The share of the marks whose embedding is not shown. */
  private static final double DISGUISED = 0.75;

  /** How many times larger or smaller than usual such an embedding may be. */
  private static final double SIZES = 3;

  /** The noise on the tags that stand for the user's pictures, of which GILL's linear layer gives only something alike. */
  private static final double BLUR = 0.5;

  private OptTraining() {}

  static void run(WorldModel model, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    OptConfig config = OptConfig.read(model.opt().resolve("config.json"));
    try (TrainingRun run = new TrainingRun(model.work().resolve("opt"), plan, out);
        OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS)) {
      Weights w = Weights.fresh(run.parameters(), new Initial(3, name -> false));
      OptNetwork network = OptNetwork.of(w, config); // first: it wants no other keys beside its own
      AttributeHead head = new AttributeHead(w.at("attributes"), config.hiddenSize());
      int mark = tokenizer.encode(WorldDialogue.MARK, false)[0];
      SortedBatches batches = new SortedBatches(tokenizer, plan.batch());
      run.train(step -> {
        List<Text> texts = batches.of(step);
        int width = texts.stream().mapToInt(text -> text.ids.length).max().orElseThrow() - 1; // nobody reads the last
        int[] ids = new int[plan.batch() * width];
        float[] kept = new float[plan.batch() * width];
        float[] noise = new float[plan.batch() * width];
        long[] labels = new long[plan.batch() * width];
        Arrays.fill(ids, tokenizer.padId());
        Arrays.fill(labels, Tensor.IGNORED_LABEL);
        Map<Long, Scene> pictures = new LinkedHashMap<>();
        Random random = new Random(Batches.seed("opt-noise", step, 0));
        for (int i = 0; i < plan.batch(); i++) {
          Text text = texts.get(i);
          for (int j = 0; j + 1 < text.ids.length; j++) {
            ids[i * width + j] = text.ids[j];
            boolean learned = text.said.get(j + 1) && text.ids[j + 1] != mark;
            labels[i * width + j] = learned ? text.ids[j + 1] : Tensor.IGNORED_LABEL;
            boolean disguise = text.ids[j] == mark && random.nextDouble() < DISGUISED;
            kept[i * width + j] = disguise ? 0 : 1;
            noise[i * width + j] = (float) (disguise ? Math.pow(SIZES, 2 * random.nextDouble() - 1)
                : text.seen.get(j) ? BLUR : 0);
          }
          long start = (long) i * width;
          text.pictures.forEach((place, scene) -> pictures.put(start + place, scene));
        }
        int d = config.wordEmbedProjDim();
        Tensor embeddings = noisy(network.embeddings(ids), kept, noise, random); // (B · T, D)
        Tensor hidden = network.hidden(embeddings.reshape(plan.batch(), width, d)) // (B, T, D)
            .reshape(labels.length, d);
        Tensor words = network.logits(hidden).crossEntropy(Tensor.of(labels, labels.length));
        if (pictures.isEmpty()) {
          return words;
        }
        long[] places = pictures.keySet().stream().mapToLong(Long::longValue).toArray();
        return words.add(
            head.loss(hidden.rows(Tensor.of(places, places.length)), List.copyOf(pictures.values())));
      });
      WorldModel.weights(model.opt().resolve("model.safetensors"), run.result(), "model.");
    }
  }

  /**
   * Embeddings as far as they are kept, and noise in units of their usual size. Most marks are nothing but noise: GILL's
   * [IMG] tokens stand there later, with embeddings that this model does not know, and what it says next must not depend
   * on them.
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

  /**
   * A dialogue's tokens, with the beginning token where the library puts it: before the first text.
   *
   * @param ids the tokens
   * @param said which of them the model says
   * @param seen which stand for a picture of the user's
   * @param pictures what the model's pictures show, by the place of their first mark
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  private record Text(int[] ids, BitSet said, BitSet seen, Map<Integer, Scene> pictures) {
    static Text of(WorldDialogue dialogue, Tokenizer tokenizer) {
      List<Integer> ids = new ArrayList<>();
      BitSet saidTokens = new BitSet();
      BitSet seenTokens = new BitSet();
      Map<Integer, Scene> pictures = new LinkedHashMap<>();
      boolean begun = false;
      for (Piece piece : dialogue.pieces()) {
        if (!begun && !(piece instanceof Seen)) {
          ids.add(tokenizer.bosId());
          begun = true;
        }
        if (piece instanceof Pictured pictured) {
          pictures.put(ids.size(), pictured.scene());
        }
        int start = ids.size();
        Arrays.stream(tokenizer.encode(WorldDialogue.text(piece), false)).forEach(ids::add);
        if (piece instanceof Said said && said.answer()) {
          saidTokens.set(start, ids.size());
        } else if (piece instanceof Seen) {
          seenTokens.set(start, ids.size());
        }
      }
      return new Text(ids.stream().mapToInt(Integer::intValue).toArray(), saidTokens, seenTokens, pictures);
    }
  }

  /** Draws the dialogues of {@value #SORTED_STEPS} steps together and sorts them, so that a batch has little padding. */
  private static final class SortedBatches {
    private final Tokenizer tokenizer;
    private final int size;
    private final List<Text> drawn = new ArrayList<>();
    private long group = -1;

    SortedBatches(Tokenizer tokenizer, int size) {
      this.tokenizer = tokenizer;
      this.size = size;
    }

    /** The dialogues of a step, by its number alone. */
    List<Text> of(long step) {
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
        drawn.add(Text.of(Dialogues.sample(Split.TRAIN, Batches.seed("opt", group, i)), tokenizer));
      }
      drawn.sort(Comparator.comparingInt(text -> text.ids.length));
    }
  }
}
