package io.gill.examples.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Reads and writes JSON. */
final class Json {
  /** Requests need fewer than ten levels. */
  private static final int DEPTH = 64;

  /**
   * Braces, brackets, names and values. A long conversation with the tokens of its replies has some 100,000; each takes
   * up to some 100 bytes of memory, many times its size in the body.
   */
  private static final int MOST_TOKENS = 500_000;

  private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(DEPTH)
          .maxTokenCount(MOST_TOKENS)
          .maxStringLength(Integer.MAX_VALUE) // the body is limited
          .build())
      .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Json() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** Reads the object of a request. */
  static Fields read(byte[] body) {
    JsonNode node;
    try {
      node = MAPPER.readTree(body);
    } catch (StreamConstraintsException e) {
      throw ApiException.bad(null, "invalid_json", "the body has over " + DEPTH + " levels or over " + MOST_TOKENS
          + " names and values, or a number is too long: send less");
    } catch (JsonProcessingException e) {
      var location = e.getLocation();
      throw ApiException.bad(null, "invalid_json", "the body is not valid JSON"
          + (location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr()));
    } catch (IOException e) {
      throw ApiException.bad(null, "invalid_json", "the body is not JSON in UTF-8");
    }
    if (!(node instanceof ObjectNode object)) {
      throw ApiException.bad(null, "invalid_json", "the body must be a JSON object");
    }
    return new Fields(object, "");
  }

  static byte[] write(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
