package io.gill.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A gill model as langchain4j's chat model. {@code AiMessage.images()} holds one picture, as PNG, for each place where
 * the model shows one; {@code AiMessage.text()} is empty if it shows pictures only.
 *
 * <p>Images of the user are base64 data or {@code data:} URLs in base64; nothing is fetched, and {@code file:} URLs are
 * refused unless {@link #withFileUrls} allows them. A {@code SystemMessage} is a system turn. A request's
 * {@code maxOutputTokens}, {@code temperature}, {@code topP}, {@code topK}, {@code stopSequences},
 * {@code presencePenalty} and {@code frequencyPenalty} override the options given here. Tools and JSON are refused. A
 * reply that is passed back in a later request is read in the tokens that the model chose, unless its text was edited.
 */
public final class GillChatModel implements ChatModel {
  private final ChatSettings settings;

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
    this(ChatSettings.of(model, options));
  }

  private GillChatModel(ChatSettings settings) {
    this.settings = settings;
  }

  /**
   * Returns a model with other default parameters.
   *
   * @param parameters override the options and the present defaults; a request's own override these
   * @return the model
   */
  public GillChatModel withDefaultRequestParameters(ChatRequestParameters parameters) {
    return new GillChatModel(settings.with(parameters));
  }

  /**
   * Returns a model with listeners.
   *
   * @param listeners receive each request, and its response or error; replace the present ones
   * @return the model
   */
  public GillChatModel withListeners(ChatModelListener... listeners) {
    return new GillChatModel(settings.with(List.of(listeners)));
  }

  /**
   * Returns a model that also reads images of {@code file:} URLs, which are refused otherwise. Whoever writes the
   * messages then chooses which pictures of this machine the model reads.
   *
   * @return the model
   */
  public GillChatModel withFileUrls() {
    return new GillChatModel(settings.withFileUrls());
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return settings.parameters();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return settings.listeners();
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    return Failures.translated(() -> Replies.response(settings.model(),
        settings.model().respond(settings.conversation(request), settings.options(request))));
  }

  /**
   * Cancelling the future or one that derives from it, or completing it early in another way, for example by
   * {@code orTimeout}, ends the computation within a token or a diffusion step.
   */
  @Override
  public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
    Conversation conversation = Failures.translated(() -> settings.conversation(request));
    RespondOptions complete = Failures.translated(() -> settings.options(request));
    CompletableFuture<Reply> reply = settings.model().respondAsync(conversation, complete);
    CompletableFuture<ChatResponse> response = reply.handle((said, failure) -> {
      if (failure != null) {
        throw Failures.translated(failure);
      }
      return Replies.response(settings.model(), said);
    });
    return ReplyFuture.of(response, reply);
  }
}
