package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Reply.ImagePart;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests without an answer are rejected; partial answers say which part is missing. */
class RequestsTest {
  private static final BufferedImage PICTURE = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n\t", "\u00A0\u200B"})
  void aBlankTurnIsRefused(String blank) {
    RespondOptions published =
        RespondOptions.builder().promptFormat(PromptFormat.publishedQuestionAnswer()).build();
    try (GillModel model = FakeModel.builder(p -> " Yes.").build(); Session session = model.session()) {
      assertThatIllegalArgumentException().isThrownBy(() -> model.respond(Conversation.of(blank)))
          .withMessageContaining("blank");
      assertThatIllegalArgumentException().isThrownBy(() -> model.respond(Conversation.of(blank), published))
          .withMessageContaining("blank");
      assertThatIllegalArgumentException().isThrownBy(() -> session.respond(blank)).withMessageContaining("blank");
      assertThatIllegalArgumentException().isThrownBy(() -> model.scoreAnswers(
          Conversation.of(blank), List.of("yes"), PromptFormat.questionAnswer())).withMessageContaining("blank");
      assertThat(session.conversation().turns()).isEmpty();

      assertThat(model.respond(Conversation.builder().image(PICTURE).text(blank).build()).text()).isEqualTo("Yes.");
      assertThat(model.respond(Conversation.of(blank), RespondOptions.reference()).tokens()).isNotEmpty();
    }
  }

  @Test
  void aConversationThatEndsWithTheModelsTurnIsRefusedWhereTheFormatHasNoAnswer() {
    Conversation answered = Conversation.builder().text("x").assistant("Yes").build();
    try (GillModel model = FakeModel.builder(p -> " Yes.").build()) {
      assertThatIllegalArgumentException().isThrownBy(() -> model.respond(answered))
          .withMessageContaining("ends with the model's turn");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.scoreAnswers(answered, List.of("yes"), PromptFormat.questionAnswer()))
          .withMessageContaining("ends with the model's turn");
      RespondOptions plain = RespondOptions.builder().promptFormat(PromptFormat.plain()).build();
      assertThat(model.respond(answered, plain).tokens()).isNotNull();
      assertThat(model.logLikelihood(answered)).isNegative();
    }
  }

  @Test
  void countsThatNoMachineServesAreRefusedAtOnce() {
    RespondOptions.Builder options = RespondOptions.builder();
    assertThatIllegalArgumentException().isThrownBy(() -> options.generatedImages(Integer.MAX_VALUE))
        .withMessage("generatedImages is 2147483647: use 1 to 64");
    assertThatIllegalArgumentException().isThrownBy(() -> options.topK(Integer.MAX_VALUE))
        .withMessage("topK is 2147483647: use 1 to 1000");
    assertThatIllegalArgumentException().isThrownBy(() -> options.maxTokens(0)).withMessageContaining("1 or more");
    RespondOptions most = options.generatedImages(64).topK(1000).maxTokens(Integer.MAX_VALUE)
        .maxImages(Integer.MAX_VALUE).build();
    RespondOptions none = most.toBuilder().minWordTokens(Integer.MAX_VALUE).build();
    try (GillModel model = FakeModel.builder(p -> " See [IMG0] this.").build()) {
      assertThat(model.respond(Conversation.of("x"), most).images()).hasSize(1);
      assertThat(model.respond(Conversation.of("x"), none).images()).isEmpty();
    }
  }

  @Test
  void aPolicyOfBothSaysWhatTheModelCannotDo() {
    assertThat(both(FakeModel.builder(p -> "[IMG0]")).problem()).isEmpty();

    ImagePart made = both(FakeModel.builder(p -> "[IMG0]").withoutImageRetriever());
    assertThat(made.generated()).hasSize(1);
    assertThat(made.problem()).hasValueSatisfying(problem -> assertThat(problem).contains("cannot retrieve"));

    ImagePart found = both(FakeModel.builder(p -> "[IMG0]").withoutImageGenerator());
    assertThat(found.retrieved()).hasSize(3);
    assertThat(found.problem()).hasValueSatisfying(problem -> assertThat(problem).contains("cannot generate"));

    ImagePart neither = both(FakeModel.builder(p -> "[IMG0]").withoutImageGenerator().withoutImageRetriever());
    assertThat(neither.image()).isEmpty();
    assertThat(neither.problem()).hasValueSatisfying(problem -> assertThat(problem).contains("neither"));

    try (GillModel model = FakeModel.builder(p -> "[IMG0]").withoutImageGenerator().withoutImageRetriever().build()) {
      Reply reply = model.respond(Conversation.of("x"), RespondOptions.defaults());
      assertThat(reply.images().get(0).image()).isEmpty();
      assertThat(reply.problem()).hasValueSatisfying(problem ->
          assertThat(problem).startsWith("this model can neither retrieve nor generate images"));
    }
  }

  @Test
  void anAnswerThatDoesNotFitIsNamed() {
    try (GillModel model = FakeModel.builder(p -> "").build()) {
      Conversation asked = Conversation.of("x".repeat(1000));
      assertThatThrownBy(() -> model.scoreAnswers(
          asked, List.of("yes", "no".repeat(800)), RespondOptions.defaults()))
          .isInstanceOf(GillException.class).hasMessageContaining("answer 1 takes 1601 positions")
          .hasMessageContaining("shorten either");
    }
  }

  @Test
  void aReplyIsATurnOfItsOwn() {
    try (GillModel model = FakeModel.builder(p -> " Fine.").build()) {
      Reply reply = model.respond(Conversation.of("x"), RespondOptions.defaults());
      Conversation both = Conversation.builder().text("hi").assistant("Hello").assistant(reply).text("and?").build();
      assertThat(both.turns()).hasSize(4);
    }
    assertThat(RespondOptions.reference()).isEqualTo(RespondOptions.reference());
  }

  private static ImagePart both(GillModel.Builder builder) {
    try (GillModel model = builder.build()) {
      return model.respond(
          Conversation.of("x"), RespondOptions.builder().imagePolicy(ImagePolicy.BOTH).build()).images().get(0);
    }
  }
}
