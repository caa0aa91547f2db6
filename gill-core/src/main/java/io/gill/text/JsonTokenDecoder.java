package io.gill.text;

import io.gill.stage.TextDecoder;
import io.gill.text.TokenDecoding.Pieces;
import io.gill.text.TokenDecoding.Replacement;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the ids of a {@link JsonTokenizer} one by one. Incomplete characters, runs of byte tokens, and spaces that
 * the clean-up could still remove are held back until the next id.
 */
final class JsonTokenDecoder implements TextDecoder {
  private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

  private final IntFunction<@Nullable String> tokens;
  private final TokenDecoding decoding;
  private final @Nullable CleanUp cleanUp;
  private final Utf8Decoder utf8 = new Utf8Decoder();
  private final ByteArrayOutputStream run = new ByteArrayOutputStream();
  private boolean begun;
  private int stripped;
  private boolean finished;

  /**
   * @param tokens returns the token of an id; null for a skipped id
   * @param cleansUp whether to apply {@link CleanUp}
   */
  JsonTokenDecoder(IntFunction<@Nullable String> tokens, TokenDecoding decoding, boolean cleansUp) {
    this.tokens = tokens;
    this.decoding = decoding;
    this.cleanUp = cleansUp ? new CleanUp() : null;
  }

  @Override
  public String accept(int id) {
    requireUnfinished();
    String token = tokens.apply(id);
    if (token == null) {
      return "";
    }
    String text = decoding instanceof Pieces pieces ? piece(pieces, token) : bytes(token);
    begun = true;
    return cleanUp == null ? text : cleanUp.accept(text);
  }

  @Override
  public String finish() {
    requireUnfinished();
    finished = true;
    StringBuilder rest = new StringBuilder();
    if (decoding instanceof Pieces pieces) {
      rest.append(strip(pieces, endRun()));
    } else {
      utf8.finish(rest);
    }
    return cleanUp == null ? rest.toString() : cleanUp.accept(rest.toString()) + cleanUp.finish();
  }

  /** Returns a token's bytes. A token with a character that represents no byte is plain text. */
  private String bytes(String token) {
    StringBuilder text = new StringBuilder();
    utf8.append(
        ByteAlphabet.covers(token) ? ByteAlphabet.bytes(token) : token.getBytes(StandardCharsets.UTF_8), text);
    return text.toString();
  }

  private String piece(Pieces pieces, String token) {
    String text = !begun && pieces.droppedFirst() != null ? token.replace(pieces.droppedFirst(), "") : token;
    for (Replacement replacement : pieces.replacements()) {
      text = text.replace(replacement.from(), replacement.to());
    }
    Matcher matcher = BYTE.matcher(text);
    if (pieces.byteFallback() && matcher.matches()) {
      run.write(Integer.parseInt(matcher.group(1), 16));
      return "";
    }
    return strip(pieces, endRun() + text);
  }

  /** Decodes a run of bytes. If the run is not valid UTF-8, each byte becomes U+FFFD, as published. */
  private String endRun() {
    if (run.size() == 0) {
      return "";
    }
    byte[] bytes = run.toByteArray();
    run.reset();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return Character.toString(Unicode.REPLACEMENT).repeat(bytes.length);
    }
  }

  private String strip(Pieces pieces, String text) {
    int start = 0;
    while (start < text.length() && stripped < pieces.leading() && text.charAt(start) == ' ') {
      start++;
      stripped++;
    }
    if (start < text.length()) {
      stripped = pieces.leading(); // the text has started
    }
    return text.substring(start);
  }

  private void requireUnfinished() {
    if (finished) {
      throw new IllegalStateException("the decoder is finished");
    }
  }
}
