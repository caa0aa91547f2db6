package io.gill;

import io.gill.Conversation.Content;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * A multi-turn conversation. The language model's key/value cache is kept between turns, so that a turn computes only
 * its new tokens. Replies equal those of {@link GillModel#respond} for {@link #conversation()} and the new turn.
 *
 * <p>Used by one thread at a time: while a turn runs, calls from a second thread, from a listener or from a stage of
 * that turn are rejected. {@link #conversation} and {@link #close} may be called from any thread. Holds native memory
 * until it or its model is closed. It is an interface for the same reason as {@link GillModel}.
 */
public interface Session extends AutoCloseable {
  /**
   * Returns the turns so far. Thread-safe; while a turn runs, this is the conversation before it.
   *
   * @return all turns, including the model's, without those that {@link RespondOptions#history()} left out
   */
  Conversation conversation();

  /**
   * Returns the options that methods without options use.
   *
   * @return the model's {@link GillModel#defaults()}
   */
  default RespondOptions defaults() {
    return RespondOptions.defaults();
  }

  /**
   * Answers a text of the user with the model's {@link #defaults()}.
   *
   * @param text the user's text
   * @return the reply, which becomes part of the conversation
   * @throws IllegalArgumentException if the text is blank
   * @throws GillException if the conversation no longer fits into the model's positions, or a stage fails
   * @throws IllegalStateException if a turn of this session is running, or the session or its model is closed
   */
  default Reply respond(String text) {
    return respond(text, defaults());
  }

  /**
   * Answers a text of the user.
   *
   * @param text the user's text
   * @param options length, sampling, image policy and other options
   * @return the reply, which becomes part of the conversation
   * @throws IllegalArgumentException if the text is blank or the options ask for something the model cannot do
   * @throws GillException if the conversation no longer fits into the model's positions, or a stage fails
   * @throws IllegalStateException if a turn of this session is running, or the session or its model is closed
   */
  default Reply respond(String text, RespondOptions options) {
    return respond(List.of(Content.of(text)), options);
  }

  /**
   * Answers text and images of the user with the model's {@link #defaults()}:
   * {@code session.respond(Content.image(file), Content.of("What is this?"))}.
   *
   * @param contents the user's turn: text and images in any order
   * @return the reply, which becomes part of the conversation
   * @throws IllegalArgumentException if the turn is empty
   * @throws GillException if the conversation no longer fits into the model's positions, or a stage fails
   * @throws IllegalStateException if a turn of this session is running, or the session or its model is closed
   */
  default Reply respond(Content... contents) {
    return respond(Arrays.asList(Objects.requireNonNull(contents, "contents")), defaults());
  }

  /**
   * Answers text and images of the user. Closing the session on another thread cancels the reply, as
   * {@link RespondOptions#cancelled} does.
   *
   * @param contents the user's turn: text and images in any order
   * @param options length, sampling, image policy and other options
   * @return the reply, which becomes part of the conversation. After an exception, or if the reply is cancelled or
   *     times out before its first token, the conversation is unchanged and the turn can be repeated
   * @throws IllegalArgumentException if the turn is empty or the options ask for something the model cannot do
   * @throws GillException if the conversation no longer fits into the model's positions, or a stage fails
   * @throws ModelBusyException if {@link GillModel.Builder#limits} are set and too many calls wait, or the time-out
   *     passes first
   * @throws IllegalStateException if a turn of this session is running, on another thread or around this call, or if
   *     the session or its model is closed
   */
  Reply respond(List<Content> contents, RespondOptions options);

  /**
   * Answers a text of the user on another thread; see {@link #respondAsync(List, RespondOptions)}.
   *
   * @param text the user's text
   * @param options length, sampling, image policy and other options
   * @return a future of the reply
   */
  default CompletableFuture<Reply> respondAsync(String text, RespondOptions options) {
    return respondAsync(List.of(Content.of(text)), options);
  }

  /**
   * Answers text and images of the user on another thread, as {@link GillModel#respondAsync} does. Turns of
   * {@code respondAsync} and {@link #stream} run in the order in which they were asked for: a turn may be asked for
   * before the last one has ended, for example right after that one was cancelled.
   *
   * @param contents the user's turn: text and images in any order
   * @param options length, sampling, image policy and other options
   * @return a future that completes with the reply, which is part of the conversation by then, or with the exception
   *     that {@link #respond(List, RespondOptions)} would throw
   */
  CompletableFuture<Reply> respondAsync(List<Content> contents, RespondOptions options);

  /**
   * Returns a publisher of the events of a turn with a text of the user; see {@link #stream(List, RespondOptions)}.
   *
   * @param text the user's text
   * @param options length, sampling, image policy and other options
   * @return the publisher
   */
  default Flow.Publisher<ReplyEvent> stream(String text, RespondOptions options) {
    return stream(List.of(Content.of(text)), options);
  }

  /**
   * Returns a publisher of the events of a turn, as {@link GillModel#stream} does. Each subscription is a turn of the
   * conversation. When {@link ReplyEvent.Done} arrives, the session is free for the next turn.
   *
   * @param contents the user's turn: text and images in any order
   * @param options length, sampling, image policy and other options. The options' listener receives its events, too
   * @return the publisher
   */
  Flow.Publisher<ReplyEvent> stream(List<Content> contents, RespondOptions options);

  /**
   * Counts the positions left with the model's {@link #defaults()}; see {@link #remaining(RespondOptions)}.
   *
   * @return from 0
   * @throws IllegalStateException if the model is closed
   */
  default int remaining() {
    return remaining(defaults());
  }

  /**
   * Counts the positions that the conversation so far leaves for the next turn of the user and its reply. Thread-safe;
   * while a turn runs, this is about the conversation before it.
   *
   * @param options as for {@link GillModel#countTokens(Conversation, RespondOptions)}
   * @return from 0 to the model's number of positions
   * @throws GillException if the prompt format refuses the conversation
   * @throws IllegalStateException if the model is closed
   */
  int remaining(RespondOptions options);

  /**
   * Reads the conversation so far, so that the next turn of this session or of its {@linkplain #fork forks} computes
   * only what is new.
   *
   * @param options the options of the next turn. Sampling, pictures and the listener are not used
   * @throws IllegalArgumentException if the conversation is empty
   * @throws CancellationException if the options cancel it, its time passes, this thread is interrupted, or another
   *     thread closes the session or the model; what was read is kept
   * @throws GillException if the conversation does not fit into the model's positions, or a stage fails
   * @throws IllegalStateException if a turn of this session is running, or the session or its model is closed
   */
  void prepare(RespondOptions options);

  /**
   * Starts another session with the same turns. It continues with a copy of this session's key/value cache, so that
   * what many conversations have in common, such as instructions and images, is read once.
   *
   * @return the new session, to be closed by the caller
   * @throws IllegalStateException if a turn of this session is running, or the session or its model is closed
   */
  Session fork();

  /**
   * Frees the cache. Idempotent. Cancels a turn running on another thread and waits for it to end, which happens
   * between two tokens, diffusion steps, images or pieces of the prompt. Within another call of the same model, for
   * example in a listener, it does not wait: the turn frees the cache when it ends.
   *
   * @throws IllegalStateException within a listener or a stage of this session's own turn; nothing changes then
   */
  @Override
  void close();
}
