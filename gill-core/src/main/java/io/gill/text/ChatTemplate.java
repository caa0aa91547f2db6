package io.gill.text;

import com.google.common.collect.ImmutableMap;
import io.gill.GillException;
import io.gill.stage.Tokenizer;
import io.gill.text.JinjaTemplate.Limits;
import io.gill.weights.ConfigFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The chat template of a language model's snapshot, {@code chat_template.jinja} or {@code chat_template} in
 * {@code tokenizer_config.json}. Markers of the template become their tokens; markers in the texts of messages stay
 * text. Immutable.
 */
public final class ChatTemplate {
  private static final String FILE = "chat_template.jinja";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String KEY = "chat_template";

  /**
   * Unicode noncharacters. Those that a conversation does not contain serve as marks while its template is rendered.
   */
  private static final int FIRST_MARK = 0xFDD0;
  private static final int LAST_MARK = 0xFDEF;

  private final JsonTokenizer tokenizer;
  private final JinjaTemplate template;

  private ChatTemplate(JsonTokenizer tokenizer, JinjaTemplate template) {
    this.tokenizer = tokenizer;
    this.template = template;
  }

  /** A part of a message or of a prompt. */
  public sealed interface Part {}

  /**
   * Text, which is read literally.
   *
   * @param text any text
   */
  public record Words(String text) implements Part {
    /**
     * Rejects null.
     *
     * @param text any text
     */
    public Words {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * Tokens, which are kept as they are.
   *
   * @param ids the token ids
   */
  public record Tokens(List<Integer> ids) implements Part {
    /**
     * Copies the ids.
     *
     * @param ids the token ids
     */
    public Tokens {
      ids = List.copyOf(ids);
    }
  }

  /**
   * A part that is not text and keeps its position, such as an image.
   *
   * @param value any object
   */
  public record Other(Object value) implements Part {
    /**
     * Rejects null.
     *
     * @param value any object
     */
    public Other {
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * A message of one speaker.
   *
   * @param role {@code system}, {@code user} or {@code assistant}
   * @param parts the parts in order
   */
  public record Message(String role, List<Part> parts) {
    /**
     * Copies the parts.
     *
     * @param role {@code system}, {@code user} or {@code assistant}
     * @param parts the parts in order
     */
    public Message {
      Objects.requireNonNull(role, "role");
      parts = List.copyOf(parts);
    }
  }

  /**
   * Reads the chat template beside a tokenizer.
   *
   * @param tokenizer a {@link JsonTokenizer}; it must stay open
   * @return the template
   * @throws IllegalArgumentException if the tokenizer is of another kind
   * @throws GillException if its folder has no chat template, a special token is one character, or Jinjava is not on
   *     the class path
   */
  public static ChatTemplate of(Tokenizer tokenizer) {
    if (!(Objects.requireNonNull(tokenizer, "tokenizer") instanceof JsonTokenizer json)) {
      throw new IllegalArgumentException("chat templates need a JsonTokenizer, not " + tokenizer.getClass().getName());
    }
    json.requireEscapable();
    Path file = json.folder().resolve(FILE);
    boolean own = Files.exists(file);
    String name = own ? file.toString() : "the chat_template in " + json.folder().resolve(CONFIG);
    String source = own ? read(file) : configured(json.folder());
    try {
      JinjaTemplate template = new JinjaTemplate(name, source, Limits.DEFAULT, Clock.system(ZoneId.systemDefault()));
      template.requireEngine();
      return new ChatTemplate(json, template);
    } catch (LinkageError e) {
      throw new GillException("chat templates need com.hubspot.jinjava:jinjava on the class path: add the dependency ("
          + e + ")", e);
    }
  }

  /**
   * Renders messages.
   *
   * @param messages at least one
   * @param arguments variables of the template; {@code add_generation_prompt} is true unless they say otherwise
   * @return tokens and {@link Other} parts, up to the beginning of the assistant's turn
   * @throws GillException if the template refuses the messages or cannot be used
   */
  public List<Part> write(List<Message> messages, Map<String, ?> arguments) {
    return new Writing(messages, arguments).parts();
  }

  /**
   * Returns the rendered text, for inspection.
   *
   * @param messages at least one
   * @param arguments variables of the template, as in {@link #write}
   * @return the prompt as text; {@link Other} parts are left out
   * @throws GillException if the template refuses the messages or cannot be used
   */
  public String text(List<Message> messages, Map<String, ?> arguments) {
    return new Writing(messages, arguments).text();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new GillException("cannot read " + file + ": " + e, e);
    }
  }

  /** Returns the template in the configuration. If it has several, the one named "default". */
  private static String configured(Path folder) {
    ConfigFile config = ConfigFile.readIfPresent(folder.resolve(CONFIG));
    String source = !config.isArray(KEY) ? config.text(KEY, "") : config.sections(KEY).stream()
        .filter(named -> named.text("name", "").equals("default"))
        .map(named -> named.text("template", "")).findFirst().orElse("");
    if (source.isEmpty()) {
      throw new GillException("there is no chat template in " + folder + ": neither " + FILE + " nor a text as " + KEY
          + " in " + CONFIG);
    }
    return source;
  }

  /**
   * Renders one conversation. Since a template handles only text, numbered references represent images and spoken
   * tokens in it. A character inserted into a text's markers keeps them from becoming tokens.
   */
  private final class Writing {
    private final List<Part> referred = new ArrayList<>();
    private final char escape;
    private final char reference;
    private final String rendered;

    Writing(List<Message> messages, Map<String, ?> arguments) {
      String said = messages.stream().flatMap(message -> message.parts().stream())
          .map(part -> part instanceof Words words ? words.text() : "").collect(Collectors.joining());
      escape = unused(said, FIRST_MARK);
      reference = unused(said, escape + 1);
      List<Map<String, String>> written = new ArrayList<>();
      for (Message message : messages) {
        // Keep an assistant's <think> markers, since templates look for them.
        boolean all = !message.role().equals("assistant");
        written.add(ImmutableMap.of("role", message.role(), "content", content(message, all)));
      }
      Map<String, Object> variables = new HashMap<>(tokenizer.named());
      variables.put("messages", written);
      variables.put("add_generation_prompt", true);
      variables.putAll(arguments);
      rendered = template.render(variables);
    }

    private char unused(String said, int from) {
      for (int c = from; c <= LAST_MARK; c++) {
        if (said.indexOf(c) < 0) {
          return (char) c;
        }
      }
      throw new GillException("the conversation contains all noncharacters from U+FDD0 to U+FDEF; two must be unused");
    }

    private String content(Message message, boolean all) {
      StringBuilder content = new StringBuilder();
      StringBuilder texts = new StringBuilder(); // joined first, since two adjacent texts could form a marker
      for (Part part : message.parts()) {
        if (part instanceof Words words) {
          texts.append(words.text());
          continue;
        }
        content.append(tokenizer.escape(texts.toString(), escape, all));
        texts.setLength(0);
        if (part instanceof Tokens tokens) {
          spoken(tokens, content);
        } else {
          refer(part, content);
        }
      }
      return content.append(tokenizer.escape(texts.toString(), escape, all)).toString();
    }

    /** Adds spoken tokens. Their markers are added as text, so that a template can remove an assistant's thoughts. */
    private void spoken(Tokens tokens, StringBuilder content) {
      List<Integer> words = new ArrayList<>();
      for (int id : tokens.ids()) {
        String marker = tokenizer.marker(id);
        if (marker == null) {
          words.add(id);
          continue;
        }
        if (!words.isEmpty()) {
          refer(new Tokens(words), content);
          words.clear();
        }
        content.append(marker);
      }
      if (!words.isEmpty()) {
        refer(new Tokens(words), content);
      }
    }

    private void refer(Part part, StringBuilder content) {
      content.append(reference).append(referred.size()).append(reference);
      referred.add(part);
    }

    /** Returns text and references, alternating. */
    private String[] pieces() {
      return rendered.split(Character.toString(reference), -1);
    }

    private Part referred(String number) {
      try {
        return referred.get(Integer.parseInt(number));
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        throw new GillException(
            "the chat template in " + tokenizer.folder() + " cuts texts: it cannot be used with images", e);
      }
    }

    List<Part> parts() {
      List<Part> parts = new ArrayList<>();
      List<Integer> ids = new ArrayList<>();
      String[] pieces = pieces();
      for (int i = 0; i < pieces.length; i++) {
        if (i % 2 == 0) {
          for (int id : tokenizer.encodeEscaped(pieces[i], escape, parts.isEmpty() && ids.isEmpty())) {
            ids.add(id);
          }
        } else if (referred(pieces[i]) instanceof Tokens tokens) {
          ids.addAll(tokens.ids());
        } else {
          flush(ids, parts);
          parts.add(referred(pieces[i]));
        }
      }
      flush(ids, parts);
      requireOthers(parts);
      return parts;
    }

    private void flush(List<Integer> ids, List<Part> parts) {
      if (!ids.isEmpty()) {
        parts.add(new Tokens(ids));
        ids.clear();
      }
    }

    private void requireOthers(List<Part> parts) {
      long given = referred.stream().filter(Other.class::isInstance).count();
      long kept = parts.stream().filter(Other.class::isInstance).count();
      if (kept != given) {
        throw new GillException("the chat template in " + tokenizer.folder() + " wrote " + kept + " of " + given
            + " images: it cannot be used with images");
      }
    }

    String text() {
      StringBuilder text = new StringBuilder();
      String[] pieces = pieces();
      for (int i = 0; i < pieces.length; i++) {
        if (i % 2 == 0) {
          text.append(pieces[i].replace(Character.toString(escape), ""));
        } else if (referred(pieces[i]) instanceof Tokens tokens) {
          text.append(tokenizer.decode(tokens.ids().stream().mapToInt(Integer::intValue).toArray(), false));
        }
      }
      return text.toString();
    }
  }
}
