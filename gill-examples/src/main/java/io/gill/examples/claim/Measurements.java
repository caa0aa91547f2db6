package io.gill.examples.claim;

import com.google.common.hash.Hashing;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.Action;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Session;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneReader;
import io.gill.examples.world.SceneReader.Reading;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.SceneScore;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.IndexedImage;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.Stages;
import io.gill.training.DecisionTrainer;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Measures a model on held-out scenes, with its own default options except those of diffusion. */
final class Measurements {
  private static final Reading NOTHING = new Reading(Optional.empty(), List.of());

  private final GillModel model;
  private final RespondOptions retrieving;
  private final TextGenerator generator;
  private final DiffusionOptions diffusion;
  private final long seed;

  /**
   * Creates the measurements of a model.
   *
   * @param model the model, with all its parts
   * @param generator the model's image generator by itself
   * @param diffusion how pictures are generated
   * @param seed the seed of scenes and dialogues
   */
  Measurements(GillModel model, StableDiffusion generator, DiffusionOptions diffusion, long seed) {
    this.model = model;
    this.retrieving = model.defaults().toBuilder().imagePolicy(ImagePolicy.RETRIEVE).topK(1).build();
    this.generator = new TextGenerator(generator, diffusion, model.defaults().seed());
    this.diffusion = diffusion;
    this.seed = seed;
  }

  /**
   * Scores of the pictures at the end of dialogues.
   *
   * @param gill pictures of the whole model
   * @param lastTurn pictures of the generator, given the user's last turn
   * @param allText pictures of the generator, given all of the user's text
   * @param caption pictures of the generator, given the scene's caption: its upper bound
   * @param last the pictures of the first dialogues: wanted, GILL's, and those of the generator in the above order
   */
  record Pictures(
      SceneScore gill, SceneScore lastTurn, SceneScore allText, SceneScore caption, List<BufferedImage> last) {}

  Pictures pictures(int turns, int count, int shown) {
    SceneScore gill = SceneScore.empty();
    SceneScore lastTurn = SceneScore.empty();
    SceneScore allText = SceneScore.empty();
    SceneScore caption = SceneScore.empty();
    List<BufferedImage> last = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      WorldDialogue dialogue = Dialogues.drawing(Split.HELD_OUT, seed("pictures" + turns, i), turns);
      Scene scene = dialogue.last().scene();
      Optional<BufferedImage> picture = converse(dialogue);
      String all = dialogue.turns().stream().map(Asking::words).collect(Collectors.joining(". "));
      BufferedImage fromLast = generator.paint(Asking.words(dialogue.last()));
      BufferedImage fromAll = generator.paint(all);
      BufferedImage fromCaption = generator.paint(Grammar.caption(scene));
      gill = gill.plus(SceneScore.of(scene, picture.map(SceneReader::read).orElse(NOTHING)));
      lastTurn = lastTurn.plus(SceneScore.of(scene, SceneReader.read(fromLast)));
      allText = allText.plus(SceneScore.of(scene, SceneReader.read(fromAll)));
      caption = caption.plus(SceneScore.of(scene, SceneReader.read(fromCaption)));
      if (i < shown) {
        BufferedImage wanted = SceneRenderer.render(scene);
        BufferedImage nothing = new BufferedImage(
            SceneRenderer.SIDE, SceneRenderer.SIDE, BufferedImage.TYPE_INT_RGB);
        last.addAll(List.of(wanted, picture.orElse(nothing), fromLast, fromAll, fromCaption));
      }
    }
    return new Pictures(gill, lastTurn, allText, caption, last);
  }

  /** Returns the picture of the last turn. Earlier turns are answered without generating pictures. */
  private Optional<BufferedImage> converse(WorldDialogue dialogue) {
    RespondOptions full =
        model.defaults().toBuilder().imagePolicy(ImagePolicy.GENERATE).diffusion(diffusion).build();
    try (Session session = model.session()) {
      for (Turn turn : dialogue.turns().subList(0, dialogue.turns().size() - 1)) {
        session.respond(Asking.contents(turn, seed), retrieving);
      }
      return session.respond(Asking.contents(dialogue.last(), seed), full).images().stream().findFirst()
          .flatMap(Reply.ImagePart::image);
    }
  }

  /**
   * Recall of retrieval: how often the requested picture is among the best of a pool.
   *
   * @param limits numbers of best pictures
   * @return the recall by limit, from 0 to 1
   */
  Map<Integer, Double> retrieval(int pool, int... limits) {
    Map<Scene, Turn> requests = new LinkedHashMap<>();
    for (int i = 0; requests.size() < pool; i++) {
      Turn turn = Dialogues.single(Kind.FIND, Split.HELD_OUT, seed("retrieval", i)).last();
      requests.putIfAbsent(turn.scene(), turn);
    }
    Stages.Vision vision = model.stages().vision().orElseThrow();
    ImageEmbedder embedder = model.stages().retrievalEmbedder().orElseThrow();
    List<IndexedImage> pictures = new ArrayList<>();
    int next = 0;
    for (Scene scene : requests.keySet()) {
      BufferedImage picture = SceneRenderer.render(scene, seed("pool", next));
      String id = String.valueOf(next++);
      pictures.add(new IndexedImage(id, id, embedder.embed(vision.encoder().encode(List.of(picture))[0])));
    }
    ExactIndex index = ExactIndex.inMemory(pictures.get(0).embedding().length, 0);
    index.add(pictures);
    int deepest = Math.min(pool, Arrays.stream(limits).max().orElseThrow());
    int[] found = new int[limits.length];
    int own = 0;
    for (Turn turn : requests.values()) {
      String id = String.valueOf(own++);
      List<String> best = query(turn).stream()
          .flatMap(query -> index.search(query, deepest, Set.of()).stream())
          .map(Hit::id)
          .toList();
      for (int i = 0; i < limits.length; i++) {
        found[i] += best.subList(0, Math.min(limits[i], best.size())).contains(id) ? 1 : 0;
      }
    }
    Map<Integer, Double> shares = new LinkedHashMap<>();
    for (int i = 0; i < limits.length; i++) {
      shares.put(limits[i], (double) found[i] / pool);
    }
    return shares;
  }

  private Optional<float[]> query(Turn turn) {
    try (Session session = model.session()) {
      return session.respond(Asking.contents(turn, seed), retrieving).images().stream().findFirst()
          .map(part -> part.embedding().retrieval());
    }
  }

  /** The share of questions about a picture with exactly the right answer. */
  double questions(int count) {
    int right = 0;
    for (int i = 0; i < count; i++) {
      Turn turn = Dialogues.single(Kind.QUESTION, Split.HELD_OUT, seed("questions", i)).last();
      right += answer(turn, i).equals(turn.answer()) ? 1 : 0;
    }
    return (double) right / count;
  }

  /** Scores the attributes in descriptions of pictures. */
  SceneScore descriptions(int count) {
    SceneScore score = SceneScore.empty();
    for (int i = 0; i < count; i++) {
      Turn turn = Dialogues.single(Kind.DESCRIBE, Split.HELD_OUT, seed("descriptions", i)).last();
      Reading said = Grammar.parse(answer(turn, i))
          .map(scene -> new Reading(Optional.of(scene.background()), scene.things()))
          .orElse(NOTHING);
      score = score.plus(SceneScore.of(turn.scene(), said));
    }
    return score;
  }

  private String answer(Turn turn, int index) {
    try (Session session = model.session()) {
      return session.respond(Asking.contents(turn, seed("shown", index)), model.defaults()).text().strip();
    }
  }

  /**
   * Macro-F1 of decisions.
   *
   * @param count number of requests that are answered with a picture
   * @param retrieve number of requests that retrieval suits better
   * @param model F1 of the decision model
   * @param alwaysGenerate F1 of always generating
   * @param alwaysRetrieve F1 of always retrieving
   */
  record Decisions(int count, int retrieve, double model, double alwaysGenerate, double alwaysRetrieve) {}

  /** Measures decisions. Half of the requests are for a single thing, like the pictures of the bundled collection. */
  Decisions decisions(int count) {
    List<Action> better = new ArrayList<>();
    List<Action> decided = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Optional<Preference> preference = Preference.measure(model, request(i), diffusion);
      if (preference.isPresent()) {
        better.add(preference.get().better());
        decided.add(preference.get().decided());
      }
    }
    return new Decisions(
        better.size(),
        (int) better.stream().filter(action -> action == Action.RETRIEVE).count(),
        macroF1(better, decided),
        macroF1(better, better.stream().map(one -> Action.GENERATE).toList()),
        macroF1(better, better.stream().map(one -> Action.RETRIEVE).toList()));
  }

  private Turn request(int index) {
    for (int i = 0; ; i++) {
      Kind kind = i % 2 == 0 ? Kind.DRAW : Kind.FIND;
      Turn turn = Dialogues.single(kind, Split.HELD_OUT, seed("decisions" + index, i)).last();
      if (index % 2 == 0 || turn.scene().things().size() == 1) {
        return turn;
      }
    }
  }

  private static double macroF1(List<Action> better, List<Action> decided) {
    return DecisionTrainer.macroF1(classes(decided), classes(better));
  }

  private static long[] classes(List<Action> actions) {
    return actions.stream().mapToLong(action -> action == Action.RETRIEVE ? 1 : 0).toArray();
  }

  private long seed(String what, int index) {
    return seed(what, seed, index);
  }

  /** Returns a different number for every scene or dialogue of every measurement. */
  static long seed(String what, long seed, int index) {
    return Hashing.sipHash24().newHasher().putLong(seed).putString(what, StandardCharsets.UTF_8).putInt(index).hash()
        .asLong();
  }
}
