package io.gill.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.RespondOptions;
import java.util.List;

/**
 * A gill model as langchain4j's streaming chat model. The handler receives text while it is generated, on the computing
 * thread; pictures come with the complete response. {@code StreamingHandle.cancel()} ends the computation within a
 * token or a diffusion step, and the handler is not called again. Messages and parameters are those of
 * {@link GillChatModel}.
 */
public final class GillStreamingChatModel implements StreamingChatModel {
  private final ChatSettings settings;

  /**
   * Creates a chat model with the options of {@link GillModel#defaults()}.
   *
   * @param model answers; not closed by this object
   */
  public GillStreamingChatModel(GillModel model) {
    this(model, model.defaults());
  }

  /**
   * Creates a chat model.
   *
   * @param model answers; not closed by this object
   * @param options options of all replies
   */
  public GillStreamingChatModel(GillModel model, RespondOptions options) {
    this(ChatSettings.of(model, options));
  }

  private GillStreamingChatModel(ChatSettings settings) {
    this.settings = settings;
  }

  /**
   * Returns a model with other default parameters.
   *
   * @param parameters override the options and the present defaults; a request's own override these
   * @return the model
   */
  public GillStreamingChatModel withDefaultRequestParameters(ChatRequestParameters parameters) {
    return new GillStreamingChatModel(settings.with(parameters));
  }

  /**
   * Returns a model with listeners.
   *
   * @param listeners receive each request, and its response or error; replace the present ones
   * @return the model
   */
  public GillStreamingChatModel withListeners(ChatModelListener... listeners) {
    return new GillStreamingChatModel(settings.with(List.of(listeners)));
  }

  /**
   * Returns a model that also reads images of {@code file:} URLs, which are refused otherwise. Whoever writes the
   * messages then chooses which pictures of this machine the model reads.
   *
   * @return the model
   */
  public GillStreamingChatModel withFileUrls() {
    return new GillStreamingChatModel(settings.withFileUrls());
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
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    Conversation conversation = Failures.translated(() -> settings.conversation(request));
    RespondOptions complete = Failures.translated(() -> settings.options(request));
    settings.model().stream(conversation, complete).subscribe(new HandlerSubscriber(settings.model(), handler));
  }
}
