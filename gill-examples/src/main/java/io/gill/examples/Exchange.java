package io.gill.examples;

import io.gill.Conversation.Content;
import io.gill.Reply;
import io.gill.RespondOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the user said and what came of it.
 *
 * @param said the user's turn
 * @param options how the reply was made
 * @param reply the reply, or null if there is none
 * @param failure why there is no reply, or null
 * @param millis how long it took
 */
record Exchange(
    List<Content> said, RespondOptions options, @Nullable Reply reply, @Nullable String failure, long millis) {
  // Copies the turn.
  Exchange {
    said = List.copyOf(said);
  }
}
