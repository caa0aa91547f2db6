package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingStepsTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 42})
  void joinsAreDrawnAnewForEveryBatchAndLoss(long seed) {
    List<Losses.Joins> all =
        LongStream.range(0, 2000).mapToObj(batch -> TrainingSteps.joins(seed, batch, 0.5)).toList();
    for (Predicate<Losses.Joins> loss :
        List.<Predicate<Losses.Joins>>of(Losses.Joins::captioning, Losses.Joins::retrieval, Losses.Joins::generation)) {
      assertThat(all.stream().filter(loss).count()).isBetween(900L, 1100L);
      long changes = IntStream.range(1, all.size())
          .filter(i -> loss.test(all.get(i)) != loss.test(all.get(i - 1))).count();
      assertThat(changes).isBetween(900L, 1100L);
    }
    assertThat(all.stream().filter(one -> one.captioning() == one.retrieval()).count()).isBetween(900L, 1100L);
  }

  @Test
  void joinsNeverOrAlways() {
    assertThat(TrainingSteps.joins(3, 7, 0)).isEqualTo(new Losses.Joins(false, false, false));
    assertThat(TrainingSteps.joins(3, 7, 1)).isEqualTo(new Losses.Joins(true, true, true));
  }
}
