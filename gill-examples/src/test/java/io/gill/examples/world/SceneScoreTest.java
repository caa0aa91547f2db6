package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.SceneReader.Reading;
import io.gill.examples.world.SceneScore.Attribute;
import io.gill.examples.world.SceneScore.Count;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SceneScoreTest {
  private static final Thing STAR = new Thing(Shape.STAR, Colour.RED, Size.SMALL, Position.CENTRE);
  private static final Thing CROSS = new Thing(Shape.CROSS, Colour.BLUE, Size.LARGE, Position.TOP);
  private static final Scene WANTED = new Scene(Background.BLACK, List.of(STAR, CROSS));

  @Test
  void theWantedSceneIsPerfect() {
    SceneScore score = SceneScore.of(WANTED, seen(STAR, CROSS));
    assertThat(score.total()).isEqualTo(new Count(9, 9));
    assertThat(score.isPerfect()).isTrue();
  }

  @Test
  void thingsAreMatchedBestFirst() {
    // The first seen thing matches the star a little but the cross better.
    SceneScore score = SceneScore.of(WANTED, seen(CROSS.with(Colour.RED), STAR.with(Size.LARGE)));
    assertThat(score.total()).isEqualTo(new Count(7, 9));
    assertThat(score.counts()).containsEntry(Attribute.COLOUR, new Count(1, 2));
    assertThat(score.counts()).containsEntry(Attribute.SIZE, new Count(1, 2));
    assertThat(score.counts()).containsEntry(Attribute.SHAPE, new Count(2, 2));
  }

  @Test
  void aMissingThingIsFourWrongAndOneTooManyIsOne() {
    assertThat(SceneScore.of(WANTED, seen(STAR)).total()).isEqualTo(new Count(5, 9));
    SceneScore tooMany = SceneScore.of(WANTED, seen(STAR, CROSS, STAR.with(Position.LEFT)));
    assertThat(tooMany.total()).isEqualTo(new Count(9, 10));
    assertThat(tooMany.isPerfect()).isFalse();
  }

  @Test
  void nothingSeenIsAllWrong() {
    SceneScore score = SceneScore.of(WANTED, new Reading(Optional.empty(), List.of()));
    assertThat(score.total()).isEqualTo(new Count(0, 9));
    assertThat(score.accuracy()).isZero();
  }

  @Test
  void scoresAddUp() {
    SceneScore sum =
        SceneScore.empty().plus(SceneScore.of(WANTED, seen(STAR))).plus(SceneScore.of(WANTED, seen(STAR, CROSS)));
    assertThat(sum.total()).isEqualTo(new Count(14, 18));
    assertThat(sum.accuracy()).isEqualTo(14 / 18.0);
  }

  private static Reading seen(Thing... things) {
    return new Reading(Optional.of(Background.BLACK), List.of(things));
  }
}
