package io.gill.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.RespondOptions;
import java.util.Objects;

/**
 * A gill model as langchain4j's streaming chat model. The handler receives text while it is generated, on the computing
 * thread; pictures come with the complete response. {@code StreamingHandle.cancel()} ends the computation within a
 * token or a diffusion step, and the handler is not called again. Messages and parameters are those of
 * {@link GillChatModel}.
 */
public final class GillStreamingChatModel implements StreamingChatModel {
  private final GillModel model;
  private final RespondOptions options;

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
    this.model = Objects.requireNonNull(model, "model");
    this.options = Objects.requireNonNull(options, "options");
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    Conversation conversation = Failures.translated(() -> ChatRequests.conversation(model, request.messages()));
    RespondOptions complete = Failures.translated(() -> ChatRequests.options(model, options, request.parameters()));
    model.stream(conversation, complete).subscribe(new HandlerSubscriber(model, handler));
  }
}
