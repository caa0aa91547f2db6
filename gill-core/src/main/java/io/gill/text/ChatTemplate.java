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
  private static final String KEY = "chat_template";

  /** Unicode noncharacters. A template is rendered with one that the conversation does not contain as a marker. */
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
   * Tokens, which are kept.
   *
   * @param ids their ids
   */
  public record Tokens(List<Integer> ids) implements Part {
    /**
     * Copies the ids.
     *
     * @param ids their ids
     */
    public Tokens {
      ids = List.copyOf(ids);
    }
  }

  /**
   * Something that is no text and keeps its place, such as an image.
   *
   * @param value anything
   */
  public record Other(Object value) implements Part {
    /**
     * Rejects null.
     *
     * @param value anything
     */
    public Other {
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * What one side said.
   *
   * @param role {@code system}, {@code user} or {@code assistant}
   * @param parts in their order
   */
  public record Message(String role, List<Part> parts) {
    /**
     * Copies the parts.
     *
     * @param role {@code system}, {@code user} or {@code assistant}
     * @param parts in their order
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
   * @throws GillException if its folder has no chat template, a special token is one character, or Jinjava is not on the
   *     class path
   */
  public static ChatTemplate of(Tokenizer tokenizer) {
    if (!(Objects.requireNonNull(tokenizer, "tokenizer") instanceof JsonTokenizer json)) {
      throw new IllegalArgumentException("chat templates need a JsonTokenizer, not " + tokenizer.getClass().getName());
    }
    json.requireEscapable();
    Path file = json.folder().resolve(FILE);
    boolean own = Files.exists(file);
    String name = own ? file.toString() : "the chat_template in " + json.folder().resolve("tokenizer_config.json");
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
   * Writes messages.
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
   * What the template writes, to look at.
   *
   * @param messages at least one
   * @param arguments as {@link #write} takes them
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

  /** The template in the configuration; of several, that of the name "default". */
  private static String configured(Path folder) {
    ConfigFile config = TokenizerSettings.load(folder).config();
    String source = !config.isArray(KEY) ? config.text(KEY, "") : config.sections(KEY).stream()
        .filter(named -> named.text("name", "").equals("default"))
        .map(named -> named.text("template", "")).findFirst().orElse("");
    if (source.isEmpty()) {
      throw new GillException("there is no chat template in " + folder + ": neither " + FILE + " nor a text as " + KEY
          + " in tokenizer_config.json");
    }
    return source;
  }

  /**
   * One conversation. A template handles texts alone, so images and spoken tokens are numbered references in them, and
   * a character inside a text's markers makes them text.
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
        // An assistant's thoughts are marked, and templates look for them.
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
      throw new GillException("the conversation has all of the characters U+FDD0 to U+FDEF, which stand for no text");
    }

    private String content(Message message, boolean all) {
      StringBuilder content = new StringBuilder();
      StringBuilder texts = new StringBuilder(); // side by side, two texts could make a marker
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

    /** Markers are given as text, so that a template can leave out what was thought. */
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

    /** Text and references in turn. */
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
