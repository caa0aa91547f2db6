package io.gill.langchain4j;

import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.gill.GillModel;
import io.gill.ReplyEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Passes the events of a reply to a handler. */
final class HandlerSubscriber implements Flow.Subscriber<ReplyEvent>, StreamingHandle {
  private static final Logger LOG = System.getLogger(HandlerSubscriber.class.getName());

  private final GillModel model;
  private final StreamingChatResponseHandler handler;
  private final PartialResponseContext context = new PartialResponseContext(this);
  private final StringBuilder blanks = new StringBuilder();
  private boolean begun;
  private volatile boolean cancelled;
  private volatile Flow.@Nullable Subscription subscription;

  HandlerSubscriber(GillModel model, StreamingChatResponseHandler handler) {
    this.model = model;
    this.handler = handler;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(ReplyEvent event) {
    if (cancelled) {
      return;
    }
    if (event instanceof ReplyEvent.Text text) {
      String piece = stripped(text.text());
      if (!piece.isEmpty()) {
        reporting(() -> handler.onPartialResponse(new PartialResponse(piece), context));
      }
    } else if (event instanceof ReplyEvent.Done done) {
      reporting(() -> handler.onCompleteResponse(Replies.response(model, done.reply())));
    }
  }

  /** Leaves out white space at both ends of the reply, so that the pieces add up to the complete text. */
  private String stripped(String piece) {
    blanks.append(piece);
    String all = begun ? blanks.toString() : blanks.toString().stripLeading();
    String shown = all.stripTrailing();
    begun |= !shown.isEmpty();
    blanks.setLength(0);
    blanks.append(all, shown.length(), all.length());
    return shown;
  }

  /** As langchain4j's own models do, reports an exception of the handler to itself and goes on. */
  private void reporting(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      onError(e);
    }
  }

  @Override
  public void onError(Throwable failure) {
    if (cancelled) {
      return;
    }
    try {
      handler.onError(Failures.translated(failure));
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the handler of a streamed reply failed in onError", e);
    }
  }

  @Override
  public void onComplete() {}

  @Override
  public void cancel() {
    cancelled = true;
    Flow.Subscription current = subscription;
    if (current != null) {
      current.cancel();
    }
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }
}
