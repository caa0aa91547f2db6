package io.gill;

import io.gill.Conversation.Content;
import io.gill.Reply.Finish;
import io.gill.concurrent.ExclusiveUse;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A conversation that goes on. The language model's key/value cache is kept between turns, so that a turn pays only for
 * its new tokens; what is answered is the same as {@link GillModel#respond} of the whole conversation.
 *
 * <p>For one thread at a time: while a turn runs, a second thread is refused, and so is a listener or a stage of the
 * turn. {@link #conversation} and {@link #close} may be called from any thread. Holds native memory until it or its model is
 * closed.
 */
public final class Session implements AutoCloseable {
  private final GillModel model;
  private final PromptCache cache;
  private final ExclusiveUse use;
  private volatile Conversation conversation;

  Session(GillModel model, Conversation conversation) {
    this.model = model;
    this.conversation = conversation;
    cache = new PromptCache(model.stages());
    use = new ExclusiveUse("session", this::free);
  }

  /**
   * What was said so far, for any thread: while a turn runs, the conversation before it.
   *
   * @return all turns, the model's included
   */
  public Conversation conversation() {
    return conversation;
  }

  /**
   * The user says something and the model answers, with the default options.
   *
   * @param text what the user says
   * @return the reply, which is now part of the conversation
   * @throws GillException as {@link #respond(List, RespondOptions)}
   * @throws IllegalStateException likewise
   */
  public Reply respond(String text) {
    return respond(text, RespondOptions.defaults());
  }

  /**
   * The user says something and the model answers.
   *
   * @param text what the user says
   * @param options how the reply is made
   * @return the reply, which is now part of the conversation
   * @throws IllegalArgumentException as {@link #respond(List, RespondOptions)}
   * @throws GillException likewise
   * @throws IllegalStateException likewise
   */
  public Reply respond(String text, RespondOptions options) {
    return respond(List.of(Content.of(text)), options);
  }

  /**
   * The user shows and says something, and the model answers with the default options:
   * {@code session.respond(Content.image(file), Content.of("What is this?"))}.
   *
   * @param contents the user's turn: text and images in any order
   * @return the reply, which is now part of the conversation
   * @throws IllegalArgumentException as {@link #respond(List, RespondOptions)}
   * @throws GillException likewise
   * @throws IllegalStateException likewise
   */
  public Reply respond(Content... contents) {
    return respond(Arrays.asList(Objects.requireNonNull(contents, "contents")), RespondOptions.defaults());
  }

  /**
   * The user says something and the model answers. {@link #close} of another thread cancels the reply, as
   * {@link RespondOptions#cancelled} does.
   *
   * @param contents the user's turn: text and images in any order
   * @param options how the reply is made
   * @return the reply, which is now part of the conversation. After an exception, and after a reply that was cancelled
   *     before its first token, the conversation is as before: the turn can be asked again
   * @throws IllegalArgumentException if the turn is empty or the options ask for what the model cannot do
   * @throws GillException if the conversation no longer fits into the model's positions, or a stage fails
   * @throws IllegalStateException if a turn of this session is running, on another thread or around this call, or if
   *     the session or its model is closed
   */
  public Reply respond(List<Content> contents, RespondOptions options) {
    Objects.requireNonNull(contents, "contents");
    Objects.requireNonNull(options, "options");
    return model.calls().run(() -> use.run(() -> answer(contents, options)));
  }

  private Reply answer(List<Content> contents, RespondOptions options) {
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
    Conversation question = asked.build();
    Reply reply = model.respond(question, options, cache, use::isClosed);
    if (reply.finish() != Finish.CANCELLED || !reply.tokens().isEmpty()) {
      conversation = question.toBuilder().assistant(reply).build();
    }
    return reply;
  }

  /**
   * Frees the cache; harmless when done twice. Cancels a turn that is running on another thread and waits until it has
   * ended, between two tokens, diffusion steps, images or pieces of the prompt. On a thread that is in another call of
   * the same model, as a listener is, it does not wait: the turn frees the cache when it ends.
   *
   * @throws IllegalStateException in a listener or a stage of this session's own turn; nothing changes then
   */
  @Override
  public void close() {
    if (model.calls().hasThisThread()) {
      use.closeWithoutWaiting(); // two listeners that close each other's sessions would wait for ever
    } else {
      use.close();
    }
  }

  private void free() {
    model.forget(this);
    cache.close();
  }
}
