package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Ints;
import io.gill.examples.world.HeldOut.Split;
import io.gill.text.ClipTokenizer;
import io.gill.text.OptTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairLearnerTest {
  @TempDir private Path dir;

  @Test
  void optReadsTheWorldInOneTokenAWord() throws IOException {
    int size = BytePairLearner.writeOpt(WorldText.dialogues(), 800, dir);
    assertThat(size).isBetween(560, 800);
    int longestCaption = 0;
    int longestDialogue = 0;
    try (OptTokenizer tokenizer = OptTokenizer.load(dir, 8)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(size + 9);
      assertThat(tokenizer.padId()).isEqualTo(1);
      assertThat(tokenizer.eosId()).isEqualTo(2);
      assertThat(tokenizer.encode("\n", false)).containsExactly(tokenizer.newlineId());
      for (int seed = 0; seed < 1000; seed++) {
        Scene scene = SceneSampler.sample(Split.HELD_OUT, seed);
        String caption = Grammar.paraphrase(scene, seed % Grammar.PARAPHRASES);
        longestCaption = Math.max(longestCaption, tokenizer.encode(caption, true).length);

        WorldDialogue dialogue = Dialogues.sample(Split.HELD_OUT, seed);
        int[] ids = tokenizer.encode(dialogue.text(), false);
        longestDialogue = Math.max(longestDialogue, ids.length);
        assertThat(tokenizer.decode(ids, false)).isEqualTo(dialogue.text());
        List<Integer> pieces = new ArrayList<>();
        dialogue.pieces().forEach(
            piece -> pieces.addAll(Ints.asList(tokenizer.encode(WorldDialogue.text(piece), false))));
        assertThat(pieces).isEqualTo(Ints.asList(ids));
      }
    }
    assertThat(longestCaption).isLessThanOrEqualTo(30);
    assertThat(longestDialogue).isLessThanOrEqualTo(300);
  }

  @Test
  void clipReadsCaptions() throws IOException {
    int size = BytePairLearner.writeClip(WorldText.captions(), 800, dir, 32);
    assertThat(size).isBetween(560, 800);
    int longest = 0;
    try (ClipTokenizer tokenizer = ClipTokenizer.load(dir)) {
      assertThat(tokenizer.maxLength()).isEqualTo(32);
      assertThat(tokenizer.padId()).isEqualTo(size - 1);
      assertThat(tokenizer.encode("")).containsExactly(size - 2, size - 1);
      for (int seed = 0; seed < 1000; seed++) {
        Scene scene = SceneSampler.sample(Split.HELD_OUT, seed);
        String caption = Grammar.paraphrase(scene, seed % Grammar.PARAPHRASES);
        int[] ids = tokenizer.encode(caption);
        int words = caption.replace(",", " ,").split(" ").length;
        assertThat(ids).hasSize(words + 2);
        longest = Math.max(longest, ids.length);
      }
      assertThat(tokenizer.encode("A Small RED circle")).isEqualTo(tokenizer.encode("a small red circle"));
    }
    assertThat(longest).isLessThanOrEqualTo(30);
  }

  @Test
  void anyTextSurvivesOpt() throws IOException {
    BytePairLearner.writeOpt(List.of("a red star and a red star"), 270, dir);
    Random random = new Random(4);
    try (OptTokenizer tokenizer = OptTokenizer.load(dir, 8)) {
      for (int i = 0; i < 100; i++) {
        String text = random.ints(12, 0x20, 0x2000).filter(Character::isLetter)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
      }
      assertThat(tokenizer.encode(" red red", false)).hasSize(2);
    }
  }

  @Test
  void theSameTextsGiveTheSameFiles() throws IOException {
    for (String name : List.of("a", "b")) {
      BytePairLearner.writeOpt(WorldText.captions().subList(0, 500), 400, dir.resolve(name));
    }
    for (String file : List.of("vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json")) {
      assertThat(Files.readString(dir.resolve("a").resolve(file)))
          .isEqualTo(Files.readString(dir.resolve("b").resolve(file)));
    }
  }
}
