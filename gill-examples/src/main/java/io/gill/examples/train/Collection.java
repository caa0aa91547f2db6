package io.gill.examples.train;

import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.examples.Output;
import io.gill.examples.world.Background;
import io.gill.examples.world.HeldOut;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.Thing;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.Stages;
import io.gill.weights.EmbeddingsFile;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The collection for retrieval: pictures of every single thing on a white and on a black background. */
final class Collection {
  private static final Set<Background> BACKGROUNDS = Set.of(Background.WHITE, Background.BLACK);

  private Collection() {}

  static boolean contains(Scene scene) {
    return scene.things().size() == 1 && BACKGROUNDS.contains(scene.background());
  }

  /** Writes the pictures and their embeddings by the trained model. */
  static void write(WorldModel model) {
    List<String> paths = new ArrayList<>();
    List<float[]> rows = new ArrayList<>();
    LoadOptions options = LoadOptions.builder().retrieval(false).generation(false).build();
    try (GillModel gill = GillModel.load(model.dir(), options)) {
      Stages.Vision vision = gill.stages().vision().orElseThrow();
      ImageEmbedder embedder = gill.stages().retrievalEmbedder().orElseThrow();
      for (Scene scene : scenes()) {
        BufferedImage picture = SceneRenderer.render(scene, paths.size());
        String name = String.format(Locale.ROOT, "images/%04d.png", paths.size());
        Output.picture(model.dir().resolve(name), picture);
        paths.add(name);
        rows.add(embedder.embed(vision.encoder().encode(List.of(picture))[0]));
      }
    }
    EmbeddingsFile.write(model.dir().resolve("cc3m_embeddings.npy"), paths, rows);
  }

  private static List<Scene> scenes() {
    List<Thing> things = new ArrayList<>(HeldOut.things(Split.TRAIN));
    things.addAll(HeldOut.things(Split.HELD_OUT));
    List<Scene> scenes = new ArrayList<>();
    for (Background background : Background.values()) {
      for (Thing thing : things) {
        Scene scene = new Scene(background, List.of(thing));
        if (contains(scene)) {
          scenes.add(scene);
        }
      }
    }
    return scenes;
  }
}
