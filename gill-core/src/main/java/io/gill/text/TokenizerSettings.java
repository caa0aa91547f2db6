package io.gill.text;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code tokenizer_config.json} and {@code special_tokens_map.json}, both optional. As published, the second overrides
 * the first.
 */
final class TokenizerSettings {
  private static final List<String> SPECIAL_TOKENS = List.of("bos_token", "eos_token", "unk_token", "pad_token");

  private static final String CONFIG = "tokenizer_config.json";
  private static final String SPECIAL = "special_tokens_map.json";
  private static final String MAX_LENGTH = "model_max_length";
  private static final int UNLIMITED = 1_000_000;

  private final Path dir;
  private final ConfigFile config;
  private final ConfigFile special;

  private TokenizerSettings(Path dir) {
    this.dir = dir;
    this.config = ConfigFile.readIfPresent(dir.resolve(CONFIG));
    this.special = ConfigFile.readIfPresent(dir.resolve(SPECIAL));
  }

  static TokenizerSettings load(Path dir) {
    return new TokenizerSettings(dir);
  }

  /**
   * Returns the special tokens that the two files name.
   *
   * @param defaults tokens for keys that neither file sets
   * @throws GillException if the vocabulary lacks some of them; the message lists all of these
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
   * Reads a special token. An object says what its token strips. A bare string in {@code special_tokens_map.json}
   * strips both sides: the published classes wrap strings only when they come through the constructor.
   */
  private SpecialToken special(String key, SpecialToken fallback) {
    if (special.has(key)) {
      return special.isSection(key) ? flagged(special, key) : SpecialToken.stripping(content(special, key));
    }
    if (config.has(key)) {
      return config.isSection(key)
          ? flagged(config, key)
          : new SpecialToken(content(config, key), fallback.stripsLeft(), fallback.stripsRight());
    }
    return fallback;
  }

  private @Nullable String token(String key) {
    ConfigFile file = special.has(key) ? special : config;
    if (!file.has(key)) {
      return null;
    }
    return file.isSection(key) ? flagged(file, key).content() : content(file, key);
  }

  /** Returns the contents of the special tokens that the two files name, by key. */
  Map<String, String> named() {
    Map<String, String> named = new LinkedHashMap<>();
    for (String key : SPECIAL_TOKENS) {
      String content = token(key);
      if (content != null) {
        named.put(key, content);
      }
    }
    return named;
  }

  /** Returns {@code tokenizer_config.json}, without keys if there is no such file. */
  ConfigFile config() {
    return config;
  }

  /** Returns {@code model_max_length}; the huge number that published files write for "no limit" counts as absent. */
  int maxLength(int fallback) {
    if (config.number(MAX_LENGTH, UNLIMITED) >= UNLIMITED) {
      return fallback;
    }
    int length = config.count(MAX_LENGTH);
    if (length < 2) {
      throw config.refuse(MAX_LENGTH, "it must be at least 2");
    }
    return length;
  }

  private static SpecialToken flagged(ConfigFile file, String key) {
    ConfigFile token = file.section(key);
    return new SpecialToken(content(token, "content"), token.flag("lstrip", false), token.flag("rstrip", false));
  }

  private static String content(ConfigFile file, String key) {
    String content = file.text(key, "");
    if (content.isEmpty()) {
      throw file.refuse(key, "it must be a token");
    }
    return content;
  }
}
