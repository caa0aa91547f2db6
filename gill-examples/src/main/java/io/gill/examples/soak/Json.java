package io.gill.examples.soak;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Changes JSON so that it mostly stays JSON. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int DEEP = 3000;
  private static final int LONG = 100_000;

  private Json() {}

  static byte[] mutate(byte[] json, Random random) {
    if (random.nextInt(5) == 0) {
      return Bytes.mutate(json, random);
    }
    try {
      JsonNode root = MAPPER.readTree(json);
      for (int left = 1 + random.nextInt(3); left > 0; left--) {
        root = once(root, random);
      }
      String text = MAPPER.writeValueAsString(root);
      if (random.nextInt(20) == 0) { // what a tree cannot hold: a duplicate key, a malformed number
        text = text.replaceFirst("\\{", "{\"num_tokens\":8,\"num_tokens\":9,");
      } else if (random.nextInt(20) == 0) {
        text = text.replaceFirst("-?\\d+", random.nextBoolean() ? "NaN" : "1e999");
      } else if (random.nextInt(20) == 0) {
        text = text.replaceFirst("-?\\d+", "[".repeat(DEEP) + "]".repeat(DEEP));
      }
      return text.getBytes(StandardCharsets.UTF_8);
    } catch (JacksonException e) {
      return Bytes.mutate(json, random);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static JsonNode once(JsonNode root, Random random) {
    List<JsonNode> containers = new ArrayList<>();
    collect(root, containers);
    if (containers.isEmpty()) {
      return odd(random);
    }
    JsonNode one = containers.get(random.nextInt(containers.size()));
    if (one instanceof ObjectNode object) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      if (keys.isEmpty()) {
        object.set("surprise", odd(random));
        return root;
      }
      String key = keys.get(random.nextInt(keys.size()));
      switch (random.nextInt(6)) {
        case 0 -> object.remove(key);
        case 1 -> object.set(key + "_", object.remove(key));
        case 2 -> object.set("key " + random.nextInt(3) + "\n\u0007", odd(random));
        case 3 -> object.set(key, object.get(keys.get(random.nextInt(keys.size()))).deepCopy());
        default -> object.set(key, odd(random));
      }
    } else if (one instanceof ArrayNode array) {
      int at = random.nextInt(array.size() + 1);
      if (random.nextBoolean() || at == array.size()) {
        array.insert(at, odd(random));
      } else if (random.nextBoolean()) {
        array.remove(at);
      } else {
        array.set(at, odd(random));
      }
    }
    return random.nextInt(40) == 0 ? odd(random) : root;
  }

  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (node.isContainerNode()) {
      containers.add(node);
      node.forEach(child -> collect(child, containers));
    }
  }

  private static JsonNode odd(Random random) {
    return switch (random.nextInt(16)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.textNode("");
      case 3 -> NODES.textNode(random.nextInt(8) == 0 ? "x".repeat(LONG) : "a\nb\u0007\u202E\uD800");
      case 4 -> NODES.numberNode(random.nextDouble() * 1e308);
      case 5 -> NODES.numberNode(0.5);
      case 6 -> NODES.numberNode(BigInteger.TWO.pow(random.nextInt(200)));
      case 7 -> NODES.arrayNode();
      case 8 -> NODES.objectNode();
      case 9 -> nested(random);
      case 10 -> NODES.arrayNode().add(1).add("two").addNull();
      case 11 -> NODES.textNode("../../../../etc/passwd");
      default -> NODES.numberNode(random.nextBoolean() ? Bytes.oddNumber(random) : random.nextInt(70) - 4L);
    };
  }

  private static JsonNode nested(Random random) {
    JsonNode node = NODES.nullNode();
    for (int left = random.nextInt(6); left > 0; left--) {
      node = NODES.arrayNode().add(node);
    }
    return node;
  }
}
