package io.gill;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import io.gill.image.FileImageSource;
import io.gill.image.ImageReadOptions;
import io.gill.image.PixelBudget;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads one conversation of {@link ConversationJson}, token by token, so that each error has a position. */
final class ConversationReader {
  private static final long MOST_PIXELS = 100_000_000;

  private final JsonFactory format;
  private final @Nullable FileImageSource files;
  private final PixelBudget pixels = new PixelBudget(ImageReadOptions.untrusted(), MOST_PIXELS);

  /** @param files reads images that are paths; null to refuse them */
  ConversationReader(JsonFactory format, @Nullable FileImageSource files) {
    this.format = format;
    this.files = files;
  }

  Conversation read(String json) {
    try (JsonParser in = format.createParser(json)) {
      in.nextToken();
      Conversation conversation = conversation(in);
      if (in.nextToken() != null) {
        throw refuse(in.currentTokenLocation(), "more follows the conversation");
      }
      return conversation;
    } catch (JsonProcessingException e) {
      throw refuse(e.getLocation(), e.getOriginalMessage());
    } catch (IOException e) {
      throw new GillException("the conversation's JSON cannot be read: " + e, e);
    }
  }

  private Conversation conversation(JsonParser in) throws IOException {
    JsonLocation at = in.currentTokenLocation();
    Map<String, Object> fields = object(in, "the conversation");
    requireKeys(at, fields, Set.of("version", "turns"));
    if (!Objects.equals(fields.get("version"), ConversationJson.VERSION)) {
      throw refuse(at, "version is not " + ConversationJson.VERSION + ", the only one that is known");
    }
    return new Conversation(cast(fields.get("turns"), Turn.class));
  }

  /** Reads an object's fields: strings, integers, and lists of turns, contents or tokens. */
  private Map<String, Object> object(JsonParser in, String what) throws IOException {
    require(in, JsonToken.START_OBJECT, what);
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String key = in.nextFieldName(); key != null; key = in.nextFieldName()) {
      JsonToken token = in.nextToken();
      fields.put(key, switch (key) {
        case "version" -> {
          require(in, JsonToken.VALUE_NUMBER_INT, "version");
          yield in.getIntValue();
        }
        case "role", "type", "text", "data", "path" -> {
          require(in, JsonToken.VALUE_STRING, key);
          yield in.getText();
        }
        case "turns", "contents", "tokens" -> list(in, key);
        default -> throw refuse(in.currentTokenLocation(), "unknown key " + OneLine.quoted(key) + " of " + token);
      });
    }
    return fields;
  }

  private List<Object> list(JsonParser in, String key) throws IOException {
    require(in, JsonToken.START_ARRAY, key);
    List<Object> elements = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      elements.add(switch (key) {
        case "turns" -> turn(in);
        case "contents" -> content(in);
        default -> token(in);
      });
    }
    return elements;
  }

  private Turn turn(JsonParser in) throws IOException {
    JsonLocation at = in.currentTokenLocation();
    Map<String, Object> fields = object(in, "a turn");
    requireKeys(at, fields, Set.of("role", "contents"));
    String name = text(fields, "role");
    Role role = Arrays.stream(Role.values()).filter(one -> one.name().toLowerCase(Locale.ROOT).equals(name)).findFirst()
        .orElseThrow(() -> refuse(at, "the role is " + OneLine.quoted(name) + ": use system, user or assistant"));
    try {
      return new Turn(role, cast(fields.get("contents"), Content.class));
    } catch (IllegalArgumentException e) {
      throw refuse(at, String.valueOf(e.getMessage()));
    }
  }

  private Content content(JsonParser in) throws IOException {
    JsonLocation at = in.currentTokenLocation();
    Map<String, Object> fields = object(in, "a content");
    Object type = fields.get("type");
    if ("text".equals(type)) {
      requireKeys(at, fields, Set.of("type", "text"));
      return new Text(text(fields, "text"));
    }
    if ("tokens".equals(type)) {
      requireKeys(at, fields, Set.of("type", "tokens"));
      return new Spoken(cast(fields.get("tokens"), Integer.class));
    }
    if (!"image".equals(type)) {
      throw refuse(at, "the content's type is " + (type == null ? "missing" : OneLine.quoted((String) type))
          + ": use text, image or tokens");
    }
    boolean inside = fields.containsKey("data");
    requireKeys(at, fields, Set.of("type", inside ? "data" : "path"));
    return new Image(inside ? decoded(at, text(fields, "data")) : file(at, text(fields, "path")));
  }

  private BufferedImage decoded(JsonLocation at, String data) {
    if (pixels.isSpent()) {
      throw tooManyPixels(at);
    }
    try {
      return pixels.read(Base64.getDecoder().decode(data), "the image");
    } catch (IllegalArgumentException e) {
      throw refuse(at, "the image's data is not base64: " + e.getMessage());
    } catch (GillException e) {
      throw refuse(at, String.valueOf(e.getMessage()));
    }
  }

  private BufferedImage file(JsonLocation at, String path) {
    if (files == null) {
      throw refuse(at, "the image is a path: read it with ConversationJson.withImagesIn(folder)");
    }
    BufferedImage image;
    try {
      image = files.fetch(path);
    } catch (IOException e) {
      throw refuse(at, String.valueOf(e.getMessage()));
    }
    if (!pixels.spend(image)) {
      throw tooManyPixels(at);
    }
    return image;
  }

  private static Object token(JsonParser in) throws IOException {
    require(in, JsonToken.VALUE_NUMBER_INT, "a token");
    if (in.getIntValue() < 0) {
      throw refuse(in.currentTokenLocation(), "token " + in.getIntValue() + " is negative");
    }
    return in.getIntValue();
  }

  private static void require(JsonParser in, JsonToken wanted, String what) {
    if (in.currentToken() != wanted) {
      String kind = switch (wanted) {
        case START_OBJECT -> "an object";
        case START_ARRAY -> "a list";
        case VALUE_STRING -> "a text";
        default -> "an integer";
      };
      throw refuse(in.currentTokenLocation(), what + " is not " + kind);
    }
  }

  private static void requireKeys(JsonLocation at, Map<String, Object> fields, Set<String> wanted) {
    if (!fields.keySet().equals(wanted)) {
      throw refuse(at, "the object has the keys " + fields.keySet() + ": it needs "
          + wanted.stream().sorted().collect(Collectors.joining(" and ")));
    }
  }

  /** Returns a field that is known to be there. */
  private static String text(Map<String, Object> fields, String key) {
    return (String) Objects.requireNonNull(fields.get(key));
  }

  private static <T> List<T> cast(@Nullable Object list, Class<T> type) {
    return ((List<?>) Objects.requireNonNull(list)).stream().map(type::cast).toList();
  }

  private static GillException tooManyPixels(JsonLocation at) {
    return refuse(at, "its images have more than " + MOST_PIXELS + " pixels together");
  }

  private static GillException refuse(@Nullable JsonLocation at, String problem) {
    String where = at == null ? "" : " in line " + at.getLineNr() + ", column " + at.getColumnNr();
    return new GillException("the conversation's JSON is refused" + where + ": " + problem);
  }
}
