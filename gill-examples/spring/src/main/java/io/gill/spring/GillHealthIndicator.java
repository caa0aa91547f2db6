package io.gill.spring;

import io.gill.Capabilities;
import io.gill.Conversation;
import io.gill.GillModel;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Reports what the model can do, or that it is closed. */
final class GillHealthIndicator implements HealthIndicator {
  private final GillModel model;

  GillHealthIndicator(GillModel model) {
    this.model = model;
  }

  @Override
  public Health health() {
    try {
      model.countTokens(Conversation.of("?")); // computes nothing, but fails if the model is closed
    } catch (IllegalStateException e) {
      return Health.down(e).build();
    }
    Capabilities can = model.capabilities();
    return Health.up().withDetail("model", model.info().name()).withDetail("readsImages", can.reads())
        .withDetail("retrieves", can.retrieves()).withDetail("generates", can.generates())
        .withDetail("notes", can.notes()).build();
  }
}
