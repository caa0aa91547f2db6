package io.gill;

import com.google.common.collect.ImmutableMap;
import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import io.gill.stage.Tokenizer;
import io.gill.text.ChatTemplate;
import io.gill.text.ChatTemplate.Message;
import io.gill.text.ChatTemplate.Other;
import io.gill.text.ChatTemplate.Part;
import io.gill.text.ChatTemplate.Tokens;
import io.gill.text.ChatTemplate.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Formats a conversation with the chat template of the language model's snapshot and opens the assistant's turn.
 * Immutable.
 *
 * <pre>{@code
 * RespondOptions options = RespondOptions.builder()
 *     .promptFormat(ChatFormat.of(model.stages().tokenizer()).withSystem("You are brief."))
 *     .textCut(TextCut.NONE)
 *     .build();
 * }</pre>
 *
 * <p>Markers of the template become special tokens. Markers in a text of the conversation stay text: a user cannot end
 * a turn by writing {@code <|im_end|>}. In the assistant's texts, added tokens that are not special, such as
 * {@code <think>}, become tokens, since templates look for them. Images keep their place; {@link Spoken} keeps its
 * tokens. System turns keep their place as well; many templates refuse them anywhere but at the start.
 *
 * <p>Needs {@code com.hubspot.jinjava:jinjava} on the class path. A template sees only the conversation. It cannot read
 * files or call Java, and is rejected if it writes or loops too much.
 */
public final class ChatFormat implements PromptFormat {
  private final ChatTemplate template;
  private final Map<String, Object> arguments;
  private final String system;

  private ChatFormat(ChatTemplate template, Map<String, Object> arguments, String system) {
    this.template = template;
    this.arguments = arguments;
    this.system = system;
  }

  /**
   * Reads the chat template in a tokenizer's folder.
   *
   * @param tokenizer the tokenizer of a loaded model, a {@link io.gill.text.JsonTokenizer}; it must stay open
   * @return the format, without a system message
   * @throws IllegalArgumentException if the tokenizer is of another kind
   * @throws GillException if its folder has no chat template, or Jinjava is not on the class path
   */
  public static ChatFormat of(Tokenizer tokenizer) {
    return new ChatFormat(ChatTemplate.of(tokenizer), Map.of(), "");
  }

  /**
   * Returns a format that precedes the conversation with a system message, unless the conversation has a system turn.
   *
   * @param message the message; empty for none
   * @return the new format
   */
  public ChatFormat withSystem(String message) {
    return new ChatFormat(template, arguments, Objects.requireNonNull(message, "message"));
  }

  /**
   * Returns a format that sets a variable of the template, such as {@code enable_thinking}.
   *
   * @param name name of the variable
   * @param value a text, number, boolean, list or map
   * @return the new format
   */
  public ChatFormat withArgument(String name, Object value) {
    Map<String, Object> more = new HashMap<>(arguments);
    more.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
    return new ChatFormat(template, ImmutableMap.copyOf(more), system);
  }

  /**
   * Formats a conversation as tokens and images.
   *
   * @param conversation at least one turn
   * @return the prompt, up to the beginning of the assistant's turn
   * @throws GillException if the template refuses the conversation or cannot be used
   */
  @Override
  public List<Content> write(Conversation conversation) {
    return template.write(messages(conversation), arguments).stream().map(ChatFormat::content).toList();
  }

  /**
   * Returns the prompt as text, for inspection.
   *
   * @param conversation at least one turn
   * @return the prompt as text; images are left out
   * @throws GillException if the template refuses the conversation or cannot be used
   */
  public String text(Conversation conversation) {
    return template.text(messages(conversation), arguments);
  }

  private List<Message> messages(Conversation conversation) {
    List<Message> messages = new ArrayList<>();
    List<Turn> turns = Objects.requireNonNull(conversation, "conversation").turns();
    if (!system.isEmpty() && turns.stream().noneMatch(turn -> turn.role() == Role.SYSTEM)) {
      messages.add(new Message("system", List.of(new Words(system))));
    }
    for (Turn turn : turns) {
      String role = turn.role().name().toLowerCase(Locale.ROOT);
      messages.add(new Message(role, turn.contents().stream().map(ChatFormat::part).toList()));
    }
    return messages;
  }

  private static Part part(Content content) {
    if (content instanceof Text text) {
      return new Words(text.text());
    }
    return content instanceof Spoken spoken ? new Tokens(spoken.tokens()) : new Other(content);
  }

  private static Content content(Part part) {
    return part instanceof Tokens tokens ? new Spoken(tokens.ids()) : (Image) ((Other) part).value();
  }
}
