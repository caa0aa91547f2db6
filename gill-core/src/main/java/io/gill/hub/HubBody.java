package io.gill.hub;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Passes a response's body to a {@link Receiver} as it arrives, and keeps the time of the last arrival. The bodies of
 * redirects and errors are short and skipped, so that the connection can be used again; a long one is not read.
 */
final class HubBody implements HttpResponse.BodyHandler<Boolean>, HttpResponse.BodySubscriber<Boolean> {
  private static final int MAX_SKIPPED = 64 << 10;

  private final Receiver receiver;
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;
  private boolean received;
  private boolean ended;
  private int skipped;
  private volatile long last = System.nanoTime();

  HubBody(Receiver receiver) {
    this.receiver = receiver;
  }

  static boolean isSuccess(int status) {
    return status == 200 || status == 206;
  }

  /** Time of the last progress, in terms of {@link System#nanoTime()}. */
  long last() {
    return last;
  }

  /** Ends the use of the receiver, which is not called again after this method returns. */
  synchronized void abandon() {
    ended = true;
  }

  @Override
  public synchronized HttpResponse.BodySubscriber<Boolean> apply(HttpResponse.ResponseInfo info) {
    received = isSuccess(info.statusCode());
    if (received && !ended) {
      begin(info.statusCode(), info.headers());
    }
    return this;
  }

  private void begin(int status, HttpHeaders headers) {
    try {
      receiver.begin(status, headers);
    } catch (IOException | RuntimeException e) {
      ended = true;
      end.completeExceptionally(e);
    }
  }

  @Override
  public CompletionStage<Boolean> getBody() {
    return end;
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription one) {
    subscription = one;
    if (ended) {
      one.cancel();
    } else {
      one.request(1);
    }
  }

  @Override
  public synchronized void onNext(List<ByteBuffer> buffers) {
    last = System.nanoTime();
    try {
      for (ByteBuffer buffer : buffers) {
        if (!ended && !more(buffer)) {
          ended = true;
          end.complete(true);
        }
      }
    } catch (IOException | RuntimeException e) {
      ended = true;
      end.completeExceptionally(e);
    }
    if (subscription != null) {
      if (ended) {
        subscription.cancel();
      } else {
        subscription.request(1);
      }
    }
  }

  private boolean more(ByteBuffer buffer) throws IOException {
    if (received) {
      return receiver.accept(buffer);
    }
    skipped += buffer.remaining();
    return skipped <= MAX_SKIPPED;
  }

  @Override
  public void onError(Throwable failure) {
    end.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    end.complete(true);
  }
}
