package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.evaluation.CaptionMetrics.Words;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CaptionMetricsTest {
  private static final double LIMIT = 1e-6;

  @Test
  void scoresEqualThoseOfTheCocoScorer() throws Exception {
    JsonNode golden = Golden.read("metrics.json");
    List<CaptionItem> items = new ArrayList<>();
    for (JsonNode item : golden.get("captions_tokenized")) {
      items.add(new CaptionItem(item.get("id").asText(), item.get("candidate").asText(),
          Golden.strings(item.get("references"))));
    }
    CaptionScores scores = CaptionMetrics.score(items, text -> List.of(text.split(" ")));
    JsonNode expected = golden.get("caption_scores");
    for (int n = 0; n < 4; n++) {
      check("BLEU-" + (n + 1), scores.bleu().get(n), expected.get("BLEU").get("corpus").get(n),
          expected.get("BLEU").get("per_image").get(n));
    }
    check("ROUGE-L", scores.rougeL(), expected.get("ROUGE_L").get("corpus"), expected.get("ROUGE_L").get("per_image"));
    check("CIDEr", scores.cider(), expected.get("CIDEr").get("corpus"), expected.get("CIDEr").get("per_image"));
  }

  @Test
  void rawCaptionsScoreTheSameAfterTokenization() throws Exception {
    JsonNode golden = Golden.read("metrics.json");
    List<CaptionItem> items = new ArrayList<>();
    for (JsonNode item : golden.get("captions_raw")) {
      items.add(new CaptionItem(item.get("id").asText(), item.get("candidate").asText(),
          Golden.strings(item.get("references"))));
    }
    CaptionScores scores = CaptionMetrics.score(items);
    assertThat(scores.cider().value())
        .isCloseTo(golden.get("caption_scores").get("CIDEr").get("corpus").asDouble(), within(LIMIT));
  }

  @Test
  void intervalsOfBleuAreThoseOfItsResamples() throws Exception {
    List<CaptionItem> items = new ArrayList<>();
    List<Words> words = new ArrayList<>();
    for (JsonNode item : Golden.read("metrics.json").get("captions_raw")) {
      CaptionItem caption = new CaptionItem(item.get("id").asText(), item.get("candidate").asText(),
          Golden.strings(item.get("references")));
      items.add(caption);
      words.add(new Words(PtbTokenizer.tokenize(caption.candidate()),
          caption.references().stream().map(PtbTokenizer::tokenize).toList()));
    }
    List<Interval> intervals = CaptionMetrics.bleuIntervals(items, CaptionMetrics.tokenizer(), 7);
    assertThat(intervals).hasSize(4);
    for (int i = 0; i < 4; i++) {
      int n = i;
      assertThat(intervals.get(n)).isEqualTo(Interval.of(words, some -> Bleu.score(some).get(n).value(), 7));
      assertThat(Bleu.score(words).get(n).value()).isBetween(intervals.get(n).low(), intervals.get(n).high());
    }
  }

  @Test
  void emptyCaptionScoresNothing() {
    CaptionScores scores = CaptionMetrics.score(
        List.of(new CaptionItem("1", "", List.of("a red bus")), new CaptionItem("2", "a dog", List.of("a dog"))));
    assertThat(scores.bleu().get(0).items().get(0)).isZero();
    assertThat(scores.rougeL().items().get(0)).isZero();
    assertThat(scores.cider().items().get(0)).isZero();
  }

  @Test
  void invalidInputIsRejected() {
    CaptionItem item = new CaptionItem("7", "a dog", List.of("a dog"));
    assertThatThrownBy(() -> CaptionMetrics.score(List.of(item, item))).hasMessage("two items have the id 7");
    assertThatThrownBy(() -> CaptionMetrics.score(List.of())).hasMessage("there are no items to score");
    assertThatThrownBy(() -> new CaptionItem("7", "a dog", List.of()))
        .hasMessage("picture 7 has no reference caption");
  }

  private static void check(String what, MetricScore actual, JsonNode value, JsonNode items) {
    assertThat(actual.value()).as(what).isCloseTo(value.asDouble(), within(LIMIT));
    assertThat(actual.items().stream().mapToDouble(Double::doubleValue).toArray()).as(what)
        .containsExactly(Golden.numbers(items), within(LIMIT));
  }
}
