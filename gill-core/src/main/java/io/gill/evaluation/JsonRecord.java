package io.gill.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

  /** Returns a list of numbers. */
  List<Double> numbers(String key) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode element : elements(key)) {
      if (!element.isNumber()) {
        throw invalid(key, "a list of numbers");
      }
      numbers.add(element.doubleValue());
    }
    return numbers;
  }

  /** Returns the text that an index refers to. */
  String entry(String key, List<String> texts) {
    return entry(key, get(key), texts);
  }

  /** Returns the texts that a list of indexes refers to. */
  List<String> entries(String key, List<String> texts) {
    List<String> entries = new ArrayList<>();
    elements(key).forEach(index -> entries.add(entry(key, index, texts)));
    return entries;
  }

  private String entry(String key, JsonNode index, List<String> texts) {
    if (!index.isIntegralNumber() || !index.canConvertToLong()) {
      throw invalid(key, "an integer");
    }
    if (index.longValue() < 0 || index.longValue() >= texts.size()) {
      throw invalid("'" + key + "' is " + index.longValue() + ", but the file has " + texts.size() + " such texts");
    }
    return texts.get(index.intValue());
  }

  List<JsonRecord> records(String key) {
    List<JsonRecord> records = new ArrayList<>();
    for (JsonNode element : elements(key)) {
      records.add(new JsonRecord(where + ", entry " + records.size() + " of '" + key + "'", element));
    }
    return records;
  }

  private JsonNode elements(String key) {
    JsonNode value = get(key);
    if (!value.isArray()) {
      throw invalid(key, "a list");
    }
    return value;
  }

  /** Returns the object with another member. */
  ObjectNode with(String key, String value) {
    return object.<ObjectNode>deepCopy().put(key, value);
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
