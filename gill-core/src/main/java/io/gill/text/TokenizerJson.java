package io.gill.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableIntArray;
import io.gill.GillException;
import io.gill.text.TokenDecoding.Replacement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A snapshot's {@code tokenizer.json}. The native library receives normalizer, pre-tokenizer and BPE model, for text
 * without added tokens. Added tokens, beginning tokens and decoding are implemented here.
 */
final class TokenizerJson {
  /** Maximum file size. The largest published file, with 256,000 tokens, has 35 MB. */
  private static final long MAX_BYTES = 128L << 20;

  /** Maximum id, above those of all published vocabularies. The token table has an entry for every id. */
  private static final int MAX_ID = 1 << 22;

  /** Maximum number of characters that NFC combines into one. */
  private static final int NFC_JOINS = 4;

  private static final String METASPACE = "Metaspace";
  private static final String SEQUENCE = "Sequence";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final ObjectNode root;
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<AddedToken> added = new ArrayList<>();
  private final ImmutableIntArray beginning;
  private final TokenDecoding decoding;

  /**
   * A token in addition to the model's own.
   *
   * @param token its text and the white space it strips
   * @param id its id
   * @param special whether decoding may skip it
   */
  record AddedToken(SpecialToken token, int id, boolean special) {
    /**
     * Returns whether it consists of white space, as runs of spaces do in some vocabularies, and is therefore not a
     * marker.
     */
    boolean isSpace() {
      return token.content().codePoints().allMatch(Unicode::isSpace);
    }
  }

  private TokenizerJson(Path file, ObjectNode root) {
    this.file = file;
    this.root = root;
    if (!root.path("model").isObject()) {
      throw refuse("model", root.path("model"), "it must be an object, the tokenizer's model");
    }
    if (!root.path("model").path("type").asText("BPE").equals("BPE")) {
      throw refuse("model.type", root.path("model").path("type"), "only BPE is supported");
    }
    readVocabulary();
    readAdded();
    this.beginning = beginning(root.path("post_processor"), "post_processor");
    this.decoding = decoding(root.path("decoder"));
  }

  static TokenizerJson read(Path file) {
    if (!Files.exists(file)) {
      throw new GillException(file + " is missing; copy the tokenizer files of the language model there");
    }
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new GillException(file + " has " + size + " bytes, but no tokenizer has more than " + MAX_BYTES);
      }
    } catch (IOException e) {
      throw new GillException("cannot read " + file + ": " + e.getMessage(), e);
    }
    if (Vocabulary.readTree(file) instanceof ObjectNode root) {
      return new TokenizerJson(file, root);
    }
    throw new GillException(file + " is not a JSON object");
  }

  /** Returns the id of each token, including added ones. */
  Map<String, Integer> ids() {
    return ids;
  }

  List<AddedToken> added() {
    return added;
  }

  /** Returns the ids that the post-processor puts before a text. */
  ImmutableIntArray beginning() {
    return beginning;
  }

  TokenDecoding decoding() {
    return decoding;
  }

  /**
   * Returns the maximum number of characters of text that one token represents.
   *
   * @return {@link Integer#MAX_VALUE} if normalizer or pre-tokenizer may drop text, or unknown text is fused
   */
  int longestToken() {
    JsonNode model = root.path("model");
    boolean fuses = model.path("fuse_unk").asBoolean() && model.path("unk_token").isTextual();
    boolean complete = !fuses || model.path("byte_fallback").asBoolean();
    int joins = joins(root.path("normalizer"));
    if (!complete || joins == 0 || drops(root.path("pre_tokenizer"))) {
      return Integer.MAX_VALUE;
    }
    int longest = ids.keySet().stream().mapToInt(String::length).max().orElse(1);
    return Math.max(1, longest) * joins;
  }

  /** Returns the maximum number of characters that a normalizer combines into one; 0 if unknown. */
  private static int joins(JsonNode normalizer) {
    return switch (normalizer.path("type").asText("")) {
      case "", "Prepend" -> 1;
      case "NFC" -> NFC_JOINS;
      case "Replace" -> normalizer.path("pattern").path("String").asText().length()
          == normalizer.path("content").asText().length() ? 1 : 0;
      case SEQUENCE -> {
        int joins = 1;
        for (JsonNode part : normalizer.path("normalizers")) {
          joins *= joins(part);
        }
        yield joins;
      }
      default -> 0;
    };
  }

  /** Returns whether a pre-tokenizer may drop text. */
  private static boolean drops(JsonNode preTokenizer) {
    return switch (preTokenizer.path("type").asText("")) {
      case "", "ByteLevel", METASPACE, "Digits" -> false;
      case "Split" -> preTokenizer.path("behavior").asText().equals("Removed");
      case SEQUENCE -> {
        boolean drops = false;
        for (JsonNode part : preTokenizer.path("pretokenizers")) {
          drops |= drops(part);
        }
        yield drops;
      }
      default -> true;
    };
  }

  /** Loads the native tokenizer for text at the beginning of a sequence. */
  Bpe loadPlain() {
    for (String ignored : List.of("post_processor", "decoder", "truncation", "padding")) {
      root.putNull(ignored);
    }
    root.putArray("added_tokens");
    ObjectNode model = (ObjectNode) root.path("model");
    model.putNull("dropout"); // ids would be random
    hideSpecialTokens(model);
    return load();
  }

  /**
   * Loads the native tokenizer for text after other tokens; empty if it equals that of {@link #loadPlain}, which must
   * be called before.
   */
  Optional<Bpe> loadContinuing() {
    return neverPrepends(root.path("pre_tokenizer")) ? Optional.of(load()) : Optional.empty();
  }

  /**
   * Changes pre-tokenizers that put a space before only the first word, so that they put none. Returns whether there
   * are any.
   */
  private static boolean neverPrepends(JsonNode preTokenizer) {
    boolean changed = false;
    for (JsonNode part : preTokenizer.path("pretokenizers")) {
      changed |= neverPrepends(part);
    }
    if (preTokenizer instanceof ObjectNode object && object.path("prepend_scheme").asText().equals("first")) {
      object.put("prepend_scheme", "never");
      changed = true;
    }
    return changed;
  }

  private Bpe load() {
    byte[] json;
    try {
      json = JSON.writeValueAsBytes(root);
    } catch (JsonProcessingException e) {
      throw new GillException("cannot read " + file + ": " + e.getOriginalMessage(), e);
    }
    try {
      return Bpe.load(json);
    } catch (GillException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new GillException(file + " is rejected by the native tokenizer library: " + e.getMessage(), e);
    }
  }

  /**
   * Renames the special tokens in the model's vocabulary to names that no text contains, so that BPE never produces
   * them from text.
   */
  private void hideSpecialTokens(ObjectNode model) {
    ObjectNode vocabulary = (ObjectNode) model.path("vocab");
    Set<String> merged = new HashSet<>();
    for (JsonNode merge : model.path("merges")) {
      merged.add(merge.isArray()
          ? merge.path(0).asText() + merge.path(1).asText() : merge.asText().replaceFirst(" ", ""));
    }
    for (AddedToken token : added) {
      String content = token.token().content();
      if (!vocabulary.has(content) || token.isSpace() || content.equals(model.path("unk_token").textValue())) {
        continue;
      }
      if (merged.contains(content)) {
        if (token.special()) {
          throw new GillException(
              file + ": model.merges produces the special token \"" + content + "\" from ordinary text");
        }
        continue;
      }
      vocabulary.remove(content);
      vocabulary.put(content + "\uFFFF", token.id());
    }
  }

  private void readVocabulary() {
    JsonNode model = root.path("model");
    if (!model.path("vocab").isObject()) {
      throw refuse("model.vocab", model.path("vocab"), "it must be an object of tokens and ids");
    }
    if (!model.path("merges").isArray()) {
      throw refuse("model.merges", model.path("merges"), "it must be an array of pairs of tokens");
    }
    model.path("vocab").properties().forEach(entry -> put("model.vocab", entry.getKey(), entry.getValue()));
    if (ids.isEmpty()) {
      throw new GillException(file + ": model.vocab holds no token");
    }
    Map<Integer, String> tokens = new HashMap<>();
    ids.forEach((token, id) -> {
      String other = tokens.putIfAbsent(id, token);
      if (other != null) {
        throw new GillException(
            file + ": model.vocab gives the tokens \"" + other + "\" and \"" + token + "\" id " + id);
      }
    });
  }

  private void readAdded() {
    int index = 0;
    for (JsonNode node : root.path("added_tokens")) {
      String key = "added_tokens[" + index++ + "]";
      String content = node.path("content").asText();
      if (content.isEmpty()) {
        throw refuse(key + ".content", node.path("content"), "it must be a token");
      }
      requireFalse(key + ".single_word", node.path("single_word"));
      int id = put(key, content, node.path("id"));
      added.add(new AddedToken(
          new SpecialToken(content, node.path("lstrip").asBoolean(), node.path("rstrip").asBoolean()),
          id, node.path("special").asBoolean()));
    }
  }

  private void requireFalse(String key, JsonNode value) {
    if (value.asBoolean()) {
      throw refuse(key, value, "only false is supported");
    }
  }

  private int put(String key, String token, JsonNode id) {
    if (!id.isInt() || id.intValue() < 0 || id.intValue() > MAX_ID) {
      throw refuse(key, id, "the id of \"" + token + "\" must be a whole number from 0 to " + MAX_ID);
    }
    Integer before = ids.putIfAbsent(token, id.intValue());
    if (before != null && before != id.intValue()) {
      throw refuse(key, id, "the token \"" + token + "\" has id " + before + " already");
    }
    return id.intValue();
  }

  private ImmutableIntArray beginning(JsonNode processor, String key) {
    switch (processor.path("type").asText("")) {
      case "", "ByteLevel" -> {
        return ImmutableIntArray.of();
      }
      case SEQUENCE -> {
        ImmutableIntArray.Builder all = ImmutableIntArray.builder();
        int index = 0;
        for (JsonNode part : processor.path("processors")) {
          all.addAll(beginning(part, key + ".processors[" + index++ + "]"));
        }
        return all.build();
      }
      case "TemplateProcessing" -> {
        return template(processor, key);
      }
      default -> throw refuse(key + ".type", processor.path("type"), "only TemplateProcessing is supported");
    }
  }

  private ImmutableIntArray template(JsonNode processor, String key) {
    ImmutableIntArray.Builder all = ImmutableIntArray.builder();
    for (JsonNode part : processor.path("single")) {
      if (part.has("Sequence")) {
        break; // tokens after the text would end the prompt
      }
      String name = part.path("SpecialToken").path("id").asText();
      JsonNode template = processor.path("special_tokens").path(name).path("ids");
      if (!template.isArray() || template.isEmpty()) {
        throw refuse(key + ".special_tokens." + name + ".ids", template, "it must be an array of ids");
      }
      for (JsonNode id : template) {
        if (!id.isInt() || !ids.containsValue(id.intValue())) {
          throw refuse(key + ".special_tokens." + name + ".ids", template, "there is no token " + id);
        }
        all.add(id.intValue());
      }
    }
    return all.build();
  }

  private TokenDecoding decoding(JsonNode decoder) {
    return switch (decoder.path("type").asText("")) {
      case "ByteLevel" -> new TokenDecoding.ByteLevel();
      case METASPACE -> {
        boolean first = !decoder.path("prepend_scheme").asText().equals("never")
            && decoder.path("add_prefix_space").asBoolean(true);
        Replacement space = new Replacement(decoder.path("replacement").asText("\u2581"), " ");
        yield new TokenDecoding.Pieces(List.of(space), false, 0, first ? space.from() : null);
      }
      case SEQUENCE -> pieces(decoder.path("decoders"));
      default -> throw refuse(
          "decoder.type", decoder.path("type"), "only ByteLevel, Metaspace and Sequence are supported");
    };
  }

  /** Reads the decoding steps of published files: replacements, bytes, fusing, and removal of the first space. */
  private TokenDecoding pieces(JsonNode decoders) {
    List<String> order = List.of("Replace", "ByteFallback", "Fuse", "Strip");
    List<Replacement> replacements = new ArrayList<>();
    boolean byteFallback = false;
    int leading = 0;
    int reached = 0;
    int index = 0;
    for (JsonNode step : decoders) {
      String key = "decoder.decoders[" + index++ + "]";
      String type = step.path("type").asText();
      int place = order.indexOf(type);
      if (place < reached || (type.equals("Strip") && reached < order.indexOf("Fuse"))) {
        throw refuse(key + ".type", step.path("type"),
            "only Replace, ByteFallback, Fuse and Strip, in this order, are supported");
      }
      reached = place;
      switch (type) {
        case "Replace" -> {
          String from = step.path("pattern").path("String").asText();
          if (from.isEmpty()) {
            throw refuse(key + ".pattern", step.path("pattern"), "it must be a String");
          }
          replacements.add(new Replacement(from, step.path("content").asText()));
        }
        case "ByteFallback" -> byteFallback = true;
        case "Strip" -> {
          if (!step.path("content").asText().equals(" ") || step.path("stop").asInt() != 0) {
            throw refuse(key, step, "only spaces at the start can be stripped");
          }
          leading = step.path("start").asInt();
        }
        default -> {} // pieces are always fused
      }
    }
    return new TokenDecoding.Pieces(replacements, byteFallback, leading, null);
  }

  private GillException refuse(String key, JsonNode value, String reason) {
    String shown = value.isMissingNode() ? "missing" : value.toString();
    return new GillException(
        file + ": " + key + " is " + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown) + ", but " + reason);
  }
}
