package io.gill.examples.train;

import io.gill.Device;
import io.gill.Precision;
import io.gill.clip.ClipVisionModel;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.OtherPictures;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Trains what the model says after pictures, after all parts together: GILL's input projection on the answers of
 * dialogues that follow a picture of the user, wherever it stands, and the rows of the [IMG] tokens on the words that
 * follow a picture of the model. The published training shows a picture only before all text (paper, section 3.1) and
 * ends its examples with [IMG] tokens. A model trained so passes over a picture that is shown in mid-conversation, and
 * says stray words after its own.
 *
 * <p>In place of pictures, the language model has read {@linkplain io.gill.examples.world.WorldDialogue#text tags}. The
 * projection also learns to map a picture to the embeddings of its tags. Trained on answers alone, it leaves a mistake
 * in half of the dialogues after a picture; with the tags, in a third, as many as where the model reads the tags
 * themselves.
 *
 * <p>Half of the dialogues are questions about a picture that usually shows two things. One in eight ends with a
 * picture of something else. Two cores compute the halves of a step.
 */
final class AnswerTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("answers", 1200, 32, 3e-3, 0.01, 0.99);

  /** More than for requests: pictures in the middle of a long dialogue are what the projection learns last. */
  private static final int MAX_TOKENS = 400;

  /** One in {@value} dialogues ends with a picture that shows something else, which the model refuses to describe. */
  private static final int OTHER_PICTURES = 8;

  /**
   * How often the first word after each picture of a reply counts where it has several: counted once, such replies end
   * too early, and if only those between two pictures count more, too late.
   */
  private static final int SEVERAL_PICTURES = 5;

  private AnswerTraining() {}

  /**
   * Trains, and writes GILL's own parts.
   *
   * @param trained these parts with the projection to begin with
   * @return the file
   */
  static Path run(WorldModel model, Path trained, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    Path folder = model.work().resolve("answers");
    Path result = folder.resolve("gill.safetensors");
    try (TensorFile start = TensorFile.open(trained);
        Frozen frozen = Frozen.open(model.opt());
        ClipVisionModel clip = ClipVisionModel.load(model.clip(), Device.CPU, Precision.FLOAT32);
        OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS);
        TrainingRun run = new TrainingRun(folder, plan, out)) {
      run.parameters().addAll(start);
      ProjectionNetwork projections = GillTraining.projections(model, run);
      DecoderNetwork network = GillTraining.language(
          model, frozen, run.parameters().get(GillTraining.IMAGE_ROWS), tokenizer);
      run.trainInParts(step -> halves(step, plan.batch(), tokenizer, clip), part -> loss(part, network, projections));
      WorldModel.weights(result, run.result(), GillTraining.PREFIX);
    }
    return result;
  }

  /**
   * A part of a step.
   *
   * @param dialogues the dialogues
   * @param pictures CLIP's encodings of the user's pictures, in the order of the dialogues
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared
  private record Part(List<DialogueTokens> dialogues, float[][] pictures) {}

  private static List<Part> halves(long step, int batch, OptTokenizer tokenizer, ClipVisionModel clip) {
    List<DialogueTokens> dialogues = IntStream.range(0, batch)
        .mapToObj(i -> dialogue(Batches.seed("answers", step, i), i, tokenizer)).toList();
    return List.of(part(dialogues.subList(0, batch / 2), 2 * step, clip),
        part(dialogues.subList(batch / 2, batch), 2 * step + 1, clip));
  }

  private static Part part(List<DialogueTokens> dialogues, long seed, ClipVisionModel clip) {
    List<BufferedImage> pictures = new ArrayList<>();
    for (DialogueTokens dialogue : dialogues) {
      for (Optional<Scene> scene : dialogue.shown().values()) {
        long picture = Batches.seed("shown", seed, pictures.size());
        pictures.add(scene.map(known -> SceneRenderer.render(known, picture))
            .orElseGet(() -> OtherPictures.paint(picture)));
      }
    }
    return new Part(dialogues, clip.encode(pictures));
  }

  private static DialogueTokens dialogue(long seed, int index, OptTokenizer tokenizer) {
    SplittableRandom random = new SplittableRandom(seed);
    while (true) {
      Window window = index % 2 == 0 ? Window.whole(Dialogues.questions(Split.TRAIN, random.nextLong()))
          : index % OTHER_PICTURES == 1 ? Dialogues.somethingElse(Split.TRAIN, random.nextLong())
          : GillTraining.dialogue(random);
      DialogueTokens dialogue = DialogueTokens.of(window, false, tokenizer.imageTokenIds(), tokenizer);
      if (dialogue.saidAfterPicture().findAny().isPresent() && dialogue.ids().length <= MAX_TOKENS) {
        return dialogue;
      }
    }
  }

  /**
   * The cross-entropy of the words that the model says after the first picture of the user, and of where its own
   * pictures begin and what follows them, and the distance of the user's pictures to their tags.
   */
  private static Tensor loss(Part part, DecoderNetwork network, ProjectionNetwork projections) {
    int rows = part.dialogues.size();
    int[] ids = DialogueTokens.padded(part.dialogues);
    int length = ids.length / rows;
    int visual = part.pictures.length * WorldModel.VISUAL_TOKENS;
    long[] sources = LongStream.range(visual, visual + ids.length).toArray();
    List<Long> seen = new ArrayList<>();
    List<Long> own = new ArrayList<>();
    List<Long> tags = new ArrayList<>();
    int picture = 0;
    for (int i = 0; i < rows; i++) {
      DialogueTokens text = part.dialogues.get(i);
      int start = i * length;
      for (int place : text.shown().keySet()) {
        for (int v = 0; v < WorldModel.VISUAL_TOKENS; v++) {
          sources[start + place + v] = (long) picture * WorldModel.VISUAL_TOKENS + v;
          tags.add((long) start + place + v);
        }
        picture++;
      }
      text.saidAfterPicture().forEach(place -> seen.add(start + place - 1L));
      text.aroundOwnPictures().forEach(place ->
          own.addAll(Collections.nCopies(text.followsOneOfSeveral(place) ? SEVERAL_PICTURES : 1, start + place - 1L)));
    }
    Tensor embeddings = network.embeddings(ids); // (B · T, D)
    Tensor shown = projections.visualTokens(Tensor.ofRows(part.pictures)).reshape(visual, -1);
    Tensor inputs = Tensor.cat(0, shown, embeddings).indexSelect(Tensor.of(sources, sources.length));
    Tensor hidden = network.decoder().apply(inputs.reshape(rows, length, -1), Past.NONE, state -> {})
        .reshape(ids.length, -1);
    Tensor loss = words(network, hidden, seen, ids).add(distance(shown, Batches.rows(embeddings, tags)));
    return own.isEmpty() ? loss : loss.add(words(network, hidden, own, ids));
  }

  /** The mean squared distance, in units of the targets' mean square. */
  private static Tensor distance(Tensor rows, Tensor targets) {
    return targets.mul(-1).add(rows).pow(2).mean().div(targets.pow(2).mean());
  }

  /** The cross-entropy of the tokens that follow some places. */
  private static Tensor words(DecoderNetwork network, Tensor hidden, List<Long> places, int[] ids) {
    return network.logits(Batches.rows(hidden, places)).crossEntropy(
        Tensor.of(places.stream().mapToLong(place -> ids[place.intValue() + 1]).toArray(), places.size()));
  }
}
