package io.gill.spring;

import io.gill.GillListener;
import io.gill.Reply;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Objects;

/**
 * Records replies under the names of OpenTelemetry's conventions for generative AI:
 * {@code gen_ai.client.operation.duration}, from the call to the end of the reply, and
 * {@code gen_ai.client.token.usage} for the tokens of prompts ({@code gen_ai.token.type} is {@code input}) and replies
 * ({@code output}). {@code gen_ai.client.operation.failures} counts calls that fail, by the exception's simple name
 * ({@code error.type}). Thread-safe.
 *
 * <pre>{@code
 * GillModel.builder().directory(path, options).addListener(new GillMetrics(registry, "my-model")).build();
 * }</pre>
 */
public final class GillMetrics implements GillListener {
  private final MeterRegistry registry;
  private final Tags tags;
  private final Timer duration;
  private final DistributionSummary input;
  private final DistributionSummary output;

  /**
   * Registers the meters.
   *
   * @param registry receives the measurements
   * @param name name of the model, for the tag {@code gen_ai.request.model}
   */
  public GillMetrics(MeterRegistry registry, String name) {
    this.registry = Objects.requireNonNull(registry, "registry");
    tags = Tags.of("gen_ai.operation.name", "chat", "gen_ai.provider.name", "gill",
        "gen_ai.request.model", Objects.requireNonNull(name, "name"));
    duration = Timer.builder("gen_ai.client.operation.duration")
        .description("Time from the call to the end of the reply").tags(tags).register(registry);
    input = tokens(registry, tags.and("gen_ai.token.type", "input"));
    output = tokens(registry, tags.and("gen_ai.token.type", "output"));
  }

  private static DistributionSummary tokens(MeterRegistry registry, Tags tags) {
    return DistributionSummary.builder("gen_ai.client.token.usage").baseUnit("token")
        .description("Number of tokens of prompts and replies").tags(tags).register(registry);
  }

  @Override
  public void onReply(Reply reply) {
    duration.record(reply.usage().time().total());
    input.record(reply.usage().promptTokens());
    output.record(reply.usage().generatedTokens());
  }

  @Override
  public void onFailure(Throwable failure) {
    Counter.builder("gen_ai.client.operation.failures").description("Number of calls that failed")
        .tags(tags.and("error.type", failure.getClass().getSimpleName())).register(registry).increment();
  }
}
