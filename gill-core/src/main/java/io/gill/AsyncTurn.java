package io.gill;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

/**
 * A turn that is computed on another thread.
 *
 * @param executor runs the turn
 * @param options options of the turn
 * @param computation computes it
 */
record AsyncTurn(Executor executor, RespondOptions options, Computation computation)
    implements Flow.Publisher<ReplyEvent> {
  /** Computes a turn. */
  @FunctionalInterface
  interface Computation {
    /**
     * Computes a turn on the calling thread.
     *
     * @param deadline its time began when the turn was asked for
     * @param ended another reason to end the reply early
     */
    Reply respond(RespondOptions options, Deadline deadline, BooleanSupplier ended);
  }

  /** Starts the turn. A future that is cancelled or completed by others ends the reply early. */
  CompletableFuture<Reply> start() {
    return start(options, () -> false);
  }

  private CompletableFuture<Reply> start(RespondOptions heard, BooleanSupplier ended) {
    Deadline deadline = Deadline.of(heard);
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    try {
      executor.execute(() -> {
        if (reply.isDone()) {
          return;
        }
        try {
          reply.complete(computation.respond(heard, deadline, () -> reply.isDone() || ended.getAsBoolean()));
        } catch (RuntimeException | Error e) {
          reply.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException | IllegalStateException e) { // the latter is of a closed model's own threads
      reply.completeExceptionally(e);
    }
    return reply;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ReplyEvent> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    ReplySubscription subscription = new ReplySubscription(subscriber);
    subscriber.onSubscribe(subscription);
    GillListener both = new BothListeners(options.listener(), subscription);
    CompletableFuture<Reply> unused =
        start(options.toBuilder().listener(both).build(), subscription::isCancelled).whenComplete(subscription::end);
  }
}
