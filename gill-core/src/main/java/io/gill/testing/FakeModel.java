package io.gill.testing;

import io.gill.Conversation;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel;
import io.gill.stage.GenerationMapper;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.VisualProjection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A complete model of fakes, for an application's tests.
 *
 * <pre>{@code FakeModel fake = FakeModel.saying("Here it is. [IMG0]", "You are welcome.").failingAfter(0, new
 * GillException("busy")); try (GillModel model = fake.build()) {
 *   …
 * }
 * assertThat(fake.calls().get(0).options().seed()).isEqualTo(7);
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class FakeModel {
  static final int CONDITIONING = 4;

  private final Queue<String> answers;
  private final Map<Thread, String> current = new ConcurrentHashMap<>();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile Duration delay = Duration.ZERO;
  private @Nullable RuntimeException failure; // guarded by this object
  private int passesLeft;

  private FakeModel(List<String> answers) {
    this.answers = new ArrayDeque<>(answers);
  }

  /**
   * Creates a fake that gives one answer to each reply that is asked for, in this order, and the last one to all that
   * follow.
   *
   * @param answers at least one, with {@code [IMG0]} where an image belongs. As with a real model, the options decide
   *     where an answer is cut: by default after 32 tokens, which are bytes here, or the first sentence
   * @return the fake
   */
  public static FakeModel saying(String... answers) {
    List<String> given = List.of(Objects.requireNonNull(answers, "answers"));
    if (given.isEmpty()) {
      throw new IllegalArgumentException("there are no answers: give one or more");
    }
    return new FakeModel(given);
  }

  /**
   * Makes each piece of a prompt and each token take some time. Interrupts and cancellation end the reply as they do
   * with a real model.
   *
   * @param value the time
   * @return this
   */
  public FakeModel delay(Duration value) {
    delay = Objects.requireNonNull(value, "delay");
    return this;
  }

  /**
   * Makes one call fail. Later calls work again.
   *
   * @param passes number of pieces of prompts and of tokens from now on that are still computed, from 0
   * @param thrown thrown instead of computing the next one
   * @return this
   */
  public synchronized FakeModel failingAfter(int passes, RuntimeException thrown) {
    if (passes < 0) {
      throw new IllegalArgumentException("passes is " + passes + ": use 0 or more");
    }
    passesLeft = passes;
    failure = Objects.requireNonNull(thrown, "thrown");
    return this;
  }

  /**
   * Returns the replies that were asked for: by {@code respond}, {@code respondAsync}, {@code stream} and {@code draw}
   * of the model and its sessions.
   *
   * @return the calls so far, in their order
   */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  /**
   * A reply that was asked for.
   *
   * @param conversation the turns that the model reads, the question included
   * @param options options of the reply
   */
  public record Call(Conversation conversation, RespondOptions options) {
    /**
     * Rejects null.
     *
     * @param conversation the turns that the model reads
     * @param options options of the reply
     */
    public Call {
      Objects.requireNonNull(conversation, "conversation");
      Objects.requireNonNull(options, "options");
    }
  }

  /**
   * Creates a builder with a fake for every stage; replace the stages under test. The models it builds share the
   * answers and the recorded calls.
   *
   * @return the builder
   */
  public GillModel.Builder builder() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    return builder(prompt -> "").tokenizer(tokenizer)
        .languageModel(new FakeLanguageModel(tokenizer, prompt -> current(), 2048, this::beforePass))
        .addListener(new GillListener() {
          @Override
          public void onRequest(Conversation conversation, RespondOptions options) {
            calls.add(new Call(conversation, options));
            next();
          }
        });
  }

  /**
   * Builds the model.
   *
   * @return the model, to be closed by the caller
   */
  public GillModel build() {
    return builder().build();
  }

  private synchronized void next() {
    current.put(Thread.currentThread(), answers.size() > 1 ? answers.remove() : answers.element());
  }

  /** A reply is computed by one thread. */
  private String current() {
    return current.getOrDefault(Thread.currentThread(), "");
  }

  private void beforePass() {
    synchronized (this) {
      RuntimeException thrown = failure;
      if (thrown != null && passesLeft-- == 0) {
        failure = null;
        throw thrown;
      }
    }
    try {
      TimeUnit.NANOSECONDS.sleep(delay.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // cancels the reply
    }
  }

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
