package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Conversations that are passed as a whole each time, to a model that keeps the caches of the last ones. */
class CachedConversationsTest {
  private static final BufferedImage IMAGE = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
  private static final String INSTRUCTIONS = "Some instructions, long and the same for everybody";

  private final FakeLanguageModel lm =
      new FakeLanguageModel(new FakeTokenizer(), prompt -> " said after " + prompt.length());

  private GillModel model(int most) {
    return FakeModel.builder(prompt -> "").languageModel(lm).cachedConversations(most).build();
  }

  private static Conversation first() {
    return Conversation.builder().image(IMAGE).text("What is this, and what else is there to say about it?").build();
  }

  private static Conversation next(Conversation conversation, Reply reply, String question) {
    return conversation.toBuilder().assistant(reply.text()).text(question).build();
  }

  @Test
  void aLongerConversationReadsOnlyWhatIsNew() {
    try (GillModel alone = model(0); GillModel model = model(1)) {
      Reply reply = model.respond(first());
      assertThat(reply.usage().reusedTokens()).isZero();
      Conversation second = next(first(), reply, "And then?");
      Reply again = model.respond(second);
      assertThat(again.text()).isEqualTo(alone.respond(second).text());
      assertThat(again.usage().reusedTokens()).isGreaterThanOrEqualTo(reply.usage().promptTokens());
      assertThat(alone.respond(second).usage().reusedTokens()).isZero();
    }
  }

  @Test
  void anotherAnswerToTheSameTurnReusesThePrompt() {
    try (GillModel model = model(1)) {
      Reply reply = model.respond(first());
      assertThat(model.respond(first()).usage().reusedTokens()).isEqualTo(reply.usage().promptTokens() - 1);
    }
  }

  @Test
  void anotherPictureIsReadAnew() {
    try (GillModel model = model(1)) {
      model.respond(first());
      Conversation other = Conversation.builder().image(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB))
          .text("What is this, and what else is there to say about it?").build();
      assertThat(model.respond(other).usage().reusedTokens()).isZero();
    }
  }

  @Test
  void conversationsWithTheSameBeginningKeepTheirOwnCaches() {
    try (GillModel model = model(2)) {
      List<Conversation> begun = List.of(
          Conversation.builder().system(INSTRUCTIONS).text("One question of some length").build(),
          Conversation.builder().system(INSTRUCTIONS).text("A different question, of more length than that").build());
      Reply one = model.respond(begun.get(0));
      Reply two = model.respond(begun.get(1));
      assertThat(two.usage().reusedTokens()).isGreaterThanOrEqualTo(INSTRUCTIONS.length())
          .isLessThan(one.usage().promptTokens());
      assertThat(model.respond(next(begun.get(0), one, "More?")).usage().reusedTokens())
          .isGreaterThanOrEqualTo(one.usage().promptTokens());
      assertThat(model.respond(next(begun.get(1), two, "More?")).usage().reusedTokens())
          .isGreaterThanOrEqualTo(two.usage().promptTokens());
    }
  }

  @Test
  void theConversationUsedLeastRecentlyIsDropped() {
    try (GillModel model = model(2)) {
      List<String> questions = Stream.of("a", "b", "c").map(letter -> letter.repeat(24)).toList();
      questions.forEach(question -> model.respond(question));
      assertThat(model.respond(questions.get(2)).usage().reusedTokens()).isPositive();
      assertThat(model.respond(questions.get(1)).usage().reusedTokens()).isPositive();
      assertThat(model.respond(questions.get(0)).usage().reusedTokens()).isLessThan(5);
    }
  }

  @Test
  void aCallThatIsRefusedDoesNotDisplaceACache() {
    try (GillModel model =
        FakeModel.builder(prompt -> "").languageModel(lm).cachedConversations(2).limits(1, 0).build()) {
      Conversation one = Conversation.builder().system(INSTRUCTIONS).text("One question of some length").build();
      Conversation other = Conversation.builder().system(INSTRUCTIONS).text("A different question").build();
      Reply reply = model.respond(one);
      List<Throwable> refused = new ArrayList<>();
      GillListener listener = new GillListener() {
        @Override
        public void onPrompt(int tokens, int reused) {
          CompletableFuture<Reply> late = model.respondAsync(other, RespondOptions.defaults());
          late.handle((none, failure) -> refused.add(failure)).join();
        }
      };
      model.respond(first(), RespondOptions.builder().listener(listener).build());
      assertThat(refused).singleElement().isInstanceOf(ModelBusyException.class);
      assertThat(model.respond(next(one, reply, "More?")).usage().reusedTokens())
          .isGreaterThanOrEqualTo(reply.usage().promptTokens());
    }
  }

  @Test
  void callsAtTheSameTimeDoNotShareACache() {
    try (GillModel alone = model(0); GillModel model = model(3)) {
      Conversation second = next(first(), model.respond(first()), "And then?");
      String expected = alone.respond(second).text();
      List<CompletableFuture<Reply>> replies = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        replies.add(model.respondAsync(second, RespondOptions.defaults()));
      }
      assertThat(replies).allSatisfy(reply -> assertThat(reply.join().text()).isEqualTo(expected));
    }
  }

  @Test
  void aCallThatFailsLeavesAUsableCache() {
    FakeModel fake = FakeModel.saying("A first answer.", "A second answer.", "A third answer.");
    try (GillModel model = fake.builder().cachedConversations(1).build()) {
      Reply reply = model.respond(first());
      Conversation second = next(first(), reply, "And then?");
      fake.failingAfter(3, new GillException("out of order"));
      assertThatThrownBy(() -> model.respond(second)).hasMessage("out of order");
      assertThat(model.respond(second).text()).isEqualTo("A third answer.");
    }
  }

  @Test
  void aRealModelAnswersTheSameAndFreesItsCaches() {
    long before = Tensor.live();
    RespondOptions options = RespondOptions.builder().maxTokens(6).maxImages(0).build();
    try (GillModel alone = GillModel.load(Reference.path("model-a"));
        GillModel model = GillModel.builder().directory(Reference.path("model-a"), LoadOptions.defaults())
            .cachedConversations(2).build()) {
      Conversation conversation = Conversation.of("a dog on the grass");
      for (int i = 0; i < 3; i++) {
        long open = Tensor.live();
        Reply reply = model.respond(conversation, options);
        assertThat(reply.tokens()).isEqualTo(alone.respond(conversation, options).tokens());
        assertThat(reply.usage().reusedTokens() > 0).isEqualTo(i > 0);
        assertThat(Tensor.live() > open).isEqualTo(i == 0); // the same cache goes on
        conversation = conversation.toBuilder().assistant(reply).text("and a cat").build();
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aNegativeNumberIsRejected() {
    assertThatThrownBy(() -> GillModel.builder().cachedConversations(-1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }
}
