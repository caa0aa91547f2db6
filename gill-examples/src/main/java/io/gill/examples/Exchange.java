package io.gill.examples;

import io.gill.Conversation.Content;
import io.gill.Reply;
import io.gill.RespondOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A turn of the user and its outcome.
 *
 * @param said the user's turn
 * @param options the options of the reply
 * @param reply the reply, or null if there is none
 * @param failure why there is no reply, or null
 * @param millis duration in milliseconds
 */
record Exchange(
    List<Content> said, RespondOptions options, @Nullable Reply reply, @Nullable String failure, long millis) {
  // Copies the turn.
  Exchange {
    said = List.copyOf(said);
  }
}
