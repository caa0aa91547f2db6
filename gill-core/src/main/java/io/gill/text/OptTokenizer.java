package io.gill.text;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.Ints;
import io.gill.GillException;
import io.gill.stage.TextDecoder;
import io.gill.stage.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The tokenizer of OPT with GILL's tokens after its vocabulary: {@code <|image|>}, then {@code [IMG0]} to
 * {@code [IMGn-1]}. {@link #encodeWithMarkers} returns the ids of the published code with the tokenizer version it
 * pins, which removes white space next to these tokens. {@link #encode} returns the ids of that tokenizer without any
 * special token. As published, decoding puts one space around the added tokens and removes spaces before punctuation,
 * unless {@code tokenizer_config.json} disables that.
 *
 * <p>Thread-safe; {@link #close} waits for running calls. An unpaired surrogate, which UTF-8 cannot encode, is read as
 * U+FFFD.
 */
public final class OptTokenizer implements Tokenizer {
  private static final String IMAGE = "<|image|>";

  private static final SpecialTokens DEFAULTS = new SpecialTokens(
      SpecialToken.plain("</s>"), SpecialToken.plain("</s>"), SpecialToken.plain("</s>"), SpecialToken.plain("<pad>"));

  private final Bpe bpe;
  private final SpecialTokenSplitter splitter;
  private final DecodingTable decoding;
  private final int longestToken;
  private final boolean prefixSpace;
  private final int bosId;
  private final int eosId;
  private final int padId;
  private final ImmutableIntArray imageTokenIds;
  private final int newlineId;

  private OptTokenizer(
      Path dir, int imageTokens, Vocabulary vocabulary, TokenizerSettings settings, SpecialTokens tokens, Bpe bpe) {
    this.bpe = bpe;
    List<SpecialToken> specials = new ArrayList<>(tokens.all());
    Map<String, Integer> ids = new HashMap<>(vocabulary.ids());

    // As published, a token that is already in the vocabulary keeps its id.
    List<String> images = IntStream.range(0, imageTokens).mapToObj(i -> "[IMG" + i + "]").toList();
    List<String> added = new ArrayList<>();
    Stream.concat(Stream.of(IMAGE), images.stream()).forEach(token -> {
      specials.add(SpecialToken.stripping(token));
      if (ids.putIfAbsent(token, ids.size()) == null) {
        added.add(token);
      }
    });
    this.splitter = new SpecialTokenSplitter(specials, ids);
    this.imageTokenIds = ImmutableIntArray.copyOf(images.stream().mapToInt(splitter::id));
    this.bosId = splitter.id(tokens.bos().content());
    this.eosId = splitter.id(tokens.eos().content());
    this.padId = splitter.id(tokens.pad().content());
    int unknownId = splitter.id(tokens.unknown().content());
    this.decoding = new DecodingTable(
        vocabulary.tokens(),
        added,
        List.of(bosId, eosId, unknownId, padId, splitter.id(IMAGE)),
        settings.config().flag("clean_up_tokenization_spaces", true));
    this.longestToken = decoding.longest();
    this.prefixSpace = settings.config().flag("add_prefix_space", false);

    int[] newline = bpe.encode("\n");
    if (newline.length == 0 || newline[0] == unknownId) {
      throw new GillException("the vocabulary in " + dir + " has no token for a line break");
    }
    this.newlineId = newline[0];
  }

  /**
   * Reads the tokenizer of a Hugging Face snapshot of OPT: {@code vocab.json} and {@code merges.txt}, or
   * {@code tokenizer.json} if these are missing; also {@code tokenizer_config.json} and {@code special_tokens_map.json}
   * if they exist.
   *
   * @param dir the snapshot's folder
   * @param imageTokens number of tokens {@code [IMG0]}, {@code [IMG1]}, … of the model
   * @return the tokenizer, to be closed by the caller
   * @throws GillException if files are missing or malformed, or the vocabulary lacks a special token
   */
  public static OptTokenizer load(Path dir, int imageTokens) {
    if (imageTokens < 0) {
      throw new IllegalArgumentException("imageTokens must not be negative: " + imageTokens);
    }
    Vocabulary vocabulary = Vocabulary.load(dir);
    TokenizerSettings settings = TokenizerSettings.load(dir);
    SpecialTokens tokens = settings.specialTokens(DEFAULTS, vocabulary.ids());
    Bpe bpe = Bpe.load(vocabulary, new Bpe.Family(null, null, tokens.unknown().content()));
    try {
      return new OptTokenizer(dir, imageTokens, vocabulary, settings, tokens, bpe);
    } catch (RuntimeException e) {
      bpe.close();
      throw e;
    }
  }

  @Override
  public int[] encode(String text, boolean addBos) {
    bpe.requireOpen();
    String readable = readable(text);
    int[] words = readable.isEmpty() ? new int[0] : bpe.encode(readable);
    return addBos ? Ints.concat(new int[] {bosId}, words) : words;
  }

  @Override
  public int[] encodeWithMarkers(String text, boolean addBos) {
    bpe.requireOpen();
    ImmutableIntArray.Builder ids = ImmutableIntArray.builder();
    if (addBos) {
      ids.add(bosId);
    }
    splitter.encode(readable(text), (words, begins) -> bpe.encode(words), ids);
    return ids.build().toArray();
  }

  private String readable(String text) {
    String repaired = Unicode.replaceLoneSurrogates(text);
    return prefixSpace ? " " + repaired : repaired;
  }

  @Override
  public int longestToken() {
    return longestToken;
  }

  @Override
  public String decode(int[] ids, boolean skipSpecialTokens) {
    StreamingDecoder decoder = streamingDecoder(skipSpecialTokens);
    for (int id : ids) {
      decoder.append(id);
    }
    return decoder.finish();
  }

  @Override
  public TextDecoder decoder(boolean skipSpecialTokens) {
    return streamingDecoder(skipSpecialTokens);
  }

  private StreamingDecoder streamingDecoder(boolean skipSpecialTokens) {
    bpe.requireOpen();
    return new StreamingDecoder(decoding, skipSpecialTokens);
  }

  @Override
  public int bosId() {
    return bosId;
  }

  @Override
  public int eosId() {
    return eosId;
  }

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

  @Override
  public int vocabularySize() {
    return decoding.size();
  }

  @Override
  public void close() {
    bpe.close();
  }
}
