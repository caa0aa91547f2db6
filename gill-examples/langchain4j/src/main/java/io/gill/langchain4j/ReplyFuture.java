package io.gill.langchain4j;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * A result of a reply that is computed. Completing it early, or one of the futures that derive from it, for example by
 * {@code orTimeout}, ends the reply; a plain {@code CompletableFuture} passes on nothing.
 */
final class ReplyFuture<T> extends CompletableFuture<T> {
  private final Future<?> reply;

  private ReplyFuture(Future<?> reply) {
    this.reply = reply;
  }

  /**
   * @param result what the reply becomes
   * @param reply cancelled if it is not needed any more
   */
  static <T> CompletableFuture<T> of(CompletableFuture<T> result, Future<?> reply) {
    ReplyFuture<T> future = new ReplyFuture<>(reply);
    CompletableFuture<?> unused = result.whenComplete((value, failure) -> {
      if (failure == null) {
        future.complete(value);
      } else {
        future.completeExceptionally(failure);
      }
    });
    return future;
  }

  /** Makes the futures that derive from this one. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new ReplyFuture<>(reply);
  }

  @Override
  public boolean complete(T value) {
    boolean first = super.complete(value);
    reply.cancel(true);
    return first;
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    boolean first = super.completeExceptionally(failure);
    reply.cancel(true);
    return first;
  }

  @Override
  public boolean cancel(boolean interrupt) {
    boolean cancelled = super.cancel(interrupt);
    reply.cancel(true);
    return cancelled;
  }
}
