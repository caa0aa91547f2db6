package io.gill.spring;

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
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;

/** Translates Spring AI's prompts. */
final class Prompts {
  private Prompts() {}

  static Conversation conversation(GillModel model, List<Message> messages, Pictures pictures) {
    List<Turn> turns = new ArrayList<>();
    for (Message message : messages) {
      if (message instanceof SystemMessage) {
        add(turns, Role.SYSTEM, contents(message, List.of(), pictures));
      } else if (message instanceof UserMessage user) {
        add(turns, Role.USER, contents(message, user.getMedia(), pictures));
      } else if (message instanceof AssistantMessage reply && !reply.hasToolCalls()) {
        List<Integer> tokens = Responses.tokens(model, reply);
        add(turns, Role.ASSISTANT, tokens.isEmpty()
            ? contents(message, reply.getMedia(), pictures) : List.of(new Spoken(tokens)));
      } else {
        throw unsupported("tools and messages of type " + message.getMessageType());
      }
    }
    return new Conversation(turns);
  }

  private static void add(List<Turn> turns, Role role, List<Content> contents) {
    if (!contents.isEmpty()) {
      turns.add(new Turn(role, contents));
    }
  }

  /** Puts images before the text, as a question about them; Spring AI's messages have no order. */
  private static List<Content> contents(Message message, List<Media> media, Pictures pictures) {
    List<Content> contents = new ArrayList<>();
    media.forEach(one -> contents.add(Content.of(pictures.read(one))));
    String text = message.getText();
    if (text != null && !text.isEmpty()) {
      contents.add(Content.of(text));
    }
    return contents;
  }

  static RespondOptions options(GillModel model, RespondOptions defaults, @Nullable ChatOptions given) {
    if (given == null) {
      return defaults;
    }
    if (given instanceof ToolCallingChatOptions tools) {
      List<ToolCallback> callbacks = tools.getToolCallbacks();
      if (callbacks != null && !callbacks.isEmpty()) {
        throw unsupported("tools");
      }
    }
    requireName(model, given.getModel());
    RespondOptions.Builder options = defaults.toBuilder();
    Double temperature = given.getTemperature();
    Double topP = given.getTopP();
    Integer topK = given.getTopK();
    if (temperature != null || topP != null || topK != null) {
      options.sampler(
          sampler(temperature == null ? 1 : temperature, topP == null ? 1 : topP, topK == null ? 0 : topK));
    }
    Integer maxTokens = given.getMaxTokens();
    if (maxTokens != null) {
      options.maxTokens(maxTokens);
    }
    Double presence = given.getPresencePenalty();
    if (presence != null) {
      options.presencePenalty(presence);
    }
    Double frequency = given.getFrequencyPenalty();
    if (frequency != null) {
      options.frequencyPenalty(frequency);
    }
    List<String> stop = given.getStopSequences();
    if (stop != null && !stop.isEmpty()) {
      options.stop(stop);
    }
    return options.build();
  }

  static Sampler sampler(double temperature, double topP, int topK) {
    return temperature == 0 ? Sampler.greedy() : new Sampling(temperature, topP, topK);
  }

  static void requireName(GillModel model, @Nullable String name) {
    if (name != null && !name.equals(model.info().name())) {
      throw new IllegalArgumentException(
          "the request names another model than this one, " + model.info().name() + ": name this one or none");
    }
  }

  static IllegalArgumentException unsupported(String what) {
    return new IllegalArgumentException("gill does not support " + what);
  }
}
