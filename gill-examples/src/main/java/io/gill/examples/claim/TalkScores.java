package io.gill.examples.claim;

import io.gill.examples.claim.TalkReply.Source;
import io.gill.examples.world.SceneScore;
import io.gill.examples.world.SceneScore.Count;
import io.gill.examples.world.TestTalk.Description;
import io.gill.examples.world.TestTalk.Picture;
import io.gill.examples.world.TestTalk.Refusal;
import io.gill.examples.world.TestTalk.SmallTalk;
import io.gill.examples.world.TestTalk.Stated;
import io.gill.examples.world.TestTalk.Wanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The scores of all replies to a set of dialogues. */
final class TalkScores {
  private final List<TalkReply> replies = new ArrayList<>();
  private final List<Baseline> baselines = new ArrayList<>();

  /**
   * Pictures of the generator alone for a turn that wants a picture.
   *
   * @param reply the model's reply to that turn
   * @param lastTurn the score of the picture, given the user's last turn
   * @param allText the score of the picture, given all of the user's text
   */
  record Baseline(TalkReply reply, SceneScore lastTurn, SceneScore allText) {}

  /**
   * Scores of pictures; a score of nothing is empty.
   *
   * @param pictures number of the model's pictures
   * @param gill the model's
   * @param lastTurn the generator's, given the user's last turn, of a sample
   * @param allText the generator's, given all of the user's text, of the same sample
   */
  record Row(int pictures, SceneScore gill, SceneScore lastTurn, SceneScore allText) {}

  void add(List<TalkReply> more) {
    replies.addAll(more);
  }

  void add(Baseline baseline) {
    baselines.add(baseline);
  }

  /** Returns the scores of the only picture in some turns. */
  Row pictures(Predicate<TalkReply> turns) {
    List<TalkReply> chosen = replies.stream().filter(TalkReply::wantsOne).filter(turns).toList();
    List<Baseline> sample = baselines.stream().filter(baseline -> turns.test(baseline.reply)).toList();
    return new Row(
        chosen.size(),
        chosen.stream().flatMap(reply -> reply.score().stream()).reduce(SceneScore.empty(), SceneScore::plus),
        sample.stream().map(Baseline::lastTurn).reduce(SceneScore.empty(), SceneScore::plus),
        sample.stream().map(Baseline::allText).reduce(SceneScore.empty(), SceneScore::plus));
  }

  /** The right attributes of replies that should have several pictures. */
  Count several() {
    return replies.stream().filter(reply -> reply.wanted().size() > 1)
        .flatMap(reply -> reply.score().stream()).reduce(SceneScore.empty(), SceneScore::plus).total();
  }

  Count questions() {
    return right(Stated.class);
  }

  Count smallTalk() {
    return right(SmallTalk.class);
  }

  Count refusals() {
    return right(Refusal.class);
  }

  /** The replies that refuse what the model can do, among all that should not refuse. */
  Count falseRefusals() {
    List<TalkReply> possible =
        replies.stream().filter(reply -> !(reply.turn().wanted() instanceof Refusal)).toList();
    return new Count((int) possible.stream().filter(TalkReply::refuses).count(), possible.size());
  }

  /** The right attributes in descriptions. */
  Count descriptions() {
    return replies.stream().filter(reply -> reply.turn().wanted() instanceof Description)
        .flatMap(reply -> reply.score().stream()).reduce(SceneScore.empty(), SceneScore::plus).total();
  }

  /** The pictures among the replies that should have none. */
  Count needlessPictures() {
    List<TalkReply> without = replies.stream().filter(reply -> !(reply.turn().wanted() instanceof Picture)).toList();
    return new Count((int) without.stream().filter(reply -> !reply.pictures().isEmpty()).count(), without.size());
  }

  /** The replies with stray words, among all that have pictures. */
  Count strayWords() {
    List<TalkReply> with = replies.stream().filter(reply -> !reply.pictures().isEmpty()).toList();
    return new Count((int) with.stream().filter(TalkReply::strayWords).count(), with.size());
  }

  private Count right(Class<? extends Wanted> kind) {
    List<TalkReply> chosen = replies.stream().filter(reply -> kind.isInstance(reply.turn().wanted())).toList();
    return new Count((int) chosen.stream().filter(TalkReply::isRight).count(), chosen.size());
  }

  /** The mean F1 of retrieval, generation and no picture; sources that never occur are ignored. */
  Optional<Double> decisions() {
    double sum = 0;
    int kinds = 0;
    for (Source source : Source.values()) {
      long both = replies.stream().filter(r -> r.decided() == source && r.better() == source).count();
      long either = replies.stream().filter(r -> r.decided() == source).count()
          + replies.stream().filter(r -> r.better() == source).count();
      if (either > 0) {
        sum += 2.0 * both / either;
        kinds++;
      }
    }
    return kinds == 0 ? Optional.empty() : Optional.of(sum / kinds);
  }
}
