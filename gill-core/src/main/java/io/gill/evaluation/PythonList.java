package io.gill.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads lists in Python's notation, in which data sets store them as text: JSON with other quotes and escapes. */
final class PythonList {
  private static final ObjectMapper JSON = JsonMapper.builder()
      .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES, JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER,
          JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS, JsonReadFeature.ALLOW_TRAILING_COMMA)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /** An escaped backslash, or an escape of two digits, which JSON lacks. */
  private static final Pattern ESCAPE = Pattern.compile("\\\\\\\\|\\\\x(?=[0-9a-fA-F]{2})");

  private PythonList() {}

  /** Returns the texts of a list, and its numbers as texts; empty if the text is no such list. */
  static Optional<List<String>> of(String text) {
    String json = ESCAPE.matcher(text)
        .replaceAll(match -> match.group().equals("\\\\") ? "\\\\\\\\" : "\\\\u00");
    List<String> texts = new ArrayList<>();
    try {
      JsonNode list = JSON.readTree(json);
      if (!list.isArray()) {
        return Optional.empty();
      }
      for (JsonNode element : list) {
        if (!element.isTextual() && !element.isNumber()) {
          return Optional.empty();
        }
        texts.add(element.asText());
      }
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
    return Optional.of(texts);
  }
}
