package io.gill.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import io.gill.Conversation;
import io.gill.Conversation.Content;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Turn;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.Sampler;
import io.gill.Sampling;
import java.util.ArrayList;
import java.util.List;

/** Translates langchain4j's requests. */
final class ChatRequests {
  private ChatRequests() {}

  static Conversation conversation(GillModel model, List<ChatMessage> messages, Pictures pictures) {
    List<Turn> turns = new ArrayList<>();
    for (ChatMessage message : messages) {
      if (message instanceof SystemMessage system) {
        turns.add(new Turn(Role.SYSTEM, List.of(Content.of(system.text()))));
      } else if (message instanceof UserMessage user) {
        turns.add(new Turn(Role.USER, user.contents().stream().map(content -> content(content, pictures)).toList()));
      } else if (message instanceof AiMessage reply && !reply.hasToolExecutionRequests()) {
        List<Content> contents = contents(model, reply, pictures);
        if (!contents.isEmpty()) {
          turns.add(new Turn(Role.ASSISTANT, contents));
        }
      } else {
        throw unsupported("tools and messages of type " + message.type());
      }
    }
    return new Conversation(turns);
  }

  private static Content content(dev.langchain4j.data.message.Content content, Pictures pictures) {
    if (content instanceof TextContent text) {
      return Content.of(text.text());
    }
    if (content instanceof ImageContent image) {
      return Content.of(pictures.read(image.image()));
    }
    throw unsupported("contents of type " + content.type());
  }

  private static List<Content> contents(GillModel model, AiMessage reply, Pictures pictures) {
    List<Integer> tokens = Replies.tokens(model, reply);
    if (!tokens.isEmpty()) {
      return List.of(new Spoken(tokens));
    }
    List<Content> contents = new ArrayList<>();
    if (reply.text() != null && !reply.text().isEmpty()) {
      contents.add(Content.of(reply.text()));
    }
    reply.images().forEach(image -> contents.add(Content.of(pictures.read(image))));
    return contents;
  }

  static RespondOptions options(GillModel model, RespondOptions defaults, ChatRequestParameters parameters) {
    if (!parameters.toolSpecifications().isEmpty()) {
      throw unsupported("tools");
    }
    if (parameters.responseFormat() != null && parameters.responseFormat().type() == ResponseFormatType.JSON) {
      throw unsupported("responses in JSON");
    }
    String name = model.info().name();
    if (parameters.modelName() != null && !parameters.modelName().equals(name)) {
      throw new ModelNotFoundException("the request names another model than this one, " + name);
    }
    RespondOptions.Builder options = defaults.toBuilder();
    if (parameters.temperature() != null || parameters.topP() != null || parameters.topK() != null) {
      double temperature = parameters.temperature() == null ? 1 : parameters.temperature();
      double topP = parameters.topP() == null ? 1 : parameters.topP();
      int topK = parameters.topK() == null ? 0 : parameters.topK();
      options.sampler(temperature == 0 ? Sampler.greedy() : new Sampling(temperature, topP, topK));
    }
    if (parameters.maxOutputTokens() != null) {
      options.maxTokens(parameters.maxOutputTokens());
    }
    if (parameters.presencePenalty() != null) {
      options.presencePenalty(parameters.presencePenalty());
    }
    if (parameters.frequencyPenalty() != null) {
      options.frequencyPenalty(parameters.frequencyPenalty());
    }
    if (!parameters.stopSequences().isEmpty()) {
      options.stop(parameters.stopSequences());
    }
    return options.build();
  }

  private static UnsupportedFeatureException unsupported(String what) {
    return new UnsupportedFeatureException("gill does not support " + what);
  }
}
