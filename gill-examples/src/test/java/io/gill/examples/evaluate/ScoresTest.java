package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.RespondOptions.TextCut;
import io.gill.evaluation.Interval;
import io.gill.examples.evaluate.Item.AnyText;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoresTest {
  private static final long SEED = 42;

  private static Scored scored(String id, String group, String category, double score) {
    Item item = new Item(id, group, category, List::of, new AnyText(TextCut.LINE), new Shown("", "", Optional::empty));
    return new Scored(item, new Outcome(id, "", ""), score);
  }

  /** Ten equal copies of an item hold no more information than one. */
  @Test
  void copiesOfAnItemDoNotNarrowTheInterval() {
    Random random = new Random(1);
    List<Double> stories = new ArrayList<>();
    List<Scored> items = new ArrayList<>();
    for (int story = 0; story < 40; story++) {
      stories.add((double) random.nextInt(2));
      for (int copy = 0; copy < 10; copy++) {
        items.add(scored(copy + "/" + story, Integer.toString(story), Integer.toString(copy), stories.get(story)));
      }
    }
    Interval expected = Interval.ofMean(stories, SEED);
    List<Measure> measures = Scores.means("accuracy", items, SEED);
    assertThat(measures).hasSize(1 + 10).allSatisfy(measure ->
        assertThat(measure.interval()).contains(expected));
    assertThat(measures.get(0).count()).isEqualTo(400);
    Interval independent = Interval.ofMean(items.stream().map(Scored::score).toList(), SEED);
    assertThat(independent.high() - independent.low()).as("as if there were 400 stories")
        .isLessThan((expected.high() - expected.low()) / 2);
  }

  @Test
  void groupsOfDifferentSizesCountByTheirItems() {
    List<Scored> items = List.of(scored("1", "a", "", 1), scored("2", "a", "", 0), scored("3", "b", "", 1));
    Measure measure = Scores.mean("accuracy", "", items, SEED);
    assertThat(measure.value()).isEqualTo(2 / 3.0);
    assertThat(measure.interval()).contains(new Interval(0.5, 1)); // only a, and only b
  }

  @Test
  void itemsWithoutAGroupAreResampledOneByOne() {
    List<Scored> items = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      items.add(scored(Integer.toString(i), "", "", i));
    }
    assertThat(Scores.mean("rank", "", items, SEED).interval())
        .contains(Interval.ofMean(items.stream().map(Scored::score).toList(), SEED));
  }
}
