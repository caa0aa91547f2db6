package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.stage.Tokenizer;
import io.gill.testsupport.Reference;
import io.gill.text.OptTokenizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Cases that the published data does not cover: contexts, texts that are too long, and trimming. */
class SequencesTest {
  private static final Sequences.Vocabulary SMALL = new Sequences.Vocabulary(1, new int[] {90, 91});

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static Tokenizer tokenizer;

  @BeforeAll
  static void load() {
    tokenizer = OptTokenizer.load(Reference.path("model-a", "opt"), 8);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void contextAndTextAreTokenizedAsInADialogue() {
    TokenizedText text = TokenizedText.of(tokenizer, "Q: a dog?\n", "A: yes", 24);
    int[] question = tokenizer.encode("Q: a dog?\n", true);
    int[] answer = tokenizer.encode("A: yes", false);
    assertThat(text.context()).isEqualTo(question.length);
    assertThat(text.ids()).startsWith(question).hasSize(24);
    assertThat(Arrays.copyOfRange(text.ids(), question.length, question.length + answer.length)).isEqualTo(answer);
    assertThat(text.length()).isEqualTo(question.length + answer.length + 8);
    assertThat(text.ids()[text.length() - 1]).isEqualTo(50273);
    assertThat(text.ids()[text.length()]).isEqualTo(tokenizer.padId());
  }

  @Test
  void ofALongContextTheEndStays() {
    TokenizedText text =
        TokenizedText.of(tokenizer, "one two three four five six seven eight nine ten\n", "A: yes", 18);
    assertThat(text.length()).isEqualTo(18);
    assertThat(text.ids()[0]).isEqualTo(2);
    assertThat(text.ids()[text.context() - 1]).isEqualTo(tokenizer.newlineId());
    assertThat(tokenizer.decode(text.ids(), true)).contains("A: yes").doesNotContain("one");
    assertThat(text.ids()[17]).isEqualTo(50273);
  }

  @Test
  void aTextThatIsTooLongEndsWithTheImageTokens() {
    TokenizedText text = TokenizedText.of(tokenizer, "", "word ".repeat(40), 16);
    assertThat(text.length()).isEqualTo(16);
    assertThat(Arrays.copyOfRange(text.ids(), 8, 16)).containsExactly(
        50266, 50267, 50268, 50269, 50270, 50271, 50272, 50273);
  }

  @Test
  void theContextIsReadButNotLearned() {
    TokenizedText text = new TokenizedText(new int[] {2, 10, 11, 20, 21, 90, 91, 1, 1}, 7, 1, 3);
    Sequences captioning = Sequences.captioning(List.of(text), 1, SMALL, false);
    assertThat(captioning.rows().get(0).sources()).containsExactly(-1, 2, 10, 11, 20, 21, 90, 91, 1, 1);
    assertThat(captioning.rows().get(0).labels())
        .containsExactly(-100, -100, -100, -100, 20, 21, -100, -100, -100, -100);
    Sequences requests = Sequences.requests(List.of(text), SMALL, false);
    assertThat(requests.rows().get(0).labels()).containsExactly(-100, -100, -100, 20, 21, 90, -100, -100, -100);
    assertThat(requests.imageTokens()).containsExactly(5);
  }

  @Test
  void trimmingKeepsWhatIsLearnedAndTheImageTokens() {
    List<TokenizedText> texts = List.of(
        new TokenizedText(new int[] {2, 20, 90, 91, 1, 1, 1, 1}, 4, 1, 0),
        new TokenizedText(new int[] {2, 20, 21, 90, 91, 1, 1, 1}, 5, 1, 0));
    Sequences captioning = Sequences.captioning(texts, 2, SMALL, false).trimmed(0);
    assertThat(captioning.length()).isEqualTo(4); // the fourth position predicts the last word
    assertThat(captioning.targets()).containsExactly(2, 20, 2, 20, 21);
    assertThat(captioning.predictingPlaces()).containsExactly(1, 2, 5, 6, 7);
    Sequences requests = Sequences.requests(texts, SMALL, false).trimmed(2);
    assertThat(requests.length()).isEqualTo(5);
    assertThat(requests.imageTokens()).containsExactly(2, 8);
    assertThat(requests.targets()).containsExactly(20, 90, 20, 21, 90);
  }

  @Test
  void joinedNeighboursLoseTheSecondBeginning() {
    List<TokenizedText> texts = List.of(
        new TokenizedText(new int[] {2, 20, 90, 91, 1}, 4, 1, 0),
        new TokenizedText(new int[] {2, 30, 90, 91, 1}, 4, 1, 0));
    Sequences captioning = Sequences.captioning(texts, 1, SMALL, true);
    assertThat(captioning.rows().get(0).sources()).containsExactly(-1, 2, 20, -2, 30, 90, 91, 1, 90, 91, 1);
    assertThat(captioning.rows().get(0).labels())
        .containsExactly(-100, 2, 20, -100, 30, -100, -100, -100, -100, -100, -100);
    Sequences requests = Sequences.requests(texts, SMALL, true);
    assertThat(requests.rows().get(0).sources()).containsExactly(2, 20, 90, 91, 30, 90, 91, 1, 1);
    assertThat(requests.imageTokens()).containsExactly(2, 5);
  }

  @Test
  void joinedNeighboursWithoutBeginningsKeepAllTokens() {
    List<TokenizedText> texts = List.of(
        new TokenizedText(new int[] {20, 90, 91, 1}, 3, 0, 0),
        new TokenizedText(new int[] {30, 90, 91, 1}, 3, 0, 0));
    Sequences captioning = Sequences.captioning(texts, 1, SMALL, true);
    assertThat(captioning.rows().get(0).sources()).containsExactly(-1, 20, -2, 30, 90, 91, 1, 90, 91, 1);
    assertThat(captioning.targets()).containsExactly(20, 30);
    Sequences requests = Sequences.requests(texts, SMALL, true);
    assertThat(requests.rows().get(0).sources()).containsExactly(20, 90, 91, 30, 90, 91, 1, 1);
    assertThat(requests.imageTokens()).containsExactly(1, 4);
  }

  @Test
  void theLastOfAnOddNumberStaysAlone() {
    List<TokenizedText> texts = List.of(
        new TokenizedText(new int[] {2, 20, 90, 91, 1}, 4, 1, 0),
        new TokenizedText(new int[] {2, 30, 90, 91, 1}, 4, 1, 0),
        new TokenizedText(new int[] {2, 40, 90, 91, 1}, 4, 1, 0));
    Sequences captioning = Sequences.captioning(texts, 1, SMALL, true);
    assertThat(captioning.rows()).hasSize(2).allMatch(row -> row.length() == 11 && row.sources().length == 11);
    assertThat(captioning.rows().get(1).sources()).containsExactly(-3, 2, 40, 90, 91, 1, 1, 1, 1, 1, 1);
    assertThat(captioning.targets()).containsExactly(2, 20, 30, 2, 40);
    Sequences requests = Sequences.requests(texts, SMALL, true);
    assertThat(requests.rows().get(1).sources()).containsExactly(2, 40, 90, 91, 1, 1, 1, 1, 1);
    assertThat(requests.rows().get(1).labels()).startsWith(2, 40, 90).endsWith(-100, -100, -100, -100, -100, -100);
    assertThat(requests.imageTokens()).containsExactly(2, 5, 11);
  }
}
