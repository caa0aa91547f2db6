package io.gill.spring;

import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.ReplyEvent;
import io.gill.RespondOptions;
import java.util.Objects;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/**
 * A gill model as Spring AI's chat model. {@code AssistantMessage.getMedia()} holds one picture, as PNG, for each place
 * where the model shows one; its text is empty if it shows pictures only.
 *
 * <p>A user's media are images: bytes, {@code data:} URLs in base64 or {@code file:} URLs; nothing is fetched. They
 * come before the message's text. A prompt's {@code maxTokens}, {@code temperature}, {@code topP}, {@code topK},
 * {@code stopSequences}, {@code presencePenalty} and {@code frequencyPenalty} override the options given here.
 * Tools are refused with {@link IllegalArgumentException}. A reply that is passed back in a later
 * prompt is read in the tokens that the model chose, unless its text was edited.
 *
 * <p>{@link #stream} emits pieces of text and pictures as they are ready, and then an empty message with finish reason,
 * usage and the properties of the whole reply, which hold its tokens. Cancelling the subscription ends the computation
 * within a token or a diffusion step. Immutable and thread-safe.
 */
public final class GillChatModel implements ChatModel {
  private final GillModel model;
  private final RespondOptions options;

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
  public ChatResponse call(Prompt prompt) {
    return Responses.whole(model, model.respond(Prompts.conversation(model, prompt.getInstructions()),
        Prompts.options(model, options, prompt.getOptions())));
  }

  @Override
  public Flux<ChatResponse> stream(Prompt prompt) {
    return Flux.defer(() -> {
      Conversation conversation = Prompts.conversation(model, prompt.getInstructions());
      RespondOptions complete = Prompts.options(model, options, prompt.getOptions());
      Responses responses = new Responses(model);
      Flux<ReplyEvent> events = JdkFlowAdapter.flowPublisherToFlux(model.stream(conversation, complete));
      return events.handle((event, sink) -> {
        ChatResponse piece = responses.next(event);
        if (piece != null) {
          sink.next(piece);
        }
      });
    });
  }
}
