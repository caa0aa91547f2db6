package io.gill.testing;

import io.gill.GillModel;
import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel;
import io.gill.stage.GenerationMapper;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.VisualProjection;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** A whole model of fakes, for an application's tests. */
public final class FakeModel {
  static final int CONDITIONING = 4;

  private FakeModel() {}

  /**
   * A builder with every stage in place; replace what a test is about.
   *
   * <pre>{@code
   * GillModel model = FakeModel.builder(prompt -> " Here it is. [IMG0]").build();
   * }</pre>
   *
   * @param script from what was said, up to and including the last {@code "A:"}, to the answer
   * @return the builder
   */
  public static GillModel.Builder builder(UnaryOperator<String> script) {
    Objects.requireNonNull(script, "script");
    FakeTokenizer tokenizer = new FakeTokenizer();
    FakeImageRetriever images = new FakeImageRetriever(10);
    return GillModel.builder()
        .tokenizer(tokenizer)
        .languageModel(new FakeLanguageModel(tokenizer, script))
        .visionEncoder(new FakeVisionEncoder())
        .visualProjection(visualProjection())
        .imageEmbedder(imageEmbedder())
        .queryEmbedder(queryEmbedder())
        .generationMapper(generationMapper())
        .decisionModel(decisionModel(0.75))
        .imageRetriever(images)
        .imageSource(images)
        .imageGenerator(new FakeImageGenerator());
  }

  /**
   * Repeats the encoded image as two tokens.
   *
   * @return a stage
   */
  public static VisualProjection visualProjection() {
    return new VisualProjection() {
      @Override
      public float[][] project(float[] pooled) {
        return new float[][] {Arrays.copyOf(pooled, 8), Arrays.copyOf(pooled, 8)};
      }

      @Override
      public int visualTokens() {
        return 2;
      }
    };
  }

  /**
   * The encoded image itself.
   *
   * @return a stage
   */
  public static ImageEmbedder imageEmbedder() {
    return pooled -> Arrays.copyOf(pooled, 4);
  }

  /**
   * The first numbers of the hidden state.
   *
   * @return a stage
   */
  public static QueryEmbedder queryEmbedder() {
    return hidden -> Arrays.copyOf(hidden, 4);
  }

  /**
   * The first numbers of hidden state and embedding, added.
   *
   * @return a stage
   */
  public static GenerationMapper generationMapper() {
    return (hidden, embeddings) -> {
      float[][] conditioning = new float[hidden.length][CONDITIONING];
      for (int i = 0; i < hidden.length; i++) {
        for (int j = 0; j < CONDITIONING; j++) {
          conditioning[i][j] = hidden[i][j] + embeddings[i][j];
        }
      }
      return Conditioning.of(conditioning);
    };
  }

  /**
   * Always decides the same.
   *
   * @param generate the probability of generating, in [0, 1]
   * @return a stage
   */
  public static DecisionModel decisionModel(double generate) {
    return hidden -> new DecisionModel.Probabilities(generate, 1 - generate);
  }
}
