package io.gill.text;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The properties of ids that decoding needs. Immutable. */
final class DecodingTable {
  private final byte[][] bytes;
  private final List<String> added;
  private final BitSet special = new BitSet();
  private final boolean cleansUp;

  /**
   * @param vocabulary byte-level tokens in the order of their ids
   * @param added tokens after them, which are decoded literally
   * @param special ids that decoding may skip
   * @param cleansUp whether decoded text goes through {@link CleanUp}
   */
  DecodingTable(List<String> vocabulary, List<String> added, Collection<Integer> special, boolean cleansUp) {
    this.bytes = vocabulary.stream().map(ByteAlphabet::bytes).toArray(byte[][]::new);
    this.added = List.copyOf(added);
    special.forEach(this.special::set);
    this.cleansUp = cleansUp;
  }

  int size() {
    return bytes.length + added.size();
  }

  /** Returns the number of bytes of the vocabulary's longest token. */
  int longest() {
    return Math.max(1, Arrays.stream(bytes).mapToInt(token -> token.length).max().orElse(1));
  }

  void requireInside(int id) {
    if (id < 0 || id >= size()) {
      throw new IllegalArgumentException("token id " + id + " is outside the vocabulary (0 to " + (size() - 1) + ")");
    }
  }

  boolean isSpecial(int id) {
    return special.get(id);
  }

  @Nullable String added(int id) {
    return id < bytes.length ? null : added.get(id - bytes.length);
  }

  byte[] bytes(int id) {
    return bytes[id];
  }

  boolean cleansUp() {
    return cleansUp;
  }
}
