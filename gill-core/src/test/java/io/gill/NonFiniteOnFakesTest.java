package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.gill.RespondOptions.ImagePolicy;
import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel.Probabilities;
import io.gill.stage.ImageRetriever;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageOutput;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import io.gill.testing.FakeVisionEncoder;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Stages set by hand that return NaN, infinity or arrays of the wrong size. */
class NonFiniteOnFakesTest {
  private static final BufferedImage PICTURE = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
  private static final Conversation QUESTION = Conversation.builder().image(PICTURE).text("Show me").build();
  private static final RespondOptions OPTIONS =
      RespondOptions.builder().maxTokens(50).imagePolicy(ImagePolicy.DECIDE).build();

  private static float[] bad(float[] values) {
    float[] copy = values.clone();
    copy[copy.length - 1] = Float.NaN;
    return copy;
  }

  private static float[] longer(float[] values) {
    return Arrays.copyOf(values, values.length + 1);
  }

  static Stream<Arguments> stages() {
    FakeVisionEncoder vision = new FakeVisionEncoder();
    return Stream.of(
        arguments("vision encoder: NaN at row 0",
            change(b -> b.visionEncoder(some -> rows(vision.encode(some), NonFiniteOnFakesTest::bad)))),
        arguments("vision encoder: 0 rows instead of 1", change(b -> b.visionEncoder(some -> new float[0][]))),
        arguments("vision encoder: 2 rows instead of 1", change(b -> b.visionEncoder(some -> new float[2][16]))),
        arguments("visual projection: NaN at row 0",
            change(b -> b.visualProjection(pooled -> new float[][] {bad(new float[8])}))),
        arguments("visual projection: 9 numbers instead of 8",
            change(b -> b.visualProjection(pooled -> new float[1][9]))),
        arguments("query embedder: NaN at index 3", change(b -> b.queryEmbedder(hidden -> bad(new float[4])))),
        arguments("generation mapper: NaN at row 0, index 3",
            change(b -> b.generationMapper(
                (hidden, embeddings) -> Conditioning.of(new float[][] {bad(new float[4])})))),
        arguments("decision model: NaN as the probability of generating",
            change(b -> b.decisionModel(hidden -> new Probabilities(Double.NaN, Double.NaN)))),
        arguments("image embedder: NaN at index 3", change(b -> b.imageEmbedder(pooled -> bad(new float[4])))),
        arguments("image embedder: 5 numbers instead of 4", change(b -> b.imageEmbedder(pooled -> new float[5]))),
        arguments("image retriever: NaN as the score",
            change(b -> b.decisionModel(FakeModel.decisionModel(0)).imageRetriever(
                (query, k, excluded) -> List.of(new ImageRetriever.Hit("1", "1", Double.NaN))))));
  }

  private static UnaryOperator<GillModel.Builder> change(UnaryOperator<GillModel.Builder> change) {
    return change;
  }

  private static float[][] rows(float[][] rows, UnaryOperator<float[]> change) {
    return Arrays.stream(rows).map(change).toArray(float[][]::new);
  }

  @ParameterizedTest
  @MethodSource("stages")
  void whatAStageMustNotReturnIsAnErrorThatNamesIt(String message, UnaryOperator<GillModel.Builder> change) {
    try (GillModel model = change.apply(FakeModel.builder(prompt -> " Here. [IMG0]")).build()) {
      assertThatThrownBy(() -> model.respond(QUESTION, OPTIONS))
          .isInstanceOf(GillException.class).hasMessageStartingWith(message).message().hasLineCount(1);
    }
  }

  /** Applies functions that damage the output of a fake. */
  private static final class Damaged implements LanguageModel {
    private final LanguageModel model;
    private UnaryOperator<LanguageOutput> output = UnaryOperator.identity();
    private UnaryOperator<float[]> scores = UnaryOperator.identity();
    private UnaryOperator<float[]> embedding = UnaryOperator.identity();

    Damaged(LanguageModel model) {
      this.model = model;
    }

    @Override
    public int vocabularySize() {
      return model.vocabularySize();
    }

    @Override
    public int embeddingSize() {
      return model.embeddingSize();
    }

    @Override
    public int maxPositions() {
      return model.maxPositions();
    }

    @Override
    public float[][] embeddings(int[] ids) {
      return rows(model.embeddings(ids), embedding);
    }

    @Override
    public LanguageContext open() {
      LanguageContext context = model.open();
      return new LanguageContext() {
        @Override
        public int length() {
          return context.length();
        }

        @Override
        public LanguageOutput append(List<LanguageInput> inputs) {
          return output.apply(context.append(inputs));
        }

        @Override
        public float[] score(int[] ids) {
          return scores.apply(context.score(ids));
        }

        @Override
        public void truncate(int length) {
          context.truncate(length);
        }

        @Override
        public void close() {
          context.close();
        }
      };
    }

    @Override
    public void close() {
      model.close();
    }
  }

  private static Damaged damaged(FakeTokenizer tokenizer) {
    return new Damaged(new FakeLanguageModel(tokenizer, prompt -> " Answer " + prompt.length() + ". [IMG0]"));
  }

  @Test
  void aSessionGoesOnAfterNumbersThatWereNot() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    Damaged language = damaged(tokenizer);
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(language).build();
        Session session = model.session()) {
      session.respond("one");
      Conversation before = session.conversation();
      int[] calls = {0};
      for (int healthy = 0; healthy < 4; healthy++) { // in the prompt, then in later tokens
        int good = healthy;
        calls[0] = 0;
        language.output = output -> calls[0]++ < good
            ? output : new LanguageOutput(output.hidden(), bad(output.logits()));
        assertThatThrownBy(() -> session.respond("two"))
            .isInstanceOf(GillException.class).hasMessageStartingWith("language model: NaN at index");
        assertThat(session.conversation()).isSameAs(before);
      }
      language.output = UnaryOperator.identity();
      Reply reply = session.respond("two");
      Conversation asked = before.toBuilder().text("two").build();
      assertThat(reply.text()).isEqualTo(model.respond(asked).text()).isNotEmpty();
    }
  }

  @Test
  void everyOutputOfALanguageModelIsChecked() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    Damaged language = damaged(tokenizer);
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(language).build()) {
      language.output = output -> new LanguageOutput(output.hidden(), longer(output.logits()));
      assertThatThrownBy(() -> model.respond(QUESTION, OPTIONS)).isInstanceOf(GillException.class)
          .hasMessageContaining("numbers instead of " + tokenizer.vocabularySize() + " in the logits");
      language.output =
          output -> new LanguageOutput(rows(output.hidden(), NonFiniteOnFakesTest::bad), output.logits());
      assertThatThrownBy(() -> model.respond(QUESTION, OPTIONS))
          .isInstanceOf(GillException.class).hasMessageContaining("NaN at row 0, index 7 of the hidden states");
      language.output = output -> new LanguageOutput(new float[0][], output.logits());
      assertThatThrownBy(() -> model.respond(QUESTION, OPTIONS))
          .isInstanceOf(GillException.class).hasMessageContaining("0 rows instead of 8 in the hidden states");
      language.output = UnaryOperator.identity();
      language.embedding = NonFiniteOnFakesTest::bad;
      assertThatThrownBy(() -> model.respond(QUESTION, OPTIONS))
          .isInstanceOf(GillException.class).hasMessageContaining("of the token embeddings");
    }
  }

  /** A model may forbid tokens. */
  @Test
  void logitsOfNegativeInfinityAreProbabilitiesOfZero() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    Damaged language = damaged(tokenizer);
    language.output = output -> {
      float[] logits = output.logits();
      for (int i = 0; i < logits.length; i++) {
        logits[i] = logits[i] == 0 ? Float.NEGATIVE_INFINITY : logits[i];
      }
      return output;
    };
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(language).build()) {
      assertThat(model.respond(Conversation.of("x"), OPTIONS).text()).contains("Answer");
    }
  }

  @Test
  void scoresAreCheckedButForTheFirstTokenOfAll() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    Damaged language = damaged(tokenizer);
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(language).build()) {
      assertThat(model.logLikelihood(Conversation.of("a b"))).isNegative();
      language.scores = NonFiniteOnFakesTest::bad;
      assertThatThrownBy(() -> model.logLikelihood(Conversation.of("a b")))
          .isInstanceOf(GillException.class).hasMessageContaining("of the log-probabilities");
      assertThatThrownBy(() -> model.scoreAnswers(Conversation.of("a"), List.of("b"), PromptFormat.plain()))
          .isInstanceOf(GillException.class).hasMessageContaining("NaN");
      language.scores = NonFiniteOnFakesTest::longer;
      assertThatThrownBy(() -> model.logLikelihood(Conversation.of("a b")))
          .isInstanceOf(GillException.class).hasMessageContaining("in the log-probabilities");
    }
  }
}
