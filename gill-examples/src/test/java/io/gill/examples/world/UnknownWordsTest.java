package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class UnknownWordsTest {
  private static final int COUNT = 400;

  private static List<Window> windows() {
    return LongStream.range(0, COUNT).mapToObj(seed -> Dialogues.endOfFreeTalk(Split.TRAIN, seed)).toList();
  }

  @Test
  void replacesSomeWordsAndNothingElse() {
    Set<String> tested = Set.copyOf(TestWords.synonyms());
    int messages = 0;
    int changed = 0;
    List<String> kept = new ArrayList<>();
    List<Window> windows = windows();
    for (int i = 0; i < COUNT; i++) {
      Window before = windows.get(i);
      Window after = UnknownWords.in(before, i);
      assertThat(after.answerable()).isEqualTo(before.answerable());
      for (int t = 0; t < before.dialogue().turns().size(); t++) {
        Turn was = before.dialogue().turns().get(t);
        Turn is = after.dialogue().turns().get(t);
        assertThat(is).usingRecursiveComparison().ignoringFields("user").isEqualTo(was);
        if (was.kind() == Kind.GREETING || was.answer().equals(Refusal.SOMETHING_ELSE.text())
            || was.answer().equals(Refusal.ALIKE.text())) {
          assertThat(is).isEqualTo(was);
          continue;
        }
        for (int p = 0; p < was.user().size(); p++) {
          if (!(was.user().get(p) instanceof Words words)) {
            assertThat(is.user().get(p)).isEqualTo(was.user().get(p));
            continue;
          }
          String[] old = words.text().split(" ", -1);
          String[] now = ((Words) is.user().get(p)).text().split(" ", -1);
          assertThat(now).hasSameSizeAs(old);
          messages++;
          changed += words.equals(is.user().get(p)) ? 0 : 1;
          for (int w = 0; w < old.length; w++) {
            if (old[w].equals(now[w])) {
              kept.add(old[w]);
            } else {
              assertThat(now[w].replaceAll("\\W", "")).matches("[a-z]{5,}").isNotIn(tested);
              assertThat(old[w]).doesNotContain("red", "circle", "left", "large", "grey").isNotIn("not", "undo", "find");
            }
          }
        }
      }
    }
    assertThat(changed).isBetween(messages / 8, messages / 3);
    assertThat(kept).contains("make", "draw", "to");
  }

  @Test
  void impossibleRequestsKeepWhatMakesThemImpossible() {
    WorldDialogue dialogue = new WorldDialogue(List.of(refused("please draw me a dog", Refusal.SHAPE),
        refused("could i have a pnik circle?", Refusal.COLOUR), refused("make the picture in mauve", Refusal.COLOUR),
        refused("sing a song", Refusal.SOMETHING_ELSE)));
    List<String> all = LongStream.range(0, COUNT)
        .mapToObj(seed -> UnknownWords.in(Window.whole(dialogue), seed).dialogue())
        .flatMap(one -> one.turns().stream()).map(turn -> ((Words) turn.user().get(0)).text()).toList();
    assertThat(all).allMatch(text ->
        text.equals("sing a song") || text.contains("dog") || text.contains("pnik circle") || text.contains("mauve"));
    assertThat(all).contains("please draw me a dog").anyMatch(text -> text.matches("please [a-z]{5,} me a dog"))
        .anyMatch(text -> text.matches("[a-z]{5,} i have a pnik circle\\?"));
  }

  private static Turn refused(String words, Refusal refusal) {
    return new Turn(Kind.REFUSAL, List.of(new Words(words)), Optional.empty(), refusal.text(), Optional.empty(),
        Optional.empty());
  }

  @Test
  void theSameSeedReplacesTheSameWords() {
    Window window = windows().get(3);
    List<Window> some = LongStream.range(0, 40).mapToObj(seed -> UnknownWords.in(window, seed)).toList();
    assertThat(LongStream.range(0, 40).mapToObj(seed -> UnknownWords.in(window, seed)).toList()).isEqualTo(some);
    assertThat(Set.copyOf(some)).hasSizeGreaterThan(3);
  }
}
