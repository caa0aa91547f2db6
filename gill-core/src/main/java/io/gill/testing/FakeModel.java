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

/** A complete model of fakes, for an application's tests. */
public final class FakeModel {
  static final int CONDITIONING = 4;

  private FakeModel() {}

  /**
   * Creates a builder with a fake for every stage; replace the stages under test.
   *
   * <pre>{@code
   * GillModel model = FakeModel.builder(prompt -> " Here it is. [IMG0]").build();
   * }</pre>
   *
   * @param script maps the text up to and including the last {@code "A:"} to the answer
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
   * Returns a projection that repeats the encoded image as two tokens.
   *
   * @return the stage
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
   * Returns an embedder that yields the encoded image itself.
   *
   * @return the stage
   */
  public static ImageEmbedder imageEmbedder() {
    return pooled -> Arrays.copyOf(pooled, 4);
  }

  /**
   * Returns an embedder that yields the first numbers of the hidden state.
   *
   * @return the stage
   */
  public static QueryEmbedder queryEmbedder() {
    return hidden -> Arrays.copyOf(hidden, 4);
  }

  /**
   * Returns a mapper that adds the first numbers of hidden state and embedding.
   *
   * @return the stage
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
   * Returns a decision model with constant output.
   *
   * @param generate probability of generating, in [0, 1]
   * @return the stage
   */
  public static DecisionModel decisionModel(double generate) {
    return hidden -> new DecisionModel.Probabilities(generate, 1 - generate);
  }
}
