package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.examples.world.TestTalk.Description;
import io.gill.examples.world.TestTalk.Picture;
import io.gill.examples.world.TestTalk.Refusal;
import io.gill.examples.world.TestTalk.SmallTalk;
import io.gill.examples.world.TestTalk.Stated;
import io.gill.examples.world.TestTalk.Turn;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TestTalkReaderTest {
  private static final List<TestTalk> TALKS = TestTalkReader.handWritten();

  @Test
  void readsWordsPicturesAndAllThatCanBeWanted() {
    Scene shown = scene("a small red circle at the top left on a white background");
    Scene wanted = scene("a small blue circle at the top left on a white background");
    assertThat(TestTalkReader.read("f", """
        # a comment
        talk first

        > look [picture: a small red circle at the top left on a white background] paint it blue
        = a small blue circle at the top left on a white background
        > where is it
        ? top left | left top
        > tell me
        description
        > thanks
        small talk
        talk second
        > fly
        refusal
        """)).containsExactly(
            new TestTalk("first", List.of(
                new Turn(List.of(new Words("look"), new Shown(shown), new Words("paint it blue")), new Picture(wanted)),
                new Turn(List.of(new Words("where is it")), new Stated(Fact.parse("top left | left top"))),
                new Turn(List.of(new Words("tell me")), new Description(wanted)),
                new Turn(List.of(new Words("thanks")), new SmallTalk()))),
            new TestTalk("second", List.of(new Turn(List.of(new Words("fly")), new Refusal()))));
  }

  static Stream<List<String>> wrongTexts() {
    return Stream.of(
        List.of("", "f, line 0: there is no talk"),
        List.of("> hi", "f, line 1: '> hi' belongs to no talk"),
        List.of("talk a\nrefusal", "f, line 2: 'refusal' follows no message"),
        List.of("talk a\n>\nrefusal", "f, line 2: the message is empty"),
        List.of("talk a\n> hi\n> hi", "f, line 3: the message before this line has no expectation"),
        List.of("talk a\n> hi", "f, line 2: the message before this line has no expectation"),
        List.of("talk a\ntalk b", "f, line 2: talk 'a' has 0 turns"),
        List.of("talk a\n" + "> hi\nsmall talk\n".repeat(21), "f, line 43: talk 'a' has 21 turns"),
        List.of("talk a\n> hi\n= a dog", "f, line 3: 'a dog' is not a scene"),
        List.of("talk a\n> [picture: a dog] hi\nrefusal", "f, line 2: 'a dog' is not a scene"),
        List.of("talk a\n> [picture a dog]\nrefusal", "f, line 2: write a picture as '[picture: SCENE]'"),
        List.of("talk a\n> hi\n? red |", "f, line 3: a wording of a fact has at least one word"),
        List.of("talk a\n> hi\n? pink", "f, line 3: 'pink' is no colour"),
        List.of("talk a\n> hi\nlaughter", "f, line 3: 'laughter' is not what a reply can bring"),
        List.of("talk a\n> hi\ndescription", "f, line 3: there is no picture to describe"));
  }

  @ParameterizedTest
  @MethodSource("wrongTexts")
  void aWrongLineIsNamed(List<String> textAndMessage) {
    assertThatThrownBy(() -> TestTalkReader.read("f", textAndMessage.get(0)))
        .isInstanceOf(GillException.class).hasMessageStartingWith(textAndMessage.get(1));
  }

  @ParameterizedTest
  @CsvSource({
    "red, It is red., true",
    "red, It is red or blue., false",
    "red, It is a star., false",
    "star | red, The red star., true",
    "star | red, The red circle., false",
    "star | red, It is red., true",
    "top left, It is at the top left., true",
    "top left, It is at the top., false",
    "top, It is at the top left., false",
    "centre, In the middle!, true",
    "two, There are 2., true",
    "two, One., false",
    "no, There is no star., true",
    "yes, No., false",
    "yes, It is red., false",
    "none | zero | no, None., true",
    "large, it is big, true",
    "circle, two circles, true"})
  void aFactIsExact(String fact, String reply, boolean stated) {
    assertThat(Fact.parse(fact).isIn(reply)).isEqualTo(stated);
  }

  @Test
  void theHandWrittenDialoguesAreOfAllLengthsAndMostlyAboutHeldOutScenes() {
    assertThat(TALKS).hasSize(60).extracting(TestTalk::name).doesNotHaveDuplicates();
    List<Turn> turns = TALKS.stream().flatMap(talk -> talk.turns().stream()).toList();
    assertThat(turns).hasSizeBetween(400, 430);
    assertThat(TALKS).extracting(talk -> talk.turns().size()).contains(1, 2, 3, 5, 8, 12, 16, 20);
    assertThat(turns.stream().filter(Turn::shows)).hasSizeGreaterThan(20);
    assertThat(turns.stream().filter(turn -> turn.wanted() instanceof Refusal)).hasSizeGreaterThan(20);
    List<Scene> pictures = turns.stream().map(Turn::wanted).filter(Picture.class::isInstance)
        .map(wanted -> ((Picture) wanted).scene()).toList();
    assertThat(pictures).hasSizeGreaterThan(200);
    assertThat(pictures.stream().filter(HeldOut::contains).count()).isBetween(
        pictures.size() / 2L, pictures.size() * 3L / 4);
  }

  @Test
  void noHandWrittenRequestForSomethingElseIsTrainings() {
    List<Pattern> learned = Stream.of(FreeWords.SOMETHING_ELSE, FreeWords.ELSEWHERE).flatMap(List::stream)
        .filter(template -> !template.contains("{x}")) // a word that nobody knows
        .map(template -> Pattern.compile(letters(template.replace("{v}", "placeholder")).replace("placeholder", ".+")))
        .toList();
    List<String> refused = TALKS.stream().flatMap(talk -> talk.turns().stream())
        .filter(turn -> turn.wanted() instanceof Refusal && turn.user().size() == 1 && !turn.shows())
        .map(turn -> letters(((Words) turn.user().get(0)).text())).filter(words -> words.contains(" ")).toList();
    assertThat(refused).hasSizeGreaterThan(15)
        .noneMatch(words -> learned.stream().anyMatch(template -> template.matcher(words).matches()));
  }

  private static String letters(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 ]", "").strip();
  }

  @Test
  void severalPicturesAreWantedInTheOrderOfTheWords() {
    List<TestTalk> talks = TestTalkReader.severalPictures();
    assertThat(talks).hasSize(10).allMatch(talk -> talk.turns().stream()
        .anyMatch(turn -> turn.wanted() instanceof Picture picture && picture.scenes().size() > 1));
    Picture three = (Picture) talks.get(0).turns().get(1).wanted();
    assertThat(three.scenes()).extracting(scene -> scene.things().get(0).colour())
        .containsExactly(Colour.RED, Colour.GREEN, Colour.BLUE);
    assertThat(three.scene()).isEqualTo(three.scenes().get(2));
    assertThat(TestTalkReader.read("a test", "talk t\n> words\n" + three)).containsExactly(
        new TestTalk("t", List.of(new Turn(List.of(new Words("words")), three))));
  }

  static Stream<TestTalk> talks() {
    return Stream.concat(TALKS.stream(), TestTalkReader.severalPictures().stream());
  }

  @ParameterizedTest
  @MethodSource("talks")
  void whatIsWantedFollowsFromTheWords(TestTalk talk) {
    TalkCheck.check(talk);
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "paint it blue; = a small blue circle at the top left on a black background",
    "paint it blue; = a small blue circle at the top on a white background",
    "paint it blue; = a small red circle at the top left on a white background",
    "add a red star; = a small red circle at the top left and a large red star on the right on a white background",
    "paint it blue; = a small blue circle at the top left and a large red star on the right on a white background",
    "what colour is it; ? blue",
    "how many circles; ? two",
    "is it blue; ? yes",
    "is it red; ? no",
    "what shape is the star; ? circle"})
  void anExpectationThatDoesNotFollowIsNoticed(String words, String wanted) {
    String text = "talk a\n> [picture: a small red circle at the top left on a white background] %s\n%s";
    TestTalk talk = TestTalkReader.read("f", String.format(Locale.ROOT, text, words, wanted)).get(0);
    assertThatThrownBy(() -> TalkCheck.check(talk)).isInstanceOf(AssertionError.class);
  }

  private static Scene scene(String caption) {
    return Grammar.parse(caption).orElseThrow();
  }
}
