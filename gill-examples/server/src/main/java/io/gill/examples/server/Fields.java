package io.gill.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a JSON object. A field of another type or range is rejected by its path; {@code null} counts as
 * absent.
 *
 * @param node the object
 * @param path the path of the object in the request, empty for the request itself
 */
record Fields(ObjectNode node, String path) {
  String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  boolean has(String name) {
    return get(name) != null;
  }

  @Nullable JsonNode get(String name) {
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  Optional<String> text(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrong(name, "a string", value);
    }
    return Optional.of(value.textValue());
  }

  String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name));
  }

  Optional<Boolean> flag(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isBoolean()) {
      throw wrong(name, "true or false", value);
    }
    return Optional.of(value.booleanValue());
  }

  Optional<Long> integer(String name, long least, long most) {
    JsonNode value = get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber() || value.doubleValue() != Math.rint(value.doubleValue())) {
      throw wrong(name, "a whole number", value);
    }
    if (!value.canConvertToLong() || value.longValue() < least || value.longValue() > most) {
      throw ApiException.bad(at(name), at(name) + " is out of range: use " + least + " to " + most);
    }
    return Optional.of(value.longValue());
  }

  Optional<Double> number(String name, double least, double most) {
    JsonNode value = get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber()) {
      throw wrong(name, "a number", value);
    }
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw ApiException.bad(at(name),
          String.format(Locale.ROOT, "%s is out of range: use %s to %s", at(name), least, most));
    }
    return Optional.of(number);
  }

  Optional<Fields> object(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ObjectNode object)) {
      throw wrong(name, "an object", value);
    }
    return Optional.of(new Fields(object, at(name)));
  }

  /** Returns the elements of a list; empty if it is absent. */
  List<JsonNode> list(String name, int most) {
    JsonNode value = get(name);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrong(name, "a list", value);
    }
    if (value.size() > most) {
      throw ApiException.bad(at(name), at(name) + " has " + value.size() + " elements: use at most " + most);
    }
    List<JsonNode> elements = new ArrayList<>();
    value.forEach(elements::add);
    return elements;
  }

  List<Fields> objects(String name, int most) {
    List<JsonNode> elements = list(name, most);
    List<Fields> objects = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      String element = at(name) + "[" + i + "]";
      if (!(elements.get(i) instanceof ObjectNode object)) {
        throw ApiException.bad(element, element + " must be an object, not " + kind(elements.get(i)));
      }
      objects.add(new Fields(object, element));
    }
    return objects;
  }

  /** Returns a list of strings, which may also be given as a single one. */
  List<String> texts(String name, int most) {
    JsonNode value = get(name);
    if (value != null && value.isTextual()) {
      return List.of(value.textValue());
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : list(name, most)) {
      if (!element.isTextual()) {
        throw ApiException.bad(at(name), at(name) + " must hold strings, not " + kind(element));
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  /** Rejects fields that are not among these, which are probably misspelt. */
  void only(Set<String> known) {
    for (String name : (Iterable<String>) node::fieldNames) {
      if (!known.contains(name)) {
        throw ApiException.bad(path,
            path + " has an unknown field: it may have " + String.join(", ", new TreeSet<>(known)));
      }
    }
  }

  /** Rejects a field that would change the answer and that this server does not support. */
  void refuse(String name, Set<String> harmless) {
    JsonNode value = get(name);
    if (value != null && !(value.isContainerNode() && value.isEmpty()) && !harmless.contains(value.asText())) {
      throw ApiException.bad(at(name), "unsupported_parameter", at(name) + " is not supported: leave it out");
    }
  }

  ApiException missing(String name) {
    return ApiException.bad(at(name), "missing_required_parameter", at(name) + " is missing");
  }

  private ApiException wrong(String name, String wanted, JsonNode value) {
    return ApiException.bad(at(name), "invalid_type", at(name) + " must be " + wanted + ", not " + kind(value));
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case STRING -> "a string";
      case BOOLEAN -> "true or false";
      case NUMBER -> "a number";
      default -> "null";
    };
  }
}
