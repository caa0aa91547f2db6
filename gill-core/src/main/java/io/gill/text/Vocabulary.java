package io.gill.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.Streams;
import io.gill.GillException;
import io.gill.weights.RegularFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A BPE vocabulary as published: {@code vocab.json} and {@code merges.txt}, or the same two inside a
 * {@code tokenizer.json}. Immutable.
 *
 * @param tokens tokens in the order of their ids, 0, 1, 2, …
 * @param ids the id of each token
 * @param merges pairs in the order in which BPE joins them; both parts and the whole are tokens
 */
record Vocabulary(List<String> tokens, Map<String, Integer> ids, List<Merge> merges) {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  record Merge(String left, String right) {}

  /** Reads the tokenizer files in a folder. */
  static Vocabulary load(Path dir) {
    Path vocabulary = dir.resolve("vocab.json");
    Path merges = dir.resolve("merges.txt");
    Path both = dir.resolve("tokenizer.json");
    List<Path> missing = Stream.of(vocabulary, merges).filter(file -> !Files.isRegularFile(file)).toList();
    if (missing.isEmpty()) {
      Map<String, Integer> ids = readIds(vocabulary);
      return of(vocabulary, ids, readMerges(merges, ids));
    }
    if (Files.isRegularFile(both)) {
      return readBoth(both);
    }
    throw new GillException("tokenizer folder " + dir + " lacks "
        + String.join(" and ", missing.stream().map(file -> file.getFileName().toString()).toList())
        + ", and has no tokenizer.json in their place; copy the tokenizer files of the model there");
  }

  /** Parses a JSON file. Every error names the file and the line. */
  static JsonNode readTree(Path file) {
    try (JsonParser parser = JSON.createParser(RegularFile.require(file).toFile())) {
      JsonNode tree = new ObjectMapper().readTree(parser);
      if (tree == null || parser.nextToken() != null) {
        throw new GillException(file + " is not one JSON value");
      }
      return tree;
    } catch (JsonProcessingException e) {
      throw malformed(file, e);
    } catch (IOException e) {
      throw new GillException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, Integer> readIds(Path file) {
    try (JsonParser parser = JSON.createParser(RegularFile.require(file).toFile())) {
      Map<String, Integer> ids = new HashMap<>();
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new GillException(file + " is not a JSON object of tokens and ids");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String token = parser.currentName();
        if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
          throw new GillException(file + ", line " + parser.currentTokenLocation().getLineNr()
              + ": the id of \"" + token + "\" is not a whole number");
        }
        ids.put(token, parser.getIntValue());
      }
      if (parser.nextToken() != null) {
        throw new GillException(file + " has content after the vocabulary");
      }
      return ids;
    } catch (JsonProcessingException e) {
      throw malformed(file, e);
    } catch (IOException e) {
      throw new GillException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static List<Merge> readMerges(Path file, Map<String, Integer> ids) {
    List<Merge> merges = new ArrayList<>();
    int number = 0;
    try (BufferedReader reader = Files.newBufferedReader(RegularFile.require(file))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        if (line.isBlank() || (number == 1 && line.startsWith("#version"))) {
          continue;
        }
        String place = file + ", line " + number;
        String[] parts = line.split(" ", -1);
        if (parts.length != 2) {
          throw new GillException(place + ": expected two tokens and a space between them, found \"" + line + "\"");
        }
        merges.add(merge(place, parts[0], parts[1], ids));
      }
      return merges;
    } catch (IOException e) {
      throw new GillException("cannot read " + file + " after line " + number + ": " + e, e);
    }
  }

  private static Vocabulary readBoth(Path file) {
    JsonNode tree = readTree(file);
    JsonNode model = tree.path("model");
    if (!model.path("vocab").isObject() || !model.path("merges").isArray()) {
      throw new GillException(file + " holds no BPE model: model.vocab or model.merges is missing");
    }
    Map<String, Integer> ids = new HashMap<>();
    model.path("vocab").properties().forEach(e -> put(file, ids, e.getKey(), e.getValue()));
    for (JsonNode added : tree.path("added_tokens")) {
      put(file, ids, added.path("content").asText(), added.path("id"));
    }
    List<Merge> merges = new ArrayList<>();
    for (JsonNode node : model.path("merges")) {
      String place = file + ", model.merges[" + merges.size() + "]";
      // Older versions write "left right", newer ones ["left", "right"].
      String[] parts = node.isArray()
          ? Streams.stream(node).map(JsonNode::asText).toArray(String[]::new)
          : node.asText().split(" ", -1);
      if (parts.length != 2) {
        throw new GillException(place + " is not a pair of tokens: " + node);
      }
      merges.add(merge(place, parts[0], parts[1], ids));
    }
    return of(file, ids, merges);
  }

  private static void put(Path file, Map<String, Integer> ids, String token, JsonNode id) {
    if (!id.isInt()) {
      throw new GillException(file + ": the id of \"" + token + "\" is not a whole number but " + id);
    }
    Integer before = ids.putIfAbsent(token, id.intValue());
    if (before != null && before != id.intValue()) {
      throw new GillException(file + ": token \"" + token + "\" has ids " + before + " and " + id);
    }
  }

  private static Merge merge(String place, String left, String right, Map<String, Integer> ids) {
    for (String token : List.of(left, right, left + right)) {
      if (!ids.containsKey(token)) {
        throw new GillException(
            place + ": \"" + token + "\" is not in the vocabulary; the two files do not belong together");
      }
    }
    return new Merge(left, right);
  }

  private static Vocabulary of(Path file, Map<String, Integer> ids, List<Merge> merges) {
    if (ids.isEmpty()) {
      throw new GillException(file + " holds no token");
    }
    String[] tokens = new String[ids.size()];
    ids.forEach((token, id) -> {
      if (id < 0 || id >= tokens.length) {
        throw new GillException(file + ": token \"" + token + "\" has id " + id + ", but " + tokens.length
            + " tokens have ids 0 to " + (tokens.length - 1));
      }
      if (tokens[id] != null) {
        throw new GillException(file + ": tokens \"" + tokens[id] + "\" and \"" + token + "\" share id " + id);
      }
      tokens[id] = token;
    });
    return new Vocabulary(List.copyOf(Arrays.asList(tokens)), Map.copyOf(ids), List.copyOf(merges));
  }

  private static GillException malformed(Path file, JsonProcessingException e) {
    String line = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
    return new GillException(file + line + ": " + e.getOriginalMessage(), e);
  }
}
