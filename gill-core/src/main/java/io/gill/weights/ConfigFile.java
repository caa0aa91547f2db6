package io.gill.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A JSON configuration such as a snapshot's {@code config.json}: typed values by key, with errors that name the file,
 * the key and the invalid value. Immutable.
 */
public final class ConfigFile {
  /** Python writes infinity as a bare word. */
  private static final ObjectMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /** Published configurations are a few kilobytes. */
  private static final long MAX_BYTES = 4 << 20;

  private final Path path;
  private final String prefix;
  private final JsonNode object;

  private ConfigFile(Path path, String prefix, JsonNode object) {
    this.path = path;
    this.prefix = prefix;
    this.object = object;
  }

  /**
   * Reads a configuration file.
   *
   * @param path path of a file with one JSON object
   * @return its values
   * @throws GillException if the file is missing, too large, or not a JSON object
   */
  public static ConfigFile read(Path path) {
    return read(path, MAX_BYTES);
  }

  /**
   * Reads a configuration file that may be missing.
   *
   * @param path path of a file with one JSON object
   * @return its values; without keys if the file does not exist
   * @throws GillException if the file is too large, or not a JSON object
   */
  public static ConfigFile readIfPresent(Path path) {
    return Files.exists(path) ? read(path) : new ConfigFile(path, "", JSON.createObjectNode());
  }

  /**
   * Reads a configuration that is a string in another file.
   *
   * @param path path of the file, for messages
   * @param name name of the string in it, for messages
   * @param json one JSON object
   * @return its values
   * @throws GillException if the string is too large, or not a JSON object
   */
  public static ConfigFile within(Path path, String name, String json) {
    if (json.length() > MAX_BYTES) {
      throw new GillException(path + ": " + name + " is too large for a configuration: " + json.length()
          + " characters");
    }
    try {
      JsonNode root = JSON.readTree(json);
      if (!root.isObject()) {
        throw new GillException(path + ": " + name + " is not a JSON object");
      }
      return new ConfigFile(path, name + ".", root);
    } catch (JsonProcessingException e) {
      throw new GillException(path + ": " + name + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Reads a file of at most {@code maxBytes} bytes. */
  static ConfigFile read(Path path, long maxBytes) {
    try {
      long size = Files.size(RegularFile.require(path));
      if (size > maxBytes) {
        throw new GillException(path + " has " + size + " bytes, which is too large for a model configuration");
      }
      JsonNode root = JSON.readTree(Files.readAllBytes(path));
      if (!root.isObject()) {
        throw new GillException(path + " is not a JSON object");
      }
      return new ConfigFile(path, "", root);
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : " in line " + e.getLocation().getLineNr();
      throw new GillException(path + " is not valid JSON" + line + ": " + e.getOriginalMessage(), e);
    } catch (NoSuchFileException e) {
      throw new GillException(path + " does not exist", e);
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e, e);
    }
  }

  /**
   * Returns the path of the file, for messages.
   *
   * @return the file
   */
  public Path path() {
    return path;
  }

  /**
   * Returns whether a key is set.
   *
   * @param key name of the key
   * @return false if it is missing or null
   */
  public boolean has(String key) {
    return object.hasNonNull(key);
  }

  /**
   * Returns whether a key is present, even if its value is null.
   *
   * @param key name of the key
   * @return false if it is missing
   */
  public boolean mentions(String key) {
    return object.has(key);
  }

  /**
   * Returns all keys.
   *
   * @return the keys in file order, including those whose value is null
   */
  public List<String> keys() {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  /**
   * Returns whether a value is a nested object.
   *
   * @param key name of the key
   * @return whether {@link #section} accepts it
   */
  public boolean isSection(String key) {
    return object.path(key).isObject();
  }

  /**
   * Returns a nested object.
   *
   * @param key name of the key
   * @return the values in it
   * @throws GillException if it is missing or not an object
   */
  public ConfigFile section(String key) {
    JsonNode node = required(key);
    if (!node.isObject()) {
      throw refuse(key, "it must be an object");
    }
    return new ConfigFile(path, prefix + key + ".", node);
  }

  /**
   * Returns whether a value is an array.
   *
   * @param key name of the key
   * @return false for other values, and if the key is not set
   */
  public boolean isArray(String key) {
    return object.path(key).isArray();
  }

  /**
   * Returns an array of objects.
   *
   * @param key name of the key
   * @return the values in each of them; empty if the key is not set
   * @throws GillException if it is not an array of objects
   */
  public List<ConfigFile> sections(String key) {
    List<ConfigFile> sections = new ArrayList<>();
    for (JsonNode element : elements(key, "objects", JsonNode::isObject)) {
      sections.add(new ConfigFile(path, prefix + key + "[" + sections.size() + "].", element));
    }
    return sections;
  }

  /**
   * Returns a required positive integer.
   *
   * @param key name of the key
   * @return at least 1
   * @throws GillException if it is missing or not a positive 32-bit integer
   */
  public int count(String key) {
    JsonNode node = required(key);
    if (!isInteger(node) || node.intValue() < 1) {
      throw refuse(key, "it must be a positive integer");
    }
    return node.intValue();
  }

  /**
   * Returns a positive integer.
   *
   * @param key name of the key
   * @param missing default if the key is not set, as in the published code
   * @return at least 1, or {@code missing}
   * @throws GillException if it is not a positive 32-bit integer
   */
  public int count(String key, int missing) {
    return has(key) ? count(key) : missing;
  }

  /**
   * Returns an integer.
   *
   * @param key name of the key
   * @param missing default if the key is not set, as in the published code
   * @return the integer, or {@code missing}
   * @throws GillException if it is not a 32-bit integer
   */
  public int integer(String key, int missing) {
    if (!has(key)) {
      return missing;
    }
    JsonNode node = required(key);
    if (!isInteger(node)) {
      throw refuse(key, "it must be an integer");
    }
    return node.intValue();
  }

  /**
   * Returns one positive integer per block.
   *
   * @param key name of the key
   * @param size number of blocks; a single integer applies to all of them
   * @return {@code size} numbers, each at least 1
   * @throws GillException if the key is missing, or neither a positive integer nor an array of {@code size} of them
   */
  public List<Integer> counts(String key, int size) {
    JsonNode node = required(key);
    if (!node.isArray()) {
      return Collections.nCopies(size, count(key));
    }
    List<Integer> counts = new ArrayList<>();
    for (JsonNode element : node) {
      if (!isInteger(element) || element.intValue() < 1) {
        throw refuse(key, "it must hold positive integers");
      }
      counts.add(element.intValue());
    }
    if (counts.size() != size) {
      throw refuse(key, "it must hold " + size + " numbers");
    }
    return counts;
  }

  /**
   * Requires that a key is not set or has the only supported value, which is the published code's default.
   *
   * @param key name of the key
   * @param supported the supported value: a {@link Boolean}, {@link Number} or {@link String}, or null
   * @throws GillException if it has another value
   */
  public void only(String key, @Nullable Object supported) {
    JsonNode node = object.get(key);
    if (node == null || node.isNull()) {
      return;
    }
    boolean same = supported instanceof Number number
        ? node.isNumber() && node.doubleValue() == number.doubleValue()
        : supported != null && !node.isContainerNode() && node.asText().equals(supported.toString());
    if (!same) {
      throw refuse(key, "only " + supported + " is supported");
    }
  }

  /**
   * Returns a finite number.
   *
   * @param key name of the key
   * @param missing default if the key is not set, as in the published code
   * @return the number, or {@code missing}
   * @throws GillException if it is not a finite number
   */
  public double number(String key, double missing) {
    if (!has(key)) {
      return missing;
    }
    JsonNode node = required(key);
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw refuse(key, "it must be a number");
    }
    return node.doubleValue();
  }

  /**
   * Returns a number that may be infinite.
   *
   * @param key name of the key
   * @param missing default if the key is not set, as in the published code
   * @return the number, or {@code missing}
   * @throws GillException if it is not a number
   */
  public double numberOrInfinity(String key, double missing) {
    if (!has(key)) {
      return missing;
    }
    JsonNode node = required(key);
    if (!node.isNumber() || Double.isNaN(node.doubleValue())) {
      throw refuse(key, "it must be a number");
    }
    return node.doubleValue();
  }

  /**
   * Returns an array of numbers.
   *
   * @param key name of the key
   * @return its elements; empty if the key is not set
   * @throws GillException if it is not an array of numbers
   */
  public List<Double> numbers(String key) {
    return elements(key, "numbers", JsonNode::isNumber).stream().map(JsonNode::doubleValue).toList();
  }

  /**
   * Returns one number per channel.
   *
   * @param key name of the key
   * @param missing default if the key is not set, as in the published code: one number per channel
   * @return the numbers, or {@code missing}; a single number applies to all channels
   * @throws GillException if it is neither a finite number nor an array of one per channel
   */
  public List<Double> numbers(String key, List<Double> missing) {
    if (!has(key)) {
      return missing;
    }
    JsonNode node = required(key);
    int size = missing.size();
    List<Double> numbers = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      JsonNode number = node.isArray() ? node.path(i) : node;
      if (!number.isNumber() || !Double.isFinite(number.doubleValue()) || (node.isArray() && node.size() != size)) {
        throw refuse(key, "it must be one number or " + size);
      }
      numbers.add(number.doubleValue());
    }
    return numbers;
  }

  /**
   * Returns a boolean.
   *
   * @param key name of the key
   * @param missing default if the key is not set, as in the published code
   * @return the boolean, or {@code missing}
   * @throws GillException if it is not a boolean
   */
  public boolean flag(String key, boolean missing) {
    if (!has(key)) {
      return missing;
    }
    JsonNode node = required(key);
    if (!node.isBoolean()) {
      throw refuse(key, "it must be true or false");
    }
    return node.booleanValue();
  }

  /**
   * Returns a string.
   *
   * @param key name of the key
   * @param missing default if the key is not set, as in the published code
   * @return the string, or {@code missing}
   * @throws GillException if it is not a string
   */
  public String text(String key, String missing) {
    if (!has(key)) {
      return missing;
    }
    JsonNode node = required(key);
    if (!node.isTextual()) {
      throw refuse(key, "it must be a string");
    }
    return node.textValue();
  }

  /**
   * Returns an array of strings.
   *
   * @param key name of the key
   * @return its elements; empty if the key is not set
   * @throws GillException if it is not an array of strings
   */
  public List<String> texts(String key) {
    return elements(key, "strings", JsonNode::isTextual).stream().map(JsonNode::textValue).toList();
  }

  /**
   * Returns an array of integers.
   *
   * @param key name of the key
   * @return its elements; empty if the key is not set
   * @throws GillException if it is not an array of 32-bit integers
   */
  public List<Integer> integers(String key) {
    return elements(key, "integers", ConfigFile::isInteger).stream().map(JsonNode::intValue).toList();
  }

  /**
   * Returns an integer or an array of integers.
   *
   * @param key name of the key
   * @return the integers; empty if the key is not set
   * @throws GillException if it is neither a 32-bit integer nor an array of them
   */
  public List<Integer> oneOrMoreIntegers(String key) {
    JsonNode node = object.get(key);
    return node != null && isInteger(node) ? List.of(node.intValue()) : integers(key);
  }

  /**
   * Returns a value as JSON, for messages.
   *
   * @param key name of the key
   * @return at most 80 characters of it, on one line; {@code null} if the key is not set
   */
  public String shown(String key) {
    String value = String.valueOf(object.get(key));
    return value.length() > 80 ? value.substring(0, 80) + "…" : value;
  }

  /**
   * Creates an exception about an invalid value.
   *
   * @param key name of the key
   * @param reason why the value cannot be used, for example "it must be a positive integer"
   * @return an exception to throw, with the file, the key and the value
   */
  public GillException refuse(String key, String reason) {
    return new GillException(path + ": " + prefix + key + " is " + shown(key) + ", but " + reason);
  }

  /**
   * Checks the range of a number in a configuration record.
   *
   * @param key name of the key
   * @param value value of the key
   * @param low minimum
   * @param high maximum, far beyond any published model: larger values would exhaust memory before the error is found
   * @throws IllegalArgumentException if the value is out of range, with key, value and range; see {@link #validated}
   */
  public static void checkRange(String key, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(key + " is " + value + ": use " + low + " to " + high);
    }
  }

  /**
   * Builds a record from this configuration. If the record's own checks fail, the error also names the file.
   *
   * @param record reads the values and constructs the record
   * @param <T> type of the record
   * @return the record
   * @throws GillException in place of {@link IllegalArgumentException}
   */
  public <T> T validated(Function<ConfigFile, T> record) {
    try {
      return record.apply(this);
    } catch (IllegalArgumentException e) {
      throw new GillException(path + ": " + e.getMessage(), e);
    }
  }

  /** Returns the elements of an array that must all be of one kind; none if the key is not set. */
  private List<JsonNode> elements(String key, String kind, Predicate<JsonNode> isKind) {
    List<JsonNode> elements = new ArrayList<>();
    if (has(key)) {
      JsonNode node = required(key);
      node.forEach(elements::add);
      if (!node.isArray() || !elements.stream().allMatch(isKind)) {
        throw refuse(key, "it must be an array of " + kind);
      }
    }
    return elements;
  }

  private static boolean isInteger(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt();
  }

  private JsonNode required(String key) {
    JsonNode node = object.get(key);
    if (node == null || node.isNull()) {
      throw new GillException(path + " lacks the key " + prefix + key);
    }
    return node;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
