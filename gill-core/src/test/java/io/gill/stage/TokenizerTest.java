package io.gill.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class TokenizerTest {
  @Test
  void defaultDecoderHoldsHalfACharacterBack() {
    byte[] bytes = "a\u20ACb\u00E9".getBytes(StandardCharsets.UTF_8);
    TextDecoder decoder = new Bytes().decoder(true);
    assertThat(decoder.accept(bytes[0] & 0xFF)).isEqualTo("a");
    assertThat(decoder.accept(bytes[1] & 0xFF)).isEmpty();
    assertThat(decoder.accept(bytes[2] & 0xFF)).isEmpty();
    assertThat(decoder.accept(bytes[3] & 0xFF)).isEqualTo("\u20AC");
    assertThat(decoder.accept(bytes[4] & 0xFF)).isEqualTo("b");
    assertThat(decoder.accept(bytes[5] & 0xFF)).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
    assertThatIllegalStateException().isThrownBy(() -> decoder.accept(1));
  }

  /** One token per byte. */
  private static final class Bytes implements Tokenizer {
    @Override
    public int[] encode(String text, boolean addBos) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      int[] ids = new int[bytes.length];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = bytes[i] & 0xFF;
      }
      return ids;
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
      byte[] bytes = new byte[ids.length];
      for (int i = 0; i < ids.length; i++) {
        bytes[i] = (byte) ids[i];
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public int bosId() {
      return 2;
    }

    @Override
    public int eosId() {
      return 2;
    }

    @Override
    public int padId() {
      return 1;
    }

    @Override
    public int[] imageTokenIds() {
      return new int[0];
    }

    @Override
    public int newlineId() {
      return '\n';
    }

    @Override
    public int vocabularySize() {
      return 256;
    }
  }
}
