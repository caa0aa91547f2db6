package io.gill.examples.train;

import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply.Action;
import io.gill.examples.claim.Preference;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.training.DecisionData;
import io.gill.training.DecisionData.Prompt;
import io.gill.training.DecisionListener;
import io.gill.training.DecisionMetrics;
import io.gill.training.DecisionOptions;
import io.gill.training.DecisionTrainer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Trains the decision model on what suits requests better, by the pixels: a picture of the collection or a new one. */
final class DecisionTraining {
  static final int REQUESTS = 1000;

  /** The share of the preferences that is trained on. */
  private static final double TRAINING = 0.8;

  private DecisionTraining() {}

  static void run(WorldModel model, int requests, PrintWriter out) {
    List<Prompt> prompts = new ArrayList<>();
    int none = 0;
    try (GillModel gill = GillModel.load(model.dir())) {
      for (int i = 0; i < requests; i++) {
        Optional<Preference> preference = Preference.measure(gill, request(i), DiffusionOptions.DEFAULT);
        if (preference.isPresent()) {
          boolean retrieve = preference.get().better() == Action.RETRIEVE;
          prompts.add(new Prompt(preference.get().prompt(), retrieve));
        } else {
          none++;
        }
      }
    }
    if (prompts.isEmpty()) {
      throw new GillException("no decision can be learned: for none of " + requests
          + " requests the model answers with a picture");
    }
    long retrieve = prompts.stream().filter(Prompt::retrieve).count();
    out.printf("decision model: of %d requests retrieval suits %d better and generation %d%n", requests, retrieve,
        prompts.size() - retrieve);
    DecisionOptions options =
        DecisionOptions.DEFAULT.withTrainingPrompts(Math.max(1, (int) (TRAINING * prompts.size())));
    DecisionTrainer.train(model.dir(), new DecisionData(prompts, List.of(), none), options,
        model.dir().resolve("decision_model.pth.tar"), new DecisionListener() {
          @Override
          public void onEvaluation(DecisionMetrics metrics) {
            out.printf("decision model: %s%n", metrics);
            out.flush();
          }
        });
  }

  /** Every second one is for a scene of the collection. */
  private static Turn request(int index) {
    SplittableRandom random = new SplittableRandom(Batches.seed("decisions", 0, index));
    while (true) {
      Kind kind = random.nextBoolean() ? Kind.DRAW : Kind.FIND;
      Turn turn = Dialogues.single(kind, Split.TRAIN, random.nextLong()).last();
      if (index % 2 == 0 || Collection.contains(turn.scene())) {
        return turn;
      }
    }
  }
}
