package io.gill.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.GillException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An object in a benchmark's file: typed values by key, with errors that name the file and the record. */
final class JsonRecord {
  private final String where;
  private final JsonNode object;

  JsonRecord(String where, JsonNode object) {
    this.where = where;
    this.object = object;
    if (!object.isObject()) {
      throw new GillException(where + " is not a JSON object");
    }
  }

  boolean has(String key) {
    return object.hasNonNull(key);
  }

  String text(String key) {
    JsonNode value = get(key);
    if (!value.isTextual()) {
      throw invalid(key, "a text");
    }
    return value.textValue();
  }

  /** Returns a text or an integer as text, since files of the same benchmark differ in this. */
  String id(String key) {
    JsonNode value = get(key);
    if (!value.isTextual() && !value.isIntegralNumber()) {
      throw invalid(key, "a text or an integer");
    }
    return value.asText();
  }

  long integer(String key) {
    JsonNode value = get(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw invalid(key, "an integer");
    }
    return value.longValue();
  }

  /** Returns a list of texts; a single text counts as a list of one. */
  List<String> texts(String key) {
    JsonNode value = get(key);
    List<String> texts = new ArrayList<>();
    for (JsonNode element : value.isArray() ? value : List.of(value)) {
      if (!element.isTextual()) {
        throw invalid(key, "a list of texts");
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  List<JsonRecord> records(String key) {
    JsonNode value = get(key);
    if (!value.isArray()) {
      throw invalid(key, "a list");
    }
    List<JsonRecord> records = new ArrayList<>();
    for (JsonNode element : value) {
      records.add(new JsonRecord(where + ", entry " + records.size() + " of '" + key + "'", element));
    }
    return records;
  }

  JsonRecord record(String key) {
    return new JsonRecord(where + ", '" + key + "'", get(key));
  }

  /** Adds an item of this record; a second one with the same id is an error. */
  <K, T> void addTo(Map<K, T> items, K id, T item) {
    if (items.put(id, item) != null) {
      throw invalid("a second entry with the id " + id);
    }
  }

  GillException invalid(String problem) {
    return new GillException(where + ": " + problem);
  }

  private JsonNode get(String key) {
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      throw invalid("'" + key + "' is missing");
    }
    return value;
  }

  private GillException invalid(String key, String expected) {
    return invalid("'" + key + "' is not " + expected);
  }
}
