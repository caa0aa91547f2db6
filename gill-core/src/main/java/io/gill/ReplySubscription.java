package io.gill;

import io.gill.ReplyEvent.DiffusionStep;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Passes the events of one reply to a subscriber as it requests them. Events that wait do not hold up the computation:
 * texts that wait are joined and of diffusion steps only the last is kept, so that no more waits than the reply holds.
 */
final class ReplySubscription implements Flow.Subscription, GillListener {
  private final Flow.Subscriber<? super ReplyEvent> subscriber;

  // guarded by this object
  private final Deque<ReplyEvent> waiting = new ArrayDeque<>();
  private final StringBuilder lastText = new StringBuilder();
  private long demand;
  private boolean signalling;
  private boolean ended;
  private @Nullable Throwable failure;
  private boolean cancelled;

  ReplySubscription(Flow.Subscriber<? super ReplyEvent> subscriber) {
    this.subscriber = subscriber;
  }

  @Override
  public void request(long count) {
    synchronized (this) {
      if (count > 0) {
        demand = count > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + count;
      } else {
        waiting.clear();
        lastText.setLength(0);
        ended = true;
        failure = new IllegalArgumentException("request(" + count + "): request 1 event or more");
      }
    }
    signal();
  }

  @Override
  public synchronized void cancel() {
    cancelled = true;
    waiting.clear();
    lastText.setLength(0);
  }

  /** Returns whether the subscriber wants no more events, so that the reply should end. */
  synchronized boolean isCancelled() {
    return cancelled || failure != null;
  }

  /**
   * Ends the events with the reply, or with the failure if there is no reply. Called when the session is free for the
   * next turn, unlike {@link #onReply}.
   */
  void end(@Nullable Reply reply, @Nullable Throwable thrown) {
    if (reply != null) {
      add(new ReplyEvent.Done(reply));
    }
    synchronized (this) {
      if (!ended) {
        ended = true;
        failure = thrown;
      }
    }
    signal();
  }

  @Override
  public void onText(String piece) {
    synchronized (this) {
      if (isOpen()) {
        lastText.append(piece);
      }
    }
    signal();
  }

  @Override
  public void onImageWanted(Reply.Decision decision) {
    add(new ReplyEvent.ImageBegins(decision));
  }

  @Override
  public void onDiffusionStep(int step, int steps) {
    add(new DiffusionStep(step, steps));
  }

  @Override
  public void onImage(Reply.ImagePart image) {
    add(new ReplyEvent.Image(image));
  }

  private void add(ReplyEvent event) {
    synchronized (this) {
      if (isOpen()) {
        keepText();
        if (event instanceof DiffusionStep && waiting.peekLast() instanceof DiffusionStep) {
          waiting.removeLast();
        }
        waiting.add(event);
      }
    }
    signal();
  }

  private boolean isOpen() {
    return !cancelled && !ended;
  }

  private void keepText() {
    if (!lastText.isEmpty()) {
      waiting.add(new ReplyEvent.Text(lastText.toString()));
      lastText.setLength(0);
    }
  }

  /** Sends signals while there are some. Only one thread sends; others leave their signals to it. */
  private void signal() {
    for (Runnable signal = next(); signal != null; signal = next()) {
      try {
        signal.run();
      } catch (RuntimeException | Error e) {
        cancel(); // a subscriber must not throw
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
      } finally {
        synchronized (this) {
          signalling = false;
        }
      }
    }
  }

  private synchronized @Nullable Runnable next() {
    if (signalling || cancelled) {
      return null;
    }
    if (waiting.isEmpty() && demand > 0) {
      keepText();
    }
    if (waiting.isEmpty() && lastText.isEmpty() && ended) {
      cancelled = true; // nothing follows
      signalling = true;
      Throwable cause = failure;
      return cause == null ? subscriber::onComplete : () -> subscriber.onError(cause);
    }
    if (waiting.isEmpty() || demand == 0) {
      return null;
    }
    demand = demand == Long.MAX_VALUE ? demand : demand - 1;
    signalling = true;
    ReplyEvent event = waiting.remove();
    return () -> subscriber.onNext(event);
  }
}
