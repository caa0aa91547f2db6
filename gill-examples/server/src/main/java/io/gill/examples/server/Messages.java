package io.gill.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.cache.Cache;
import com.google.common.hash.HashCode;
import io.gill.Conversation;
import io.gill.Conversation.Content;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Turn;
import io.gill.ModelInfo;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Reads the messages of OpenAI's and Ollama's requests as a conversation. */
final class Messages {
  private static final int MOST_PARTS = 1000;

  private final Limits limits;
  private final ModelInfo model;
  private final PictureReader pictures;
  private final CallTime time;
  private int read;

  /**
   * @param known the pictures of earlier requests
   * @param time asked before each picture
   */
  Messages(Limits limits, ModelInfo model, Cache<HashCode, BufferedImage> known, CallTime time) {
    this.limits = limits;
    this.model = model;
    this.time = time;
    pictures = new PictureReader(limits.pixels(), known);
  }

  Conversation read(Fields request) {
    List<Fields> messages = request.objects("messages", limits.messages());
    if (messages.isEmpty()) {
      throw request.has("messages")
          ? ApiException.bad("messages", "messages is empty: send at least one") : request.missing("messages");
    }
    List<Turn> turns = new ArrayList<>();
    for (Fields message : messages) {
      String role = message.requiredText("role");
      List<Content> contents = contents(message, role);
      switch (role) {
        case "system", "developer" -> add(Role.SYSTEM, contents, turns, message);
        case "user" -> add(Role.USER, contents, turns, message);
        case "assistant" -> add(Role.ASSISTANT, contents, turns, message);
        default -> throw ApiException.bad(message.at("role"),
            message.at("role") + " must be system, developer, user or assistant");
      }
    }
    return new Conversation(turns);
  }

  private static void add(Role role, List<Content> contents, List<Turn> turns, Fields message) {
    if (!contents.isEmpty()) {
      turns.add(new Turn(role, contents));
    } else if (role == Role.USER) {
      throw message.missing("content");
    }
  }

  private List<Content> contents(Fields message, String role) {
    List<Content> contents = new ArrayList<>();
    List<JsonNode> spoken = message.object("gill").map(gill -> gill.list("tokens", 1_000_000)).orElse(List.of());
    if (!spoken.isEmpty()) { // what the model said, in its own tokens
      if (!role.equals("assistant")) {
        throw ApiException.bad(message.at("gill.tokens"),
            message.at("gill.tokens") + " is not allowed here: only messages of the assistant have tokens");
      }
      contents.add(new Spoken(spoken.stream().map(token -> token(message, token)).toList()));
      return contents;
    }
    JsonNode content = message.get("content");
    if (content != null && content.isTextual()) {
      contents.add(Content.of(content.textValue()));
    } else {
      message.objects("content", MOST_PARTS).forEach(part -> contents.add(part(part)));
    }
    List<JsonNode> images = message.list("images", MOST_PARTS);
    for (int i = 0; i < images.size(); i++) {
      JsonNode image = images.get(i);
      String at = message.at("images") + "[" + i + "]";
      contents.add(picture(() -> image instanceof ObjectNode part
          ? pictures.dataUrl(at, url(new Fields(part, at))) : encoded(at, image)));
    }
    return contents;
  }

  private int token(Fields message, JsonNode token) {
    if (!token.isInt() || token.intValue() < 0 || token.intValue() >= model.vocabularySize()) {
      throw ApiException.bad(message.at("gill.tokens"),
          message.at("gill.tokens") + " must hold token ids from 0 to " + (model.vocabularySize() - 1));
    }
    return token.intValue();
  }

  private Content part(Fields part) {
    String type = part.requiredText("type");
    return switch (type) {
      case "text", "input_text" -> Content.of(part.requiredText("text"));
      case "image_url", "input_image" -> picture(() -> pictures.dataUrl(part.at("image_url"), url(part)));
      default -> throw ApiException.bad(part.at("type"), part.at("type") + " must be text or image_url");
    };
  }

  /**
   * Decodes a picture, unless there are more of them than the model can read. A picture in each message is always
   * allowed, since the oldest messages may be left out.
   */
  private Content picture(Supplier<BufferedImage> decoded) {
    int most = Math.max(model.maxPositions() / Math.max(1, model.visualTokens()), limits.messages());
    if (read == most) {
      throw ApiException.bad("messages", "context_length_exceeded",
          "messages has more than " + most + " pictures: leave out earlier ones");
    }
    read++;
    time.check();
    return Content.of(decoded.get());
  }

  /** Returns the URL of {@code {"image_url": {"url": …}}} or of {@code {"image_url": …}}. */
  private static String url(Fields part) {
    JsonNode url = part.get("image_url");
    if (url == null) {
      throw part.missing("image_url");
    }
    return url.isTextual() ? url.textValue() : part.object("image_url").orElseThrow().requiredText("url");
  }

  private BufferedImage encoded(String at, JsonNode image) {
    if (!image.isTextual()) {
      throw ApiException.bad(at, at + " must be a picture in base64");
    }
    String text = image.textValue();
    return text.startsWith("data:") ? pictures.dataUrl(at, text) : pictures.base64(at, text);
  }
}
