package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PtbTokenizerTest {
  /** The list of the COCO scorer; its brackets in capitals never occur in lower-case tokens. */
  private static final Set<String> PUNCTUATION =
      Set.of("''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";");

  @Test
  void wordsEqualThoseOfStanfordsTokenizer() throws Exception {
    int compared = 0;
    for (JsonNode caption : Golden.read("ptb.json").get("captions")) {
      String text = caption.get("text").asText();
      List<String> expected =
          Golden.strings(caption.get("tokens")).stream().filter(token -> !PUNCTUATION.contains(token)).toList();
      assertThat(PtbTokenizer.tokenize(text)).as(text).isEqualTo(expected);
      compared++;
    }
    assertThat(compared).isEqualTo(198);
  }

  @Test
  void longTextsNeedNeitherStackNorQuadraticTime() {
    for (String part : List.of(
        "a-", "a.", "1,", "x", "'", "a/", "A&", "w@", "<", "1.a", "1.", ":1", "1-1.", "a1.1")) {
      assertThat(String.join("", PtbTokenizer.tokens(part.repeat(5_000)))).as(part).isNotEmpty();
    }
  }
}
