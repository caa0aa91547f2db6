package io.gill.examples.claim;

import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.Action;
import io.gill.Reply.ImagePart;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Session;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneReader;
import io.gill.examples.world.SceneScore;
import io.gill.examples.world.WorldDialogue.Turn;
import java.awt.image.BufferedImage;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The picture that suits a request better: the best one of the collection or a new one. If both show the scene equally
 * well, the existing one is preferred.
 *
 * @param prompt the language model's input before [IMG0]
 * @param better the better action
 * @param decided the model's own decision
 */
public record Preference(String prompt, Action better, Action decided) {
  /**
   * Measures both by how many attributes of the scene they show.
   *
   * @param model a model that retrieves and generates
   * @param turn a request for a picture, without a picture of the user
   * @param diffusion how the new picture is generated
   * @return empty if the model does not answer with a picture
   */
  public static Optional<Preference> measure(GillModel model, Turn turn, DiffusionOptions diffusion) {
    RespondOptions both =
        model.defaults().toBuilder().imagePolicy(ImagePolicy.BOTH).topK(1).diffusion(diffusion).build();
    try (Session session = model.session()) {
      Reply reply = session.respond(Asking.contents(turn, 0), both);
      return reply.images().stream().findFirst()
          .filter(part -> !part.retrieved().isEmpty() && !part.generated().isEmpty())
          .map(part -> of(turn, reply, part));
    }
  }

  private static Preference of(Turn turn, Reply reply, ImagePart part) {
    double retrieved = accuracy(turn.scene(), part.retrieved().get(0).image());
    double generated = accuracy(turn.scene(), part.generated().get(0).image());
    Action better = retrieved >= generated ? Action.RETRIEVE : Action.GENERATE;
    String said = reply.parts().stream().takeWhile(Reply.TextPart.class::isInstance)
        .map(text -> ((Reply.TextPart) text).text()).collect(Collectors.joining());
    String prompt = "Q: " + Asking.words(turn) + "\nA: " + said.strip();
    return new Preference(prompt, better, decided(part));
  }

  /** Returns what the model decides without policy BOTH. */
  static Action decided(ImagePart part) {
    return part.decision().probabilities()
        .map(p -> p.generate() >= p.retrieve() ? Action.GENERATE : Action.RETRIEVE)
        .orElse(part.decision().action());
  }

  private static double accuracy(Scene wanted, BufferedImage picture) {
    return SceneScore.of(wanted, SceneReader.read(picture)).accuracy();
  }
}
