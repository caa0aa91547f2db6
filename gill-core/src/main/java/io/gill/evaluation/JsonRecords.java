package io.gill.evaluation;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Reads the records of a JSON file one by one, so that memory does not grow with the file. */
final class JsonRecords {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final Set<JsonToken> LIST = Set.of(JsonToken.START_ARRAY);

  private JsonRecords() {}

  /**
   * Reads the elements of a list.
   *
   * @param file the file
   * @param path keys that lead to the list, separated by /; empty if the file is the list
   * @param each receives the elements
   * @throws GillException if the file is missing, damaged or incomplete, or has no such list
   */
  static void list(Path file, String path, Consumer<JsonRecord> each) {
    read(file, path, LIST, "list", (parser, index) ->
        each.accept(new JsonRecord(file + ", record " + index, tree(parser))));
  }

  /** Reads a file that has one object per line. */
  static void lines(Path file, Consumer<JsonRecord> each) {
    BenchmarkFile.read(file, in -> {
      int index = 0;
      try (MappingIterator<JsonNode> objects = JSON.readerFor(JsonNode.class).readValues(in)) {
        for (; objects.hasNextValue(); index++) {
          each.accept(new JsonRecord(file + ", record " + index, objects.nextValue()));
        }
      } catch (JsonProcessingException e) {
        throw damaged(file, "record " + index + ", ", e);
      }
    });
  }

  /** Reports a file that is not JSON. The place is a record, or empty outside the records. */
  private static GillException damaged(Path file, String place, JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    String line = at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
    return new GillException(
        file + " is damaged or incomplete, download it again: " + place + line + e.getOriginalMessage(), e);
  }

  /** Reads the texts of a list. */
  static void texts(Path file, String path, Consumer<String> each) {
    read(file, path, LIST, "list", (parser, index) -> {
      if (parser.currentToken() != JsonToken.VALUE_STRING) {
        throw new GillException(file + ", entry " + index + " of '" + path + "' is not a text");
      }
      each.accept(tree(parser).textValue());
    });
  }

  /** Reads the members of the file's object: name and value, which becomes the member {@code value} of the record. */
  static void members(Path file, BiConsumer<String, JsonRecord> each) {
    read(file, "", Set.of(JsonToken.START_OBJECT), "object", (parser, index) -> {
      String name = parser.currentName();
      parser.nextToken();
      each.accept(name, value(file + ", '" + name + "'", parser));
    });
  }

  /**
   * Reads lists of records, which are the members of an object or the elements of a list.
   *
   * @param file the file
   * @param path keys that lead to the object or list, separated by /
   * @param each receives the name of each member, empty for an element of a list, and its records
   * @throws GillException if the file is missing, damaged or incomplete, or has no such lists
   */
  static void lists(Path file, String path, BiConsumer<String, List<JsonRecord>> each) {
    read(file, path, Set.of(JsonToken.START_OBJECT, JsonToken.START_ARRAY), "lists", (parser, index) -> {
      String name = "";
      String where = file + ", record " + index;
      if (parser.currentToken() == JsonToken.FIELD_NAME) {
        name = parser.currentName();
        where = file + ", '" + name + "'";
        parser.nextToken();
      }
      each.accept(name, value(where, parser).records("value"));
    });
  }

  private static JsonRecord value(String where, JsonParser parser) throws IOException {
    return new JsonRecord(where, JSON.createObjectNode().set("value", tree(parser)));
  }

  private interface Element {
    void read(JsonParser parser, int index) throws IOException;
  }

  private static void read(Path file, String path, Set<JsonToken> starts, String what, Element element) {
    BenchmarkFile.read(file, in -> {
      try (JsonParser parser = JSON.createParser(in)) {
        read(file, parser, path, starts, what, element);
      } catch (JsonProcessingException e) {
        throw damaged(file, "", e);
      }
    });
  }

  private static void read(
      Path file, JsonParser parser, String path, Set<JsonToken> starts, String what, Element element)
      throws IOException {
    JsonToken token = parser.nextToken();
    for (String key : path.isEmpty() ? new String[0] : path.split("/", -1)) {
      token = descend(parser, key);
    }
    if (token == null || !starts.contains(token)) {
      throw new GillException(file + " has no " + what + (path.isEmpty() ? "" : " '" + path + "'")
          + ": check that this is the benchmark's file");
    }
    int index = 0;
    try {
      JsonToken next = parser.nextToken();
      while (next != null && !next.isStructEnd()) {
        element.read(parser, index);
        index++;
        next = parser.nextToken();
      }
    } catch (JsonProcessingException e) {
      throw damaged(file, "record " + index + ", ", e);
    }
    while (parser.nextToken() != null) { // an incomplete file fails here
      parser.skipChildren();
    }
  }

  private static JsonToken descend(JsonParser parser, String key) throws IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean found = parser.currentName().equals(key);
        JsonToken value = parser.nextToken();
        if (found) {
          return value;
        }
        parser.skipChildren();
      }
    }
    return JsonToken.NOT_AVAILABLE;
  }

  private static JsonNode tree(JsonParser parser) throws IOException {
    return JSON.readTree(parser);
  }
}
