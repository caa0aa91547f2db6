package io.gill.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.gill.GillException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code tokenizer_config.json} and {@code special_tokens_map.json}, both optional; the second wins, as published. */
final class TokenizerSettings {
  static final List<String> SPECIAL_TOKENS = List.of("bos_token", "eos_token", "unk_token", "pad_token");

  private static final String CONFIG = "tokenizer_config.json";
  private static final String SPECIAL = "special_tokens_map.json";
  private static final int UNLIMITED = 1_000_000;

  private final Path dir;
  private final JsonNode config;
  private final JsonNode special;

  private TokenizerSettings(Path dir) {
    this.dir = dir;
    this.config = readObject(dir.resolve(CONFIG));
    this.special = readObject(dir.resolve(SPECIAL));
  }

  static TokenizerSettings load(Path dir) {
    return new TokenizerSettings(dir);
  }

  /**
   * The special tokens that the two files name.
   *
   * @param defaults for what neither names
   * @throws GillException that lists every one of them that the vocabulary lacks
   */
  SpecialTokens specialTokens(SpecialTokens defaults, Map<String, Integer> vocabulary) {
    SpecialTokens tokens = new SpecialTokens(
        special("bos_token", defaults.bos()),
        special("eos_token", defaults.eos()),
        special("unk_token", defaults.unknown()),
        special("pad_token", defaults.pad()));
    List<String> missing = tokens.all().stream()
        .map(SpecialToken::content)
        .filter(content -> !vocabulary.containsKey(content))
        .distinct()
        .toList();
    if (!missing.isEmpty()) {
      throw new GillException("the vocabulary in " + dir + " lacks the special tokens " + String.join(", ", missing)
          + "; check " + CONFIG + " and " + SPECIAL + " there");
    }
    return tokens;
  }

  /**
   * Written as an object, a token says itself what it strips. As a bare string in {@code special_tokens_map.json} it
   * strips both sides: the published classes wrap strings only when they come through the constructor.
   */
  private SpecialToken special(String key, SpecialToken fallback) {
    JsonNode mapped = special.path(key);
    JsonNode configured = config.path(key);
    if (isGiven(mapped)) {
      return mapped.isTextual() ? SpecialToken.stripping(content(SPECIAL, key, mapped)) : flagged(SPECIAL, key, mapped);
    }
    if (isGiven(configured)) {
      return configured.isTextual()
          ? new SpecialToken(content(CONFIG, key, configured), fallback.stripsLeft(), fallback.stripsRight())
          : flagged(CONFIG, key, configured);
    }
    return fallback;
  }

  /** The content of a special token that one of the two files names; null if neither does. */
  @Nullable String token(String key) {
    boolean mapped = isGiven(special.path(key));
    JsonNode value = (mapped ? special : config).path(key);
    if (!isGiven(value)) {
      return null;
    }
    String file = mapped ? SPECIAL : CONFIG;
    return value.isTextual() ? content(file, key, value) : flagged(file, key, value).content();
  }

  /** A value of {@code tokenizer_config.json}; missing if it is not there. */
  JsonNode configured(String key) {
    return config.path(key);
  }

  boolean flag(String key, boolean fallback) {
    JsonNode value = config.path(key);
    if (!isGiven(value)) {
      return fallback;
    }
    if (!value.isBoolean()) {
      throw wrong(CONFIG, key, "true or false", value);
    }
    return value.booleanValue();
  }

  /** {@code model_max_length}; the huge number that published files write for "no limit" counts as absent. */
  int maxLength(int fallback) {
    JsonNode value = config.path("model_max_length");
    if (!isGiven(value) || (value.isNumber() && value.doubleValue() >= UNLIMITED)) {
      return fallback;
    }
    if (!value.isInt() || value.intValue() < 2) {
      throw wrong(CONFIG, "model_max_length", "a whole number of at least 2", value);
    }
    return value.intValue();
  }

  private SpecialToken flagged(String file, String key, JsonNode token) {
    if (!token.isObject()) {
      throw wrong(file, key, "a string or an object with \"content\"", token);
    }
    return new SpecialToken(
        content(file, key + ".content", token.path("content")),
        token.path("lstrip").asBoolean(false),
        token.path("rstrip").asBoolean(false));
  }

  private String content(String file, String key, JsonNode content) {
    if (!content.isTextual() || content.textValue().isEmpty()) {
      throw wrong(file, key, "a token", content);
    }
    return content.textValue();
  }

  private GillException wrong(String file, String key, String expected, JsonNode found) {
    String value = found.isMissingNode() ? "nothing" : found.toString();
    return new GillException(dir.resolve(file) + ": " + key + " must be " + expected + ", found " + value);
  }

  private static boolean isGiven(JsonNode node) {
    return !node.isMissingNode() && !node.isNull();
  }

  private static JsonNode readObject(Path file) {
    if (!Files.exists(file)) {
      return JsonNodeFactory.instance.objectNode();
    }
    JsonNode tree = Vocabulary.readTree(file);
    if (!tree.isObject()) {
      throw new GillException(file + " is not a JSON object");
    }
    return tree;
  }
}
