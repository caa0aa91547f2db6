package io.gill.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * A gill model as langchain4j's chat model. {@code AiMessage.images()} holds one picture, as PNG, for each place where
 * the model shows one; {@code AiMessage.text()} is empty if it shows pictures only.
 *
 * <p>Images of the user are base64 data, {@code data:} URLs in base64 or {@code file:} URLs; nothing is fetched. A
 * {@code SystemMessage} is a system turn. A request's {@code maxOutputTokens}, {@code temperature}, {@code topP},
 * {@code stopSequences}, {@code presencePenalty} and {@code frequencyPenalty} override the options given here. Tools,
 * JSON and {@code topK} are refused. A reply that is passed back in a later request is read in the tokens that the
 * model chose, unless its text was edited.
 */
public final class GillChatModel implements ChatModel {
  private final GillModel model;
  private final RespondOptions options;

  /**
   * Creates a chat model with the options of {@link GillModel#defaults()}.
   *
   * @param model answers; not closed by this object
   */
  public GillChatModel(GillModel model) {
    this(model, model.defaults());
  }

  /**
   * Creates a chat model.
   *
   * @param model answers; not closed by this object
   * @param options options of all replies
   */
  public GillChatModel(GillModel model, RespondOptions options) {
    this.model = Objects.requireNonNull(model, "model");
    this.options = Objects.requireNonNull(options, "options");
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    return Failures.translated(() -> Replies.response(model, model.respond(
        ChatRequests.conversation(model, request.messages()),
        ChatRequests.options(model, options, request.parameters()))));
  }

  /** Cancelling the future ends the computation within a token or a diffusion step. */
  @Override
  public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
    Conversation conversation = Failures.translated(() -> ChatRequests.conversation(model, request.messages()));
    RespondOptions complete =
        Failures.translated(() -> ChatRequests.options(model, options, request.parameters()));
    CompletableFuture<Reply> reply = model.respondAsync(conversation, complete);
    CompletableFuture<ChatResponse> response = reply.handle((said, failure) -> {
      if (failure != null) {
        throw Failures.translated(failure);
      }
      return Replies.response(model, said);
    });
    CompletableFuture<?> unused = response.whenComplete((ignored, failure) -> {
      if (response.isCancelled()) {
        reply.cancel(true);
      }
    });
    return response;
  }
}
