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
 * <p>A user's media are images: bytes or {@code data:} URLs in base64; nothing is fetched, and {@code file:} URLs are
 * refused unless they are allowed. They come before the message's text. A prompt's {@code maxTokens},
 * {@code temperature}, {@code topP}, {@code topK}, {@code stopSequences}, {@code presencePenalty} and
 * {@code frequencyPenalty} override the options given here. Tools are refused with {@link IllegalArgumentException}. A
 * reply that is passed back in a later prompt is read in the tokens that the model chose, unless its text was edited.
 *
 * <p>{@link #stream} emits pieces of text and pictures as they are ready, and then an empty message with finish reason,
 * usage and the properties of the whole reply, which hold its tokens. Cancelling the subscription ends the computation
 * within a token or a diffusion step. Immutable and thread-safe.
 */
public final class GillChatModel implements ChatModel {
  private final GillModel model;
  private final RespondOptions options;
  private final boolean fileUrls;

  /**
   * Creates a chat model that refuses {@code file:} URLs.
   *
   * @param model answers; not closed by this object
   * @param options options of all replies
   */
  public GillChatModel(GillModel model, RespondOptions options) {
    this(model, options, false);
  }

  /**
   * Creates a chat model.
   *
   * @param model answers; not closed by this object
   * @param options options of all replies
   * @param fileUrls whether images of {@code file:} URLs are read. Whoever writes the messages then chooses which
   *     pictures of this machine the model reads
   */
  public GillChatModel(GillModel model, RespondOptions options, boolean fileUrls) {
    this.model = Objects.requireNonNull(model, "model");
    this.options = Objects.requireNonNull(options, "options");
    this.fileUrls = fileUrls;
  }

  @Override
  public ChatResponse call(Prompt prompt) {
    return Responses.whole(
        model, model.respond(conversation(prompt), Prompts.options(model, options, prompt.getOptions())));
  }

  @Override
  public Flux<ChatResponse> stream(Prompt prompt) {
    return Flux.defer(() -> {
      Conversation conversation = conversation(prompt);
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

  private Conversation conversation(Prompt prompt) {
    return Prompts.conversation(model, prompt.getInstructions(), new Pictures(fileUrls));
  }
}
