package io.gill;

import io.gill.Conversation.Content;
import java.util.List;
import java.util.Objects;

/**
 * A conversation that goes on. The language model's key/value cache is kept between turns, so that a turn pays only for
 * its new tokens; what is answered is the same as {@link GillModel#respond} of the whole conversation.
 *
 * <p>For one thread at a time. Holds native memory until closed.
 */
public final class Session implements AutoCloseable {
  private final GillModel model;
  private final PromptCache cache;
  private Conversation conversation;
  private boolean closed;

  Session(GillModel model, Conversation conversation) {
    this.model = model;
    this.conversation = conversation;
    cache = new PromptCache(model.stages());
  }

  /**
   * What was said so far.
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
   */
  public Reply respond(String text) {
    return respond(List.of(new Conversation.Text(text)), RespondOptions.defaults());
  }

  /**
   * The user says something and the model answers.
   *
   * @param contents the user's turn: text and images in any order
   * @param options how the reply is made
   * @return the reply, which is now part of the conversation; after an exception the conversation is as before
   * @throws IllegalArgumentException if the turn is empty or the options ask for what the model cannot do
   * @throws GillException if the conversation no longer fits into the model's positions, or a stage fails
   */
  public Reply respond(List<Content> contents, RespondOptions options) {
    Objects.requireNonNull(contents, "contents");
    Objects.requireNonNull(options, "options");
    if (closed) {
      throw new IllegalStateException("this session is closed");
    }
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
    Reply reply = model.respond(question, options, cache);
    conversation = question.toBuilder().assistant(reply).build();
    return reply;
  }

  /** Frees the cache; harmless when done twice. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      cache.close();
    }
  }
}
