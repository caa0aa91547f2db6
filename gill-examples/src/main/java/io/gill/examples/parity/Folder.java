package io.gill.examples.parity;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A folder of reference data: models, and under {@code golden/} the results of the published implementations.
 *
 * @param root the folder
 */
record Folder(Path root) {
  /** Accepts infinity, which Python writes. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** Returns a file or folder of recorded results. */
  Path golden(String first, String... more) {
    return root.resolve("golden").resolve(Path.of(first, more));
  }

  /** Returns the models with recorded results of this kind: those with a file of this name under {@code golden/}. */
  List<String> recorded(String kind) throws IOException {
    return names(root.resolve("golden"))
        .filter(name -> Files.exists(golden(name, kind + ".json")) || Files.exists(golden(name, kind + ".safetensors")))
        .toList();
  }

  /** Returns the image generator of this name: a snapshot of its own, or that in a model directory. */
  Path imageGenerator(String name) {
    Path dir = root.resolve(name);
    return Files.exists(dir.resolve("model_index.json")) ? dir : dir.resolve("sd");
  }

  /** Returns the names in a folder; none if it does not exist. */
  static Stream<String> names(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return Stream.of();
    }
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList().stream();
    }
  }

  static JsonNode json(Path file) throws IOException {
    JsonNode root = JSON.readTree(Files.readAllBytes(file));
    if (root == null || !root.isObject()) {
      throw new IOException(file + " does not hold a JSON object");
    }
    return root;
  }

  /** Passes JSON to a reader of files. */
  static <T> T read(JsonNode json, Function<Path, T> reader) throws IOException {
    Path file = Files.createTempFile("parity", ".json");
    try {
      JSON.writeValue(file.toFile(), json);
      return reader.apply(file);
    } finally {
      Files.delete(file);
    }
  }

  /** Returns a required value. */
  static JsonNode required(JsonNode node, String key) {
    JsonNode value = node.get(key);
    if (value == null) {
      throw new IllegalArgumentException("the reference data lacks the key '" + key + "'");
    }
    return value;
  }

  /** Whether a key has a value other than null. */
  static boolean has(JsonNode node, String key) {
    return node.hasNonNull(key);
  }

  static String text(JsonNode node, String key) {
    return required(node, key).asText();
  }

  static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToDouble(JsonNode::doubleValue).toArray();
  }

  static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }
}
