package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation.Content;
import io.gill.Conversation.Role;
import io.gill.Conversation.Turn;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tokens are counted before a call, and the oldest turns are left out as the options say. The fakes read bytes. */
class HistoryTest {
  private static final BufferedImage PICTURE = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
  private static final int POSITIONS = 200;

  private final List<String> prompts = new ArrayList<>();
  private final FakeTokenizer tokenizer = new FakeTokenizer();
  private final GillModel model = FakeModel.builder(prompt -> "")
      .tokenizer(tokenizer)
      .languageModel(new FakeLanguageModel(tokenizer, prompt -> {
        prompts.add(prompt);
        return " Yes.";
      }, POSITIONS))
      .build();

  @AfterEach
  void close() {
    model.close();
  }

  private static RespondOptions options(History history) {
    return RespondOptions.builder().maxTokens(10).maxImages(0).history(history).build();
  }

  /** Turns by their first letter and text: "Uhello Ahi". */
  private static Conversation conversation(String... turns) {
    List<Turn> all = new ArrayList<>();
    for (String turn : turns) {
      Role role = turn.startsWith("U") ? Role.USER : turn.startsWith("A") ? Role.ASSISTANT : Role.SYSTEM;
      all.add(new Turn(role, List.of(Content.of(turn.substring(1)))));
    }
    return new Conversation(all);
  }

  private static String shown(Conversation conversation) {
    return conversation.turns().stream()
        .map(turn -> turn.role().name().charAt(0) + ((Conversation.Text) turn.contents().get(0)).text())
        .collect(Collectors.joining(" "));
  }

  private static String last(int most, String... turns) {
    return shown(OldestTurns.without(conversation(turns), History.lastTurns(most), (some, room) -> true, 0));
  }

  @Test
  void theLastTurnsBeginWithAUsers() {
    String[] turns = {"Sbe kind", "U1", "A1", "U2", "A2", "U3"};
    assertThat(last(9, turns)).isEqualTo("Sbe kind U1 A1 U2 A2 U3");
    assertThat(last(5, turns)).isEqualTo("Sbe kind U1 A1 U2 A2 U3");
    assertThat(last(4, turns)).isEqualTo("Sbe kind U2 A2 U3");
    assertThat(last(2, turns)).isEqualTo("Sbe kind U3");
    assertThat(last(1, turns)).isEqualTo("Sbe kind U3");
    assertThat(last(2, "A0", "U1")).isEqualTo("A0 U1");
    assertThat(last(1, "A0", "U1")).isEqualTo("U1");
    assertThat(last(1, "U1", "A1")).isEqualTo("A1");
    assertThat(last(1, "Sx")).isEqualTo("Sx");
    assertThat(last(1)).isEmpty();
  }

  @Test
  void ofTheLastTurnsThoseThatDoNotFitAreLeftOut() {
    Conversation five = conversation("U1", "A1", "U2", "A2", "U3");
    for (int room = 1; room <= 5; room++) {
      Conversation kept = OldestTurns.without(
          five, History.lastTurns(5), (some, most) -> some.turns().size() <= most, room);
      assertThat(shown(kept)).isEqualTo(room < 3 ? "U3" : room < 5 ? "U2 A2 U3" : "U1 A1 U2 A2 U3");
    }
    try (Session session = model.session()) {
      RespondOptions nine = options(History.lastTurns(9));
      for (int i = 0; i < 6; i++) {
        assertThat(session.respond("a long text " + "and so on ".repeat(5), nine).text()).isEqualTo("Yes.");
      }
      assertThat(session.conversation().turns()).hasSizeLessThan(9);
    }
  }

  @Test
  void asManyTurnsAsFitAreKeptWhateverTheirNumber() {
    for (int size = 1; size <= 40; size++) {
      List<String> turns = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        turns.add("U" + i);
      }
      for (int most = 1; most <= size + 1; most++) {
        Conversation kept = OldestTurns.without(conversation(turns.toArray(String[]::new)), History.tokens(most),
            (some, room) -> some.turns().size() <= room, 1000);
        assertThat(kept.turns()).hasSize(size <= most ? size : Math.max(1, most * 3 / 4));
      }
    }
  }

  @Test
  void tokensAreCountedAsThePromptTakesThem() {
    Conversation asked = Conversation.builder().system("s").image(PICTURE).text("What?").build();
    int counted = model.countTokens(asked);
    assertThat(counted).isEqualTo("s\n".length() + 2 + "Q: What?\nA:".length() + 1);
    assertThat(model.respond(asked, options(History.all())).usage().promptTokens()).isEqualTo(counted);
    assertThat(model.countTokens(new Conversation(List.of()))).isZero();
    assertThat(model.countTokens(Conversation.of("x".repeat(100_000)))).isGreaterThan(100_000);
    RespondOptions plain = RespondOptions.builder().promptFormat(PromptFormat.plain()).build();
    assertThat(model.countTokens(Conversation.of("x"), plain)).isEqualTo(2);
    try (GillModel blind = FakeModel.builder(prompt -> "").withoutVisionEncoder().build()) {
      assertThatThrownBy(() -> blind.countTokens(asked)).isInstanceOf(GillException.class)
          .hasMessageContaining("no vision encoder");
    }
  }

  @Test
  void aSessionSaysWhatIsLeftAndForgetsTheOldestTurnsToFit() {
    RespondOptions fitting = options(History.fitting());
    try (Session session = model.session()) {
      assertThat(session.remaining()).isEqualTo(POSITIONS);
      session.respond("first", fitting);
      assertThat(session.remaining()).isEqualTo(POSITIONS - 1 - "Q: first\nA: Yes.\n".length());
      int reusing = 0;
      for (int i = 0; i < 30; i++) {
        Usage usage = session.respond("question " + i, fitting).usage();
        reusing += 2 * usage.reusedTokens() > usage.promptTokens() ? 1 : 0;
        assertThat(model.countTokens(session.conversation())).isLessThanOrEqualTo(POSITIONS);
      }
      assertThat(reusing).isGreaterThan(15); // the others left turns out
      assertThat(session.conversation().turns().get(0).role()).isEqualTo(Role.USER);
      assertThat(prompts.get(prompts.size() - 1)).doesNotContain("first").contains("question 25").endsWith("29\nA:");
      assertThatThrownBy(() -> {
        for (int i = 0; i < 30; i++) {
          session.respond("question " + i, options(History.all()));
        }
      }).isInstanceOf(GillException.class).hasMessageContaining("leave out earlier turns");
    }
  }

  @Test
  void imagesCountAndAreForgottenWithTheirTurns() {
    RespondOptions twenty = options(History.tokens(20));
    try (Session session = model.session()) {
      session.respond(List.of(Content.of(PICTURE), Content.of("a")), twenty);
      session.respond("b", twenty);
      assertThat(session.conversation().turns()).hasSize(2);
      session.respond(Collections.nCopies(15, Content.of(PICTURE)), twenty); // the last turn stays, however long
      assertThat(session.conversation().turns()).hasSize(2);
    }
  }

  @Test
  void aModelReadsTheLastTurnsOfAConversationAndTheStartImageOfAll() {
    Conversation long1 = Conversation.builder().image(PICTURE).text("draw").assistant("no").text("please").build();
    model.respond(long1, options(History.lastTurns(1)).toBuilder().startImage(0).build());
    assertThat(prompts.get(prompts.size() - 1)).isEqualTo("Q: please\nA:");
  }

  @Test
  void aHugeOldTurnIsLeftOutWithoutBeingTokenized() {
    Conversation huge = Conversation.builder()
        .text("x".repeat(10_000_000)).assistant("y").text("now").build();
    assertThat(model.respond(huge, options(History.fitting())).text()).isEqualTo("Yes.");
    assertThat(prompts.get(prompts.size() - 1)).isEqualTo("Q: now\nA:");
  }

  @Test
  void limitsBelowOneAreRefused() {
    assertThatThrownBy(() -> History.tokens(0)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("most is 0: use 1 or more");
    assertThatThrownBy(() -> History.lastTurns(0)).isInstanceOf(IllegalArgumentException.class);
    assertThat(options(History.tokens(7)).toBuilder().build()).isEqualTo(options(History.tokens(7)));
  }
}
