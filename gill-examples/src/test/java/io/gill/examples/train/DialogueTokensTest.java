package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.Answers;
import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import io.gill.text.OptTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dialogue with pictures of both sides, as tokens. */
final class DialogueTokensTest {
  private static final Scene STAR = scene("a large blue star in the centre on a white background");
  private static final Scene TWO =
      scene("a small red circle at the top and a large green cross on the left on a black background");
  private static final Scene CROSS = scene("a large green cross on the left on a black background");

  private static final WorldDialogue DIALOGUE = new WorldDialogue(List.of(
      turn(Kind.DRAW, List.of(new Words("draw a star")), Answers.drawn(STAR), Optional.of(STAR), STAR),
      turn(Kind.DESCRIBE, List.of(new Words("and this?"), new Shown(TWO)), Answers.seen(TWO), Optional.empty(), TWO),
      turn(Kind.EDIT, List.of(new Words("remove the circle")), Answers.drawn(CROSS), Optional.of(CROSS), CROSS)));

  @TempDir private static Path folder;
  private static OptTokenizer tokenizer;

  @BeforeAll
  static void prepare() throws IOException {
    WorldModel model = new WorldModel(folder.resolve("model"), folder.resolve("work"));
    model.prepare();
    tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  private static Scene scene(String caption) {
    return Grammar.parse(caption).orElseThrow();
  }

  private static Turn turn(Kind kind, List<UserPart> user, String answer, Optional<Scene> picture, Scene current) {
    return new Turn(kind, user, Optional.empty(), answer, picture, Optional.of(current));
  }

  private static DialogueTokens tokens(Window window, boolean pictureForbidden) {
    return DialogueTokens.of(window, pictureForbidden, tokenizer.imageTokenIds(), tokenizer);
  }

  private static int[] at(DialogueTokens tokens, int place, int count) {
    return Arrays.copyOfRange(tokens.ids(), place, place + count);
  }

  private static String said(DialogueTokens tokens) {
    return tokenizer.decode(tokens.said().stream().map(place -> tokens.ids()[place]).toArray(), false);
  }

  @Test
  void holdAPictureOfTheUserInMidConversation() {
    DialogueTokens tokens = tokens(Window.whole(DIALOGUE), false);
    assertThat(tokens.shown()).containsValues(Optional.of(TWO)).hasSize(1);
    int place = tokens.shown().keySet().iterator().next();
    assertThat(tokenizer.decode(at(tokens, place, WorldModel.VISUAL_TOKENS), false))
        .isEqualTo(" " + Grammar.tags(TWO) + ".");
    assertThat(tokens.isShown(place - 1)).isFalse();
    assertThat(tokens.isShown(place)).isTrue();
    assertThat(tokens.isShown(place + WorldModel.VISUAL_TOKENS - 1)).isTrue();
    assertThat(tokens.isShown(place + WorldModel.VISUAL_TOKENS)).isFalse();
  }

  @Test
  void holdAPictureThatShowsSomethingElse() {
    DialogueTokens tokens = tokens(Dialogues.somethingElse(Split.TRAIN, 2), false);
    assertThat(tokens.shown()).containsValue(Optional.empty());
    int place = tokens.shown().entrySet().stream().filter(one -> one.getValue().isEmpty()).mapToInt(Map.Entry::getKey)
        .max().orElseThrow();
    assertThat(tokenizer.decode(at(tokens, place, WorldModel.VISUAL_TOKENS), false))
        .isEqualTo(" none".repeat(WorldModel.VISUAL_TOKENS - 1) + ".");
    assertThat(said(tokens)).endsWith(Refusal.SOMETHING_ELSE.text() + "\n");
  }

  @Test
  void holdTheModelsPicturesAndWords() {
    DialogueTokens tokens = tokens(Window.whole(DIALOGUE), false);
    assertThat(tokens.pictures().values()).containsExactly(STAR, CROSS);
    for (int place : tokens.pictures().keySet()) {
      assertThat(at(tokens, place, WorldModel.IMAGE_TOKENS)).isEqualTo(tokenizer.imageTokenIds());
    }
    assertThat(said(tokens)).isEqualTo(" " + Answers.drawn(STAR) + "\n " + Answers.seen(TWO) + "\n "
        + Answers.drawn(CROSS) + "\n");
    assertThat(Map.copyOf(tokens.plans())).containsValues(STAR, TWO, CROSS);
  }

  @Test
  void knowWhereThePicturesOfAReplyBeginAndWhatFollowsThem() {
    Turn more = new Turn(Kind.DRAW, List.of(), Optional.empty(), Answers.drawn(CROSS), Optional.of(CROSS),
        Optional.of(CROSS));
    WorldDialogue two = new WorldDialogue(List.of(DIALOGUE.turns().get(0), more, DIALOGUE.turns().get(1)));
    DialogueTokens tokens = tokens(Window.whole(two), false);
    assertThat(tokens.aroundOwnPictures()
        .mapToObj(place -> tokenizer.decode(at(tokens, place, 1), false).strip()))
        .containsExactly("[IMG0]", "Here", "[IMG0]", "");
    assertThat(tokens(Window.whole(two), true).aroundOwnPictures()).hasSize(4);
    Window later = new Window(two, List.of(false, false, true));
    assertThat(tokens(later, false).aroundOwnPictures()).isEmpty();
  }

  @Test
  void knowWhatFollowsOneOfSeveralPictures() {
    Turn more = new Turn(Kind.DRAW, List.of(), Optional.empty(), Answers.drawn(CROSS), Optional.of(CROSS),
        Optional.of(CROSS));
    DialogueTokens several = tokens(Window.whole(new WorldDialogue(
        List.of(DIALOGUE.turns().get(0), more, DIALOGUE.turns().get(1), DIALOGUE.turns().get(2)))), false);
    assertThat(several.aroundOwnPictures().filter(several::followsOneOfSeveral)
        .mapToObj(place -> tokenizer.decode(at(several, place, 1), false)))
        .containsExactly(" Here", "\n");
    DialogueTokens single = tokens(Window.whole(DIALOGUE), false);
    assertThat(single.aroundOwnPictures().filter(single::followsOneOfSeveral)).isEmpty();
    assertThat(single.aroundOwnPictures()).hasSize(4);
  }

  @Test
  void leaveOutAForbiddenPicture() {
    DialogueTokens tokens = tokens(Window.whole(DIALOGUE), true);
    assertThat(tokens.aroundOwnPictures()).hasSize(2);
    assertThat(tokens.pictures().values()).containsExactly(STAR);
    assertThat(tokenizer.decode(tokens.ids(), false)).endsWith(Answers.drawn(CROSS) + "\n");
  }

  @Test
  void learnNoAnswerThatDoesNotFollow() {
    DialogueTokens tokens = tokens(new Window(DIALOGUE, List.of(false, true, false)), false);
    assertThat(tokens.pictures()).isEmpty();
    assertThat(said(tokens)).isEqualTo(" " + Answers.seen(TWO) + "\n");
    assertThat(tokens.plans().values()).containsOnly(TWO);
  }
}
