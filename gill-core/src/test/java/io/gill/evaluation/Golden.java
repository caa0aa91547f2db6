package io.gill.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Recorded results of the official scorers. */
final class Golden {
  private Golden() {}

  static JsonNode read(String name) throws IOException {
    return new ObjectMapper().readTree(Reference.path("..", "reference-2", "golden", "metrics", name).toFile());
  }

  static List<String> strings(JsonNode array) {
    List<String> result = new ArrayList<>();
    array.forEach(node -> result.add(node.asText()));
    return result;
  }

  static double[] numbers(JsonNode array) {
    double[] result = new double[array.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = array.get(i).asDouble();
    }
    return result;
  }
}
