package io.gill.examples.train;

import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.HeldOut.Split;
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
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Trains GILL's mapper alone, after all parts together: it maps the [IMG] tokens of new dialogues to the conditioning
 * of their captions (paper, section 3.2: mean ‖target − predicted‖₂). The language model needs no gradients here, and
 * two cores compute the halves of a step: 40 examples per second instead of 22. No example repeats.
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
      run.trainInParts(step -> halves(step, plan.batch(), tokenizer), requests -> {
        Reading reading = reader.read(requests.stream().map(Request::tokens).toList());
        Tensor target = captions.encode(requests.stream().map(Request::caption).toList());
        return projections.conditioning(reading.hidden, reading.embeddings).mul(-1).add(target).norm(-1).mean();
      });
      WorldModel.weights(model.dir().resolve("gill.safetensors"), run.result(), PREFIX);
    }
  }

  private static DecoderNetwork language(
      WorldModel model, Weights w, TensorFile gill, OptTokenizer tokenizer, Scope owner) {
    StoredTensor rows = gill.get(PREFIX + "input_embeddings.weight");
    Tensor images = Tensor.of(rows.toFloatArray(), rows.shape());
    return OptConfig.read(model.opt().resolve("config.json")).network(w)
        .resized(tokenizer.vocabularySize(), owner.keep(images), owner);
  }

  /**
   * A dialogue up to an answer that announces a picture.
   *
   * @param tokens its tokens and the picture's [IMG] tokens
   * @param caption the picture's caption
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared
  private record Request(int[] tokens, String caption) {}

  /** Returns the halves of a step. */
  private static List<List<Request>> halves(long step, int batch, OptTokenizer tokenizer) {
    List<Request> requests =
        IntStream.range(0, batch).mapToObj(i -> request(Batches.seed("mapper", step, i), tokenizer)).toList();
    return List.of(requests.subList(0, batch / 2), requests.subList(batch / 2, batch));
  }

  private static Request request(long seed, OptTokenizer tokenizer) {
    SplittableRandom random = new SplittableRandom(seed);
    while (true) {
      Window window = random.nextDouble() < SINGLE ? single(random) : GillTraining.dialogue(random);
      Optional<Request> request = Asked.of(window, random.nextInt(window.answerable().size()))
          .filter(one -> one.use() == Use.PICTURE)
          .map(one -> new Request(one.tokens(tokenizer), Grammar.caption(one.picture())))
          .filter(one -> one.tokens.length <= MAX_TOKENS);
      if (request.isPresent()) {
        return request.get();
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
    Reading read(List<int[]> texts) {
      int rows = texts.size();
      int length = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
      int[] ids = new int[rows * length]; // padded at the end, which no earlier token sees
      long[] images = new long[rows * WorldModel.IMAGE_TOKENS];
      for (int i = 0; i < rows; i++) {
        int[] text = texts.get(i);
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
