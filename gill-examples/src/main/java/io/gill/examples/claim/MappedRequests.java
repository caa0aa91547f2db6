package io.gill.examples.claim;

import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Session;
import io.gill.diffusion.network.UNetConfig;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The model's requests to its image generator: what GILL's mapper makes of dialogues. No picture is generated. */
public final class MappedRequests implements AutoCloseable {
  private final Recorder recorder;
  private final GillModel model;

  private MappedRequests(Recorder recorder, GillModel model) {
    this.recorder = recorder;
    this.model = model;
  }

  /**
   * Loads a model without its image generator and its collection.
   *
   * @param dir the model directory
   * @return the model, which the caller closes
   */
  public static MappedRequests load(Path dir) {
    Recorder recorder =
        new Recorder(UNetConfig.read(dir.resolve("sd/unet/config.json")).crossAttentionDim());
    LoadOptions options = LoadOptions.builder().retrieval(false).generation(false).build();
    return new MappedRequests(
        recorder, GillModel.builder().directory(dir, options).imageGenerator(recorder).build());
  }

  /**
   * A request of the model.
   *
   * @param scene the wanted scene
   * @param conditioning the mapper's output
   */
  public record Request(Scene scene, Conditioning conditioning) {}

  /**
   * Answers a dialogue.
   *
   * @param dialogue any dialogue
   * @param seed varies the pictures that the user shows
   * @return for each turn the first request; empty if the model requests none or the turn is not about a picture
   */
  public List<Optional<Request>> of(WorldDialogue dialogue, long seed) {
    RespondOptions generate = RespondOptions.builder().imagePolicy(ImagePolicy.GENERATE).build();
    List<Optional<Request>> requests = new ArrayList<>();
    try (Session session = model.session()) {
      for (Turn turn : dialogue.turns()) {
        recorder.received.clear();
        session.respond(Asking.contents(turn, seed), generate);
        requests.add(turn.picture().flatMap(scene ->
            recorder.received.stream().findFirst().map(conditioning -> new Request(scene, conditioning))));
      }
    }
    return requests;
  }

  @Override
  public void close() {
    model.close();
  }

  /** Takes the place of the image generator. */
  private record Recorder(int conditioningSize, List<Conditioning> received) implements ImageGenerator {
    Recorder(int conditioningSize) {
      this(conditioningSize, new ArrayList<>());
    }

    @Override
    public Noise noise(long seed) {
      return float[]::new;
    }

    @Override
    public List<BufferedImage> generate(
        Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
      received.add(conditioning);
      return Collections.nCopies(
          count, new BufferedImage(SceneRenderer.SIDE, SceneRenderer.SIDE, BufferedImage.TYPE_INT_RGB));
    }
  }
}
