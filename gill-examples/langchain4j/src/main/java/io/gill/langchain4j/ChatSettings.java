package io.gill.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.RespondOptions;
import java.util.List;
import java.util.Objects;

/**
 * What the chat models have in common.
 *
 * @param model answers
 * @param options options of all replies
 * @param parameters parameters of requests that do not override them; they override the options
 * @param listeners receive requests, responses and errors
 * @param fileUrls whether {@code file:} URLs of images are read
 */
record ChatSettings(GillModel model, RespondOptions options, ChatRequestParameters parameters,
    List<ChatModelListener> listeners, boolean fileUrls) {
  ChatSettings {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(parameters, "parameters");
    listeners = List.copyOf(listeners);
  }

  /** Returns the settings with the parameters that the model itself determines, which listeners report. */
  static ChatSettings of(GillModel model, RespondOptions options) {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(options, "options");
    return new ChatSettings(model, options, ChatRequestParameters.builder()
        .modelName(model.info().name()).maxOutputTokens(options.maxTokens()).build(), List.of(), false);
  }

  /** Returns the settings with parameters, whose missing ones stay as they are. */
  ChatSettings with(ChatRequestParameters overriding) {
    return new ChatSettings(model, options, parameters.overrideWith(overriding), listeners, fileUrls);
  }

  ChatSettings with(List<ChatModelListener> others) {
    return new ChatSettings(model, options, parameters, others, fileUrls);
  }

  ChatSettings withFileUrls() {
    return new ChatSettings(model, options, parameters, listeners, true);
  }

  Conversation conversation(ChatRequest request) {
    return ChatRequests.conversation(model, request.messages(), new Pictures(fileUrls));
  }

  RespondOptions options(ChatRequest request) {
    return ChatRequests.options(model, options, request.parameters());
  }
}
