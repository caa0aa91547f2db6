package io.gill.examples.train;

import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.lm.DecoderNetwork;
import io.gill.lm.Past;
import io.gill.opt.OptConfig;
import io.gill.projection.ModelArgs;
import io.gill.projection.ProjectionNetwork;
import io.gill.text.OptTokenizer;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.training.TrainingExample.Use;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Trains GILL's mapper alone, after all parts together: it maps the [IMG] tokens of new dialogues to the conditioning
 * of their captions (paper, section 3.2: mean ‖target − predicted‖₂). The language model needs no gradients here, and
 * two cores compute the halves of a step, so that the mapper sees 40 examples per second in place of 22. None repeats.
 */
final class MapperTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("mapper", 1500, 48, 1e-3, 0.01, 0.99);

  private static final String PREFIX = "model.";

  /** The share of single requests, which cost little. The others are requests in dialogues. */
  private static final double SINGLE = 0.5;

  private static final int MAX_TOKENS = 200;

  private MapperTraining() {}

  /**
   * Trains, and writes GILL's own parts into the model.
   *
   * @param trained these parts with the mapper to begin with
   */
  static void run(WorldModel model, Path trained, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    try (TensorFile start = TensorFile.open(trained);
        Frozen frozen = Frozen.open(model.opt());
        Captions captions = new Captions(model);
        OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS);
        TrainingRun run = new TrainingRun(model.work().resolve("mapper"), plan, out)) {
      run.parameters().addAll(start);
      ProjectionNetwork projections = ProjectionNetwork.of(Weights.of(run.parameters()).at("model"),
          ModelArgs.read(model.dir().resolve("model_args.json")));
      Reader reader = new Reader(frozen.build((w, owner) -> language(model, w, start, tokenizer, owner)));
      run.trainInParts(step -> parts(step, plan.batch(), tokenizer), part -> {
        Reading reading = reader.read(part);
        return projections.conditioning(reading.hidden, reading.embeddings).mul(-1)
            .add(captions.of(part.scenes)).norm(-1).mean();
      });
      WorldModel.weights(model.dir().resolve("gill.safetensors"), run.result(), PREFIX);
    }
  }

  private static DecoderNetwork language(
      WorldModel model, Weights w, TensorFile gill, OptTokenizer tokenizer, Scope owner) {
    Tensor images = Tensor.of(gill.get(PREFIX + "input_embeddings.weight").toFloatArray(),
        gill.get(PREFIX + "input_embeddings.weight").shape());
    return OptConfig.read(model.opt().resolve("config.json")).network(w)
        .resized(tokenizer.vocabularySize(), owner.keep(images), owner);
  }

  /**
   * A part of a step.
   *
   * @param texts tokens of dialogues, up to an answer that announces a picture and its [IMG] tokens
   * @param scenes the pictures' scenes
   */
  private record Part(List<int[]> texts, List<Scene> scenes) {}

  private static List<Part> parts(long step, int batch, OptTokenizer tokenizer) {
    int half = batch / 2;
    return Stream.of(0, half).map(first -> {
      List<Asked> asked = IntStream.range(first, first + half)
          .mapToObj(i -> asked(Batches.seed("mapper", step, i), tokenizer)).toList();
      return new Part(asked.stream().map(one -> tokens(one, tokenizer)).toList(),
          asked.stream().map(Asked::picture).toList());
    }).toList();
  }

  private static int[] tokens(Asked asked, OptTokenizer tokenizer) {
    return IntStream.concat(Arrays.stream(tokenizer.encodeWithMarkers(asked.context() + asked.answer(), true)),
        Arrays.stream(tokenizer.imageTokenIds())).toArray();
  }

  private static Asked asked(long seed, OptTokenizer tokenizer) {
    SplittableRandom random = new SplittableRandom(seed);
    while (true) {
      Window window = random.nextDouble() < SINGLE ? single(random) : GillTraining.dialogue(random);
      int turn = random.nextInt(window.answerable().size());
      Optional<Asked> asked = Optional.of(window).filter(one -> one.answerable().get(turn))
          .flatMap(one -> Asked.of(one.dialogue(), turn))
          .filter(one -> one.use() == Use.PICTURE && one.length(tokenizer) <= MAX_TOKENS);
      if (asked.isPresent()) {
        return asked.get();
      }
    }
  }

  private static Window single(SplittableRandom random) {
    Kind kind = random.nextBoolean() ? Kind.DRAW : Kind.FIND;
    return Window.whole(random.nextBoolean()
        ? Dialogues.freeTalk(kind, Split.TRAIN, random.nextLong())
        : Dialogues.single(kind, Split.TRAIN, random.nextLong()));
  }

  /**
   * What the mapper reads.
   *
   * @param hidden (B, T, D) the last hidden states of the [IMG] tokens
   * @param embeddings (B, T, D) their embeddings
   */
  private record Reading(Tensor hidden, Tensor embeddings) {}

  /** The frozen language model. */
  private record Reader(DecoderNetwork network) {
    Reading read(Part part) {
      int rows = part.texts.size();
      int length = part.texts.stream().mapToInt(text -> text.length).max().orElseThrow();
      int[] ids = new int[rows * length]; // padded at the end, which no earlier token sees
      long[] images = new long[rows * WorldModel.IMAGE_TOKENS];
      for (int i = 0; i < rows; i++) {
        int[] text = part.texts.get(i);
        System.arraycopy(text, 0, ids, i * length, text.length);
        long first = (long) i * length + text.length - WorldModel.IMAGE_TOKENS;
        long[] places = LongStream.range(first, first + WorldModel.IMAGE_TOKENS).toArray();
        System.arraycopy(places, 0, images, i * WorldModel.IMAGE_TOKENS, places.length);
      }
      Tensor embeddings = network.embeddings(ids);
      Tensor hidden = network.decoder().apply(embeddings.reshape(rows, length, -1), Past.NONE, state -> {})
          .reshape(ids.length, -1);
      Tensor index = Tensor.of(images, images.length);
      return new Reading(hidden.indexSelect(index).reshape(rows, WorldModel.IMAGE_TOKENS, -1),
          embeddings.indexSelect(index).reshape(rows, WorldModel.IMAGE_TOKENS, -1));
    }
  }
}
