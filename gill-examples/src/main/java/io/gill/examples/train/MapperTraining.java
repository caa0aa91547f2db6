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
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Trains GILL's mapper alone, after all parts together: it maps the [IMG] tokens of new dialogues to the conditioning
 * of their captions (paper, section 3.2: mean ‖target − predicted‖₂). Every picture of a dialogue is an example, and
 * every second step has single requests. The language model needs no gradients here, and two cores compute the halves
 * of a step. No example repeats.
 */
final class MapperTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("mapper", 1500, 48, 1e-3, 0.01, 0.99);

  private static final String PREFIX = "model.";

  /** Number of pictures in a dialogue, on average: so many fewer dialogues than single requests make a step. */
  private static final int PICTURES = 3;

  private static final int MAX_TOKENS = 320;

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
        Reading reading = reader.read(requests);
        Tensor target = captions.encode(requests.stream()
            .flatMap(request -> request.pictures().values().stream()).map(Grammar::caption).toList());
        return projections.conditioning(reading.hidden, reading.embeddings).mul(-1).add(target).norm(-1).mean();
      });
      WorldModel.weights(model.dir().resolve("gill.safetensors"), run.result(), PREFIX);
    }
  }

  /** Builds the language model with the trained rows of the [IMG] tokens. */
  static DecoderNetwork language(
      WorldModel model, Weights w, TensorFile gill, OptTokenizer tokenizer, Scope owner) {
    StoredTensor rows = gill.get(PREFIX + "input_embeddings.weight");
    Tensor images = Tensor.of(rows.toFloatArray(), rows.shape());
    return OptConfig.read(model.opt().resolve("config.json")).network(w)
        .resized(tokenizer.vocabularySize(), owner.keep(images), owner);
  }

  /** Returns the halves of a step: single requests, which are short, or dialogues with several pictures. */
  private static List<List<DialogueTokens>> halves(long step, int batch, OptTokenizer tokenizer) {
    boolean single = step % 2 == 0;
    int count = Math.max(2, single ? batch : batch / PICTURES);
    List<DialogueTokens> requests =
        IntStream.range(0, count).mapToObj(i -> request(Batches.seed("mapper", step, i), single, tokenizer)).toList();
    return List.of(requests.subList(0, count / 2), requests.subList(count / 2, count));
  }

  private static DialogueTokens request(long seed, boolean single, OptTokenizer tokenizer) {
    SplittableRandom random = new SplittableRandom(seed);
    while (true) {
      Window window = single ? single(random) : GillTraining.dialogue(random);
      DialogueTokens request = DialogueTokens.of(window, false, tokenizer.imageTokenIds(), tokenizer);
      if (!request.pictures().isEmpty() && request.ids().length <= MAX_TOKENS) {
        return request;
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
    Reading read(List<DialogueTokens> texts) {
      int length = texts.stream().mapToInt(text -> text.ids().length).max().orElseThrow();
      int[] ids = new int[texts.size() * length]; // padded at the end, which no earlier token sees
      LongStream.Builder images = LongStream.builder();
      for (int i = 0; i < texts.size(); i++) {
        DialogueTokens text = texts.get(i);
        int start = i * length;
        System.arraycopy(text.ids(), 0, ids, start, text.ids().length);
        text.pictures().keySet().forEach(place ->
            IntStream.range(0, WorldModel.IMAGE_TOKENS).forEach(t -> images.add(start + place + t)));
      }
      Tensor embeddings = network.embeddings(ids);
      Tensor hidden = network.decoder().apply(embeddings.reshape(texts.size(), length, -1), Past.NONE, state -> {})
          .reshape(ids.length, -1);
      long[] places = images.build().toArray();
      Tensor index = Tensor.of(places, places.length);
      long d = embeddings.size(1);
      return new Reading(hidden.indexSelect(index).reshape(-1, WorldModel.IMAGE_TOKENS, d),
          embeddings.indexSelect(index).reshape(-1, WorldModel.IMAGE_TOKENS, d));
    }
  }
}
