package io.gill.examples.claim;

import io.gill.examples.world.Answers;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneReader;
import io.gill.examples.world.SceneReader.Reading;
import io.gill.examples.world.SceneScore;
import io.gill.examples.world.TestTalk;
import io.gill.examples.world.TestTalk.Description;
import io.gill.examples.world.TestTalk.Picture;
import io.gill.examples.world.TestTalk.Refusal;
import io.gill.examples.world.TestTalk.SmallTalk;
import io.gill.examples.world.TestTalk.Stated;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A reply in a dialogue of free talk.
 *
 * @param number the turn's number, from 1
 * @param turn the turn
 * @param afterShown whether the user has shown a picture in mid-conversation: in this turn or an earlier one, but not
 *     in the first
 * @param text the reply's text
 * @param picture the picture that the user sees, if there is one
 * @param decided where the picture comes from
 * @param better where the better picture of both comes from, or what the turn wants if the model shows none
 */
record TalkReply(
    int number,
    TestTalk.Turn turn,
    boolean afterShown,
    String text,
    Optional<BufferedImage> picture,
    Source decided,
    Source better) {
  private static final Reading NOTHING = new Reading(Optional.empty(), List.of());

  /** The origin of a picture, if there is one. */
  enum Source { RETRIEVED, GENERATED, NONE }

  /** Returns the wanted picture's scene. */
  Optional<Scene> wanted() {
    return turn.wanted() instanceof Picture wanted ? Optional.of(wanted.scene()) : Optional.empty();
  }

  /** Returns the score of a wanted picture or description; empty for other turns. */
  Optional<SceneScore> score() {
    if (turn.wanted() instanceof Description wanted) {
      return Optional.of(picture.isPresent() ? score(wanted.scene(), NOTHING) : score(wanted.scene(), text));
    }
    return wanted().map(scene -> score(scene, picture.orElse(null)));
  }

  /** Scores a picture, or none. */
  static SceneScore score(Scene wanted, @Nullable BufferedImage picture) {
    return score(wanted, picture == null ? NOTHING : SceneReader.read(picture));
  }

  /** Describes what a picture shows, as far as it can be read. */
  static String read(BufferedImage picture) {
    return " [picture: " + SceneReader.read(picture).scene().map(Grammar::caption).orElse("no scene") + "]";
  }

  private static SceneScore score(Scene wanted, String description) {
    return score(wanted, Grammar.parse(description)
        .map(scene -> new Reading(Optional.of(scene.background()), scene.things())).orElse(NOTHING));
  }

  private static SceneScore score(Scene wanted, Reading seen) {
    return SceneScore.of(wanted, seen);
  }

  /** Whether the reply says what the model can do instead, and shows no picture. */
  boolean refuses() {
    return picture.isEmpty() && Answers.isRefusal(text);
  }

  /** Whether the reply brings all that is wanted. A picture that nobody wants makes it wrong. */
  boolean isRight() {
    if (turn.wanted() instanceof Stated stated) {
      return picture.isEmpty() && stated.fact().isIn(text);
    } else if (turn.wanted() instanceof SmallTalk) {
      return picture.isEmpty() && Answers.isSmallTalk(text);
    } else if (turn.wanted() instanceof Refusal) {
      return refuses();
    }
    return score().orElseThrow().isPerfect();
  }
}
