package io.gill.examples.train;

import com.google.common.primitives.Floats;
import io.gill.GillException;
import io.gill.examples.claim.MappedRequests;
import io.gill.examples.claim.MappedRequests.Request;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.WorldDialogue;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Requests of the trained model for pictures, with the pictures that they are for. */
final class FewStepExamples {
  private static final int MAX_TURNS = 4;

  /** Maximum number of dialogues for each request. */
  private static final int PATIENCE = 5;

  private FewStepExamples() {}

  /**
   * A request for a picture.
   *
   * @param scene the wanted scene
   * @param conditioning the output of GILL's mapper: (L, D)
   * @param picture the scene's picture
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared
  record Example(Scene scene, float[] conditioning, EncodedPicture picture) {}

  /**
   * Returns the examples.
   *
   * @param model the model in training
   * @param file the mapper's outputs, which are computed if the file does not exist
   * @param count number of requests
   */
  static List<Example> of(WorldModel model, Path file, int count) {
    if (!Files.exists(file)) {
      TensorWriter.safetensors(file, requests(model.dir(), count), Map.of());
    }
    List<Scene> scenes = new ArrayList<>();
    List<float[]> conditioning = new ArrayList<>();
    try (TensorFile requests = TensorFile.open(file)) {
      for (String name : requests.names()) {
        String[] parts = name.split("\\.", -1);
        WorldDialogue dialogue = dialogue(Integer.parseInt(parts[0]));
        scenes.add(dialogue.turns().get(Integer.parseInt(parts[1])).picture().orElseThrow());
        conditioning.add(requests.get(name).toFloatArray());
      }
    }
    List<EncodedPicture> pictures =
        EncodedPicture.all(model, scenes.size(), i -> SceneRenderer.render(scenes.get(i), i));
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < scenes.size(); i++) {
      examples.add(new Example(scenes.get(i), conditioning.get(i), pictures.get(i)));
    }
    return examples;
  }

  /** Returns the mapper's outputs by the numbers of dialogue and turn. */
  private static Map<String, TensorData> requests(Path dir, int count) {
    Map<String, TensorData> requests = new LinkedHashMap<>();
    try (MappedRequests mapped = MappedRequests.load(dir)) {
      for (int i = 0; requests.size() < count; i++) {
        if (i == PATIENCE * count) {
          throw new GillException("few steps cannot be learned: the model answers " + i + " dialogues with "
              + requests.size() + " pictures");
        }
        List<Optional<Request>> turns = mapped.of(dialogue(i), i);
        for (int turn = 0; turn < turns.size(); turn++) {
          String name = i + "." + turn;
          turns.get(turn).ifPresent(request -> requests.put(name, half(request.conditioning().tokens())));
        }
      }
    }
    return requests;
  }

  private static TensorData half(float[][] rows) {
    return TensorData.half(Floats.concat(rows), rows.length, rows[0].length);
  }

  private static WorldDialogue dialogue(int number) {
    SplittableRandom random = new SplittableRandom(Batches.seed("few-steps-dialogues", 0, number));
    int turns = 1 + random.nextInt(MAX_TURNS);
    return Dialogues.drawing(Split.TRAIN, random.nextLong(), turns);
  }
}
