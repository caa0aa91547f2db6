package io.gill;

import com.google.common.util.concurrent.MoreExecutors;
import io.gill.Conversation.Content;
import io.gill.Reply.Finish;
import io.gill.concurrent.ExclusiveUse;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;

/** A session with a {@link PromptCache} of its own. */
final class CachedSession implements Session {
  private final LoadedModel model;
  private final PromptCache cache;
  private final ExclusiveUse use;

  /** Runs asynchronous turns one after another. */
  private final Executor inOrder;

  private volatile Conversation conversation;

  CachedSession(LoadedModel model, Conversation conversation, PromptCache cache) {
    this.model = model;
    this.conversation = conversation;
    this.cache = cache;
    use = new ExclusiveUse("session", this::free);
    inOrder = MoreExecutors.newSequentialExecutor(model.executor());
  }

  @Override
  public RespondOptions defaults() {
    return model.defaults();
  }

  @Override
  public Conversation conversation() {
    return conversation;
  }

  @Override
  public Reply respond(List<Content> contents, RespondOptions options) {
    Objects.requireNonNull(contents, "contents");
    Objects.requireNonNull(options, "options");
    return respond(contents, options, Deadline.of(options), () -> false);
  }

  @Override
  public CompletableFuture<Reply> respondAsync(List<Content> contents, RespondOptions options) {
    return turn(contents, options).start();
  }

  @Override
  public Flow.Publisher<ReplyEvent> stream(List<Content> contents, RespondOptions options) {
    return turn(contents, options);
  }

  private AsyncTurn turn(List<Content> contents, RespondOptions asked) {
    List<Content> copy = Arguments.copyOf(contents, "contents");
    Objects.requireNonNull(asked, "options");
    return new AsyncTurn(inOrder, asked, (options, deadline, ended) -> respond(copy, options, deadline, ended));
  }

  private Reply respond(List<Content> contents, RespondOptions options, Deadline deadline, BooleanSupplier ended) {
    return model.calls().run(() -> use.run(() -> answer(contents, options, deadline, ended)));
  }

  @Override
  public int remaining(RespondOptions options) {
    int taken = model.countTokens(conversation, options);
    return Math.max(0, model.stages().languageModel().maxPositions() - taken);
  }

  @Override
  public void prepare(RespondOptions options) {
    Objects.requireNonNull(options, "options");
    model.calls().run(() -> use.run(() -> {
      model.prepare(conversation, options, cache, use::isClosed);
      return cache;
    }));
  }

  @Override
  public Session fork() {
    return model.calls().run(() -> use.run(
        () -> model.remember(new CachedSession(model, conversation, cache.copy(cache.length())))));
  }

  private Reply answer(List<Content> contents, RespondOptions options, Deadline deadline, BooleanSupplier ended) {
    if (contents.isEmpty()) {
      throw new IllegalArgumentException("the turn is empty: give it text or an image");
    }
    Conversation.Builder asked = conversation.toBuilder();
    for (Content content : Arguments.copyOf(contents, "contents")) {
      if (content instanceof Conversation.Text text) {
        asked.text(text.text());
      } else if (content instanceof Conversation.Image image) {
        asked.image(image.image());
      } else {
        throw new IllegalArgumentException("a user's turn holds text and images only");
      }
    }
    Conversation whole = asked.build();
    RespondOptions resolved = options.resolvedIn(whole);
    Conversation question = model.recent(whole, resolved);
    Reply reply =
        model.respond(question, resolved, (prompt, asking, call) -> call.apply(cache), deadline,
            () -> use.isClosed() || ended.getAsBoolean());
    boolean complete = reply.finish() != Finish.CANCELLED && reply.finish() != Finish.TIMED_OUT;
    if (complete || !reply.tokens().isEmpty()) {
      conversation = question.toBuilder().assistant(reply).build();
    }
    return reply;
  }

  @Override
  public void close() {
    if (model.calls().hasThisThread()) {
      use.closeWithoutWaiting(); // two listeners that close each other's sessions would deadlock
    } else {
      use.close();
    }
  }

  private void free() {
    model.forget(this);
    cache.close();
  }
}
