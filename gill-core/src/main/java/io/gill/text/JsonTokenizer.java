package io.gill.text;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.Ints;
import io.gill.GillException;
import io.gill.stage.TextDecoder;
import io.gill.stage.Tokenizer;
import io.gill.text.TokenizerJson.AddedToken;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of a Hugging Face snapshot's {@code tokenizer.json} (Llama, Mistral, Qwen and others with byte-level or
 * SentencePiece BPE), with GILL's tokens after its last id: {@code <|image|>}, then {@code [IMG0]} to {@code [IMGn-1]}.
 * {@link #encodeWithMarkers} returns the ids of the published tokenizer. {@link #encode} returns the ids of that
 * tokenizer without its added tokens, such as {@code <|eot_id|>} and {@code <think>}.
 *
 * <p>With {@code addBos}, the ids start with the token that the tokenizer's post-processor prepends: {@code <s>} or
 * {@code <|begin_of_text|>}, none for Qwen. Tokens that it appends are omitted, since a prompt continues.
 *
 * <p>Thread-safe; {@link #close} waits for running calls. An unpaired surrogate is read as U+FFFD.
 */
public final class JsonTokenizer implements Tokenizer {
  private static final String ADDED_TOKENS = "added_tokens_decoder";
  private static final String FILE = "tokenizer.json";
  private static final String IMAGE = "<|image|>";

  private final Path folder;
  private final Map<String, String> named;
  private final Bpe plain;
  private final @Nullable Bpe continuing;
  private final SpecialTokenSplitter markers;
  private final @Nullable SpecialTokenSplitter spaces;
  private final @Nullable String[] tokens;
  private final BitSet special = new BitSet();
  private final BitSet marks = new BitSet();
  private final TokenDecoding decoding;
  private final boolean cleansUp;
  private final int longestToken;
  private final ImmutableIntArray beginning;
  private final int bosId;
  private final int padId;
  private final ImmutableIntArray endIds;
  private final ImmutableIntArray imageTokenIds;
  private final int newlineId;

  private JsonTokenizer(Path dir, int imageTokens, TokenizerJson json) {
    folder = dir;
    TokenizerSettings settings = TokenizerSettings.load(dir);
    Map<String, Integer> ids = new HashMap<>(json.ids());
    named = settings.named();
    Map<String, AddedToken> added = added(dir, json, settings);
    decoding = json.decoding();
    cleansUp = settings.config().flag("clean_up_tokenization_spaces", false);
    longestToken = json.longestToken();

    // As published, a token that is already in the vocabulary keeps its id.
    List<String> images = IntStream.range(0, imageTokens).mapToObj(i -> "[IMG" + i + "]").toList();
    int last = ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    for (String token : Stream.concat(Stream.of(IMAGE), images.stream()).toList()) {
      Integer known = ids.get(token);
      int id = known == null ? ++last : known;
      ids.put(token, id);
      added.put(token, new AddedToken(SpecialToken.stripping(token), id, token.equals(IMAGE)));
    }
    tokens = new String[last + 1];
    ids.forEach((token, id) -> tokens[id] = token);
    for (AddedToken token : added.values()) {
      special.set(token.id(), token.special());
      marks.set(token.id(), !token.special() && !token.isSpace() && !images.contains(token.token().content()));
    }
    markers = splitter(added.values(), ids);
    List<AddedToken> blank = added.values().stream().filter(AddedToken::isSpace).toList();
    spaces = blank.isEmpty() ? null : splitter(blank, ids);
    imageTokenIds = ImmutableIntArray.copyOf(images.stream().mapToInt(ids::get));

    endIds = endIds(ids);
    beginning = beginning(json, settings, ids);
    bosId = first(named("bos_token", ids), configured("bos_token_id"), endIds.get(0));
    padId = first(named("pad_token", ids), List.of(), endIds.get(0));
    newlineId = newline(dir, ids);
    plain = json.loadPlain();
    try {
      continuing = json.loadContinuing().orElse(null);
    } catch (RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  /**
   * Reads the tokenizer of a Hugging Face snapshot: {@code tokenizer.json}, and {@code tokenizer_config.json},
   * {@code special_tokens_map.json}, {@code generation_config.json} and {@code config.json} if they exist.
   *
   * @param dir the snapshot's folder
   * @param imageTokens number of tokens {@code [IMG0]}, {@code [IMG1]}, … of the model
   * @return the tokenizer, to be closed by the caller
   * @throws GillException if a file is missing, malformed or not supported, or no file names an end token
   */
  public static JsonTokenizer load(Path dir, int imageTokens) {
    if (imageTokens < 0) {
      throw new IllegalArgumentException("imageTokens must not be negative: " + imageTokens);
    }
    return new JsonTokenizer(dir, imageTokens, TokenizerJson.read(dir.resolve(FILE)));
  }

  /**
   * Returns the added tokens by content. As published, {@code tokenizer_config.json} overrides {@code tokenizer.json}.
   */
  private Map<String, AddedToken> added(Path dir, TokenizerJson json, TokenizerSettings settings) {
    Map<String, AddedToken> added = new LinkedHashMap<>();
    json.added().forEach(token -> added.put(token.token().content(), token));
    ConfigFile config = settings.config();
    for (String key : config.has(ADDED_TOKENS) ? config.section(ADDED_TOKENS).keys() : List.<String>of()) {
      ConfigFile flags = config.section(ADDED_TOKENS).section(key);
      String content = flags.text("content", "");
      Integer id = json.ids().get(content);
      if (id == null || !key.equals(id.toString())) {
        throw new GillException(dir.resolve("tokenizer_config.json") + ": added_tokens_decoder." + key
            + " is \"" + content + "\", which has "
            + (id == null ? "no id" : "id " + id) + " in " + dir.resolve(FILE));
      }
      added.put(content, new AddedToken(
          new SpecialToken(content, flags.flag("lstrip", false), flags.flag("rstrip", false)),
          id, flags.flag("special", false)));
    }
    named.forEach((key, content) -> {
      Integer id = json.ids().get(content);
      if (id == null) {
        throw new GillException(dir.resolve(FILE) + " lacks the token \"" + content + "\", which is " + key + " in "
            + dir.resolve("tokenizer_config.json"));
      }
      added.putIfAbsent(content, new AddedToken(SpecialToken.plain(content), id, true));
    });
    return added;
  }

  private static SpecialTokenSplitter splitter(Collection<AddedToken> tokens, Map<String, Integer> ids) {
    return new SpecialTokenSplitter(tokens.stream().map(AddedToken::token).toList(), ids);
  }

  /** Returns the ids in the first of the model's configurations that has a key; empty if none has. */
  private List<Integer> configured(String key) {
    for (String name : List.of("generation_config.json", "config.json")) {
      ConfigFile config = ConfigFile.readIfPresent(folder.resolve(name));
      if (config.has(key)) {
        List<Integer> ids = config.oneOrMoreIntegers(key);
        for (int id : ids) {
          if (id < 0 || id >= tokens.length || tokens[id] == null) {
            throw config.refuse(key, "the vocabulary has no token " + id);
          }
        }
        return ids;
      }
    }
    return List.of();
  }

  private @Nullable Integer named(String key, Map<String, Integer> ids) {
    String content = named.get(key);
    return content == null ? null : ids.get(content);
  }

  private static int first(@Nullable Integer id, List<Integer> others, int last) {
    return id != null ? id : others.isEmpty() ? last : others.get(0);
  }

  /** Returns the tokenizer's end token, then the end tokens in the model's configuration. */
  private ImmutableIntArray endIds(Map<String, Integer> ids) {
    Set<Integer> ends = new LinkedHashSet<>();
    Integer eos = named("eos_token", ids);
    if (eos != null) {
      ends.add(eos);
    }
    ends.addAll(configured("eos_token_id"));
    if (ends.isEmpty()) {
      throw new GillException("no file in " + folder
          + " names the end token: eos_token in tokenizer_config.json, or eos_token_id in generation_config.json");
    }
    return ImmutableIntArray.copyOf(ends);
  }

  /**
   * Returns the tokens that start a text. Llama's tokenizer class builds its own post-processor from
   * {@code add_bos_token}.
   */
  private ImmutableIntArray beginning(TokenizerJson json, TokenizerSettings settings, Map<String, Integer> ids) {
    Integer bos = named("bos_token", ids);
    String type = settings.config().text("tokenizer_class", "");
    if (bos == null || !type.startsWith("LlamaTokenizer")) {
      return json.beginning();
    }
    return settings.config().flag("add_bos_token", true) ? ImmutableIntArray.of(bos) : ImmutableIntArray.of();
  }

  private int newline(Path dir, Map<String, Integer> ids) {
    List<String> names = decoding instanceof TokenDecoding.ByteLevel
        ? List.of(Character.toString(ByteAlphabet.character('\n'))) : List.of("\n", "<0x0A>");
    return names.stream().map(ids::get).filter(id -> id != null).findFirst().orElseThrow(() ->
        new GillException(dir.resolve(FILE) + ": model.vocab has no token for a line break"));
  }

  @Override
  public int[] encode(String text, boolean addBos) {
    plain.requireOpen();
    int[] ids = words(Unicode.replaceLoneSurrogates(text), true);
    return addBos ? Ints.concat(beginning.toArray(), ids) : ids;
  }

  @Override
  public int[] encodeWithMarkers(String text, boolean addBos) {
    plain.requireOpen();
    ImmutableIntArray.Builder ids = ImmutableIntArray.builder();
    if (addBos) {
      ids.addAll(beginning);
    }
    markers.encode(Unicode.replaceLoneSurrogates(text), this::words, ids);
    return ids.build().toArray();
  }

  /** Returns the ids of text without markers. Runs of spaces may be tokens. */
  private int[] words(String text, boolean begins) {
    if (spaces == null) {
      return bpe(text, begins);
    }
    ImmutableIntArray.Builder ids = ImmutableIntArray.builder();
    spaces.encode(text, (words, first) -> bpe(words, begins && first), ids);
    return ids.build().toArray();
  }

  /** Rejects special tokens of one character, which {@link #escape} cannot break up, so that users could write them. */
  void requireEscapable() {
    special.stream().filter(id -> tokens[id].codePointCount(0, tokens[id].length()) == 1).findFirst().ifPresent(id -> {
      throw new GillException(folder.resolve(FILE) + ": the special token \"" + tokens[id]
          + "\" is one character: chat templates need special tokens of two or more");
    });
  }

  /**
   * Escapes markers, so that {@link #encodeEscaped} reads them as text. Markers of one character stay.
   *
   * @param escape a character that occurs in neither the text nor a marker
   * @param all whether to escape the markers of {@link #marker}, such as {@code <think>}, too
   */
  String escape(String text, char escape, boolean all) {
    return markers.escape(Unicode.replaceLoneSurrogates(text), escape, token -> {
      int id = markers.id(token.content());
      return special.get(id) || imageTokenIds.contains(id) || (all && marks.get(id));
    });
  }

  /**
   * Encodes a part of a prompt, whose unescaped markers become tokens.
   *
   * @param escape the character that {@link #escape} inserted
   * @param begins whether the prompt starts with this part
   */
  int[] encodeEscaped(String text, char escape, boolean begins) {
    plain.requireOpen();
    String inside = Character.toString(escape);
    ImmutableIntArray.Builder ids = ImmutableIntArray.builder();
    markers.encode(Unicode.replaceLoneSurrogates(text),
        (words, first) -> words(words.replace(inside, ""), begins && first), ids);
    return ids.build().toArray();
  }

  /** Returns the folder that the tokenizer was read from. */
  Path folder() {
    return folder;
  }

  /** Returns the special tokens that the snapshot names, by key. */
  Map<String, String> named() {
    return named;
  }

  /**
   * Returns the text of an added token that is neither special nor an image token, such as {@code <think>}; null for
   * others.
   */
  @Nullable String marker(int id) {
    return marks.get(id) ? tokens[id] : null;
  }

  private int[] bpe(String text, boolean begins) {
    if (text.isEmpty()) {
      return new int[0]; // some tokenizers prepend a space even to an empty text
    }
    return (begins || continuing == null ? plain : continuing).encode(text);
  }

  @Override
  public int longestToken() {
    return longestToken;
  }

  @Override
  public String decode(int[] ids, boolean skipSpecialTokens) {
    TextDecoder decoder = decoder(skipSpecialTokens);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.accept(id));
    }
    return text.append(decoder.finish()).toString();
  }

  @Override
  public TextDecoder decoder(boolean skipSpecialTokens) {
    plain.requireOpen();
    return new JsonTokenDecoder(id -> token(id, skipSpecialTokens), decoding, cleansUp);
  }

  private @Nullable String token(int id, boolean skipSpecialTokens) {
    if (id < 0 || id >= tokens.length) {
      throw new IllegalArgumentException(
          "token id " + id + " is outside the vocabulary (0 to " + (tokens.length - 1) + ")");
    }
    return skipSpecialTokens && special.get(id) ? null : tokens[id];
  }

  /** {@inheritDoc} If the tokenizer has none (Qwen), {@link #encode} adds none and this is the id of an end token. */
  @Override
  public int bosId() {
    return bosId;
  }

  @Override
  public int eosId() {
    return endIds.get(0);
  }

  @Override
  public int[] endIds() {
    return endIds.toArray();
  }

  /** {@inheritDoc} If the tokenizer has none (Llama), this is the end token's id. */
  @Override
  public int padId() {
    return padId;
  }

  @Override
  public int[] imageTokenIds() {
    return imageTokenIds.toArray();
  }

  @Override
  public int newlineId() {
    return newlineId;
  }

  /** {@inheritDoc} Includes ids without a token, which some vocabularies have and which are decoded to nothing. */
  @Override
  public int vocabularySize() {
    return tokens.length;
  }

  @Override
  public void close() {
    plain.close();
    if (continuing != null) {
      continuing.close();
    }
  }
}
