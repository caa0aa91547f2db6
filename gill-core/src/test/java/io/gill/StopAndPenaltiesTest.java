package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Reply.Finish;
import io.gill.RespondOptions.TextCut;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Stop sequences end a reply, penalties change its logits, and usage counts its tokens. The fakes read bytes. */
class StopAndPenaltiesTest {
  private static final RespondOptions LONG =
      RespondOptions.builder().maxTokens(200).textCut(TextCut.NONE).build();

  private static Reply answer(String answer, RespondOptions options) {
    try (GillModel model = FakeModel.builder(prompt -> answer).build()) {
      return model.respond(Conversation.of("x"), options);
    }
  }

  private static RespondOptions stoppingAt(String... sequences) {
    return LONG.toBuilder().stop(List.of(sequences)).build();
  }

  @Test
  void aReplyEndsBeforeTheFirstStopSequence() {
    Reply reply = answer(" one two three", stoppingAt("three", "two"));
    assertThat(reply.parts()).containsExactly(new Reply.TextPart(" one "));
    assertThat(reply.finish()).isEqualTo(Finish.STOP);
    assertThat(reply.tokens()).hasSize(" one ".length());
    assertThat(reply.usage().generatedTokens()).isEqualTo(" one two".length());
    assertThat(answer(" one two", stoppingAt("twice")).text()).startsWith("one two");
  }

  @Test
  void noListenerHearsTheBeginningOfAStopSequence() {
    List<String> pieces = new ArrayList<>();
    Reply reply = answer(" one two three", stoppingAt("three").toBuilder().listener(new GillListener() {
      @Override
      public void onText(String piece) {
        pieces.add(piece);
      }
    }).build());
    assertThat(reply.parts()).containsExactly(new Reply.TextPart(" one two "));
    assertThat(String.join("", pieces)).isEqualTo(" one two ");
    assertThat(pieces).contains("tw").doesNotContain("t"); // "t" alone could begin "three"
  }

  @Test
  void aHalfWrittenStopSequenceIsTextIfTheReplyEnds() {
    RespondOptions short5 = stoppingAt("two").toBuilder().maxTokens(7).build();
    Reply reply = answer(" one two", short5);
    assertThat(reply.parts()).containsExactly(new Reply.TextPart(" one tw"));
    assertThat(reply.finish()).isEqualTo(Finish.MAX_TOKENS);
  }

  @Test
  void aCharacterOfSeveralTokensIsKeptOrDroppedWhole() {
    assertThat(answer(" 🙂b", stoppingAt("b")).tokens()).hasSize(1 + 4);
    assertThat(answer(" a🙂b", stoppingAt("🙂")).tokens()).hasSize(2);
  }

  @Test
  void aStopSequenceEndsARepliesTextAfterAnImageToo() {
    Reply reply = answer(" See [IMG0] this. END", LONG.toBuilder().maxImages(2).stop(List.of("END")).build());
    assertThat(reply.parts()).hasSize(3);
    assertThat(reply.parts().get(2)).isEqualTo(new Reply.TextPart(" this. "));
    assertThat(reply.finish()).isEqualTo(Finish.STOP);
  }

  @Test
  void theSentenceIsCutBeforeAStopSequenceBehindIt() {
    Reply reply = answer(" One. Two END", LONG.toBuilder().textCut(TextCut.SENTENCE).stop(List.of("END")).build());
    assertThat(reply.text()).isEqualTo("One.");
    assertThat(reply.tokens()).hasSize(" One.".length());
    assertThat(reply.finish()).isEqualTo(Finish.STOP);
  }

  @Test
  void theNextTurnDoesNotReadTheStopSequence() {
    List<String> prompts = new ArrayList<>();
    try (GillModel model = FakeModel.builder(prompt -> {
      prompts.add(prompt);
      return " one two";
    }).build(); Session session = model.session()) {
      session.respond("x", stoppingAt("two"));
      session.respond("y", stoppingAt("two"));
      assertThat(prompts.get(prompts.size() - 1)).isEqualTo("Q: x\nA: one \nQ: y\nA:");
    }
  }

  @Test
  void sequencesAreFoundWhereverTheyBegin() {
    StopSequences stops = new StopSequences(List.of("aab", "c"));
    assertThat(stops.find(new StringBuilder("xaaab"), 4)).isEqualTo(OptionalInt.of(2));
    assertThat(stops.find(new StringBuilder("cx"), 1)).isEmpty();
    assertThat(stops.begun("xaa")).isEqualTo(2);
    assertThat(stops.begun("aabx")).isZero();
    assertThat(new StopSequences(List.of()).begun("x")).isZero();
    assertThatThrownBy(() -> RespondOptions.builder().stop(List.of("a", "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a stop sequence is empty: give it at least one character");
  }

  @Test
  void penaltiesFollowTheirFormulas() {
    float[] logits = {2, -2, 1, 4};
    new Penalties(2, 0.5, 0.25).apply(logits, () -> List.of(0, 1, 1), List.of(1, 1, 2));
    assertThat(logits).containsExactly(1, -4 - 0.5f - 0.5f, 1 - 0.5f - 0.25f, 4);

    float[] impossible = {Float.NEGATIVE_INFINITY};
    new Penalties(2, 2, 2).apply(impossible, () -> List.of(0), List.of(0));
    assertThat(impossible).containsExactly(Float.NEGATIVE_INFINITY);
  }

  @Test
  void penaltiesApplyToTheReplyAndThePromptButNotToImages() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    int a = tokenizer.encode("a", false)[0];
    int image = tokenizer.imageTokenIds()[0];
    List<float[]> seen = new ArrayList<>();
    Sampler greedy = Sampler.greedy();
    RespondOptions options = LONG.toBuilder().maxTokens(5).repetitionPenalty(2).presencePenalty(1)
        .frequencyPenalty(0.5).promptFormat(PromptFormat.plain()).sampler((logits, random) -> {
          seen.add(logits.clone());
          return greedy.sample(logits, random);
        }).build();
    Conversation shown = new Conversation(List.of(new Conversation.Turn(
        Conversation.Role.USER, List.of(new Conversation.Spoken(List.of(image)), Conversation.Content.of("bA:")))));
    try (GillModel model = FakeModel.builder(prompt -> "aa[IMG0]b").build()) {
      model.respond(shown, options);
    }
    assertThat(seen.get(0)[a]).isEqualTo(20); // the fake's logit of the next token
    assertThat(seen.get(1)[a]).isEqualTo(20f / 2 - 1 - 0.5f);
    assertThat(seen.get(2)[a]).isEqualTo(0 - 1 - 2 * 0.5f);
    assertThat(seen.get(2)[image]).isEqualTo(20);
    assertThat(seen.get(3)[tokenizer.encode("b", false)[0]]).isEqualTo(10); // read in the prompt, not yet said
  }

  @Test
  void penaltiesOutsideTheirRangesAreRefused() {
    RespondOptions.Builder builder = RespondOptions.builder();
    for (double bad : new double[] {0, -1, Double.NaN, 1001}) {
      assertThatThrownBy(() -> builder.repetitionPenalty(bad)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("repetitionPenalty is " + bad);
    }
    for (double bad : new double[] {-2.5, Double.NaN, 3}) {
      assertThatThrownBy(() -> builder.presencePenalty(bad)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("presencePenalty is " + bad);
      assertThatThrownBy(() -> builder.frequencyPenalty(bad)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("frequencyPenalty is " + bad);
    }
    RespondOptions options = builder.repetitionPenalty(1.5).presencePenalty(-2).frequencyPenalty(2).build();
    assertThat(options.toBuilder().build()).isEqualTo(options).isNotEqualTo(RespondOptions.defaults());
  }

  @Test
  void usageCountsThePromptItsReusedPartAndTheReply() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    FakeLanguageModel language = new FakeLanguageModel(tokenizer, prompt -> " See [IMG0]");
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(language).build();
        Session session = model.session()) {
      Usage first = session.respond("x", LONG).usage();
      assertThat(first.promptTokens()).isEqualTo(1 + "Q: x\nA:".length());
      assertThat(first.reusedTokens()).isZero();
      long before = language.positionsRead();
      Usage second = session.respond("y", LONG).usage();
      assertThat(second.reusedTokens()).isPositive();
      assertThat(language.positionsRead() - before)
          .isLessThanOrEqualTo(second.totalTokens() - second.reusedTokens());

      Reply reply = model.respond(Conversation.of("x"), LONG.toBuilder().maxTokens(6).build());
      assertThat(reply.usage().generatedTokens()).isEqualTo(reply.tokens().size()).isEqualTo(" See ".length() + 8);
      Reply cancelled = model.respond(Conversation.of("x"), LONG.toBuilder().cancelled(() -> true).build());
      assertThat(cancelled.usage().totalTokens()).isZero();
      assertThat(cancelled.usage().time().generation()).isZero();
    }
  }
}
