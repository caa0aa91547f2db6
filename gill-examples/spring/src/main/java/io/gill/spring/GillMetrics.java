package io.gill.spring;

import io.gill.Conversation;
import io.gill.GillListener;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records replies under the names of OpenTelemetry's conventions for generative AI:
 * {@code gen_ai.client.operation.duration}, from the call to the end of the reply or to its failure, and
 * {@code gen_ai.client.token.usage} for the tokens of prompts ({@code gen_ai.token.type} is {@code input}) and replies
 * ({@code output}). Thread-safe.
 *
 * <p>The tag {@code gen_ai.operation.name} is {@code chat}, or {@code generate_content} for {@code draw}. The tag
 * {@code error.type} of the duration is the name of the exception's class, or {@code none}: registries such as
 * Prometheus require the same tags of all meters of a name. The duration of a call that fails does not include its wait
 * for a thread.
 *
 * <pre>{@code
 * GillModel.builder().directory(path, options).addListener(new GillMetrics(registry, "my-model")).build();
 * }</pre>
 */
public final class GillMetrics implements GillListener {
  private static final String CHAT = "chat";

  private final MeterRegistry registry;
  private final Tags tags;

  /** The innermost call of each thread, since a call is computed by one thread and may contain others. */
  private final Map<Thread, Call> calls = new ConcurrentHashMap<>();

  /**
   * A call that has not ended.
   *
   * @param outer the call that contains it
   */
  private record Call(String operation, long startNanos, @Nullable Call outer) {}

  /**
   * Creates a listener.
   *
   * @param registry receives the measurements
   * @param name name of the model, for the tag {@code gen_ai.request.model}
   */
  public GillMetrics(MeterRegistry registry, String name) {
    this.registry = Objects.requireNonNull(registry, "registry");
    tags = Tags.of("gen_ai.provider.name", "gill", "gen_ai.request.model", Objects.requireNonNull(name, "name"));
  }

  @Override
  public void onRequest(Conversation conversation, RespondOptions options) {
    Thread thread = Thread.currentThread();
    calls.put(thread, new Call(draws(options) ? "generate_content" : CHAT, System.nanoTime(), calls.get(thread)));
  }

  /** Returns whether a reply is one generated image at most, as {@code draw} asks for. */
  private static boolean draws(RespondOptions options) {
    return options.maxTokens() == 1 && options.maxImages() == 1 && options.imagePolicy() == ImagePolicy.GENERATE;
  }

  @Override
  public void onReply(Reply reply) {
    String operation = end().map(Call::operation).orElse(CHAT);
    duration(operation, "none", reply.usage().time().total());
    tokens(operation, "input", reply.usage().promptTokens());
    tokens(operation, "output", reply.usage().generatedTokens());
  }

  @Override
  public void onFailure(Throwable failure) { // also follows onReply, if another listener throws there
    end().ifPresent(call -> duration(call.operation(), failure.getClass().getName(),
        Duration.ofNanos(System.nanoTime() - call.startNanos())));
  }

  private Optional<Call> end() {
    Call ended = calls.remove(Thread.currentThread());
    if (ended != null && ended.outer() != null) {
      calls.put(Thread.currentThread(), ended.outer());
    }
    return Optional.ofNullable(ended);
  }

  private void duration(String operation, String error, Duration time) {
    Timer.builder("gen_ai.client.operation.duration")
        .description("Time from the call to the end of the reply or to its failure")
        .tags(tags.and("gen_ai.operation.name", operation, "error.type", error)).register(registry).record(time);
  }

  private void tokens(String operation, String type, int count) {
    DistributionSummary.builder("gen_ai.client.token.usage").baseUnit("token")
        .description("Number of tokens of prompts and replies")
        .tags(tags.and("gen_ai.operation.name", operation, "gen_ai.token.type", type)).register(registry)
        .record(count);
  }
}
