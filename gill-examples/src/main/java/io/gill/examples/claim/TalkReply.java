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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A reply in a dialogue of free talk.
 *
 * @param number the turn's number, from 1
 * @param turn the turn
 * @param afterShown whether the user has shown a picture in mid-conversation: in this turn or an earlier one, but not
 *     in the first
 * @param text the reply's text
 * @param strayWords whether words stand beside a picture that announce no possible one
 * @param pictures the pictures that the user sees
 * @param decided where the first picture comes from
 * @param better where the better first picture of both comes from, or what the turn wants if the model shows none
 */
record TalkReply(
    int number,
    TestTalk.Turn turn,
    boolean afterShown,
    String text,
    boolean strayWords,
    List<BufferedImage> pictures,
    Source decided,
    Source better) {
  private static final Reading NOTHING = new Reading(Optional.empty(), List.of());

  /** The origin of a picture, if there is one. */
  enum Source { RETRIEVED, GENERATED, NONE }

  /** Returns the scenes of the wanted pictures. */
  List<Scene> wanted() {
    return turn.wanted() instanceof Picture wanted ? wanted.scenes() : List.of();
  }

  /** Whether one picture is wanted. */
  boolean wantsOne() {
    return wanted().size() == 1;
  }

  /** Returns the score of wanted pictures or a description; empty for other turns. */
  Optional<SceneScore> score() {
    if (turn.wanted() instanceof Description wanted) {
      return Optional.of(pictures.isEmpty() ? score(wanted.scene(), text) : score(wanted.scene(), NOTHING));
    }
    List<Scene> wanted = wanted();
    return IntStream.range(0, wanted.isEmpty() ? 0 : Math.max(wanted.size(), pictures.size()))
        .mapToObj(i -> i >= wanted.size() ? SceneScore.needless()
            : score(wanted.get(i), i < pictures.size() ? pictures.get(i) : null))
        .reduce(SceneScore::plus);
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
    return pictures.isEmpty() && Answers.isRefusal(text);
  }

  /** Whether the reply brings all that is wanted. A picture that nobody wants makes it wrong, as do stray words. */
  boolean isRight() {
    if (turn.wanted() instanceof Stated stated) {
      return pictures.isEmpty() && stated.fact().isIn(text);
    } else if (turn.wanted() instanceof SmallTalk) {
      return pictures.isEmpty() && Answers.isSmallTalk(text);
    } else if (turn.wanted() instanceof Refusal) {
      return refuses();
    }
    return !strayWords && score().orElseThrow().isPerfect();
  }
}
