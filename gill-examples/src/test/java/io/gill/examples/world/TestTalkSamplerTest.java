package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.examples.world.TestTalk.Picture;
import io.gill.examples.world.TestTalk.Turn;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestTalkSamplerTest {
  private static final int COUNT = 400;
  private static final Set<String> VALUES = Stream.of(
      words(Shape.values(), Shape::word), words(Colour.values(), Colour::word), words(Size.values(), Size::word),
      words(Background.values(), Background::word), Stream.of("top", "bottom", "left", "right", "centre"))
      .flatMap(Function.identity()).collect(Collectors.toSet());

  @Test
  void whatIsWantedFollowsFromTheWords() {
    talks(false).forEach(TalkCheck::check);
  }

  @Test
  void theSameNumberGivesTheSameDialogue() {
    assertThat(TestTalkSampler.sample(5, 20)).isEqualTo(TestTalkSampler.sample(5, 20))
        .isNotEqualTo(TestTalkSampler.sample(6, 20));
  }

  @Test
  void dialoguesAreOfAllLengthsWithAllThatCanBeWantedAndMostlyHeldOut() {
    List<Turn> turns = talks(false).flatMap(talk -> talk.turns().stream()).toList();
    assertThat(talks(false).map(talk -> talk.turns().size()).distinct()).hasSize(TestTalk.MAX_TURNS);
    assertThat(turns.stream().collect(Collectors.groupingBy(turn -> turn.wanted().getClass(), Collectors.counting())))
        .hasSize(5).allSatisfy((kind, count) -> assertThat(count).isGreaterThan(COUNT / 2));
    assertThat(turns.stream().filter(Turn::shows)).hasSizeGreaterThan(COUNT / 2);
    List<Scene> pictures = turns.stream().map(Turn::wanted).filter(Picture.class::isInstance)
        .map(wanted -> ((Picture) wanted).scene()).toList();
    assertThat(pictures.stream().filter(HeldOut::contains).count()).isBetween(
        pictures.size() / 2L, pictures.size() * 3L / 4);
  }

  @Test
  void noSentenceIsOneOfTrainings() {
    Set<String> training = training().map(TestTalkSamplerTest::template)
        .filter(template -> !template.isEmpty()).collect(Collectors.toSet()); // "???" and ";;;;" have no words
    assertThat(training).contains("make the # #").hasSizeGreaterThan(100);
    Stream<String> sentences = Stream.concat(TestWords.templates().stream(), talks(true)
        .flatMap(talk -> talk.turns().stream()).flatMap(turn -> turn.user().stream())
        .filter(Words.class::isInstance).map(part -> ((Words) part).text()));
    assertThat(sentences.map(TestTalkSamplerTest::template)).hasSizeGreaterThan(4000).noneMatch(training::contains);
  }

  @Test
  void noSynonymOccursInTraining() {
    Set<String> training = training()
        .flatMap(text -> Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z]+", -1))).collect(Collectors.toSet());
    assertThat(training).contains("make", "star", "background").doesNotContainAnyElementsOf(TestWords.synonyms());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 21, -1})
  void anImpossibleLengthIsRefused(int turns) {
    assertThatThrownBy(() -> TestTalkSampler.sample(1, turns))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("between 1 and 20: " + turns);
  }

  private static Stream<TestTalk> talks(boolean clean) {
    return IntStream.range(0, COUNT)
        .mapToObj(i -> TestTalkSampler.sample(i, 1 + i % TestTalk.MAX_TURNS, clean));
  }

  /** Returns the users' sentences in training. */
  private static Stream<String> training() {
    return WorldText.dialogues().stream().flatMap(String::lines).filter(line -> line.startsWith("Q:"))
        .map(line -> line.substring(2));
  }

  /** Returns a sentence in lower case without punctuation, with "#" in place of all values of attributes. */
  private static String template(String sentence) {
    Set<String> seen = new HashSet<>(VALUES);
    return Arrays.stream(sentence.toLowerCase(Locale.ROOT).replaceAll("\\{[a-z]+}", "#").split("[^a-z0-9#]+", -1))
        .filter(word -> !word.isEmpty()).map(word -> seen.contains(word) ? "#" : word)
        .collect(Collectors.joining(" "));
  }

  private static <T> Stream<String> words(T[] values, Function<T, String> word) {
    return Arrays.stream(values).map(word);
  }
}
