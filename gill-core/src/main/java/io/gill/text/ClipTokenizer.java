package io.gill.text;

import com.google.common.primitives.ImmutableIntArray;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tokenizer of CLIP's text encoder in a diffusers snapshot. Its ids equal those of the published code without the
 * optional {@code ftfy} package. Without it, that code cleans text as BERT does: control characters, private and
 * unassigned code points and U+FFFD are removed, Chinese characters become separate words, and text is normalised to
 * NFC, single spaces and lower case. The Unicode version of the Java runtime determines which code points are assigned;
 * in the published code, that of Python does.
 *
 * <p>Thread-safe; {@link #close} waits for running calls.
 */
public final class ClipTokenizer implements AutoCloseable {
  private static final int DEFAULT_MAX_LENGTH = 77;
  private static final String BOS = "<|startoftext|>";
  private static final String EOS = "<|endoftext|>";

  private static final SpecialTokens DEFAULTS = new SpecialTokens(
      SpecialToken.plain(BOS), SpecialToken.plain(EOS), SpecialToken.plain(EOS), SpecialToken.stripping(EOS));

  /** The published word pattern, which names the two tokens literally; case is ignored. */
  private static final String WORDS =
      "(?i)<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+";

  private static final Pattern WORD = Pattern.compile(WORDS, Pattern.UNICODE_CHARACTER_CLASS);

  private final Bpe bpe;
  private final SpecialTokenSplitter splitter;
  private final Map<String, Integer> ids;
  private final int bosId;
  private final int eosId;
  private final int padId;
  private final int maxLength;

  private ClipTokenizer(Map<String, Integer> ids, SpecialTokens tokens, int maxLength, Bpe bpe) {
    this.ids = ids;
    this.splitter = new SpecialTokenSplitter(tokens.all(), ids);
    this.bosId = splitter.id(tokens.bos().content());
    this.eosId = splitter.id(tokens.eos().content());
    this.padId = splitter.id(tokens.pad().content());
    this.maxLength = maxLength;
    this.bpe = bpe;
  }

  /**
   * Reads the {@code tokenizer} folder of a diffusers snapshot: {@code vocab.json} and {@code merges.txt}, or
   * {@code tokenizer.json} if these are missing; also {@code tokenizer_config.json} and {@code special_tokens_map.json}
   * if they exist.
   *
   * @param dir the folder
   * @return the tokenizer, to be closed by the caller
   * @throws io.gill.GillException if files are missing or malformed, or the vocabulary lacks a special token
   */
  public static ClipTokenizer load(Path dir) {
    Vocabulary vocabulary = Vocabulary.load(dir);
    TokenizerSettings settings = TokenizerSettings.load(dir);
    SpecialTokens tokens = settings.specialTokens(DEFAULTS, vocabulary.ids());
    int maxLength = settings.maxLength(DEFAULT_MAX_LENGTH);
    Bpe bpe = Bpe.load(vocabulary, new Bpe.Family(WORDS, "</w>", tokens.unknown().content()));
    return new ClipTokenizer(vocabulary.ids(), tokens, maxLength, bpe);
  }

  /**
   * Encodes a text as ids between the beginning and the end token.
   *
   * @param text any text; it is truncated before the end token if it exceeds {@link #maxLength()} ids
   * @return between 2 and {@link #maxLength()} ids
   */
  public int[] encode(String text) {
    bpe.requireOpen();
    ImmutableIntArray.Builder body = ImmutableIntArray.builder();
    splitter.encode(text, (words, begins) -> encodePlain(words), body);
    ImmutableIntArray all = body.build();
    int kept = Math.min(all.length(), maxLength - 2);
    return ImmutableIntArray.builder(kept + 2)
        .add(bosId)
        .addAll(all.subArray(0, kept))
        .add(eosId)
        .build()
        .toArray();
  }

  /**
   * Encodes a text like {@link #encode} and adds padding tokens.
   *
   * @param text any text
   * @return exactly {@link #maxLength()} ids
   */
  public int[] encodePadded(String text) {
    int[] encoded = encode(text);
    int[] padded = Arrays.copyOf(encoded, maxLength);
    Arrays.fill(padded, encoded.length, maxLength, padId);
    return padded;
  }

  /**
   * Returns the padding token: the end token in Stable Diffusion 1, {@code !} in Stable Diffusion 2.
   *
   * @return its id
   */
  public int padId() {
    return padId;
  }

  /**
   * Returns the maximum sequence length of the text encoder, {@code model_max_length}; 77 for published models.
   *
   * @return the number of ids
   */
  public int maxLength() {
    return maxLength;
  }

  @Override
  public void close() {
    bpe.close();
  }

  /**
   * Encodes text between special tokens. After lower-casing, a word may become the name of the beginning or end token
   * ({@code <|STARTOFTEXT|>}), which the published BPE encodes as that token.
   */
  private int[] encodePlain(String text) {
    String clean = clean(text);
    if (!clean.contains("<|")) {
      return bpe.encode(clean);
    }
    ImmutableIntArray.Builder out = ImmutableIntArray.builder();
    Matcher word = WORD.matcher(clean);
    int from = 0;
    while (word.find()) {
      Integer id = word.group().equals(BOS) || word.group().equals(EOS) ? ids.get(word.group()) : null;
      if (id != null) {
        encodeInto(clean.substring(from, word.start()), out);
        out.add(id);
        from = word.end();
      }
    }
    encodeInto(clean.substring(from), out);
    return out.build().toArray();
  }

  private void encodeInto(String text, ImmutableIntArray.Builder out) {
    for (int id : bpe.encode(text)) {
      out.add(id);
    }
  }

  private static String clean(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints().forEach(c -> {
      if (c == '\t' || c == '\n' || c == '\r' || Character.getType(c) == Character.SPACE_SEPARATOR) {
        kept.append(' ');
      } else if (isChinese(c)) {
        kept.append(' ').appendCodePoint(c).append(' ');
      } else if (c != Unicode.REPLACEMENT && !isOther(c)) {
        kept.appendCodePoint(c);
      }
    });
    StringBuilder single = new StringBuilder(kept.length());
    Normalizer.normalize(kept, Normalizer.Form.NFC).codePoints().forEach(c -> {
      if (!Unicode.isSpace(c)) {
        single.appendCodePoint(c);
      } else if (single.length() > 0 && single.charAt(single.length() - 1) != ' ') {
        single.append(' ');
      }
    });
    return Unicode.lowerCase(Unicode.strip(single.toString(), true, true));
  }

  /** Matches Unicode's general category C. */
  private static boolean isOther(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }

  /** Matches the blocks that BERT's tokenizer considers Chinese; not Kana, Hangul or the later extensions. */
  private static boolean isChinese(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0x3400 && c <= 0x4DBF)
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F)
        || (c >= 0x2B740 && c <= 0x2B81F)
        || (c >= 0x2B820 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }
}
