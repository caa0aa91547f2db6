package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class BleuTest {
  private static final List<String> CANDIDATES =
      List.of("the cat is on the mat", "a dog runs along the sandy beach today", "two birds sit in the tree");

  private static final List<List<String>> REFERENCES = List.of(
      List.of("there is a cat on the mat", "a cat is on the mat"),
      List.of("a dog is running along the beach", "a dog runs on the beach"),
      List.of("two small birds sit in a tree over there"));

  /**
   * Expected values are from NLTK's corpus_bleu with equal weights, whose definition is the same for texts of four
   * words or more.
   */
  @Test
  void scoresAreThoseOfAnotherImplementation() {
    double[] expected = {0.7238699344287677, 0.5888603860379744, 0.4821095484862156, 0.3684777471372329};
    for (int order = 1; order <= 4; order++) {
      assertThat(Bleu.of(CANDIDATES, REFERENCES, order)).as("BLEU-%d", order)
          .isCloseTo(expected[order - 1], within(1e-12));
    }
  }

  @Test
  void equalTextsScoreOneAndTextsWithoutACommonRunZero() {
    assertThat(Bleu.of(List.of("a b c d e"), List.of(List.of("a b c d e")), 4)).isEqualTo(1);
    assertThat(Bleu.of(List.of("a b c d e"), List.of(List.of("a c b e d")), 2)).isZero();
    assertThat(Bleu.of(List.of(""), List.of(List.of("a")), 1)).isZero();
  }
}
