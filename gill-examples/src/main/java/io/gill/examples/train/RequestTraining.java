package io.gill.examples.train;

import com.google.common.primitives.Ints;
import io.gill.Device;
import io.gill.Precision;
import io.gill.clip.ClipVisionModel;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.lm.DecoderNetwork;
import io.gill.lm.Past;
import io.gill.projection.ProjectionNetwork;
import io.gill.text.OptTokenizer;
import io.gill.torch.Tensor;
import io.gill.weights.TensorFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Trains what GILL's [IMG] tokens ask for, after all parts together: the mapper, which predicts the conditioning of a
 * picture's caption (paper, section 3.2: mean ‖target − predicted‖₂), and the projections for retrieval, by contrast
 * with the other pictures of a step (section 3.3). Every picture of a dialogue is an example, and every second step has
 * single requests. The language model needs no gradients here, and two cores compute the halves of a step. No example
 * repeats.
 */
final class RequestTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("requests", 1800, 48, 1e-3, 0.01, 0.99);

  /** Mean number of pictures in a dialogue. A step has this many times fewer dialogues than single requests. */
  private static final int PICTURES = 3;

  private static final int MAX_TOKENS = 320;

  private RequestTraining() {}

  /**
   * Trains, and writes GILL's own parts into the model.
   *
   * @param trained these parts with the projections to begin with
   */
  static void run(WorldModel model, Path trained, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    try (TensorFile start = TensorFile.open(trained);
        Frozen frozen = Frozen.open(model.opt());
        Captions captions = new Captions(model);
        ClipVisionModel clip = ClipVisionModel.load(model.clip(), Device.CPU, Precision.FLOAT32);
        OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS);
        TrainingRun run = new TrainingRun(model.work().resolve("requests"), plan, out)) {
      run.parameters().addAll(start);
      ProjectionNetwork projections = GillTraining.projections(model, run);
      Tensor scale = run.parameters().get(GillTraining.PREFIX + "logit_scale");
      Reader reader = new Reader(GillTraining.language(model, frozen, start, tokenizer));
      run.trainInParts(step -> halves(step, plan.batch(), tokenizer, clip), part -> {
        Reading reading = reader.read(part.requests);
        Tensor target = captions.encode(part.scenes().stream().map(Grammar::caption).toList());
        return projections.conditioning(reading.hidden, reading.embeddings).mul(-1).add(target).norm(-1).mean()
            .add(contrast(part, reading, projections, scale));
      });
      WorldModel.weights(model.dir().resolve("gill.safetensors"), run.result(), GillTraining.PREFIX);
    }
  }

  /** The cross-entropy of choosing the picture of a request, and the request of a picture. */
  private static Tensor contrast(Part part, Reading reading, ProjectionNetwork projections, Tensor scale) {
    Tensor first = reading.hidden.reshape(-1, reading.hidden.size(2)).indexSelect(Tensor.of(
        IntStream.of(part.places).mapToLong(place -> (long) place * WorldModel.IMAGE_TOKENS).toArray(),
        part.places.length)); // the hidden states of [IMG0]
    Tensor queries = normalized(projections.queryEmbeddings(first));
    Tensor images = normalized(projections.imageEmbeddings(Tensor.ofRows(part.pictures)));
    Tensor similarity = images.mul(scale.exp()).matmul(queries.transpose(0, 1));
    Tensor own = Tensor.of(LongStream.range(0, part.places.length).toArray(), part.places.length);
    return similarity.crossEntropy(own).add(similarity.transpose(0, 1).crossEntropy(own)).mul(0.5);
  }

  private static Tensor normalized(Tensor rows) {
    return rows.div(rows.norm(1));
  }

  /**
   * A part of a step.
   *
   * @param requests dialogues with requests
   * @param places the indices of different pictures among all of the requests
   * @param pictures CLIP's encodings of these
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared
  private record Part(List<DialogueTokens> requests, int[] places, float[][] pictures) {
    static Part of(List<DialogueTokens> requests, long seed, ClipVisionModel clip) {
      Map<Scene, Integer> different = new LinkedHashMap<>();
      List<Scene> scenes = scenes(requests);
      for (int i = 0; i < scenes.size(); i++) {
        different.putIfAbsent(scenes.get(i), i);
      }
      List<BufferedImage> pictures = different.entrySet().stream()
          .map(one -> SceneRenderer.render(one.getKey(), Batches.seed("asked", seed, one.getValue()))).toList();
      return new Part(requests, Ints.toArray(different.values()), clip.encode(pictures));
    }

    private static List<Scene> scenes(List<DialogueTokens> requests) {
      return requests.stream().flatMap(request -> request.pictures().values().stream()).toList();
    }

    List<Scene> scenes() {
      return scenes(requests);
    }
  }

  /** Returns the halves of a step: single requests, which are short, or dialogues with several pictures. */
  private static List<Part> halves(long step, int batch, OptTokenizer tokenizer, ClipVisionModel clip) {
    boolean single = step % 2 == 0;
    int count = Math.max(2, single ? batch : batch / PICTURES);
    List<DialogueTokens> requests = IntStream.range(0, count)
        .mapToObj(i -> request(Batches.seed("requests", step, i), single, tokenizer)).toList();
    return List.of(Part.of(requests.subList(0, count / 2), 2 * step, clip),
        Part.of(requests.subList(count / 2, count), 2 * step + 1, clip));
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
   * What the projections read.
   *
   * @param hidden (B, T, D) the last hidden states of the [IMG] tokens
   * @param embeddings (B, T, D) their embeddings
   */
  private record Reading(Tensor hidden, Tensor embeddings) {}

  /** The frozen language model. */
  private record Reader(DecoderNetwork network) {
    Reading read(List<DialogueTokens> texts) {
      int[] ids = DialogueTokens.padded(texts);
      int length = ids.length / texts.size();
      LongStream.Builder images = LongStream.builder();
      for (int i = 0; i < texts.size(); i++) {
        int start = i * length;
        texts.get(i).pictures().keySet().forEach(place ->
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
